package mappings

import (
	"fmt"
	"strconv"
	"strings"

	"concord/fhir"
)

// fhirStep is one step of a FHIR path in a definition:
//
//	birthDate                   an element
//	name[0].family              the first entry; without brackets an element that repeats means its first
//	telecom[system=phone].value the entry in which these elements have these values; several are separated by commas
//	goal[]                      an entry for each repeat
//	telecom[system=phone][]     each of the entries in which they have
//
// In brackets a value with , ] or ' stands in quotes; elements may be paths themselves: participant[role.coding.code=x].
type fhirStep struct {
	name   string
	index  int // of positional entries
	fixed  []fixed
	every  bool
	marked bool // brackets were written
}

// fixed is one element with its one value, by which an entry is known.
type fixed struct {
	path  []fhirStep
	value string
	text  string // as written, to compare
}

// parseFHIRPath reads the FHIR path of a rule, or of a resource with its fixed values: "Observation[code.coding.code=8302-2]".
func parseFHIRPath(s string) ([]fhirStep, error) {
	var steps []fhirStep
	rest := s
	for {
		st, after, err := nextFHIRStep(rest)
		if err != nil {
			return nil, fmt.Errorf("%w: %q", err, s)
		}
		steps = append(steps, st)
		if after == "" {
			return steps, nil
		}
		if after[0] != '.' {
			return nil, fmt.Errorf("after ] comes a dot, [] or the end: %q", s)
		}
		rest = after[1:]
	}
}

// nextFHIRStep reads one step, and gives what follows it.
func nextFHIRStep(s string) (fhirStep, string, error) {
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		end = len(s)
	}
	st := fhirStep{name: s[:end]}
	for i, c := range []byte(st.name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return st, "", fmt.Errorf("an element of FHIR is letters and digits")
		}
	}
	if st.name == "" {
		return st, "", fmt.Errorf("an element is missing")
	}
	rest := s[end:]
	for strings.HasPrefix(rest, "[") {
		inside, after, err := brackets(rest)
		if err != nil {
			return st, "", err
		}
		if err := st.bracket(inside); err != nil {
			return st, "", err
		}
		rest, st.marked = after, true
	}
	return st, rest, nil
}

// brackets cuts at the ] that closes, heeding quotes.
func brackets(s string) (string, string, error) {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == ']' && !quoted:
			return s[1:i], s[i+1:], nil
		}
	}
	return "", "", fmt.Errorf("a [ has no ] after it")
}

// bracket reads what stands in one pair of brackets.
func (st *fhirStep) bracket(inside string) error {
	switch n, err := strconv.ParseUint(inside, 10, 8); {
	case inside == "":
		st.every = true
		return nil
	case err == nil && !st.marked:
		st.index = int(n)
		return nil
	case st.marked:
		return fmt.Errorf("an element has one index or one set of fixed values")
	}
	for rest := inside; rest != ""; {
		path, after, ok := strings.Cut(rest, "=")
		if !ok || path == "" {
			return fmt.Errorf("in brackets stands an index, or element=value")
		}
		steps, err := parseFHIRPath(strings.TrimSpace(path))
		if err != nil {
			return err
		}
		value, more := fixedValue(after)
		if value == "" {
			return fmt.Errorf("a fixed value is not empty")
		}
		st.fixed = append(st.fixed, fixed{steps, value, strings.TrimSpace(path)})
		rest = strings.TrimSpace(more)
	}
	return nil
}

// fixedValue cuts at the comma, heeding quotes.
func fixedValue(s string) (string, string) {
	if inner, ok := strings.CutPrefix(s, "'"); ok {
		value, rest, _ := strings.Cut(inner, "'")
		return value, strings.TrimPrefix(rest, ",")
	}
	value, rest, _ := strings.Cut(s, ",")
	return strings.TrimSpace(value), rest
}

// where is the step's brackets in FHIRPath.
func (st fhirStep) where() string {
	switch {
	case len(st.fixed) > 0:
		var all []string
		for _, f := range st.fixed {
			all = append(all, f.text+" = '"+strings.ReplaceAll(f.value, "'", `\'`)+"'")
		}
		return ".where(" + strings.Join(all, " and ") + ")"
	case st.marked && !st.every:
		return "[" + strconv.Itoa(st.index) + "]"
	default:
		return ""
	}
}

// apartFrom reports whether no entry can be both: one element is fixed to different values.
func (st fhirStep) apartFrom(other fhirStep) bool {
	for _, a := range st.fixed {
		for _, b := range other.fixed {
			if a.text == b.text && a.value != b.value {
				return true
			}
		}
	}
	return false
}

// sameAs reports whether two steps name the same entry.
func (st fhirStep) sameAs(other fhirStep) bool {
	if st.index != other.index || st.every != other.every || len(st.fixed) != len(other.fixed) {
		return false
	}
	for i := range st.fixed {
		if st.fixed[i].text != other.fixed[i].text || st.fixed[i].value != other.fixed[i].value {
			return false
		}
	}
	return true
}

// holds reports whether a value has all that is fixed.
func (st fhirStep) holds(n fhir.Node) bool {
	for _, f := range st.fixed {
		names := make([]string, len(f.path))
		for i, s := range f.path {
			names[i] = s.name
		}
		found := false
		for v := range n.All(names...) {
			found = found || v.Text() == f.value
		}
		if !found {
			return false
		}
	}
	return true
}
