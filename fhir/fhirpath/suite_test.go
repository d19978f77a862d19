package fhirpath_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/apd/v3"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

// wrong are the published cases that we do not agree with, each with its reason. The test fails when one of them
// passes, as it does when another fails.
var wrong = map[string]string{
	"testPlusDate19":                   "FHIRPath N1 6.7 ignores decimals above seconds, and keeps those of seconds: 0.1 's' moves the time",
	"HighBoundaryDateTimeMillisecond1": "a time known to the hour may be as late as 08:59:59.999, and not only 08:00:59.999",
	"HighBoundaryDateTimeMillisecond3": "the same case as HighBoundaryDateTimeMillisecond1",
	"HighBoundaryDecimal15":            "0.0034 may be 0.00345, which is above 0.0: the boundary to one digit is 0.1",
	"HighBoundaryDecimal16":            "-(0.0034.highBoundary(1)) is -0.1, for the reason of HighBoundaryDecimal15",
	"LowBoundaryDecimal15":             "-0.0034 may be -0.00345, which is below 0.0: the boundary to one digit is -0.1",
}

// cases is how many were published; the reference engine in JavaScript passes 884 of them.
const cases = 935

// suite is the file of published cases.
type suite struct {
	Groups []struct {
		Name  string      `xml:"name,attr"`
		Tests []suiteCase `xml:"test"`
	} `xml:"group"`
}

type suiteCase struct {
	Name       string `xml:"name,attr"`
	Input      string `xml:"inputfile,attr"`
	Predicate  bool   `xml:"predicate,attr"`
	Mode       string `xml:"mode,attr"`
	Expression struct {
		Text    string `xml:",chardata"`
		Invalid string `xml:"invalid,attr"`
	} `xml:"expression"`
	Outputs []struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	} `xml:"output"`
	Ordered string `xml:"ordered,attr"`
}

// shared finds the folder of what others wrote, or skips the test.
func shared(t testing.TB, path ...string) string {
	t.Helper()
	if folder := os.Getenv("CONCORD_SHARED"); folder != "" {
		return filepath.Join(append([]string{folder}, path...)...)
	}
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		found := filepath.Join(append([]string{at, "shared"}, path...)...)
		if _, err := os.Stat(found); err == nil {
			return found
		}
	}
	t.Skip("the folder shared, with cases that others wrote, is not beside the repository; CONCORD_SHARED may name it")
	return ""
}

// resource reads an input, JSON or XML. Some inputs are not valid: they are read as far as they are JSON.
func resource(t testing.TB, path string) *fhir.Resource {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	decode := fhir.Stored
	if strings.HasSuffix(path, ".xml") {
		decode = fhir.DecodeXML
	}
	r, err := decode(inOrder(data))
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return r
}

// inOrder puts right the one input that has its elements in another order than XML wants.
func inOrder(data []byte) []byte {
	status := []byte(`<status value="final"/>`)
	start, end := bytes.Index(data, append([]byte("</text>"), status...)), bytes.Index(data, []byte("<category>"))
	if start < 0 || end < start {
		return data
	}
	start += len("</text>")
	moved := append(bytes.Clone(data[:start]), data[start+len(status):end]...)
	return append(append(moved, status...), data[end:]...)
}

func TestPublishedCases(t *testing.T) {
	t.Parallel()
	folder := shared(t, "suites", "fhir-test-cases", "r4")
	data, err := os.ReadFile(filepath.Join(folder, "fhirpath", "tests-fhir-r4.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var s suite
	if err := xml.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	inputs := map[string]*fhir.Resource{}
	total, passed := 0, 0
	for _, group := range s.Groups {
		for _, c := range group.Tests {
			total++
			var input []fhirpath.Value
			if c.Input != "" {
				if inputs[c.Input] == nil {
					inputs[c.Input] = resource(t, filepath.Join(folder, c.Input))
				}
				input = append(input, fhirpath.Of(inputs[c.Input]))
			}
			fault := c.check(input)
			reason, known := wrong[c.Name]
			switch {
			case fault == nil:
				passed++
				if known {
					t.Errorf("%s passes, though the table says: %s", c.Name, reason)
				}
			case !known:
				t.Errorf("%s: %s\n\t%v", c.Name, strings.TrimSpace(c.Expression.Text), fault)
			}
		}
	}
	if total != cases || passed != total-len(wrong) {
		t.Errorf("%d of %d cases pass, of %d that were published", passed, total, cases)
	}
}

func (c suiteCase) check(input []fhirpath.Value) error {
	found, err := c.run(input)
	if c.Expression.Invalid != "" {
		if err == nil {
			return fmt.Errorf("an error is expected, of kind %s", c.Expression.Invalid)
		}
		var fault *fhirpath.Error
		if !errors.As(err, &fault) || fault.Line < 1 || fault.Column < 1 {
			return fmt.Errorf("the error has no place: %w", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if c.Predicate {
		if !strings.EqualFold(c.Outputs[0].Text, fmt.Sprint(len(found) > 0)) {
			return errors.New("the condition gives the contrary")
		}
		return nil
	}
	if len(found) != len(c.Outputs) {
		return fmt.Errorf("%d values: %s; expected are %d", len(found), show(found), len(c.Outputs))
	}
	for i, want := range c.Outputs {
		v := found[i]
		if c.Ordered == "false" {
			continue
		}
		if !sameText(strings.TrimPrefix(want.Text, "@"), v) {
			return fmt.Errorf("found %s, expected %s", show(found), want.Text)
		}
		if name := strings.TrimPrefix(v.Type(), "System."); want.Type != "" && !strings.EqualFold(name, want.Type) {
			return fmt.Errorf("the type is %s, expected %s", v.Type(), want.Type)
		}
	}
	return nil
}

func (c suiteCase) run(input []fhirpath.Value) ([]fhirpath.Value, error) {
	e, err := fhirpath.Compile(c.Expression.Text)
	if err != nil {
		return nil, err
	}
	env := fhirpath.Env{
		Now:    time.Date(2024, 2, 29, 12, 30, 15, 0, time.FixedZone("", 3600)),
		Strict: c.Mode == "strict" || c.Expression.Invalid != "", // as an author has them checked
	}
	return e.Evaluate(env, input...)
}

// sameText compares what is written; numbers by value when a type is told, since the cases write 1.0 as 1.
func sameText(want string, v fhirpath.Value) bool {
	got := v.Text()
	if got == want || "T"+got == want {
		return true
	}
	if v.Type() != "System.Decimal" || strings.Contains(want, ".") {
		return false
	}
	a, _, err := apd.NewFromString(want)
	b, _, fault := apd.NewFromString(got)
	return err == nil && fault == nil && a.Cmp(b) == 0
}

func show(vs []fhirpath.Value) string {
	var b strings.Builder
	for _, v := range vs {
		fmt.Fprintf(&b, "%s %s, ", v.Type(), v.JSON())
	}
	return b.String()
}
