package fhir

import (
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// writer draws JSON of any shape, members in the order in which the reader of XML writes them. What the values
// are is not the shapes' business, nor that of XML.
type writer struct {
	t   *rapid.T
	out []byte
}

var (
	anyText   = rapid.StringMatching(`[ -~\t\n\réß漢😀\x{85}\x{2028}]{1,12}`)
	anyNumber = rapid.SampledFrom([]string{"0", "-0", "1.0", "1.00", "-12.50", "1E5", "3.140e-10", "99999999999999999999.000000000000000001"})
	anyDiv    = rapid.SampledFrom([]string{
		`<div xmlns="http://www.w3.org/1999/xhtml">a</div>`, `<div xmlns='http://www.w3.org/1999/xhtml'/>`,
		"<h:div xmlns:h=\"http://www.w3.org/1999/xhtml\" h:x='1'>\r\n<h:p>&#160;<![CDATA[<]]></h:p><!-- x --></h:div>",
		`<div xmlns="http://www.w3.org/1999/xhtml"><p title="a&#10;b" xml:lang='cy'>]]&gt;</p ></div>`,
	})
)

func (w *writer) chance(percent int) bool { return rapid.IntRange(0, 99).Draw(w.t, "chance") < percent }

func (w *writer) quote(s string) {
	out, err := jsontext.AppendQuote(w.out, s)
	if err != nil {
		w.t.Fatal(err)
	}
	w.out = out
}

func (w *writer) name(name string) {
	if w.out[len(w.out)-1] != '{' {
		w.out = append(w.out, ',')
	}
	w.quote(name)
	w.out = append(w.out, ':')
}

func (w *writer) resource(depth int) {
	typ := rapid.SampledFrom(Types()).Draw(w.t, "type")
	w.out = append(w.out, `{"resourceType":"`+string(typ)+`"`...)
	w.members(resourceShape(typ), depth)
	w.out = append(w.out, '}')
}

func (w *writer) object(s *shape, depth int) {
	w.out = append(w.out, `{"id":`...)
	w.quote(anyText.Draw(w.t, "id"))
	if s.name == "Extension" {
		w.name("url")
		w.quote(anyText.Draw(w.t, "url"))
	}
	w.members(s, depth)
	w.out = append(w.out, '}')
}

// members draws a few elements, one of each choice.
func (w *writer) members(s *shape, depth int) {
	byRank := map[int]string{}
	for name, e := range s.elements() {
		attribute := name == "id" && !KnownType(Type(s.name)) || name == "url" && s.name == "Extension"
		if other, ok := byRank[s.rank(e)]; !attribute && (!ok || name < other) {
			byRank[s.rank(e)] = name
		}
	}
	var ranks []int
	for rank := range byRank {
		ranks = append(ranks, rank)
	}
	slices.Sort(ranks)
	for _, rank := range ranks {
		if depth > 0 && w.chance(150/(len(ranks)+1)) {
			w.member(byRank[rank], s.elements()[byRank[rank]], depth-1)
		}
	}
}

func (w *writer) member(name string, e *element, depth int) {
	count := 1
	if e.repeated {
		count = rapid.IntRange(1, 3).Draw(w.t, "count")
	}
	value := make([]bool, count)
	for i := range value {
		value[i] = !e.of.primitive || e.of.name == "Xhtml" || w.chance(80)
	}
	if slices.Contains(value, true) {
		w.name(name)
		w.list(e, count, func(i int) {
			switch {
			case !value[i]:
				w.out = append(w.out, "null"...)
			case e.of.anything:
				w.resource(depth)
			case e.of.primitive:
				w.primitive(e.of)
			default:
				w.object(e.of, depth)
			}
		})
	}
	if !slices.Contains(value, false) {
		return
	}
	w.name("_" + name)
	w.list(e, count, func(i int) {
		if value[i] && w.chance(50) {
			w.out = append(w.out, "null"...)
			return
		}
		w.object(e.of, depth)
	})
}

func (w *writer) list(e *element, count int, one func(int)) {
	if !e.repeated {
		one(0)
		return
	}
	w.out = append(w.out, '[')
	for i := range count {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		one(i)
	}
	w.out = append(w.out, ']')
}

func (w *writer) primitive(s *shape) {
	switch s.name {
	case "Boolean":
		w.out = append(w.out, rapid.SampledFrom([]string{"true", "false"}).Draw(w.t, "bool")...)
	case "Integer", "PositiveInt", "UnsignedInt", "Decimal":
		w.out = append(w.out, anyNumber.Draw(w.t, "number")...)
	case "Xhtml":
		w.quote(anyDiv.Draw(w.t, "div"))
	default:
		w.quote(anyText.Draw(w.t, "text"))
	}
}

func TestAnyJSONIsTheSameBytesThroughXML(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &writer{t: t}
		w.resource(5)
		written, err := EncodeXML(w.out)
		if err != nil {
			t.Fatalf("encode: %v\n%s", err, w.out)
		}
		tree, err := plantXML(written)
		if err != nil {
			t.Fatalf("read: %v\n%s", err, written)
		}
		r := &xmlReader{tree: tree}
		r.resource(0, nil)
		if len(r.issues) > 0 || string(r.out) != string(w.out) {
			t.Fatalf("issues %v\n got %s\nwant %s\n xml %s", r.issues, r.out, w.out, written)
		}
	})
}
