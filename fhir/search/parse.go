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

// Parse reads a query for resources of the type (FHIR R4 search): its decoded parameters, the server's own base
// address without a slash at the end ("" when it has none), and whether the caller wants strict handling. For
// the type "" it is a search of all types, or of those that _type names.
//
// Order and repetition do not matter: equal queries give equal Plans, and Parse of Plan.Self gives the Plan again.
// A parameter, order or include that is not offered is left out of the Plan with a warning, or is an error when
// strict (Prefer: handling). A modifier or prefix that is not offered, and a value that cannot be read, is an error always
// (Modifiers: "servers SHALL reject"). Errors are *fhir.Error of kind Invalid, with an issue for every fault.
// Values are never repeated in issues.
//
// _format and _pretty are not about the search and are passed over; _cursor is the guard's and must be gone.
func Parse(t fhir.Type, q url.Values, base string, strict bool) (Plan, []fhir.Issue, error) {
	return DefaultLimits().Parse(t, q, base, strict)
}

// Parse reads a query within the limits, as the function Parse does.
func (l Limits) Parse(t fhir.Type, q url.Values, base string, strict bool) (Plan, []fhir.Issue, error) {
	p := parsing{limits: l, base: base, types: []fhir.Type{t}, plan: Plan{Type: t, Count: l.Count}}
	if t != anyType && !fhir.KnownType(t) {
		return Plan{}, nil, fhir.Errorf(fhir.Invalid, "unknown resource type")
	}
	count := 0
	for _, values := range q {
		count += len(values)
	}
	if count > l.Parameters {
		return Plan{}, nil, fhir.Errorf(fhir.Invalid, "more than %d search parameters (limit parameters)", l.Parameters)
	}
	if values := q["_type"]; t == anyType && values != nil {
		p.onlyTypes(values)
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
	limits   Limits
	base     string
	types    []fhir.Type // what is searched; the one anyType for all
	plan     Plan
	terms    []term
	hops     int // types that chains lead to
	attempts int // types that were tried for them
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
	case "_type":
		if p.plan.Type != anyType {
			p.unused("the search parameter \"_type\" is for searches of all types and was not used")
		}
	case "_sort":
		p.sort(values)
	case "_count":
		p.count(values)
	case "_total":
		p.total(values)
	case "_summary":
		p.summary(values)
	case "_elements":
		p.elements(values)
	case "_include", "_include:iterate", "_revinclude", "_revinclude:iterate":
		for _, value := range values {
			p.include(key, value)
		}
	default:
		for _, value := range values {
			if parsed, refused := p.filter(key, value); refused == nil {
				p.terms = append(p.terms, parsed)
			} else if issue := refused.issue; issue.Warning {
				p.warnings = append(p.warnings, issue)
			} else {
				p.faults = append(p.faults, issue)
			}
		}
	}
}

// onlyTypes reads _type (FHIR R4, http.html#search): names of types, separated by commas.
func (p *parsing) onlyTypes(values []string) {
	if len(values) != 1 {
		p.fault(fhir.Invalid, "_type may stand once")
		return
	}
	for name := range strings.SplitSeq(values[0], ",") {
		if !fhir.KnownType(fhir.Type(name)) {
			p.fault(fhir.Value, "_type names an unknown resource type")
			return
		}
		p.plan.Types = append(p.plan.Types, fhir.Type(name))
	}
	slices.Sort(p.plan.Types)
	p.plan.Types = slices.Compact(p.plan.Types)
	p.types = p.plan.Types
}

// finish puts the clauses in their order and writes Self.
func (p *parsing) finish() {
	slices.SortFunc(p.terms, func(a, b term) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.value, b.value))
	})
	p.terms = slices.CompactFunc(p.terms, func(a, b term) bool { return a.key == b.key && a.value == b.value })
	if len(p.terms) > p.limits.Clauses {
		p.fault(fhir.TooLong, "more than %d search parameters that say what to find (limit clauses)", p.limits.Clauses)
		return
	}
	self := url.Values{}
	for _, t := range p.terms {
		p.plan.Where = append(p.plan.Where, t.clause)
		self.Add(t.key, t.value)
	}
	p.finishIncludes(self)
	p.finishResult(self)
	if p.plan.Count != p.limits.Count {
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
