package search

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord/fhir"
)

// refusal is why a parameter makes no clause: a warning when it may be left out of the query.
type refusal struct{ issue fhir.Issue }

func refuse(code fhir.Kind, format string, args ...any) *refusal {
	return &refusal{fhir.Issue{Code: code, Diagnostics: fmt.Sprintf(format, args...)}}
}

// notOffered is for parameters that are unknown, or of a kind that is not indexed.
func notOffered(key string, t fhir.Type) *refusal {
	of := string(t)
	if t == anyType {
		of = "all types"
	}
	return &refusal{fhir.Issue{
		Code: fhir.NotSupported, Warning: true,
		Diagnostics: fmt.Sprintf("the search parameter %s is not offered for %s and was not used", shown(key), of),
	}}
}

// filter reads one value of a parameter. It must mean the same for every type that is searched.
func (p *parsing) filter(key, value string) (term, *refusal) {
	first, refused := p.term(p.types[0], key, value, 0)
	if refused != nil {
		return term{}, refused
	}
	if len(p.types) > 1 && (first.clause.Chain != nil || first.clause.Has != nil) {
		return term{}, notOffered(key, anyType)
	}
	for _, t := range p.types[1:] {
		next, refused := p.term(t, key, value, 0)
		if refused != nil {
			return term{}, refused
		}
		if !first.means(next) {
			return term{}, refuse(fhir.Invalid, "the search parameter %s does not mean the same for all types of _type", shown(key))
		}
	}
	return first, nil
}

// means reports whether two types read the same from a parameter.
func (t term) means(u term) bool {
	return t.key == u.key && t.value == u.value && t.clause.Kind == u.clause.Kind && slices.Equal(t.clause.Parts, u.clause.Parts)
}

// term reads one value of a parameter for one type, after so many hops.
func (p *parsing) term(t fhir.Type, key, value string, hops int) (term, *refusal) {
	if key == paramList {
		return p.clause(form{param: paramList, kind: Reference, only: "List"}, value)
	}
	if rest, ok := strings.CutPrefix(key, "_has:"); ok {
		return p.has(t, rest, value, hops)
	}
	if head, rest, ok := strings.Cut(key, "."); ok {
		return p.chain(t, head, rest, value, hops)
	}
	code, modifier, modified := strings.Cut(key, ":")
	parameter, ok := lookup(t, code)
	if !ok {
		return term{}, notOffered(key, t)
	}
	form, ok := formOf(parameter, modifier)
	if !ok || modified && modifier == "" {
		return term{}, refuse(fhir.NotSupported, "the search parameter %s of %s does not have that modifier", shown(code), t)
	}
	return p.clause(form, value)
}

// lookup is Lookup, which for all types knows the common parameters.
func lookup(t fhir.Type, code string) (Parameter, bool) {
	if t != anyType {
		return Lookup(t, code)
	}
	of := parametersOf(t)
	if i := slices.IndexFunc(of, func(p Parameter) bool { return p.Code == code }); i >= 0 {
		return of[i], true
	}
	return Parameter{}, false
}

// clause reads one value with its alternatives.
func (p *parsing) clause(f form, value string) (term, *refusal) {
	name := shown(f.key())
	if len(value) > p.limits.Value {
		return term{}, refuse(fhir.TooLong, "a value of %s is longer than %d bytes (limit value)", name, p.limits.Value)
	}
	alternatives := split(value, ',')
	if len(alternatives) > p.limits.Alternatives {
		return term{}, refuse(fhir.TooLong, "%s has more than %d alternatives (limit alternatives)", name, p.limits.Alternatives)
	}
	// By their canonical text, so that order and repetition go.
	read := make(map[string]Value, len(alternatives))
	for _, alternative := range alternatives {
		v, text, err := f.value(alternative, p.base)
		if err != nil {
			return term{}, refuse(fhir.Value, "a value of %s cannot be read: %v", name, err)
		}
		read[text] = v
	}
	if f.modifier == "missing" && len(read) > 1 {
		return term{}, refuse(fhir.Value, "%s is true or false, not both", name)
	}
	texts := slices.Sorted(maps.Keys(read))
	parsed := term{
		key: f.key(), value: strings.Join(texts, ","),
		clause: Clause{Param: f.param, Kind: f.kind, Modifier: f.modifier},
	}
	if f.kind == Composite && f.modifier == "" {
		for _, part := range f.parts {
			parsed.clause.Parts = append(parsed.clause.Parts, part.kind)
		}
	}
	for _, text := range texts {
		parsed.clause.Any = append(parsed.clause.Any, read[text])
	}
	return parsed, nil
}
