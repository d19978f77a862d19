package mappings

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Generate makes a synthetic record that the definition takes: invented texts in the form of each rule, now and then
// without a field, with a code that no table has, or with a field that no rule takes. The same seed gives the same
// record.
func (d *Definition) Generate(seed uint64) *Tree {
	var t *Tree
	for try := range uint64(generateTries) { // rules that are fulfilled one by one may refuse each other
		t = d.generate(seed, try)
		if _, err := d.ToFHIR(t, Context{}); err == nil {
			break
		}
	}
	return t
}

// generateTries is how often Generate begins anew when the definition refuses what it made.
const generateTries = 50

func (d *Definition) generate(seed, try uint64) *Tree {
	g := &generator{d: d, r: rand.New(rand.NewPCG(seed, 0x636f6e636f7264+try)), record: &draft{}, samples: map[string]codec{}} //nolint:gosec // for samples, not for secrets
	for _, l := range d.leaves {
		if l.here && l.codec.sample != nil && len(l.local.steps) > 0 {
			g.samples[l.local.text] = l.codec
		}
	}
	for _, c := range d.takes {
		g.satisfy(c, g.record)
	}
	repeats := map[string][]*spotBack{}
	for _, p := range d.resources {
		each := &spotBack{at: g.record}
		if p.each == nil {
			g.resource(p, each)
			continue
		}
		if _, ok := repeats[p.each.text]; !ok {
			repeats[p.each.text] = g.repeats(each, p.each.steps)
		}
		for _, at := range repeats[p.each.text] {
			g.resource(p, at)
		}
	}
	if g.r.IntN(2) == 0 && d.Format != HL7v2 && d.Format != CSV && d.Format != XLSX {
		g.record.put([]step{{name: "not in the definition"}}, "something else", Text)
	}
	return g.record.tree(d.Format)
}

type generator struct {
	d      *Definition
	r      *rand.Rand
	record *draft
	// samples are those of the rules by their local paths: a field that a condition asks for is in its own form.
	samples map[string]codec
}

// repeats makes one to three repeats, or takes those that another resource of the definition has made.
func (g *generator) repeats(at *spotBack, steps []step) []*spotBack {
	d := at.at
	for i, st := range steps {
		if st.index >= 0 {
			d = d.child(st)
			continue
		}
		if d.find([]step{{name: st.name}}) == nil { // what stands there already is the same list
			for range 1 + g.r.IntN(3) {
				d.append(st)
			}
		}
		var all []*spotBack
		for _, c := range d.children {
			if c.Name != st.name {
				continue
			}
			inner := &spotBack{up: at, at: c}
			if i == len(steps)-1 {
				all = append(all, inner)
			} else {
				all = append(all, g.repeats(inner, steps[i+1:])...)
			}
		}
		return all
	}
	return nil
}

// field is where a path begins, as on the way from FHIR.
func (g *generator) field(at *spotBack, p Path) (*draft, []step) {
	return (&back{record: g.record}).field(at, p)
}

// put writes a field unless it has a text already.
func (g *generator) put(at *spotBack, p Path, text string, kind Kind) {
	if d, steps := g.field(at, p); !p.count && d.text(steps) == "" {
		d.put(steps, text, kind)
	}
}

// satisfy makes the record one that the definition is for.
func (g *generator) satisfy(c condition, at *draft) {
	if text, ok := c.example(); ok && at.text(c.path.steps) == "" {
		if len(c.values) > 0 {
			text = c.values[g.r.IntN(len(c.values))]
		}
		at.put(c.path.steps, text, Text)
	}
}

// resource writes the fields that one resource is made of; now and then one that its condition leaves out.
func (g *generator) resource(p *produced, at *spotBack) {
	if g.r.IntN(8) > 0 {
		g.conditions(p.when, at)
	}
	for _, k := range p.keys {
		text := "key-" + digits(g.r, 6)
		if k.nhs {
			text = sampleNHSNumber(g.r)
		}
		if !k.none || g.r.IntN(4) > 0 {
			g.put(at, k.path, text, Text)
		}
	}
	for _, l := range p.says {
		g.put(at, l.local, l.text, Text)
	}
	g.spot(p.root, at)
}

// conditions fulfils conditions, with another of their texts each time.
func (g *generator) conditions(all []condition, at *spotBack) {
	for _, c := range all {
		if text, ok := c.example(); ok {
			if len(c.values) > 0 && !c.not {
				text = c.values[g.r.IntN(len(c.values))]
			}
			kind := Text
			if made, ok := g.samples[c.path.text]; ok && c.values == nil {
				text, kind = made.sample(g.r), made.kind
			}
			g.put(at, c.path, text, kind)
		}
	}
}

// spot writes the fields of one value.
func (g *generator) spot(s *spot, at *spotBack) {
	if g.r.IntN(8) > 0 {
		g.conditions(s.when, at)
	}
	g.leaves(s, at)
	for _, m := range s.members {
		for _, inner := range m.spots {
			g.entries(inner, at)
		}
	}
}

// entries writes none, one or two repeats of a list: none is the case that people forget.
func (g *generator) entries(s *spot, at *spotBack) {
	switch {
	case s.split != "":
		var pieces []string
		for range 1 + g.r.IntN(3) {
			inner := &draft{}
			g.spot(s, &spotBack{up: at, at: inner})
			if text := inner.text(nil); text != "" {
				pieces = append(pieces, strings.ReplaceAll(text, s.split, " "))
			}
		}
		if len(pieces) > 0 {
			g.put(at, *s.each, strings.Join(pieces, s.split), Text)
		}
	case s.each != nil:
		where, steps := g.field(at, *s.each)
		last := len(steps) - 1
		if where.find([]step{{name: steps[last].name}}) != nil && last == 0 {
			return // another rule goes through the same repeats
		}
		for range g.r.IntN(3) {
			inner := where.reach(steps[:last]).append(steps[last])
			g.spot(s, &spotBack{up: at, at: inner})
		}
	default:
		g.spot(s, at)
	}
}

// leaves writes a field for one of the rules of a value.
func (g *generator) leaves(s *spot, at *spotBack) {
	if len(s.leaves) == 0 {
		return
	}
	l := s.leaves[g.r.IntN(len(s.leaves))]
	if l.must || g.r.IntN(8) > 0 {
		own := func(c condition) bool { return c.values == nil && c.path.text == l.local.text }
		g.conditions(slices.DeleteFunc(slices.Clone(l.when), own), at) // the rule itself writes its own field
	}
	if !l.here || l.codec.sample == nil || !l.must && g.r.IntN(6) == 0 {
		return
	}
	g.put(at, l.local, l.codec.sample(g.r), l.codec.kind)
}
