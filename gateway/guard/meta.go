package guard

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// Meta is the operation $meta of one resource (FHIR R4, resource-operation-meta.html): its meta as the caller sees it,
// without labels, in Parameters. Errors: NotFound, Deleted.
func (r Reading) Meta(ctx context.Context, ref fhir.Ref) (Disclosed, error) {
	d, err := r.Resource(ctx, ref)
	if err != nil {
		return Disclosed{}, err
	}
	return d.meta()
}

// meta is the meta of a resource that was disclosed, in Parameters.
func (d Disclosed) meta() (Disclosed, error) {
	if d.Len() == 0 { // its author may not see it
		return d, nil
	}
	root, err := fhir.Walk(d.body)
	if err != nil {
		return Disclosed{}, fmt.Errorf("read a meta: %w", err)
	}
	d.body = metaReturned(root.Get("meta").Bytes())
	return d, nil
}

func metaReturned(meta []byte) []byte {
	body := []byte(`{"resourceType":"Parameters","parameter":[{"name":"return","valueMeta":`)
	return append(append(body, meta...), `}]}`...)
}

// MetaOf is the operation $meta of a type, or of the whole server when it is empty: the profiles and the labels of
// everything that the caller may see. Error: TooCostly when that is too much to look through.
func (r Reading) MetaOf(ctx context.Context, t fhir.Type) (Disclosed, error) {
	types := []fhir.Type{t}
	if t == "" {
		types = fhir.Types()
	}
	var profiles map[string]bool
	var labels map[string][]byte
	var events []Event
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 's')
		if err != nil {
			return err
		}
		profiles, labels = map[string]bool{}, map[string][]byte{}
		all, left := newFound(), r.g.Limits.Looked
		for _, t := range types {
			if !j.letterAllowed(t) {
				continue
			}
			f, err := j.find(search.Plan{Type: t, Count: left})
			if err != nil {
				return err
			}
			if f.more || len(f.rows) >= left {
				return fhir.Errorf(fhir.TooCostly, "there are more than %d resources to look through (limit looked): ask of one type, or of one resource", r.g.Limits.Looked)
			}
			left -= len(f.rows)
			if err := metaIn(f.rows, profiles, labels); err != nil {
				return err
			}
			all.merge(f)
			for p, refs := range f.people {
				all.people[p] = append(all.people[p], refs[:min(len(refs), refsKept-len(all.people[p]))]...)
			}
		}
		events = all.events(j, search.Plan{Type: t})
		return nil
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	return Disclosed{body: metaUnion(profiles, labels)}, nil
}

// metaIn notes the profiles and labels of rows as the caller sees them.
func metaIn(rows []shown, profiles map[string]bool, labels map[string][]byte) error {
	for _, row := range rows {
		root, err := fhir.Walk(row.body)
		if err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
		for profile := range root.All("meta", "profile") {
			profiles[profile.Text()] = true
		}
		for label := range root.All("meta", "security") {
			labels[label.Get("system").Text()+"|"+label.Get("code").Text()] = label.Bytes()
		}
	}
	return nil
}

// metaUnion writes a Meta; Parameters without any where there is nothing to say, since FHIR knows no empty one.
func metaUnion(profiles map[string]bool, labels map[string][]byte) []byte {
	meta := &branch{kind: fhir.Object}
	add := func(name string, values [][]byte) {
		list := &branch{kind: fhir.Array}
		for _, v := range values {
			list.entries = append(list.entries, &branch{raw: v})
		}
		if len(values) > 0 {
			meta.add(name, list)
		}
	}
	var named, coded [][]byte
	for _, url := range slices.Sorted(maps.Keys(profiles)) {
		named = append(named, appendString(nil, url))
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		coded = append(coded, labels[key])
	}
	add("profile", named)
	add("security", coded)
	if len(meta.members) == 0 {
		return []byte(`{"resourceType":"Parameters"}`)
	}
	return metaReturned(meta.append(nil))
}
