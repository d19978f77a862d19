package consent

import (
	"maps"
	"reflect"
	"slices"
	"strconv"

	"concord/fhir/care"
)

// root writes the first provision and its exceptions.
func (w *pcfWriter) root(p map[string]any) (map[string]any, bool) {
	const at = "Consent.provision"
	children, _ := p["provision"].([]any)
	said, ok := w.criteria(p, at)
	if !ok {
		return nil, false
	}
	if w.level != PCFBasic {
		within := map[string]any(nil)
		if wider(p, said) { // permits inside it would speak to more callers than they do: none is said
			within = map[string]any{}
		}
		if within != nil && slices.ContainsFunc(children, isPermit) {
			w.note(at+".provision", "permits among the exceptions are left out: without all that is asked of the caller around them they would permit more")
		}
		if nested := w.nested(children, within, at); len(nested) > 0 {
			said["provision"] = nested
		}
		return said, true
	}
	for i, child := range children {
		fields, _ := child.(map[string]any)
		here := at + ".provision[" + strconv.Itoa(i) + "]"
		denies := fields["type"] != "permit" || len(w.silently(func() []any { return w.nested(exceptions(fields), map[string]any{}, here) })) > 0
		if said["type"] == "permit" && denies {
			w.note(here, "the basic profile has no exceptions, and without this one more would be shared")
			return nil, false
		}
		if fields["type"] == "permit" {
			w.note(here, "left out: the basic profile has no exceptions, so what it permits stays closed")
		}
	}
	return said, true
}

// wider reports whether a provision speaks to more callers than it did: something asked about the request is gone.
func wider(before, after map[string]any) bool {
	return slices.ContainsFunc([]string{"actor", "action", "purpose", "period"}, func(name string) bool {
		return before[name] != nil && after[name] == nil
	})
}

func isPermit(child any) bool {
	fields, _ := child.(map[string]any)
	return fields["type"] == "permit"
}

func exceptions(p map[string]any) []any {
	children, _ := p["provision"].([]any)
	return children
}

func (w *pcfWriter) silently(do func() []any) []any {
	before := w.quiet
	w.quiet = true
	defer func() { w.quiet = before }()
	return do()
}

// nested writes exceptions, all on the one level that the profiles have. within are the criteria of a permit around
// them that has been written already: a deny inside it becomes a deny beside it, of what both speak of.
func (w *pcfWriter) nested(children []any, within map[string]any, at string) []any {
	var all []any
	for i, child := range children {
		fields, _ := child.(map[string]any)
		here := at + ".provision[" + strconv.Itoa(i) + "]"
		if fields["type"] == "permit" {
			if said, ok := w.criteria(fields, here); ok && within == nil {
				all = append(all, apart(said)...)
			}
			around := map[string]any{}
			w.silently(func() []any {
				around, _ = w.criteria(denying(fields), here)
				return nil
			})
			if leveled(around) && len(exceptions(fields)) > 0 {
				delete(around, "securityLabel")
				w.note(here+".securityLabel", "not taken into the denies inside it: a permit of a level is of it and all below, a deny of it and all above")
			}
			all = append(all, w.nested(exceptions(fields), w.both(within, around, here), here)...)
			continue
		}
		said, _ := w.criteria(denying(fields), here)
		for j, inner := range exceptions(fields) {
			if p, _ := inner.(map[string]any); p["type"] == "permit" {
				w.note(here+".provision["+strconv.Itoa(j)+"]", "left out: the profiles have no exceptions to exceptions, so what it permits stays closed")
			}
		}
		all = append(all, apart(w.both(within, said, here))...)
	}
	return all
}

// denying is a provision as a deny of the same things.
func denying(p map[string]any) map[string]any {
	said := map[string]any{}
	maps.Copy(said, p)
	said["type"] = "deny"
	return said
}

// leveled reports whether a provision asks for a level of confidentiality.
func leveled(p map[string]any) bool {
	labels, _ := p["securityLabel"].([]any)
	return slices.ContainsFunc(labels, func(label any) bool {
		fields, _ := label.(map[string]any)
		return fields["system"] == care.SystemConfidentiality
	})
}

// both are the criteria of a deny of what two provisions both speak of; where both have one that cannot be joined, the
// outer one stands, which denies more.
func (w *pcfWriter) both(outer, inner map[string]any, at string) map[string]any {
	said := map[string]any{}
	maps.Copy(said, inner)
	for name, value := range outer {
		if had := said[name]; had != nil && !reflect.DeepEqual(had, value) {
			w.note(at+"."+name, "taken from the provision around it: the profiles cannot say both, and this denies more")
		}
		said[name] = value
	}
	return said
}

// apart divides an exception so that it has at most one of data of each meaning, as the profiles want.
func apart(p map[string]any) []any {
	data, _ := p["data"].([]any)
	groups := [][]any{}
	for _, one := range data {
		fields, _ := one.(map[string]any)
		i := slices.IndexFunc(groups, func(group []any) bool {
			return !slices.ContainsFunc(group, func(o any) bool {
				had, _ := o.(map[string]any)
				return had["meaning"] == fields["meaning"]
			})
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], one)
	}
	if len(groups) < 2 {
		return []any{p}
	}
	var all []any
	for _, group := range groups {
		one := map[string]any{}
		maps.Copy(one, p)
		one["data"] = group
		all = append(all, one)
	}
	return all
}
