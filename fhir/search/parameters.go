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

	paths []path
}

// The parameters that every type has. They are answered from the resource itself.
const (
	paramID      = "_id"
	paramUpdated = "_lastUpdated"
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
	return common()
}

// common are the parameters of every type. Its other ones are not offered: labels, tags and sources are kept from
// callers, and so may not be searched.
func common() []Parameter {
	return []Parameter{
		{Code: paramID, Kind: Token, URL: urlPrefix + "Resource-id"},
		{Code: paramUpdated, Kind: Date, URL: urlPrefix + "Resource-lastUpdated"},
	}
}

//go:embed parameters.txt
var parametersText string

// table is read once, at first use. A fault in it is a bug of ours.
var table = sync.OnceValue(func() map[fhir.Type][]Parameter {
	byType := make(map[fhir.Type][]Parameter)
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
	p := Parameter{Code: fields[0], URL: urlPrefix + string(t) + "-" + fields[0]}
	kind := slices.Index(kindNames[:], fields[1])
	if kind <= 0 {
		return Parameter{}, fmt.Errorf("kind %q", fields[1])
	}
	p.Kind = Kind(kind)
	for text := range strings.SplitSeq(fields[2], "|") {
		compiled, err := compile(p.Kind, text)
		if err != nil {
			return Parameter{}, err
		}
		p.paths = append(p.paths, compiled)
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
			return Parameter{}, fmt.Errorf("field %q", field)
		}
	}
	return p, nil
}
