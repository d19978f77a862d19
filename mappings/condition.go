package mappings

import (
	"fmt"
	"slices"
	"strings"
)

// condition is one line of "when": a rule or a resource is there only if all of them hold.
//
//	STOP                 the field has a text
//	not STOP             it has none
//	number VALUE         it has a number; "not number VALUE" holds for any other text, and for none
//	TYPE = numeric       it has this text; several are separated by |
//	CLASS != home | virtual
//
// On the way back a rule that finds its value writes what "=" with one text says, where nothing else did.
type condition struct {
	path   Path
	not    bool
	number bool     // whether the text is a number
	values []string // none: whether there is a text at all
}

// parseCondition reads one line of "when". Signs stand between spaces, since columns may have them in their names.
func parseCondition(s string) (condition, error) {
	var c condition
	where, value, ok := strings.Cut(s, " != ")
	if ok {
		c.not = true
	} else {
		where, value, ok = strings.Cut(s, " = ")
	}
	if ok {
		for v := range strings.SplitSeq(value, "|") {
			if v = strings.TrimSpace(v); v == "" {
				return c, fmt.Errorf("a condition compares with a text: leave the sign out to ask whether there is one")
			}
			c.values = append(c.values, v)
		}
	} else if rest, not := strings.CutPrefix(where, "not "); not {
		c.not, where = true, rest
	}
	if rest, number := strings.CutPrefix(where, "number "); number && c.values == nil {
		c.number, where = true, rest
	}
	path, err := ParsePath(strings.TrimSpace(where))
	if err != nil {
		return c, err
	}
	if path.every || path.count {
		return c, fmt.Errorf("a condition asks of one field")
	}
	c.path = path
	return c, nil
}

// holds reports whether the text of the field fulfils the condition.
func (c condition) holds(text string) bool {
	if c.number {
		return (plainNumber(text) != "") != c.not
	}
	if c.values == nil {
		return (text != "") != c.not
	}
	return slices.Contains(c.values, text) != c.not
}

// String is the condition as it is written.
func (c condition) String() string {
	switch {
	case c.number && c.not:
		return "not number " + c.path.text
	case c.number:
		return "number " + c.path.text
	case c.values == nil && c.not:
		return "not " + c.path.text
	case c.values == nil:
		return c.path.text
	case c.not:
		return c.path.text + " != " + strings.Join(c.values, " | ")
	default:
		return c.path.text + " = " + strings.Join(c.values, " | ")
	}
}

// example is a text for which the condition holds; ok is false when it is the absence of one.
func (c condition) example() (string, bool) {
	switch {
	case c.number:
		return "7", !c.not
	case c.values == nil:
		return "x", !c.not
	case c.not:
		return "", false
	default:
		return c.values[0], true
	}
}

// excludes reports whether the two can never hold together.
func (c condition) excludes(other condition) bool {
	if c.path.text != other.path.text {
		return false
	}
	if c.number || other.number {
		return c.number && other.number && c.not != other.not
	}
	if c.values == nil && other.values == nil {
		return c.not != other.not
	}
	if c.values == nil {
		c, other = other, c
	}
	if other.values == nil { // c compares, other asks for a text
		return other.not && !c.not
	}
	common := func(v string) bool { return slices.Contains(other.values, v) }
	switch {
	case c.not && other.not:
		return false
	case !c.not && !other.not:
		return !slices.ContainsFunc(c.values, common)
	case other.not:
		return !slices.ContainsFunc(c.values, func(v string) bool { return !common(v) })
	default:
		return other.excludes(c)
	}
}

// never reports whether two lists of conditions can never both hold.
func never(a, b []condition) bool {
	for _, x := range a {
		if slices.ContainsFunc(b, x.excludes) {
			return true
		}
	}
	return false
}
