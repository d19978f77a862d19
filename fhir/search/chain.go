package search

import (
	"slices"

	"concord/fhir"
)

// Hop is where a chain may lead: a resource of the type for which the clause holds (FHIR R4, search.html#chaining).
type Hop struct {
	Type   fhir.Type
	Clause Clause
}

// Has is a reverse chain: a resource of the type whose parameter refers to the one that is looked for, and for
// which the clause holds (FHIR R4, search.html#has).
type Has struct {
	Type   fhir.Type
	Param  string
	Target fhir.Type // of what is looked for
	Clause Clause
}

// Inner gives the plans that must be answered before the clause can be: for a chain one for each type that it may
// lead to, for _has the one that finds what refers here; none for other clauses. They may hold such clauses
// again. Count is the caller's to set.
//
// What they find goes into WithTargets: of a chain the references of all that was found, of _has what Referred
// gives of each.
func (c Clause) Inner() []Plan {
	if c.Has != nil {
		return []Plan{{Type: c.Has.Type, Where: []Clause{c.Has.Clause}}}
	}
	plans := make([]Plan, 0, len(c.Chain))
	for _, hop := range c.Chain {
		plans = append(plans, Plan{Type: hop.Type, Where: []Clause{hop.Clause}})
	}
	return plans
}

// Referred gives the resources to which one that _has found refers, by its entries.
func (c Clause) Referred(entries []Entry) []fhir.Ref {
	if c.Has == nil {
		return nil
	}
	return references(entries, func(e Entry) bool { return e.Param == c.Has.Param }, c.Has.Target)
}

// WithTargets is the clause once it is known what the plans of Inner lead to: a chain becomes the references to it,
// _has becomes the ids. Without targets it finds nothing.
func (c Clause) WithTargets(refs []fhir.Ref) Clause {
	resolved := Clause{Param: c.Param, Kind: Reference, Any: make([]Value, 0, len(refs))}
	if c.Has != nil {
		resolved.Param, resolved.Kind = paramID, Token
	}
	for _, ref := range refs {
		text := ref.String()
		if c.Has != nil {
			text = string(ref.ID)
		}
		resolved.Any = append(resolved.Any, Value{Text: text})
	}
	return resolved
}

// references are the resources of this server that the wanted entries refer to, once each; of one type, or of any
// where it is "".
func references(entries []Entry, wanted func(Entry) bool, t fhir.Type) []fhir.Ref {
	var refs []fhir.Ref
	for _, e := range entries {
		if e.Kind != Reference || e.Group > 0 || e.System != "" || !wanted(e) {
			continue
		}
		if ref, ok := fhir.ParseRef(e.Value); ok && (t == "" || ref.Type == t) && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}
