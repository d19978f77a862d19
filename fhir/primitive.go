package fhir

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxString is the size of the longest string (FHIR R4, datatypes.html: 1 MB).
const maxString = 1 << 20

// code has no white space at its ends, and single spaces within.
var codeForm = regexp.MustCompile(`^[^\s]+(\s[^\s]+)*$`)

// kindWord is the FHIR name of a type, for diagnostics.
func kindWord(s *shape) string {
	name := s.name
	switch {
	case s.primitive && strings.HasSuffix(name, "Code"):
		return "code"
	case s.primitive:
		return strings.ToLower(name[:1]) + name[1:]
	default:
		return name
	}
}

// primitive checks a value against its primitive type (FHIR R4, datatypes.html). Lexical rules that it leaves out
// (uri, base64Binary, oid, uuid) are google/fhir's to check.
func (c *checker) primitive(i int32, s *shape) {
	n := &c.tree.nodes[i]
	want := String
	switch s.name {
	case "Boolean":
		want = Bool
	case "Integer", "PositiveInt", "UnsignedInt", "Decimal":
		want = Number
	}
	if n.kind != want {
		c.report(i, Structure, "%s is a JSON %s", kindWord(s), [...]string{String: "string", Number: "number", Bool: "boolean"}[want])
		return
	}
	switch want {
	case Number:
		if !numeric(s.name, string(c.tree.data[n.start:n.end])) {
			c.report(i, Value, "the number is not a valid %s", kindWord(s))
		}
	case String:
		c.text(i, s, n.text)
	default: // true and false are all that a boolean may be
	}
}

func (c *checker) text(i int32, s *shape, text string) {
	switch {
	case text == "":
		c.report(i, Structure, "a string cannot be empty: leave the element out")
	case len(text) > maxString && (s.name == "String" || s.name == "Markdown"):
		c.report(i, TooLong, "a string is at most 1 MB long")
	case strings.IndexFunc(text, control) >= 0:
		c.report(i, Value, "a string has no control characters but tab, line feed and carriage return")
	case s.name == "Id" && !ID(text).Valid():
		c.report(i, Value, "an id is 1 to 64 of letters, digits, hyphen and dot")
	case strings.HasSuffix(s.name, "Code"):
		c.code(i, s, text)
	case !temporal(s.name, text):
		c.report(i, Value, "this is not a valid %s", kindWord(s))
	}
}

func control(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }

// code checks a code exactly: google/fhir alone takes ACTIVE and entered_in_error as well.
func (c *checker) code(i int32, s *shape, text string) {
	s.elements() // reads the codes
	if s.codes == nil {
		if !codeForm.MatchString(text) {
			c.report(i, Value, "a code has no space at its ends and single spaces within")
		}
		return
	}
	if _, ok := s.codes[text]; ok {
		return
	}
	for code := range s.codes {
		if strings.EqualFold(code, strings.ReplaceAll(text, "_", "-")) {
			c.report(i, Value, "codes are case-sensitive: write it as the value set does")
			return
		}
	}
	c.report(i, Value, "this is not a code of the value set that FHIR requires here")
}

// numeric reports whether the digits are of the type, within 32 bits.
func numeric(typ, digits string) bool {
	if typ == "Decimal" {
		return true // any JSON number, precision kept
	}
	v, err := strconv.ParseInt(digits, 10, 32)
	switch {
	case err != nil || digits == "-0":
		return false
	case typ == "PositiveInt":
		return v > 0
	case typ == "UnsignedInt":
		return v >= 0
	default:
		return true
	}
}

// temporal reports whether the text is a date or time of the type; other types are none of its business.
func temporal(typ, text string) bool {
	switch typ {
	case "Date":
		return len(text) <= len(time.DateOnly) && calendar(text)
	case "DateTime":
		if len(text) <= len(time.DateOnly) {
			return calendar(text)
		}
		return instant(text)
	case "Instant":
		return instant(text)
	case "Time":
		_, err := time.Parse(time.TimeOnly, text)
		return err == nil && len(text) >= 8 && text[2] == ':' && !strings.Contains(text, ",")
	default:
		return true
	}
}

// calendar is a date to the year, the month or the day.
func calendar(text string) bool {
	if len(text) != 4 && len(text) != 7 && len(text) != 10 || strings.HasPrefix(text, "0000") {
		return false
	}
	_, err := time.Parse(time.DateOnly[:len(text)], text)
	return err == nil
}

// instant is a date and a time with seconds and zone. Go alone would take 5:04 and a decimal comma.
func instant(text string) bool {
	if len(text) < 20 || text[13] != ':' || strings.Contains(text, ",") || !calendar(text[:10]) {
		return false
	}
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}
