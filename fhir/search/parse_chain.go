package search

import (
	"slices"
	"strings"

	"concord/fhir"
)

// chain reads "subject:Patient.name", "patient.general-practitioner.name" and the like (FHIR R4, search.html#chaining).
// A reference to several types leads to each that has the parameter.
func (p *parsing) chain(t fhir.Type, head, rest, value string, hops int) (term, *refusal) {
	name := head + "." + rest
	if hops >= p.limits.Chain {
		return term{}, refuse(fhir.TooLong, "a chain follows more than %d references (limit chain)", p.limits.Chain)
	}
	code, modifier, modified := strings.Cut(head, ":")
	parameter, ok := lookup(t, code)
	if !ok || parameter.Kind != Reference {
		return term{}, notOffered(name, t)
	}
	targets := parameter.Targets
	if modified {
		only := fhir.Type(modifier)
		if !fhir.KnownType(only) || !parameter.mayRefer(only) {
			return term{}, refuse(fhir.NotSupported, "the search parameter %s of %s does not refer to that type", shown(code), t)
		}
		targets = []fhir.Type{only}
	}
	if len(targets) == 0 {
		targets = fhir.Types()
	}
	found := term{clause: Clause{Param: code, Kind: Reference}}
	refused := notOffered(name, t)
	for _, target := range targets {
		if p.attempts++; p.attempts > p.limits.Hops*attemptsPerHop {
			return term{}, tooWide(p.limits.Hops)
		}
		inner, why := p.term(target, rest, value, hops+1)
		if why != nil {
			if !why.issue.Warning {
				refused = why // it is a parameter, and something is wrong with it
			}
			continue
		}
		if p.hops++; p.hops > p.limits.Hops {
			return term{}, tooWide(p.limits.Hops)
		}
		key := head + "." + inner.key
		if len(found.clause.Chain) > 0 && (key != found.key || inner.value != found.value) {
			return term{}, refuse(fhir.Invalid, "the chain %s does not mean the same for all types that it may lead to: name one, as in subject:Patient.name", shown(name))
		}
		found.key, found.value = key, inner.value
		found.clause.Chain = append(found.clause.Chain, Hop{target, inner.clause})
	}
	if len(found.clause.Chain) == 0 {
		return term{}, refused
	}
	return found, nil
}

// tooWide refuses chains that lead to too many types.
func tooWide(limit int) *refusal {
	return refuse(fhir.TooLong, "chains lead to more than %d types (limit hops): name the type, as in subject:Patient.name", limit)
}

// has reads what follows "_has:", "Observation:patient:code" (FHIR R4, search.html#has).
func (p *parsing) has(t fhir.Type, rest, value string, hops int) (term, *refusal) {
	if hops >= p.limits.Chain {
		return term{}, refuse(fhir.TooLong, "a chain follows more than %d references (limit chain)", p.limits.Chain)
	}
	words := strings.SplitN(rest, ":", 3)
	if len(words) != 3 {
		return term{}, refuse(fhir.Invalid, "write _has as _has:Type:reference:parameter")
	}
	source, code, key := fhir.Type(words[0]), words[1], words[2]
	if !fhir.KnownType(source) {
		return term{}, notOffered("_has:"+rest, t)
	}
	parameter, ok := lookup(source, code)
	if !ok || parameter.Kind != Reference || t == anyType || !parameter.mayRefer(t) {
		return term{}, notOffered("_has:"+rest, t)
	}
	inner, refused := p.term(source, key, value, hops+1)
	if refused != nil {
		return term{}, refused
	}
	return term{
		key: "_has:" + words[0] + ":" + code + ":" + inner.key, value: inner.value,
		clause: Clause{Param: "_has", Kind: Reference, Has: &Has{source, code, t, inner.clause}},
	}, nil
}

// include reads "MedicationRequest:patient:Practitioner", "Type:*" or "*" (FHIR R4, search.html#include).
func (p *parsing) include(key, value string) {
	name, _, iterate := strings.Cut(key, ":")
	i := Include{Rev: name == "_revinclude", Iterate: iterate, Param: every}
	words := strings.Split(value, ":")
	switch {
	case value == every:
	case len(words) < 2, len(words) > 3:
		p.fault(fhir.Value, "a value of %s cannot be read: write Type:parameter, Type:parameter:Type, Type:* or *", name)
		return
	default:
		i.Source, i.Param = fhir.Type(words[0]), words[1]
		if len(words) == 3 {
			i.Target = fhir.Type(words[2])
		}
		if !i.offered() {
			p.unused("an include is not offered and was not used: a value of %s names no reference of the type to that type", name)
			return
		}
	}
	if !i.Rev && !i.Iterate && i.Source != "" && p.types[0] != anyType && !slices.Contains(p.types, i.Source) {
		p.unused("a value of _include starts from a type that is not searched and was not used: write _include:iterate")
		return
	}
	p.plan.Include = append(p.plan.Include, i)
}

// offered reports whether there is such a reference.
func (i Include) offered() bool {
	if !fhir.KnownType(i.Source) || i.Target != "" && !fhir.KnownType(i.Target) {
		return false
	}
	if i.Param == every {
		return true
	}
	parameter, ok := Lookup(i.Source, i.Param)
	return ok && parameter.Kind == Reference && (i.Target == "" || parameter.mayRefer(i.Target))
}
