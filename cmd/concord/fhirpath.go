package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

// fhirpathCommand is "concord fhirpath".
type fhirpathCommand struct {
	File   string `arg:"" help:"The resource, in JSON or XML."`
	Strict bool   `help:"Refuse names that are no element of what they are asked of, where nothing would be found otherwise."`
}

// maxLine bounds a line of expressions, in bytes.
const maxLine = 1 << 20

// Run evaluates each line of stdin against the resource, and prints what it finds as a JSON array, or an object with
// the error. Empty lines are passed over. It fails when any expression did.
func (c fhirpathCommand) Run(p *process) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	decode := fhir.DecodeJSON
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")) {
		decode = fhir.DecodeXML
	}
	resource, err := decode(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	input := fhirpath.Of(resource)
	env := fhirpath.Env{Now: p.now(), Strict: c.Strict}
	lines := bufio.NewScanner(p.stdin)
	lines.Buffer(nil, maxLine)
	failed := false
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		answer, err := evaluate(lines.Text(), env, input)
		if err != nil {
			failed = true
			answer = toldFault(err)
		}
		if _, err := fmt.Fprintf(p.stdout, "%s\n", answer); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read expressions: %w", err)
	}
	if failed {
		return errReported
	}
	return nil
}

// evaluate gives what an expression finds, on one line.
func evaluate(expression string, env fhirpath.Env, input fhirpath.Value) ([]byte, error) {
	e, err := fhirpath.Compile(expression)
	if err != nil {
		return nil, err
	}
	found, err := e.Evaluate(env, input)
	if err != nil {
		return nil, err
	}
	line := bytes.NewBufferString("[")
	for i, v := range found {
		if i > 0 {
			line.WriteByte(',')
		}
		if err := json.Compact(line, v.JSON()); err != nil {
			return nil, fmt.Errorf("print a value of type %s: %w", v.Type(), err)
		}
	}
	line.WriteByte(']')
	return line.Bytes(), nil
}

// toldFault is an error as JSON, with its place in the expression.
func toldFault(err error) []byte {
	told := struct {
		Error  string `json:"error"`
		Line   int    `json:"line,omitempty"`
		Column int    `json:"column,omitempty"`
	}{Error: err.Error()}
	if fault, ok := errors.AsType[*fhirpath.Error](err); ok {
		told.Error, told.Line, told.Column = fault.Diagnostics, fault.Line, fault.Column
	}
	answer, err := json.Marshal(told)
	if err != nil {
		return []byte(`{"error":"the error cannot be told"}`)
	}
	return answer
}
