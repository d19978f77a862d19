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
	file      string // that the definition includes; empty: the definition itself
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
type faults struct {
	issues []fhir.Issue
	file   string // that is read now, when it is an included one
}

func (f *faults) at(line, col int, format string, args ...any) {
	f.issues = append(f.issues, fhir.Issue{Code: fhir.Invalid, Diagnostics: fmt.Sprintf(format, args...), Line: line, Col: col})
}

func (f *faults) on(s setting, format string, args ...any) {
	f.at(s.line, s.col, "%s%s", inFile(s.file), fmt.Sprintf(format, args...))
}

// inFile is how a fault in an included file begins.
func inFile(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}

// err is all faults in the order of the file, or nil.
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
func parseYAML(data []byte) (*ast.File, error) {
	var file *ast.File
	err := errors.New("it cannot be read")
	func() {
		defer func() { _ = recover() }() // the error above stands
		file, err = parser.ParseBytes(data, 0)
	}()
	return file, err
}

// readNode keeps scalars as they are written: 007 is a code, and yes is a word.
func readNode(n ast.Node, f *faults, depth int) setting {
	s := setting{file: f.file}
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

// readFields reads a mapping, with the place of each name, since a fault is often in the name.
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
