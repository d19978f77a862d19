package guard

import (
	"fmt"
	"net/url"

	"concord/fhir"
	"concord/fhir/search"
)

// listed are the ids of what is of the type in some Lists (FHIR R4, search.html#list), as the caller sees them: a hidden List is
// as one that is not there, and a member that may not be seen is none (CONSENT rules section 10 rows 10 and 27).
func (j *judge) listed(lists []fhir.Ref, t fhir.Type, f *found) ([]fhir.ID, error) {
	if !j.letterAllowed("List") {
		return nil, fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow a search by _list: it needs List.s")
	}
	var ids []fhir.ID
	known := map[fhir.ID]bool{}
	for _, ref := range lists {
		v, err := j.snap.Current(ref)
		if err != nil {
			return nil, fmt.Errorf("read a list: %w", err)
		}
		if v == nil || v.Deleted {
			continue
		}
		row, ok, err := j.presentAlone(v)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if err := j.belongsTo(row, f); err != nil { // that it was looked into is in the trail
			return nil, err
		}
		root, err := fhir.Walk(row.body)
		if err != nil {
			return nil, fmt.Errorf("read a list: %w", err)
		}
		for entry := range root.Get("entry").Each() {
			item, ok := fhir.ParseRef(entry.At("item", "reference").Text())
			if ok && item.Type == t && entry.Get("deleted").Text() != "true" && !known[item.ID] {
				known[item.ID] = true
				ids = append(ids, item.ID)
			}
		}
	}
	if len(ids) > j.g.Limits.Reached {
		return nil, chainTooWide(j.g.Limits.Reached)
	}
	return ids, nil
}

var errValueSet = fhir.Errorf(fhir.NotSupported, "a value set of :in or :not-in is not one of this server that lists its codes: name one that does, by ValueSet/id or by its url")

// codesIn are the codes of value sets that are kept here and list them. There is no terminology behind: one that is defined
// by others or by filters is refused, as one that is not there or may not be seen.
func (j *judge) codesIn(sets []string) ([]search.Coding, error) {
	if !j.letterAllowed("ValueSet") {
		return nil, fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow a search by value set: it needs ValueSet.s")
	}
	var codes []search.Coding
	for _, set := range sets {
		root, err := j.valueSet(set)
		if err != nil {
			return nil, err
		}
		some, ok := codesOfSet(root)
		if !ok || len(some) == 0 {
			return nil, errValueSet
		}
		codes = append(codes, some...)
	}
	if len(codes) > j.g.Limits.Reached {
		return nil, fhir.Errorf(fhir.TooCostly, "the value set has more than %d codes (limit reached)", j.g.Limits.Reached)
	}
	return codes, nil
}

// valueSet finds the one value set that is meant, as the caller sees it.
func (j *judge) valueSet(set string) (fhir.Node, error) {
	query := url.Values{"url": {set}}
	if ref, ok := fhir.ParseRef(set); ok {
		query = url.Values{"_id": {string(ref.ID)}}
	}
	plan, _, err := j.g.Limits.Query.Parse("ValueSet", query, "", true)
	if err != nil {
		return fhir.Node{}, err
	}
	plan.Count = 2
	f, err := j.find(plan)
	if err != nil {
		return fhir.Node{}, err
	}
	if len(f.rows) != 1 {
		return fhir.Node{}, errValueSet
	}
	root, err := fhir.Walk(f.rows[0].body)
	if err != nil {
		return fhir.Node{}, fmt.Errorf("read a value set: %w", err)
	}
	return root, nil
}

// codesOfSet reads the codes that a value set lists: its expansion, or an include of codes or of whole systems. It is false
// when it says more than that.
func codesOfSet(root fhir.Node) ([]search.Coding, bool) {
	if expansion := root.Get("expansion"); expansion.Get("contains").OK() {
		return contained(expansion, nil), true
	}
	compose := root.Get("compose")
	if compose.Get("exclude").OK() {
		return nil, false
	}
	var codes []search.Coding
	for include := range compose.Get("include").Each() {
		system := include.Get("system").Text()
		if system == "" || include.Get("filter").OK() || include.Get("valueSet").OK() {
			return nil, false
		}
		if !include.Get("concept").OK() {
			codes = append(codes, search.Coding{System: system})
		}
		for concept := range include.Get("concept").Each() {
			codes = append(codes, search.Coding{System: system, Code: concept.Get("code").Text()})
		}
	}
	return codes, true
}

// contained are the codes of an expansion, down to the last.
func contained(in fhir.Node, codes []search.Coding) []search.Coding {
	for one := range in.Get("contains").Each() {
		if code := one.Get("code").Text(); code != "" && one.Get("abstract").Text() != "true" {
			codes = append(codes, search.Coding{System: one.Get("system").Text(), Code: code})
		}
		codes = contained(one, codes)
	}
	return codes
}
