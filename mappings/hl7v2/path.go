package hl7v2

import (
	"strconv"
	"strings"

	"concord/fhir"
)

// Path names a place in a message, counted from 1 as HL7 does: "PID", "OBX(3)-5", "PID-3(2).4.1". Zero stands for not
// said, and is then the first where one is needed.
type Path struct {
	Segment      string // three characters
	Occurrence   int    // which segment of this name
	Field        int
	Repetition   int
	Component    int
	Subcomponent int
}

// String writes the path as ParsePath reads it; a first occurrence or repetition that was not said is left out.
func (p Path) String() string {
	if p.Segment == "" {
		return ""
	}
	out := append(make([]byte, 0, 24), p.Segment...)
	out = appendCount(out, p.Occurrence)
	if p.Field > 0 {
		out = strconv.AppendInt(append(out, '-'), int64(p.Field), 10)
		out = appendCount(out, p.Repetition)
	}
	if p.Field > 0 && p.Component > 0 {
		out = strconv.AppendInt(append(out, '.'), int64(p.Component), 10)
		if p.Subcomponent > 0 {
			out = strconv.AppendInt(append(out, '.'), int64(p.Subcomponent), 10)
		}
	}
	return string(out)
}

func appendCount(out []byte, n int) []byte {
	if n == 0 {
		return out
	}
	return append(strconv.AppendInt(append(out, '('), int64(n), 10), ')')
}

// ParsePath reads a path. Errors are Value.
func ParsePath(text string) (Path, error) {
	if len(text) < nameLength || !isName([]byte(text[:nameLength])) {
		return Path{}, errPath()
	}
	p := Path{Segment: text[:nameLength]}
	rest, ok := readCount(text[nameLength:], &p.Occurrence)
	if rest == "" && ok {
		return p, nil
	}
	field, ok2 := strings.CutPrefix(rest, "-")
	rest, ok3 := readNumber(field, &p.Field)
	rest, ok4 := readCount(rest, &p.Repetition)
	if !ok || !ok2 || !ok3 || !ok4 {
		return Path{}, errPath()
	}
	for _, to := range []*int{&p.Component, &p.Subcomponent} {
		if rest == "" {
			break
		}
		after, dot := strings.CutPrefix(rest, ".")
		if rest, ok = readNumber(after, to); !dot || !ok {
			return Path{}, errPath()
		}
	}
	if rest != "" {
		return Path{}, errPath()
	}
	return p, nil
}

func errPath() error {
	return fhir.Errorf(fhir.Value, "a place in an HL7 v2 message is written like PID-3(2).4.1: segment, field, repetition, component, sub-component")
}

// readCount reads "(2)" when it is there.
func readCount(text string, to *int) (string, bool) {
	inner, ok := strings.CutPrefix(text, "(")
	if !ok {
		return text, true
	}
	rest, ok := readNumber(inner, to)
	after, closed := strings.CutPrefix(rest, ")")
	return after, ok && closed
}

// readNumber reads digits: a number from 1 to 99999.
func readNumber(text string, to *int) (string, bool) {
	end := 0
	for end < len(text) && '0' <= text[end] && text[end] <= '9' {
		end++
	}
	if end == 0 || end > 5 || text[0] == '0' {
		return text, false
	}
	n, err := strconv.Atoi(text[:end])
	*to = n
	return text[end:], err == nil
}
