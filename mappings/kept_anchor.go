package mappings

import (
	"slices"
	"strings"

	"concord/fhir"
)

// anchor is how a repeat is found again when others came or went: the longest text in it that comes back exactly.
type anchor struct {
	Repeat string `json:"repeat"` // path of the repeat as it was
	Path   string `json:"path"`   // from the repeat
	Text   string `json:"text"`
	short  bool   // the text is the beginning of it
}

// listOf are the repeats of one name in one node.
type listOf struct {
	parent int32
	name   string
}

// around are the anchors of the repeats from a node outwards, the outermost first.
func (s *settling) around(from int32) []anchor {
	var all []anchor
	for up := from; up > 0; up = s.nodes[up].parent {
		if !s.paths[up].repeated {
			continue
		}
		a := s.anchorOf(up)
		if a != nil {
			all = append(all, *a)
		}
	}
	slices.Reverse(all)
	return all
}

// anchorOf is that of one repeat, found when it is first asked for: what is restored later hides what came back.
func (s *settling) anchorOf(up int32) *anchor {
	a, ok := s.anchors[up]
	if !ok {
		if a = s.anchor(up); a == nil {
			a = s.addedAnchor(up)
		}
		s.anchors[up] = a
	}
	return a
}

// anchor is that of one repeat: what comes back as it was, else what comes back in another spelling; nil when nothing
// of it comes back.
func (s *settling) anchor(up int32) *anchor {
	x := s.run
	best, text, how := Node{}, "", inexact
	for i := up; int(i) < len(s.nodes) && x.inside(Node{x.tree, i}, Node{x.tree, up}); i++ {
		inner, state := Node{x.tree, i}, x.marks[i].state
		if state < how || state == how && len(inner.Text()) <= len(text) {
			continue
		}
		returns := inner.Text()
		if state == inexact {
			returns = x.respelt(i)
		}
		if returns != "" {
			best, text, how = inner, returns, state
		}
	}
	if !best.OK() {
		return nil
	}
	path := strings.TrimPrefix(s.paths[best.i].path, s.paths[up].path)
	return &anchor{s.paths[up].path, strings.TrimLeft(path, ".-"), text, s.fates[best.i] == shortened}
}

// addedAnchor is that of a repeat of which no field comes back, and another one instead: of two rules for one element,
// one that goes to FHIR only said it, and the other takes it back into the repeat. Whether it did is seen by the number
// of repeats that came back.
func (s *settling) addedAnchor(up int32) *anchor {
	p, err := ParsePath(s.paths[up].path)
	if err != nil || !s.run.d.adding {
		return nil
	}
	at, last := keptField{Anchors: s.around(s.nodes[up].parent)}.locate(s.record, p.steps)
	if at == nil || s.left(at, up) <= 0 {
		return nil
	}
	c := at.find([]step{last})
	if c == nil || c.restored {
		return nil
	}
	path, text := c.longest("")
	if text == "" {
		return nil
	}
	s.spare[listOf{s.nodes[up].parent, last.name}]--
	return &anchor{Repeat: s.paths[up].path, Path: path, Text: text}
}

// left is how many repeats came back beside those that have anchors of their own.
func (s *settling) left(at *draft, up int32) int {
	list := listOf{s.nodes[up].parent, s.nodes[up].Name}
	if n, ok := s.spare[list]; ok {
		return n
	}
	n := 0
	for _, c := range at.children {
		if c.Name == list.name && !c.restored && c.holds() {
			n++
		}
	}
	for c := range (Node{s.run.tree, list.parent}).Children() {
		if c.Name() == list.name && s.anchor(c.i) != nil {
			n--
		}
	}
	s.spare[list] = n
	return n
}

// longest is the longest text in a draft, and its path from an outer one.
func (d *draft) longest(path string) (string, string) {
	best, text := path, d.Text
	for _, c := range d.children {
		var b strings.Builder
		b.WriteString(path)
		writeStep(&b, c.Name, false)
		if at, inner := c.longest(b.String()); len(inner) > len(text) {
			best, text = at, inner
		}
	}
	return best, text
}

// respelt is the text that a field comes back with.
func (x *run) respelt(i int32) string {
	c := x.marks[i].leaf.codec
	if c.encode == nil {
		return ""
	}
	e := encoding{id: x.id}
	if _, err := c.encode(&e, x.tree.nodes[i].Text); err != nil {
		return ""
	}
	n, err := fhir.Walk(e.out)
	if err != nil {
		return ""
	}
	text, _ := c.decode(n)
	return text
}
