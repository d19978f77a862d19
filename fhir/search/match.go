package search

import (
	"slices"
	"strings"
	"time"

	"concord/fhir"
)

// Match reports whether a resource is found by the plan: its reference, when the version that the caller sees was
// last updated, and its entries. Order, Count and After have no part in it. It is the meaning of a Plan, which
// stores express in their own queries.
//
// Clauses that need other resources, such as chains and _has, hold for nothing until they are resolved.
func (p Plan) Match(ref fhir.Ref, updated time.Time, entries []Entry) bool {
	if p.Type != ref.Type && (p.Type != "" || len(p.Types) > 0 && !slices.Contains(p.Types, ref.Type)) {
		return false
	}
	for i := range p.Where {
		if !p.Where[i].Match(ref, updated, entries) {
			return false
		}
	}
	return true
}

// Match reports whether the clause holds for a resource.
func (c Clause) Match(ref fhir.Ref, updated time.Time, entries []Entry) bool {
	switch {
	case len(c.Or) > 0:
		return slices.ContainsFunc(c.Or, func(one Clause) bool { return one.Match(ref, updated, entries) })
	case c.Chain != nil, c.Has != nil, c.asks():
		return false
	case c.Param == paramID:
		return c.matches(Entry{Value: string(ref.ID)})
	case c.Param == paramUpdated:
		at := updated.UnixMicro()
		return c.matches(Entry{Low: at, High: at})
	case c.Modifier == "missing":
		return len(c.Any) == 1 && c.Any[0].Missing != c.present(entries)
	case c.Modifier == "not":
		return !c.found(entries) // also when there is no value at all
	case c.Kind == Composite:
		return c.foundTogether(entries)
	default:
		return c.found(entries)
	}
}

// present reports whether the resource has any value for the parameter, even one that cannot be searched.
func (c Clause) present(entries []Entry) bool {
	param := c.Param
	if c.Kind == Composite {
		param = partName(param, 0)
	}
	for i := range entries {
		if entries[i].Param == param {
			return true
		}
	}
	return false
}

// found reports whether any entry of the parameter matches any alternative.
func (c Clause) found(entries []Entry) bool {
	for i := range entries {
		if entries[i].Param == c.Param && c.matches(entries[i]) {
			return true
		}
	}
	return false
}

// matches reports whether any alternative finds the entry.
func (c Clause) matches(e Entry) bool {
	for i := range c.Any {
		if c.Any[i].matches(c.Kind, c.Modifier, e) {
			return true
		}
	}
	return false
}

// matches reports whether this alternative finds the entry.
func (v Value) matches(kind Kind, modifier string, e Entry) bool {
	switch kind {
	case Token:
		return v.matchesToken(e)
	case Reference:
		if modifier != "" { // above or below, of a canonical
			return v.matchesURI(modifier, e)
		}
		return v.matchesReference(e)
	case String:
		return v.matchesString(modifier, e)
	case Date:
		return v.matchesDate(e)
	case Number:
		return v.matchesNumber(v.NumLow, v.NumHigh, e.NumLow, e.NumHigh)
	case Quantity:
		return v.matchesQuantity(e)
	case URI:
		return v.matchesURI(modifier, e)
	default:
		return false
	}
}

// matchesToken: codes and systems are compared as they stand. A code without HasSystem is in any system.
func (v Value) matchesToken(e Entry) bool {
	if v.HasSystem && v.System != e.System {
		return false
	}
	if v.Text == "" {
		return v.System != ""
	}
	return v.Text == e.Value
}

// matchesReference: an id alone finds it in any type on this server.
func (v Value) matchesReference(e Entry) bool {
	if v.Text == "" || v.Text == e.Value {
		return v.Text != ""
	}
	if e.System != "" || strings.Contains(v.Text, "/") {
		return false
	}
	ref, ok := fhir.ParseRef(e.Value)
	return ok && string(ref.ID) == v.Text
}

// matchesString: without a modifier the beginning of the folded text suffices.
func (v Value) matchesString(modifier string, e Entry) bool {
	switch modifier {
	case "exact":
		return v.Exact == e.Exact && v.Exact != ""
	case "contains":
		return v.Text != "" && strings.Contains(e.Value, v.Text)
	default:
		return v.Text != "" && strings.HasPrefix(e.Value, v.Text)
	}
}

// matchesDate compares the value's range with the entry's (FHIR R4 search, Prefixes). ap is any overlap:
// how far "approximately" reaches may not depend on a clock here.
func (v Value) matchesDate(e Entry) bool {
	within := v.Low <= e.Low && e.High <= v.High
	switch v.Prefix {
	case "eq":
		return within
	case "ne":
		return !within
	case "gt":
		return e.High > v.High
	case "lt":
		return e.Low < v.Low
	case "ge":
		return e.High > v.High || within
	case "le":
		return e.Low < v.Low || within
	case "sa":
		return e.Low > v.High
	case "eb":
		return e.High < v.Low
	case "ap":
		return e.Low <= v.High && v.Low <= e.High
	default:
		return false
	}
}
