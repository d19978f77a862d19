package patch

import (
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

// spot is a place in a resource: a member of an object, or one entry of the list that the member is. A primitive
// has its extensions beside it, in a member that begins with _ (FHIR R4, json.html#primitive); list and list beside are
// kept in step.
type spot struct {
	host  *value // nil: the whole resource
	name  string // of the member, without _
	index int    // -1: the member itself
	value *value // what stands there; nil when only something beside it does
}

// spotOf finds the place of what an expression gave.
func spotOf(root *value, found fhirpath.Value) (spot, error) {
	path := found.Path()
	if path == "" {
		return spot{}, errNotPlace
	}
	_, rest, inside := strings.Cut(path, ".")
	if !inside {
		return spot{index: -1, value: root}, nil
	}
	here := spot{index: -1, value: root}
	for step := range strings.SplitSeq(rest, ".") {
		name, place, indexed := strings.Cut(step, "[")
		next := spot{host: here.value, name: strings.TrimPrefix(name, "_"), index: -1, value: here.value.get(name)}
		if name != next.name {
			next.value = nil // only what is beside a primitive stands there
		}
		if indexed {
			i, err := strconv.Atoi(strings.TrimSuffix(place, "]"))
			list := here.value.get(name)
			if err != nil || list == nil || i >= len(list.entries) {
				return spot{}, errNotPlace
			}
			next.index = i
			if next.value != nil {
				next.value = list.entries[i]
			}
		}
		if next.host == nil {
			return spot{}, errNotPlace
		}
		here = next
	}
	return here, nil
}

// listOf is the list whose entries, all of them and in order, an expression gave.
func listOf(root *value, found []fhirpath.Value) (spot, error) {
	var list spot
	for i, v := range found {
		p, err := spotOf(root, v)
		if err != nil {
			return spot{}, err
		}
		if i == 0 {
			list = spot{host: p.host, name: p.name, index: -1}
		}
		if p.host == nil || p.host != list.host || p.name != list.name || p.index != i {
			return spot{}, errNotList
		}
	}
	return list, nil
}

// set puts a value there, and what stands beside it.
func (p spot) set(v, beside *value) {
	for _, one := range []struct {
		name string
		to   *value
	}{{p.name, v}, {"_" + p.name, beside}} {
		list := p.host.get(one.name)
		switch {
		case p.index < 0 && one.to == nil:
			p.host.members = slices.DeleteFunc(p.host.members, func(m member) bool { return m.name == one.name })
		case p.index < 0:
			p.host.set(one.name, one.to)
		case list == nil && one.to == nil:
		default:
			list = p.stretch(one.name, p.index+1)
			list.entries[p.index] = orNull(one.to)
		}
	}
}

// insert puts a value into the list before the entry at i.
func (p spot) insert(i int, v, beside *value) {
	if beside != nil || p.host.get("_"+p.name) != nil {
		list := p.stretch("_"+p.name, i)
		list.entries = slices.Insert(list.entries, i, orNull(beside))
	}
	list := p.stretch(p.name, i)
	list.entries = slices.Insert(list.entries, i, orNull(v))
}

// move takes the entry at from out of the list, and puts it in at to.
func (p spot) move(from, to int) {
	length := len(p.host.get(p.name).entries)
	for _, name := range []string{p.name, "_" + p.name} {
		if p.host.get(name) == nil {
			continue
		}
		list := p.stretch(name, length)
		entry := list.entries[from]
		list.entries = slices.Insert(slices.Delete(list.entries, from, from+1), to, entry)
	}
}

// remove takes out what is there, and what is beside it.
func (p spot) remove() error {
	if p.host == nil {
		return errWholeThing
	}
	p.host.emptied = true
	if p.index < 0 {
		p.set(nil, nil)
		return nil
	}
	for _, name := range []string{p.name, "_" + p.name} {
		list := p.host.get(name)
		if list == nil || p.index >= len(list.entries) {
			continue
		}
		list.entries = slices.Delete(list.entries, p.index, p.index+1)
		list.emptied = true
	}
	return nil
}

// rename gives the member of a choice the name that goes with the type of its new value.
func (p *spot) rename(part fhir.Node) {
	if p.index >= 0 {
		return
	}
	for member := range part.Members() {
		suffix, ok := strings.CutPrefix(strings.TrimPrefix(member, "_"), "value")
		if !ok || strings.HasSuffix(p.name, suffix) {
			continue
		}
		of, _ := fhir.DefinitionOf(p.host.get("resourceType").textOr())
		old, ok := of.Element(p.name)
		if !ok || old.Base == p.name {
			continue
		}
		if e, ok := of.Element(old.Base + suffix); ok && e.Base == old.Base {
			p.set(nil, nil)
			p.name = old.Base + suffix
		}
		return
	}
}

// stretch is the list of that name, made at least so long by nulls.
func (p spot) stretch(name string, length int) *value {
	list := p.host.get(name)
	if list == nil {
		list = &value{kind: fhir.Array}
		p.host.set(name, list)
	}
	for len(list.entries) < length {
		list.entries = append(list.entries, orNull(nil))
	}
	return list
}

func orNull(v *value) *value {
	if v == nil {
		return &value{kind: fhir.Null, raw: []byte("null")}
	}
	return v
}
