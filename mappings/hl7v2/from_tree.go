package hl7v2

import (
	"strconv"
	"strings"

	"concord/fhir"
	"concord/mappings"
)

// FromTree prints a record of mappings as a message: Tree turned round. Groups are looked through. Without MSH-1 and
// MSH-2 the usual encoding characters are written, and without MSH-18 the text is UTF-8. What the tree does not say
// (line ends, separators that nothing follows) is written in the shortest way.
//
// Errors are Structure for a tree that is no message, and those of Set.
func FromTree(t *mappings.Tree) (*Message, error) {
	m := &Message{encoding: Usual}
	p := treePrinter{m: m, seen: map[string]int{}}
	if err := p.inside(t.Root()); err != nil {
		return nil, err
	}
	if len(m.segments) == 0 || !m.segments[0].named("MSH") {
		return nil, at(fhir.Structure, Path{Segment: "MSH"}, "the record has no MSH in front")
	}
	return m, nil
}

type treePrinter struct {
	m    *Message
	seen map[string]int // how many segments of a name there are
}

// inside prints all segments below a node.
func (p treePrinter) inside(n mappings.Node) error {
	for child := range n.Children() {
		var err error
		switch name := child.Name(); {
		case len(name) != nameLength || !isName([]byte(name)):
			if child.Kind() != mappings.Group {
				return at(fhir.Structure, Path{}, "a record of HL7 v2 has segments, named by three characters, and groups of them")
			}
			err = p.inside(child)
		default:
			err = p.segment(child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p treePrinter) segment(n mappings.Node) error {
	name := n.Name()
	p.seen[name]++
	where := Path{Segment: name, Occurrence: p.seen[name]}
	text := []byte(name)
	next := 1
	if name == "MSH" {
		if len(p.m.segments) > 0 {
			return at(fhir.Structure, where, "a message has one MSH, in front")
		}
		var err error
		if text, err = p.header(n); err != nil {
			return err
		}
		next = 3
	} else if isHeader(text) {
		return at(fhir.Structure, where, "this segment stands around messages, not in one")
	}
	text, err := p.fields(text, n, next, where)
	if err != nil {
		return err
	}
	p.m.segments = append(p.m.segments, p.m.segmentOf(text))
	return nil
}

// header reads how the message is to be written, and begins its MSH.
func (p treePrinter) header(n mappings.Node) ([]byte, error) {
	separator, declared := n.Get("1", 0).Text(), n.Get("2", 0).Text()
	if separator == "" && declared == "" {
		separator, declared = string(rune(Usual.Field)), string(Usual.declared())
	}
	text := []byte("MSH" + separator + declared)
	e, err := readEncoding(text)
	if err != nil || len(separator) != 1 || strings.Contains(declared, separator) {
		return nil, at(fhir.Structure, Path{Segment: "MSH", Field: 1}, "MSH-1 is one character, and MSH-2 the other encoding characters")
	}
	var known bool
	if e.text, known = charsetOf(n.Get("18", 0).Leaf().Text()); !known {
		return nil, errCharset()
	}
	p.m.encoding = e
	return text, nil
}

// fields prints the fields from number next on. Nodes of one name are repetitions; names stand in rising order.
func (p treePrinter) fields(out []byte, n mappings.Node, next int, where Path) ([]byte, error) {
	e := &p.m.encoding
	last := 0
	for child := range n.Children() {
		number, err := numberOf(child, where)
		if err != nil {
			return nil, err
		}
		where.Field = number
		switch {
		case where.Segment == "MSH" && number < 3:
			continue
		case number == last:
			if e.Repetition == 0 {
				return nil, errUndeclared(where)
			}
			where.Repetition++
			out = append(out, e.Repetition)
		case number < next:
			return nil, at(fhir.Structure, where, "the fields of a segment stand in their order")
		default:
			where.Repetition = 1
			for ; next <= number; next++ {
				out = append(out, e.Field)
			}
			last = number
		}
		if out, err = p.value(out, child, repetition, where); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// value prints one repetition, component or sub-component.
func (p treePrinter) value(out []byte, n mappings.Node, l level, where Path) ([]byte, error) {
	switch n.Kind() {
	case mappings.Null:
		return append(out, null...), nil
	case mappings.Empty:
		return out, nil
	case mappings.Text, mappings.Number, mappings.Bool:
		if spelt := n.Spelt(); spelt != "" && (Value{raw: []byte(spelt), level: subcomponent, enc: &p.m.encoding}).says(n.Text()) {
			return append(out, spelt...), nil
		}
		return p.m.encoding.appendText(out, n.Text(), where)
	case mappings.Group:
	}
	if l == subcomponent {
		return nil, at(fhir.Structure, where, "a sub-component has no parts")
	}
	separator := p.m.encoding.separator(l + 1)
	last := 0
	for child := range n.Children() {
		number, err := numberOf(child, where)
		if err != nil {
			return nil, err
		}
		if number <= last || number > 1 && separator == 0 {
			return nil, errUndeclared(where)
		}
		for range number - max(last, 1) {
			out = append(out, separator)
		}
		last = number
		inner := where
		if l == repetition {
			inner.Component = number
		} else {
			inner.Subcomponent = number
		}
		if out, err = p.value(out, child, l+1, inner); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// says reports whether a leaf may be written so for a text: it means the text, and ends nothing that stands around it.
func (v Value) says(text string) bool {
	for _, c := range v.raw {
		if isLineEnd(c) || v.enc.rank(c) > 0 {
			return false
		}
	}
	return v.enc.text.check(v.raw) < 0 && v.Text() == text
}

func numberOf(n mappings.Node, where Path) (int, error) {
	number, err := strconv.Atoi(n.Name())
	if err != nil || number < 1 || number > (Limits{}).withDefaults().Fields {
		return 0, at(fhir.Structure, where, "fields and their parts are named by numbers from 1 to 1000")
	}
	return number, nil
}

func errUndeclared(where Path) error {
	return at(fhir.Value, where, "its parts stand out of order, or MSH-2 declares no character that separates them")
}
