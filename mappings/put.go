package mappings

import (
	"fmt"
	"slices"

	"concord/fhir"
)

// Put gives what is to be stored of a thing that the record made and that is there already, as its sender sees it: the put
// of the lens, by which what the record does not show survives.
//
//   - Elements and entries of lists for which the definition has no rule stay.
//   - What the record says replaces what was there; what it says is not (see speaks.go) goes; the rest stays.
//   - Entries that are known by fixed values go one by one; the repeats of a field are one list, and go together. An entry
//     that says what it said keeps what others added to it.
//   - Identifiers, and references to what a message made, are names: another name takes none away. Those of one issuer are
//     replaced together, so that a wrong number can be corrected, and the rest stay unless the list is taken away.
//   - Codes, quantities, references, numbers and attachments mean what they mean as a whole: what others added to one goes
//     when what the record says of it changes, as does the text of a name or an address.
//   - What a definition makes "once" stays as it is, and what was entered in error says nothing any more.
//
// It gives prior itself when nothing changes. The laws: put of what the record made is that; put again changes nothing; what
// back reads of it is what the record says, wherever it speaks. The error is DecodeJSON's.
func (r Result) Put(ref fhir.Ref, prior *fhir.Resource) (*fhir.Resource, error) {
	i := slices.IndexFunc(r.Made, func(m Made) bool { return m.Ref == ref })
	if i < 0 || i >= len(r.run.made) {
		return nil, fmt.Errorf("mappings: the record made no such %s", ref.Type)
	}
	m := &r.run.made[i]
	if m.p.once {
		return prior, nil
	}
	made, err := fhir.Walk(r.Made[i].JSON)
	if err != nil {
		return nil, fmt.Errorf("mappings: read what was made: %w", err)
	}
	if enteredInError(prior.Root()) && !enteredInError(made) {
		return fhir.DecodeJSON(r.Made[i].JSON)
	}
	t := put{x: r.run, p: m.p}
	out, changed := t.root(prior.Root(), made, m.at)
	if !changed {
		return prior, nil
	}
	return fhir.DecodeJSON(out)
}

// Once reports whether the definition makes a thing only where it is not there yet.
func (r Result) Once(ref fhir.Ref) bool {
	i := slices.IndexFunc(r.Made, func(m Made) bool { return m.Ref == ref })
	return i >= 0 && i < len(r.run.made) && r.run.made[i].p.once
}

// enteredInError reports whether a resource says that it never was. To send it again as it should be makes it anew.
func enteredInError(n fhir.Node) bool {
	const word = "entered-in-error"
	for code := range n.All("verificationStatus", "coding", "code") {
		if code.Text() == word {
			return true
		}
	}
	return n.Get("status").Text() == word || n.Get("lifecycleStatus").Text() == word
}

// put is one put: p is what the thing is to the definition.
type put struct {
	x *run
	p *produced
}

// place is where rules stand on the way: the repeat of the record, and the conditions of the groups around.
type place struct {
	at   *cursor
	when []condition
}

// with is the place in a group with further conditions.
func (w place) with(all []condition) place {
	if len(all) > 0 {
		w.when = slices.Concat(w.when, all)
	}
	return w
}

// others says what becomes of what no rule governs.
type others uint8

const (
	kept others = iota
	left        // it is left out, to look at what the rules govern alone
)

// root writes the resource, and reports whether it differs from the one before.
func (t put) root(prior, made fhir.Node, at *cursor) ([]byte, bool) {
	w := place{at: at}
	if t.agrees(t.p.root, prior, made) || t.agrees(t.p.root, prior, walked(t.object(t.p.root, prior, made, w, left))) {
		return nil, false
	}
	out := []byte(`{"resourceType":`)
	out = append(append(append(out, made.Get("resourceType").Bytes()...), `,"id":`...), made.Get("id").Bytes()...)
	if meta := t.meta(prior, made, w); len(meta) > 0 {
		out = append(append(out, `,"meta":`...), meta...)
	}
	rest := t.object(t.p.root, prior, made, w, kept)
	if len(rest) > len("{}") {
		out = append(append(out, ','), rest[1:len(rest)-1]...)
	}
	return append(t.contained(out, prior), '}'), true
}

// apart are the members of a resource that root writes itself, or not at all: narrative that was generated is of what was
// before (FHIR R4, narrative.html).
func (t put) apart(name string, value fhir.Node) bool {
	switch name {
	case "resourceType", "id", "meta", "contained":
		return true
	case "text":
		status := value.Get("status").Text()
		return status == "generated" || status == "extensions"
	default:
		return false
	}
}

// meta writes the labels, profiles and tags. What a server says of a version is of the version before.
func (t put) meta(prior, made fhir.Node, w place) []byte {
	was, is := prior.Get("meta"), made.Get("meta")
	out := []byte("{")
	if i := slices.IndexFunc(t.p.root.members, func(m *member) bool { return m.name == "meta" }); i >= 0 {
		out = t.object(t.p.root.members[i].spots[0], was, is, w, kept)
		if len(out) == 0 {
			return nil
		}
		out = out[:len(out)-1]
	} else {
		for name, value := range was.Members() {
			if !ofVersion(name) {
				out = appendMember(out, name, value.Bytes())
			}
		}
	}
	if len(out) == 1 {
		return nil
	}
	return append(out, '}')
}

// ofVersion are the members of meta that a server writes (FHIR R4, resource.html#Meta).
func ofVersion(name string) bool {
	return name == "versionId" || name == "lastUpdated" || name == "source"
}

// contained writes the contained resources before that something still points at, or that nothing pointed at.
func (t put) contained(out []byte, prior fhir.Node) []byte {
	before := prior.Get("contained")
	if !before.OK() {
		return out
	}
	used, was := fragments(walked(append(slices.Clip(out), '}'))), fragments(prior)
	var all [][]byte
	for grown := true; grown; { // one may point at another
		grown, all = false, nil
		for c := range before.Each() {
			id := "#" + c.Get("id").Text()
			if was[id] && !used[id] {
				continue
			}
			all = append(all, c.Bytes())
			for also := range fragments(c) {
				grown = grown || !used[also]
				used[also] = true
			}
		}
	}
	return appendMember(out, "contained", array(all))
}

// fragments are the references to contained resources in a value.
func fragments(n fhir.Node) map[string]bool {
	all := map[string]bool{}
	var walk func(n fhir.Node)
	walk = func(n fhir.Node) {
		for e := range n.Each() {
			if ref := e.Get("reference").Text(); len(ref) > 1 && ref[0] == '#' {
				all[ref] = true
			}
			for _, value := range e.Members() {
				walk(value)
			}
		}
	}
	walk(n)
	return all
}
