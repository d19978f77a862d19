package mappings

import (
	"fmt"
	"strconv"
	"strings"
)

// Path is a place in a record, from its root or from the repeat that stands around it:
//
//	NHS Number      a column, or a member
//	patient.name    a member of a member
//	phones[1]       the second repeat; without an index it is the first
//	goals[]         every repeat, for "each" alone; "plans[].goals[]" is every goal of every plan
//	PID-5[0].1      HL7 v2: a hyphen before a digit separates like a dot
//	'line-1'        a name with . [ ] ' or a hyphen before a digit stands in quotes; '' is a quote
//	/MSH-10         from the root, inside an "each"
//	../id           from the repeat around this one
//	.               the repeat itself
//	#               which repeat it is, from 1
type Path struct {
	text  string
	steps []step
	root  bool // begins with /
	up    bool // begins with ../
	count bool // #
	every bool // ends with []
}

type step struct {
	name   string
	index  int
	listed bool // an index or [] was written: the node stands in a list
}

// String is the path as it was written.
func (p Path) String() string { return p.text }

// ParsePath reads a path. The error says what is wrong, without its place.
func ParsePath(s string) (Path, error) {
	p := Path{text: s}
	rest, root := strings.CutPrefix(s, "/")
	p.root = root
	if !root {
		rest, p.up = strings.CutPrefix(s, "../")
	}
	switch rest {
	case ".":
		return p, nil
	case "#":
		p.count = true
		return p, nil
	}
	if strings.TrimSpace(rest) != rest || rest == "" {
		return Path{}, fmt.Errorf("a path has no spaces at its ends and names something: %q", s)
	}
	for rest != "" {
		st, after, err := nextStep(rest)
		if err != nil {
			return Path{}, fmt.Errorf("%w: %q", err, s)
		}
		p.every = st.index < 0
		p.steps = append(p.steps, st)
		rest = after
		if rest == "" {
			break
		}
		if rest = rest[1:]; rest == "" { // nextStep stops at a separator
			return Path{}, fmt.Errorf("a path does not end with a separator: %q", s)
		}
	}
	return p, nil
}

// nextStep reads one step up to the separator after it, or the end.
func nextStep(s string) (step, string, error) {
	var st step
	name, rest, err := stepName(s)
	if err != nil {
		return st, "", err
	}
	st.name = name
	if strings.HasPrefix(rest, "[") {
		digits, after, ok := strings.Cut(rest[1:], "]")
		if !ok {
			return st, "", fmt.Errorf("a [ has no ] after it")
		}
		st.listed, rest = true, after
		switch n, err := strconv.ParseUint(digits, 10, 16); {
		case digits == "":
			st.index = -1
		case err != nil:
			return st, "", fmt.Errorf("an index is a number from 0")
		default:
			st.index = int(n)
		}
	}
	if rest != "" && !separates(rest) {
		return st, "", fmt.Errorf("after ] comes a dot or the end")
	}
	return st, rest, nil
}

// stepName reads a name up to its bracket or separator; quotes keep both in it.
func stepName(s string) (string, string, error) {
	if strings.HasPrefix(s, "'") {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] != '\'':
				b.WriteByte(s[i])
			case i+1 < len(s) && s[i+1] == '\'':
				b.WriteByte('\'')
				i++
			default:
				return b.String(), s[i+1:], nil
			}
		}
		return "", "", fmt.Errorf("a quote is not closed")
	}
	end := len(s)
	for i := range len(s) {
		if s[i] == '[' || separates(s[i:]) {
			end = i
			break
		}
		if s[i] == ']' || s[i] == '\'' {
			return "", "", fmt.Errorf("a name with %q stands in quotes", s[i])
		}
	}
	if end == 0 {
		return "", "", fmt.Errorf("a name is not empty")
	}
	return s[:end], s[end:], nil
}

// separates reports whether s begins with a separator: a dot, or the hyphen of HL7 v2 before a digit.
func separates(s string) bool {
	return s[0] == '.' || s[0] == '-' && len(s) > 1 && '0' <= s[1] && s[1] <= '9'
}

// writeStep writes a name as ParsePath reads it, with its separator where something stands before it.
func writeStep(b *strings.Builder, name string, hyphen bool) {
	switch {
	case b.Len() == 0:
	case hyphen && name != "" && '0' <= name[0] && name[0] <= '9':
		b.WriteByte('-')
	default:
		b.WriteByte('.')
	}
	plain := name != "" && name != "#" && name != "." && name[0] != '/' && !strings.HasPrefix(name, "../") && strings.TrimSpace(name) == name
	for i := 0; plain && i < len(name); i++ {
		plain = name[i] != '[' && name[i] != ']' && name[i] != '\'' && !separates(name[i:])
	}
	if plain {
		b.WriteString(name)
		return
	}
	b.WriteString("'" + strings.ReplaceAll(name, "'", "''") + "'")
}

// find is the node at the path from here, whether or not it is a leaf. A path without steps is the node itself.
func (n Node) find(steps []step) Node {
	for i := range steps {
		n = n.Get(steps[i].name, max(steps[i].index, 0))
		if n.t == nil {
			return n
		}
	}
	return n
}

// At is the node at a path from the root of the record; the zero Node when there is none.
func (t *Tree) At(p Path) Node { return t.Root().find(p.steps) }
