package search

import (
	"strings"

	"concord/fhir"
)

// Some clauses say where to look for what they ask: a List with the things that are meant (FHIR R4, search.html#list), or a
// value set with the codes (search.html#modifiers). Whoever has those puts them in; until then such a clause holds
// for nothing.

// paramList is the parameter _list.
const paramList = "_list"

// The modifiers that name a value set.
const (
	modifierIn    = "in"
	modifierNotIn = "not-in"
)

// asks reports whether the clause must be resolved before it can be asked.
func (c Clause) asks() bool {
	return c.Param == paramList || c.Modifier == modifierIn || c.Modifier == modifierNotIn
}

// Lists are the Lists of which a clause of _list asks what is in them; nil for other clauses.
func (c Clause) Lists() []fhir.Ref {
	if c.Param != paramList {
		return nil
	}
	lists := make([]fhir.Ref, 0, len(c.Any))
	for _, v := range c.Any {
		if ref, ok := fhir.ParseRef(v.Text); ok {
			lists = append(lists, ref)
		}
	}
	return lists
}

// WithIDs is a clause of _list once it is known what is in it. Without ids it finds nothing.
func (c Clause) WithIDs(ids []fhir.ID) Clause {
	resolved := Clause{Param: paramID, Kind: Token, Any: make([]Value, 0, len(ids))}
	for _, id := range ids {
		resolved.Any = append(resolved.Any, Value{Text: string(id)})
	}
	return resolved
}

// ValueSets are the value sets by which a clause with :in or :not-in asks, as ValueSet/id or by their address; nil for
// other clauses.
func (c Clause) ValueSets() []string {
	if c.Param == paramList || !c.asks() {
		return nil
	}
	all := make([]string, 0, len(c.Any))
	for _, v := range c.Any {
		all = append(all, v.Text)
	}
	return all
}

// Coding is a code of a value set. An empty Code stands for any of the system.
type Coding struct{ System, Code string }

// WithCodes is a clause with :in or :not-in once the codes are known. There must be some.
func (c Clause) WithCodes(codes []Coding) Clause {
	resolved := Clause{Param: c.Param, Kind: Token, Any: make([]Value, 0, len(codes))}
	if c.Modifier == modifierNotIn {
		resolved.Modifier = "not"
	}
	for _, code := range codes {
		resolved.Any = append(resolved.Any, Value{System: code.System, HasSystem: true, Text: code.Code})
	}
	return resolved
}

// valueSetValue reads the value of :in: a reference, or an address.
func valueSetValue(s, base string) (Value, string, error) {
	if own, ok := strings.CutPrefix(s, base+"/"); ok && base != "" {
		s = own
	}
	ref, local := fhir.ParseRef(s)
	if local && ref.Type != "ValueSet" || !local && !strings.Contains(s, ":") {
		return Value{}, "", errValueSet
	}
	if local {
		s = ref.String()
	}
	return Value{Text: s}, escape(s), nil
}
