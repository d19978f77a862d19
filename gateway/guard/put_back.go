package guard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// putBack gives the resource that an update makes: the caller's, with the parts of the version before that the
// caller cannot see put back where they were (CONSENT rules 15.5). A client that never saw a thing must not
// erase it. Narrative is not put back: it is nobody's to see, and would be about what was before.
//
// An entry of a list goes back after the entries that stood before it and that the caller could see; a part of
// an entry that the caller has removed goes with it.
func putBack(prior *Version, out []bool, update *fhir.Resource) (*fhir.Resource, error) {
	before, err := fhir.Walk(prior.JSON)
	if err != nil {
		return nil, fmt.Errorf("read the version before: %w", err)
	}
	// The bytes are written anew even when nothing has to be put back: white space must not tell.
	top := topmost(prior.Facts.Cuts, out)
	gone := removed(prior.Facts.Cuts, top)
	var parts [][]step
	for _, i := range top {
		switch cut := &prior.Facts.Cuts[i]; cut.Kind {
		case fhir.CutNarrative, fhir.CutSource, fhir.CutTag:
		default:
			parts = append(parts, pathOf(cut.Path))
		}
	}
	whole, err := regrown(update, before, parts, gone)
	if err == nil {
		return whole, nil
	}
	// Something that goes back does not go with what the caller wrote, such as another type of the same choice. The
	// caller cannot know, so no error may say so: theirs stands, and that part is left out.
	var fit [][]step
	for _, part := range parts {
		if _, err := regrown(update, before, append(slices.Clip(fit), part), gone); err == nil {
			fit = append(fit, part)
		}
	}
	return regrown(update, before, fit, gone)
}

// regrown is the update with parts of the version before.
func regrown(update *fhir.Resource, before fhir.Node, parts [][]step, gone map[string]bool) (*fhir.Resource, error) {
	root := grow(update.Root())
	for _, part := range parts {
		graft(root, before, part, gone)
	}
	return fhir.DecodeJSON(root.append(nil))
}

// topmost are the cuts that were left out and are not inside another.
func topmost(cuts []fhir.Cut, out []bool) []int {
	var top []int
	for i := range cuts {
		if !out[i] {
			continue
		}
		inside := false
		for up := cuts[i].Up; up >= 0; up = cuts[up].Up {
			inside = inside || out[up]
		}
		if !inside {
			top = append(top, i)
		}
	}
	return top
}

// removed are the paths that the caller did not see.
func removed(cuts []fhir.Cut, top []int) map[string]bool {
	gone := make(map[string]bool, len(top))
	for _, i := range top {
		gone[cuts[i].Path] = true
	}
	return gone
}

// step is one step of a path: a member's name, or an index into a list.
type step struct {
	name  string
	index int // -1 for a member
}

// pathOf reads a FHIRPath of Cut.Path, such as "CarePlan.activity[1].outcomeReference[0]", without its type.
func pathOf(path string) []step {
	_, rest, _ := strings.Cut(path, ".")
	var steps []step
	for part := range strings.SplitSeq(rest, ".") {
		name, index, indexed := strings.Cut(part, "[")
		steps = append(steps, step{name, -1})
		if indexed {
			n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err == nil {
				steps = append(steps, step{"", n})
			}
		}
	}
	return steps
}

// graft puts the value at a path of the version before into the growing resource.
func graft(into *branch, before fhir.Node, path []step, gone map[string]bool) {
	for n, s := range path {
		last := n == len(path)-1
		if s.index < 0 {
			next := before.Get(s.name)
			child := into.get(s.name)
			switch {
			case last && child == nil && strings.HasSuffix(s.name, "display") && !sameReference(into, before):
				return // the words were of another target
			case last && child == nil:
				into.members = append(into.members, named{s.name, grow(next)})
				return
			case last:
				return // the caller has written a value of their own
			case child == nil:
				child = &branch{kind: next.Kind()}
				if next.Kind() == fhir.Object && s.name != "meta" {
					return // its host is gone, and so is the part
				}
				into.add(s.name, child)
			}
			into, before = child, next
			continue
		}
		entries := slices.Collect(before.Each())
		if into.kind != fhir.Array || s.index >= len(entries) {
			return
		}
		place := seenBefore(entries[:s.index], gone)
		if last {
			place = min(place+into.grafted, len(into.entries))
			into.entries = slices.Insert(into.entries, place, grow(entries[s.index]))
			into.grafted++
			return
		}
		place += into.grafted
		if place >= len(into.entries) {
			return
		}
		into, before = into.entries[place], entries[s.index]
	}
}

// sameReference reports whether a Reference still points where it did.
func sameReference(now *branch, before fhir.Node) bool {
	for _, name := range []string{"reference", "identifier"} {
		was, is := before.Get(name), now.get(name)
		if was.OK() != (is != nil) || (is != nil && string(grow(was).append(nil)) != string(is.append(nil))) {
			return false
		}
	}
	return true
}

// seenBefore counts the entries that the caller saw.
func seenBefore(entries []fhir.Node, gone map[string]bool) int {
	n := 0
	for _, e := range entries {
		if !gone[e.Path()] {
			n++
		}
	}
	return n
}

// branch is a JSON value that can grow; a leaf keeps its bytes as they came.
type branch struct {
	kind    fhir.NodeKind
	raw     []byte
	members []named
	entries []*branch
	grafted int // entries that were put back so far; cuts come in document order
}

type named struct {
	name  string
	value *branch
}

func grow(n fhir.Node) *branch {
	b := &branch{kind: n.Kind()}
	switch n.Kind() {
	case fhir.Object:
		for name, value := range n.Members() {
			b.members = append(b.members, named{name, grow(value)})
		}
	case fhir.Array:
		for value := range n.Each() {
			b.entries = append(b.entries, grow(value))
		}
	default:
		b.raw = n.Bytes()
	}
	return b
}

// add adds a member: meta where Stamp would put it, so that its place does not tell either; others at the end.
func (b *branch) add(name string, value *branch) {
	at := len(b.members)
	if name == "meta" {
		for i, m := range b.members { // a conditional update may have no id: it comes after resourceType then
			if m.name == "id" || m.name == "resourceType" && b.get("id") == nil {
				at = i + 1
			}
		}
	}
	b.members = slices.Insert(b.members, at, named{name, value})
}

func (b *branch) get(name string) *branch {
	for _, m := range b.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (b *branch) append(out []byte) []byte {
	switch b.kind {
	case fhir.Object:
		out = append(out, '{')
		for i, m := range b.members {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendString(out, m.name)
			out = append(out, ':')
			out = m.value.append(out)
		}
		return append(out, '}')
	case fhir.Array:
		out = append(out, '[')
		for i, e := range b.entries {
			if i > 0 {
				out = append(out, ',')
			}
			out = e.append(out)
		}
		return append(out, ']')
	default:
		return append(out, b.raw...)
	}
}
