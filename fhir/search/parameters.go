package search

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"concord/fhir"
)

// Parameter is one search parameter of one resource type (FHIR R4 search, Search Parameter Types).
type Parameter struct {
	Code    string
	Kind    Kind
	URL     string      // canonical of its SearchParameter
	Targets []fhir.Type // reference: what it may point to; empty means any type
	Parts   []Kind      // composite: the kinds of its parts

	paths  []path // composite: its contexts
	parts  []part // composite
	text   bool   // token: it has :text
	ofType bool   // token: it has :of-type

	canonical bool // reference: by canonical, which has :above and :below
}

// The parameters that every type has. The first two are answered from the resource itself.
const (
	paramID      = "_id"
	paramUpdated = "_lastUpdated"
	paramProfile = "_profile"
)

const urlPrefix = "http://hl7.org/fhir/SearchParameter/"

// Parameters are the search parameters that are offered for the type, sorted by code. The slice is the caller's.
func Parameters(t fhir.Type) []Parameter {
	if !fhir.KnownType(t) {
		return nil
	}
	return slices.Clone(parametersOf(t))
}

// Lookup finds a parameter of the type by its code.
func Lookup(t fhir.Type, code string) (Parameter, bool) {
	if !fhir.KnownType(t) {
		return Parameter{}, false
	}
	of := parametersOf(t)
	i, ok := slices.BinarySearchFunc(of, code, func(p Parameter, code string) int { return strings.Compare(p.Code, code) })
	if !ok {
		return Parameter{}, false
	}
	return of[i], true
}

// parametersOf is for types that are known; those without parameters of their own have the common ones.
func parametersOf(t fhir.Type) []Parameter {
	if of, ok := table()[t]; ok {
		return of
	}
	return table()[anyType]
}

// anyType stands for the types without parameters of their own.
const anyType fhir.Type = ""

// common are the parameters of every type. Its other ones are not offered: labels, tags and sources are kept from
// callers, and so may not be searched.
func common() []Parameter {
	return []Parameter{
		{Code: paramID, Kind: Token, URL: urlPrefix + "Resource-id"},
		{Code: paramUpdated, Kind: Date, URL: urlPrefix + "Resource-lastUpdated"},
		{
			Code: paramProfile, Kind: URI, URL: urlPrefix + "Resource-profile",
			paths: []path{{steps: []step{{name: "meta"}, {name: "profile"}}, value: readProfile}},
		},
	}
}

//go:embed parameters.txt
var parametersText string

// table is read once, at first use. A fault in it is a bug of ours.
var table = sync.OnceValue(func() map[fhir.Type][]Parameter {
	byType := map[fhir.Type][]Parameter{anyType: common()}
	var t fhir.Type
	for line := range strings.Lines(parametersText) {
		line = strings.TrimSuffix(line, "\n")
		entry, inBlock := strings.CutPrefix(line, " ")
		switch {
		case strings.HasPrefix(line, "#"):
		case !inBlock:
			t = fhir.Type(line)
			byType[t] = common()
		default:
			p, err := parseParameter(t, entry)
			if err != nil {
				panic(fmt.Sprintf("parameters.txt: %s: %q: %v", t, line, err))
			}
			byType[t] = append(byType[t], p)
		}
	}
	for _, of := range byType {
		slices.SortFunc(of, func(a, b Parameter) int { return strings.Compare(a.Code, b.Code) })
	}
	return byType
})

// parseParameter reads one line of the table.
func parseParameter(t fhir.Type, line string) (Parameter, error) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return Parameter{}, fmt.Errorf("%d fields", len(fields))
	}
	p := Parameter{Code: fields[0], Kind: kindOf(fields[1]), URL: urlPrefix + string(t) + "-" + fields[0]}
	if p.Kind == 0 {
		return Parameter{}, fmt.Errorf("kind %q", fields[1])
	}
	if err := p.read(fields[2]); err != nil {
		return Parameter{}, err
	}
	for _, field := range fields[3:] {
		switch rest := field[1:]; field[0] {
		case '>':
			if rest == "*" {
				continue
			}
			for target := range strings.SplitSeq(rest, ",") {
				p.Targets = append(p.Targets, fhir.Type(target))
			}
		case '@':
			p.URL = urlPrefix + rest
		default:
			next, err := compilePart(field)
			if err != nil || p.Kind != Composite {
				return Parameter{}, fmt.Errorf("field %q: %w", field, err)
			}
			next.name = partName(p.Code, len(p.parts))
			p.parts = append(p.parts, next)
			p.Parts = append(p.Parts, next.kind)
		}
	}
	return p, nil
}

// read compiles the paths, and notes what modifiers they allow.
func (p *Parameter) read(text string) error {
	for text := range strings.SplitSeq(text, "|") {
		if p.Kind == Composite {
			text += ":" // a context has no data type
		}
		compiled, err := compile(p.Kind, text)
		if err != nil {
			return err
		}
		p.paths = append(p.paths, compiled)
		p.canonical = p.canonical || p.Kind == Reference && compiled.typ == "canonical"
		if p.Kind != Token {
			continue
		}
		p.ofType = p.ofType || compiled.typ == "Identifier"
		p.text = p.text || slices.Contains([]string{"Identifier", "CodeableConcept", "Coding"}, compiled.typ)
	}
	return nil
}
