package mappings

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"concord/fhir"
)

// codeCodec is a local text as a code of a table, in code, Coding or CodeableConcept.
func codeCodec(s setup) (codec, error) {
	if len(s.args) != 1 {
		return codec{}, errUsage
	}
	if err := s.writes("a code", "code", "string", "uri", "Coding", "CodeableConcept"); err != nil {
		return codec{}, err
	}
	t := s.d.tables[s.args[0]]
	if t == nil {
		names := make([]string, 0, len(s.d.tables))
		for name := range s.d.tables {
			names = append(names, name)
		}
		return codec{}, fmt.Errorf("there is no table %q%s", s.args[0], hint(s.args[0], names))
	}
	concepts := s.target.Name() == "CodeableConcept"
	plain := s.target.Primitive()
	switch {
	case t.unmapped == asText && !concepts:
		return codec{}, fmt.Errorf("table %q says unmapped: text, and %s has no text: refuse or omit", t.name, s.target.Name())
	case t.unmapped == asCode && plain:
		return codec{}, fmt.Errorf("table %q says unmapped: local, and %s has no system: refuse or omit", t.name, s.target.Name())
	}
	encode := func(x *encoding, text string) (bool, error) {
		i, ok := t.byText[text]
		if ok {
			return !t.rows[i].in, t.rows[i].write(x, plain, concepts)
		}
		single := strings.Join(strings.Fields(text), " ") // a code of FHIR has no other spaces (datatypes.html#code)
		if i, ok = t.byText[single]; ok {
			return false, t.rows[i].write(x, plain, concepts)
		}
		switch t.unmapped {
		case asText:
			x.raw("{")
			if err := x.member("text", text); err != nil {
				return false, err
			}
			x.raw("}")
			return true, unmappedError{t, text}
		case asCode:
			return single == text, joinUnmapped(concept{code: single, system: t.local}.write(x, false, concepts), unmappedError{t, text})
		case asOne:
			return false, joinUnmapped(concept{code: t.stand, system: t.system}.write(x, plain, concepts), unmappedError{t, text})
		default:
			return false, unmappedError{t, text}
		}
	}
	decode := func(n fhir.Node) (string, bool) { return t.textOf(n, plain, concepts) }
	return codec{kind: Text, encode: encode, decode: decode, sample: t.sample}, nil
}

// unmappedError is told beside what was written: a text that the table has no row for.
type unmappedError struct {
	t    *table
	text string
}

func (u unmappedError) Error() string { return "the table " + u.t.name + " has no row for this text" }

// choice is the same with the texts that the table has, for those who have to choose one.
func (u unmappedError) choice() string {
	const most = 12
	var b strings.Builder
	b.WriteString(u.Error() + ": it has ")
	for i, row := range u.t.rows {
		switch {
		case i == most:
			return b.String() + " and " + itoa(len(u.t.rows)-most) + " more"
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(row.text)
	}
	return b.String()
}

// written reports whether something stands in FHIR in spite of it.
func (u unmappedError) written() bool {
	return u.t.unmapped == asText || u.t.unmapped == asCode || u.t.unmapped == asOne
}

// joinUnmapped tells of a missing row, unless something worse happened.
func joinUnmapped(err error, u unmappedError) error {
	if err != nil {
		return err
	}
	return u
}

// write is the code as the element wants it: alone, as a Coding, or in a CodeableConcept. The display goes along, since
// readers without the code system have nothing else to show.
func (c concept) write(x *encoding, plain, concepts bool) error {
	if plain {
		return x.string(c.code)
	}
	if concepts {
		x.raw(`{"coding":[`)
	}
	x.raw("{")
	for _, m := range [...]struct{ name, value string }{{"system", c.system}, {"code", c.code}, {"display", c.display}} {
		if err := x.member(m.name, m.value); err != nil {
			return err
		}
	}
	x.raw("}")
	if concepts {
		x.raw("]}")
	}
	return nil
}

// textOf is the local text of a value.
func (t *table) textOf(n fhir.Node, plain, concepts bool) (string, bool) {
	if plain {
		i, ok := t.byCode[coding{t.system, n.Text()}]
		if !ok {
			return "", false
		}
		return t.rows[i].text, true
	}
	codings := n
	if concepts {
		codings = n.Get("coding")
	}
	for c := range codings.Each() {
		system, code := c.Get("system").Text(), c.Get("code").Text()
		if i, ok := t.byCode[coding{system, code}]; ok {
			return t.rows[i].text, true
		}
		if t.unmapped == asCode && system == t.local && code != "" {
			return code, true
		}
	}
	text := n.Get("text").Text()
	return text, t.unmapped == asText && text != ""
}

// sample is a text of the table that comes back as itself.
func (t *table) sample(r *rand.Rand) string {
	for range 8 {
		if c := t.rows[r.IntN(len(t.rows))]; !c.in {
			return c.text
		}
	}
	for _, c := range t.rows {
		if !c.in {
			return c.text
		}
	}
	return t.rows[0].text
}
