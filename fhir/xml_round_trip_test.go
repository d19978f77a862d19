package fhir_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
)

// ordered writes JSON with its members in alphabetical order and its strings escaped one way, so that bytes can
// be compared. Numbers keep their digits.
func ordered(t testing.TB, data []byte) string {
	t.Helper()
	root, err := fhir.Walk(data)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	var write func(n fhir.Node)
	write = func(n fhir.Node) {
		switch n.Kind() {
		case fhir.Object:
			var members []fhir.Node
			for _, m := range n.Members() {
				members = append(members, m)
			}
			slices.SortFunc(members, func(a, b fhir.Node) int { return strings.Compare(a.Name(), b.Name()) })
			b.WriteByte('{')
			for _, m := range members {
				b.WriteString(m.Name() + ":")
				write(m)
				b.WriteByte(',')
			}
			b.WriteByte('}')
		case fhir.Array:
			b.WriteByte('[')
			for e := range n.Each() {
				write(e)
				b.WriteByte(',')
			}
			b.WriteByte(']')
		case fhir.String:
			quoted, err := jsontext.AppendQuote(nil, n.Text())
			if err != nil {
				t.Fatal(err)
			}
			b.Write(quoted)
		default:
			b.Write(n.Bytes())
		}
	}
	write(root)
	return b.String()
}

// thereAndBack writes JSON as XML and reads it again.
func thereAndBack(t testing.TB, data []byte) *fhir.Resource {
	t.Helper()
	written, err := fhir.EncodeXML(data)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	r, err := fhir.DecodeXML(written)
	if err != nil {
		t.Fatalf("decode: %v\n%s", err, written)
	}
	return r
}

func TestOfficialExamplesAreTheSameThroughXML(t *testing.T) {
	t.Parallel()
	for name, data := range examples(t) {
		if _, ok := faulty[name]; ok {
			continue
		}
		r := thereAndBack(t, data)
		if !fhir.Equal(data, r.JSON()) || ordered(t, data) != ordered(t, r.JSON()) {
			t.Errorf("%s: XML alters it", name)
		}
	}
}

// FuzzDecodeXML: nothing makes the reader panic, and what it takes is the same when written and read again.
func FuzzDecodeXML(f *testing.F) {
	f.Add([]byte(patientXML + `<id value="7"/><active value="true"/><name id="n"><given value="A"/><given id="b"/></name></Patient>`))
	f.Add([]byte(patientXML + `<text><status value="generated"/><div ` + xhtml + `>a &lt; <b/></div></text></Patient>`))
	f.Add([]byte(`<f:Basic xmlns:f="http://hl7.org/fhir"><f:extension url="u"><f:valueDecimal value="1.50"/></f:extension><f:code><f:text value="a&#10;b"/></f:code></f:Basic>`))
	f.Add([]byte(`<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient/></resource></entry></Bundle>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.DecodeXML(data)
		if err != nil {
			return
		}
		if ordered(t, thereAndBack(t, r.JSON()).JSON()) != ordered(t, r.JSON()) {
			t.Errorf("XML alters %s", r.JSON())
		}
	})
}

func BenchmarkDecodeXML(b *testing.B) {
	data, err := fhir.EncodeXML([]byte(plan))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := fhir.DecodeXML(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeXML(b *testing.B) {
	b.SetBytes(int64(len(plan)))
	for b.Loop() {
		if _, err := fhir.EncodeXML([]byte(plan)); err != nil {
			b.Fatal(err)
		}
	}
}
