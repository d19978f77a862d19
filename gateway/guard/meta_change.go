package guard

import (
	"context"
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
)

// AddMeta is the operation $meta-add (FHIR R4, resource-operation-meta-add.html): profiles, tags and labels come to those
// that the resource has, by the rules of a patch: a label never lowers what there is, and those by which a thing is
// sealed or held back are its sender's alone. Versions are immutable here, so it makes a new one.
//
// The answer is that of Meta. Errors are those of a patch.
func (r Reading) AddMeta(ctx context.Context, ref fhir.Ref, meta fhir.Node) (Disclosed, error) {
	return r.changeMeta(ctx, Write{Do: Patch, Ref: ref, Patch: func(before *fhir.Resource) (*fhir.Resource, error) {
		return withMeta(before, func(has *branch) { addMeta(has, meta) })
	}})
}

// DropMeta is the operation $meta-delete (FHIR R4, resource-operation-meta-delete.html) for profiles and tags, also tags that
// the caller cannot see. Labels are never taken away (CONSENT rules section 5). Errors are those of a patch.
func (r Reading) DropMeta(ctx context.Context, ref fhir.Ref, meta fhir.Node) (Disclosed, error) {
	w := Write{Do: Patch, Ref: ref, Patch: func(before *fhir.Resource) (*fhir.Resource, error) {
		return withMeta(before, func(has *branch) { dropMeta(has, meta) })
	}}
	for tag := range meta.Get("tag").Each() {
		w.Untag = append(w.Untag, codeOf(tag))
	}
	return r.changeMeta(ctx, w)
}

func (r Reading) changeMeta(ctx context.Context, w Write) (Disclosed, error) {
	written, err := r.Commit(ctx, w)
	if err != nil {
		return Disclosed{}, err
	}
	return written[0].Body.meta()
}

// withMeta is a resource with its meta changed.
func withMeta(before *fhir.Resource, change func(meta *branch)) (*fhir.Resource, error) {
	root := grow(before.Root())
	meta := root.get("meta")
	if meta == nil {
		return nil, fmt.Errorf("change a meta: what is stored has none")
	}
	change(meta)
	return fhir.DecodeJSON(root.append(nil))
}

func addMeta(has *branch, meta fhir.Node) {
	for _, name := range []string{"profile", "security", "tag"} {
		for one := range meta.Get(name).Each() {
			if !slices.ContainsFunc(has.list(name), func(b *branch) bool { return sameMeta(b, one) }) {
				has.push(name, grow(one))
			}
		}
	}
}

func dropMeta(has *branch, meta fhir.Node) {
	for _, name := range []string{"profile", "tag"} {
		for one := range meta.Get(name).Each() {
			if list := has.get(name); list != nil {
				list.entries = slices.DeleteFunc(list.entries, func(b *branch) bool { return sameMeta(b, one) })
			}
		}
		has.prune(name)
	}
}

// sameMeta compares profiles as they stand, and codings by system and code.
func sameMeta(b *branch, n fhir.Node) bool {
	if n.Kind() != fhir.Object {
		return string(b.append(nil)) == string(n.Bytes())
	}
	return b.code() == codeOf(n)
}

// codeOf is the code of a Coding, such as a tag or a label.
func codeOf(coding fhir.Node) consent.Code {
	return consent.Code{System: coding.Get("system").Text(), Code: coding.Get("code").Text()}
}

// keepTags is the resource that an update makes with the tags that the version before had, since the caller could not
// see them (CONSENT rules 15.5), but for those that are to go.
func keepTags(prior *Version, update *fhir.Resource, untag []consent.Code) (*fhir.Resource, error) {
	if !slices.ContainsFunc(prior.Facts.Cuts, func(c fhir.Cut) bool { return c.Kind == fhir.CutTag }) {
		return update, nil
	}
	before, err := fhir.Walk(prior.JSON)
	if err != nil {
		return nil, fmt.Errorf("read the version before: %w", err)
	}
	var kept []fhir.Node
	for tag := range before.All("meta", "tag") {
		if !slices.Contains(untag, codeOf(tag)) {
			kept = append(kept, tag)
		}
	}
	if len(kept) == 0 {
		return update, nil
	}
	root := grow(update.Root())
	meta := root.get("meta")
	if meta == nil {
		meta = &branch{kind: fhir.Object}
		root.add("meta", meta)
	}
	for _, tag := range kept {
		if !slices.ContainsFunc(meta.list("tag"), func(b *branch) bool { return sameMeta(b, tag) }) {
			meta.push("tag", grow(tag))
		}
	}
	return fhir.DecodeJSON(root.append(nil))
}

// list are the entries of a member.
func (b *branch) list(name string) []*branch {
	if list := b.get(name); list != nil {
		return list.entries
	}
	return nil
}

// push adds an entry to a member that is a list.
func (b *branch) push(name string, entry *branch) {
	list := b.get(name)
	if list == nil {
		list = &branch{kind: fhir.Array}
		b.add(name, list)
	}
	list.entries = append(list.entries, entry)
}

// prune leaves a list out that has no entries any more.
func (b *branch) prune(name string) {
	b.members = slices.DeleteFunc(b.members, func(m named) bool { return m.name == name && len(m.value.entries) == 0 })
}

// code is the code of a Coding.
func (b *branch) code() consent.Code {
	text := func(name string) string {
		member := b.get(name)
		if member == nil {
			return ""
		}
		n, err := fhir.Walk(member.raw)
		if err != nil {
			return ""
		}
		return n.Text()
	}
	return consent.Code{System: text("system"), Code: text("code")}
}
