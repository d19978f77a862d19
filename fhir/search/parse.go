package search

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// Bounds on what a query may ask.
const (
	maxParameters   = 128 // with those that are not used
	maxClauses      = 32
	maxAlternatives = 64
	maxValue        = 4096 // bytes
)

// Parse reads a query for resources of the type (FHIR R4 search): its decoded parameters, the server's own base
// address without a slash at the end ("" when it has none), and whether the caller wants strict handling.
//
// Order and repetition do not matter: equal queries give equal Plans, and Parse of Plan.Self gives the Plan again.
// A parameter or an order that is not offered is left out of the Plan with a warning, or is an error when strict
// (Prefer: handling). A modifier or prefix that is not offered, and a value that cannot be read, is an error always
// (Modifiers: "servers SHALL reject"). Errors are *fhir.Error of kind Invalid, with an issue for every fault.
// Values are never repeated in issues.
//
// _format and _pretty are not about the search and are passed over; _cursor is the guard's and must be gone.
func Parse(t fhir.Type, q url.Values, base string, strict bool) (Plan, []fhir.Issue, error) {
	p := parsing{typ: t, base: base, plan: Plan{Type: t, Count: defaultCount}}
	if !fhir.KnownType(t) {
		return Plan{}, nil, fhir.Errorf(fhir.Invalid, "unknown resource type")
	}
	count := 0
	for _, values := range q {
		count += len(values)
	}
	if count > maxParameters {
		return Plan{}, nil, fhir.Errorf(fhir.Invalid, "more than %d search parameters", maxParameters)
	}
	for _, key := range slices.Sorted(maps.Keys(q)) {
		p.parameter(key, q[key])
	}
	p.finish()
	if strict {
		p.faults = append(p.faults, p.warnings...)
	}
	if len(p.faults) > 0 {
		for i := range p.faults {
			p.faults[i].Warning = false
		}
		return Plan{}, nil, &fhir.Error{Kind: fhir.Invalid, Issues: p.faults}
	}
	return p.plan, p.warnings, nil
}

// parsing is one query on its way to a Plan.
type parsing struct {
	typ      fhir.Type
	base     string
	plan     Plan
	terms    []term
	faults   []fhir.Issue
	warnings []fhir.Issue
}

// term is a Clause with the parameter by which it is written.
type term struct {
	key, value string
	clause     Clause
}

// fault is what refuses the query, whatever the handling.
func (p *parsing) fault(code fhir.Kind, format string, args ...any) {
	p.faults = append(p.faults, fhir.Issue{Code: code, Diagnostics: fmt.Sprintf(format, args...)})
}

// unused is what is left out of the Plan; strict handling makes it a fault.
func (p *parsing) unused(format string, args ...any) {
	p.warnings = append(p.warnings, fhir.Issue{
		Code: fhir.NotSupported, Diagnostics: fmt.Sprintf(format, args...), Warning: true,
	})
}

// parameter reads one parameter with its repetitions, each of which is a clause of its own.
func (p *parsing) parameter(key string, values []string) {
	switch key {
	case "_format", "_pretty":
		return
	case "_sort":
		p.sort(values)
		return
	case "_count":
		p.count(values)
		return
	}
	code, modifier, modified := strings.Cut(key, ":")
	parameter, ok := Lookup(p.typ, code)
	if !ok || strings.Contains(modifier, ".") { // unknown, of a kind that is not indexed, or a chain
		p.unused("the search parameter %s is not offered for %s and was not used", shown(key), p.typ)
		return
	}
	form, ok := formOf(parameter, modifier)
	if !ok || modified && modifier == "" {
		p.fault(fhir.NotSupported, "the search parameter %s of %s does not have that modifier", shown(code), p.typ)
		return
	}
	for _, value := range values {
		if parsed, ok := p.clause(form, value); ok {
			p.terms = append(p.terms, parsed)
		}
	}
}

// clause reads one value with its alternatives.
func (p *parsing) clause(f form, value string) (term, bool) {
	name := shown(f.key())
	if len(value) > maxValue {
		p.fault(fhir.TooLong, "a value of %s is longer than %d bytes", name, maxValue)
		return term{}, false
	}
	alternatives := split(value, ',')
	if len(alternatives) > maxAlternatives {
		p.fault(fhir.TooLong, "%s has more than %d alternatives", name, maxAlternatives)
		return term{}, false
	}
	// By their canonical text, so that order and repetition go.
	read := make(map[string]Value, len(alternatives))
	for _, alternative := range alternatives {
		v, text, err := f.value(alternative, p.base)
		if err != nil {
			p.fault(fhir.Value, "a value of %s cannot be read: %v", name, err)
			return term{}, false
		}
		read[text] = v
	}
	if f.modifier == "missing" && len(read) > 1 {
		p.fault(fhir.Value, "%s is true or false, not both", name)
		return term{}, false
	}
	texts := slices.Sorted(maps.Keys(read))
	parsed := term{
		key: f.key(), value: strings.Join(texts, ","),
		clause: Clause{Param: f.param, Kind: f.kind, Modifier: f.modifier},
	}
	for _, text := range texts {
		parsed.clause.Any = append(parsed.clause.Any, read[text])
	}
	return parsed, true
}

// finish puts the clauses in their order and writes Self.
func (p *parsing) finish() {
	slices.SortFunc(p.terms, func(a, b term) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.value, b.value))
	})
	p.terms = slices.CompactFunc(p.terms, func(a, b term) bool { return a.key == b.key && a.value == b.value })
	if len(p.terms) > maxClauses {
		p.fault(fhir.TooLong, "more than %d search parameters", maxClauses)
		return
	}
	self := url.Values{}
	for _, t := range p.terms {
		p.plan.Where = append(p.plan.Where, t.clause)
		self.Add(t.key, t.value)
	}
	switch p.plan.Sort {
	case ByUpdated:
		self.Set("_sort", "_lastUpdated")
	case ByUpdatedDesc:
		self.Set("_sort", "-_lastUpdated")
	default:
	}
	if p.plan.Count != defaultCount {
		self.Set("_count", strconv.Itoa(p.plan.Count))
	}
	p.plan.Self = self.Encode()
}

// shown is a parameter's name as it may be told: what does not look like a name may be anything.
func shown(name string) string {
	if len(name) > 64 {
		return "(unnamed)"
	}
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '_', c == ':', c == '.':
		default:
			return "(unnamed)"
		}
	}
	return strconv.Quote(name)
}
