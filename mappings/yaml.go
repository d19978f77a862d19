package mappings

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"concord/fhir"
)

// maxYAML bounds a definition and the depth of what is in it.
const (
	maxYAML  = 1 << 20
	maxDepth = 32
)

// setting is one value of a definition file with its place. Scalars are texts as written: the rules say what they mean.
type setting struct {
	text      string
	list      []setting
	fields    []field // of a mapping, in their order
	kind      settingKind
	line, col int
}

type field struct {
	name string
	setting
	line, col int // of the name
}

type settingKind uint8

const (
	scalar settingKind = iota
	list
	mapping
)

// faults gathers what is wrong with a definition, so that all of it is told at once.
type faults struct{ issues []fhir.Issue }

func (f *faults) at(line, col int, format string, args ...any) {
	f.issues = append(f.issues, fhir.Issue{Code: fhir.Invalid, Diagnostics: fmt.Sprintf(format, args...), Line: line, Col: col})
}

func (f *faults) on(s setting, format string, args ...any) { f.at(s.line, s.col, format, args...) }

func (f *faults) err() error {
	if len(f.issues) == 0 {
		return nil
	}
	slices.SortStableFunc(f.issues, func(a, b fhir.Issue) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return &fhir.Error{Kind: fhir.Invalid, Issues: f.issues}
}

// readYAML reads a definition file into settings.
func readYAML(data []byte, f *faults) (setting, bool) {
	if len(data) > maxYAML {
		f.at(1, 1, "a definition is at most 1 MB: keep long tables in files")
		return setting{}, false
	}
	file, err := parseYAML(data)
	if err != nil {
		line, col, told := 1, 1, "this is not YAML"
		if e, ok := errors.AsType[yaml.Error](err); ok {
			told += ": " + e.GetMessage()
			if t := e.GetToken(); t != nil && t.Position != nil {
				line, col = t.Position.Line, t.Position.Column
			}
		}
		f.at(line, col, "%s", told)
		return setting{}, false
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		f.at(1, 1, "a definition file holds one YAML document")
		return setting{}, false
	}
	return readNode(file.Docs[0].Body, f, 0), len(f.issues) == 0
}

// parseYAML keeps a fault of the library in strange bytes from being one of ours.
func parseYAML(data []byte) (file *ast.File, err error) { //nolint:nonamedreturns // for the recover
	defer func() {
		if recover() != nil {
			file, err = nil, errors.New("it cannot be read")
		}
	}()
	return parser.ParseBytes(data, 0)
}

func readNode(n ast.Node, f *faults, depth int) setting {
	var s setting
	t := n.GetToken()
	if t != nil && t.Position != nil {
		s.line, s.col = t.Position.Line, t.Position.Column
	}
	if depth > maxDepth {
		f.on(s, "this is nested too deep for a definition")
		return s
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		readFields(&s, n.Values, f, depth)
	case *ast.MappingValueNode:
		readFields(&s, []*ast.MappingValueNode{n}, f, depth)
	case *ast.SequenceNode:
		s.kind = list
		for _, v := range n.Values {
			s.list = append(s.list, readNode(v, f, depth+1))
		}
	case *ast.StringNode:
		s.text = n.Value
	case *ast.LiteralNode:
		s.text = n.Value.Value
	case *ast.NullNode:
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		s.text = t.Value // the digits as written: 007 is a code
	default:
		f.on(s, "write plain values here: anchors, aliases, tags and merges are not part of a definition")
	}
	return s
}

func readFields(s *setting, values []*ast.MappingValueNode, f *faults, depth int) {
	s.kind = mapping
	for i, v := range values {
		t := v.Key.GetToken()
		at := field{name: strings.TrimSpace(t.Value), line: t.Position.Line, col: t.Position.Column}
		if _, ok := v.Key.(*ast.StringNode); !ok {
			if _, ok := v.Key.(ast.ScalarNode); !ok {
				f.at(at.line, at.col, "a name is plain text")
			}
		}
		if i == 0 {
			s.line, s.col = at.line, at.col
		}
		at.setting = readNode(v.Value, f, depth+1)
		if at.setting.line == 0 {
			at.setting.line, at.setting.col = at.line, at.col
		}
		s.fields = append(s.fields, at)
	}
}

// get is the value of a field, and whether it is there.
func (s setting) get(name string) (setting, bool) {
	for _, f := range s.fields {
		if f.name == name {
			return f.setting, true
		}
	}
	return setting{}, false
}

// only tells of fields that do not belong here, with the name that was probably meant.
func (f *faults) only(s setting, what string, names ...string) bool {
	if s.kind != mapping {
		f.on(s, "%s is written as fields: %s", what, strings.Join(names, ", "))
		return false
	}
	for _, field := range s.fields {
		if !slices.Contains(names, field.name) {
			f.at(field.line, field.col, "%s has no field %q%s", what, field.name, hint(field.name, names))
		}
	}
	return true
}

// text is a field of one value; the word says whether it must be there.
func (f *faults) text(s setting, name string) string {
	v, ok := s.get(name)
	if !ok {
		return ""
	}
	if v.kind != scalar {
		f.on(v, "%s is one value, not a list", name)
	}
	return v.text
}

// texts is a field of one value or a list of them.
func (f *faults) texts(s setting, name string) []setting {
	v, ok := s.get(name)
	switch {
	case !ok:
		return nil
	case v.kind == scalar:
		return []setting{v}
	case v.kind == list:
		for _, e := range v.list {
			if e.kind != scalar {
				f.on(e, "%s is a list of plain values", name)
			}
		}
		return v.list
	default:
		f.on(v, "%s is a value or a list of values", name)
		return nil
	}
}

// flag is a field of true or false.
func (f *faults) flag(s setting, name string) bool {
	v, ok := s.get(name)
	switch {
	case !ok || v.text == "false" && v.kind == scalar:
		return false
	case v.text == "true" && v.kind == scalar:
		return true
	default:
		f.on(v, "%s is true or false", name)
		return false
	}
}

// hint guesses which of the names was meant, and lists them when it cannot.
func hint(name string, names []string) string {
	best, distance := "", 3
	for _, candidate := range names {
		if d := apart(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %q?", best)
	}
	if len(names) > 20 {
		return ""
	}
	return ": it may have " + strings.Join(names, ", ")
}

// apart is how many letters two words are apart (Levenshtein).
func apart(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
