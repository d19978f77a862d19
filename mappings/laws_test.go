package mappings_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/fhir"
	"concord/mappings"
)

func TestEveryCodecKeepsItsLawsOnGeneratedRecords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{everyCodec, strings.Replace(everyCodec, "keep: true", "keep: false", 1)} {
		d := load(t, text)
		rapid.Check(t, func(t *rapid.T) {
			if err := d.Prove(d.Generate(rapid.Uint64().Draw(t, "seed"))); err != nil {
				t.Fatal(told(err))
			}
		})
	}
}

// TestAnyTextInAnyFieldComesBack puts texts into the fields of a generated record that the codecs did not choose: bad
// dates, unknown codes, spaces, control characters. Whatever is not refused is kept.
func TestAnyTextInAnyFieldComesBack(t *testing.T) {
	t.Parallel()
	d := load(t, everyCodec)
	odd := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", " ", "f", "31/02/2020", "1.50", "+7", "007", "-0", "1e3", "943 476 5919",
		"Smith", "A  B", "70kg", "12 st", "2020-02-30", "2020", "a;b", ";", "a;;b", "Y", "y", "\x00", "a\tb", "01/01/1970",
	}))
	rapid.Check(t, func(t *rapid.T) {
		tree := d.Generate(rapid.Uint64().Draw(t, "seed"))
		changed := alter(t, tree, odd)
		if _, err := d.ToFHIR(changed, mappings.Context{}); err != nil {
			return // refused, with the place of each fault
		}
		if err := d.Prove(changed); err != nil {
			t.Fatal(told(err))
		}
	})
}

// alter copies a record with other texts in some of its fields.
func alter(t *rapid.T, tree *mappings.Tree, odd *rapid.Generator[string]) *mappings.Tree {
	b := mappings.NewBuilder(tree.Format(), tree.Len())
	var walk func(n mappings.Node)
	walk = func(n mappings.Node) {
		for c := range n.Children() {
			e := mappings.Entry{Name: c.Name(), Text: c.Text(), Kind: c.Kind(), Listed: c.Listed()}
			if e.Kind == mappings.Group {
				b.Open(e)
				walk(c)
				b.Close()
				continue
			}
			if e.Kind == mappings.Text && e.Name != "id" && e.Name != "code" && rapid.IntRange(0, 3).Draw(t, "alter") == 0 {
				e.Text = odd.Draw(t, "text")
			}
			b.Add(e)
		}
	}
	walk(tree.Root())
	return b.Tree()
}

// TestResourcesOfOthersGoThroughOnceAndThenStay maps the official examples, which know nothing of the definition. What
// of them has a home must not change any more when it goes round again.
func TestResourcesOfOthersGoThroughOnceAndThenStay(t *testing.T) {
	t.Parallel()
	base := os.Getenv("CONCORD_SHARED")
	if base == "" {
		base = filepath.Join("..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(base, "fhir-r4", "examples", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("needs the official examples: set CONCORD_SHARED")
	}
	d := load(t, everyCodec)
	tried := 0
	for _, file := range files {
		name := filepath.Base(file)
		if !strings.HasPrefix(name, "Patient-") && !strings.HasPrefix(name, "CarePlan-") && !strings.HasPrefix(name, "Goal-") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		r, err := fhir.DecodeJSON(data)
		if err != nil {
			continue // some of the official examples are faulty
		}
		tried++
		stays(t, d, name, r)
	}
	if tried < 10 {
		t.Errorf("only %d examples were tried", tried)
	}
}

func stays(t *testing.T, d *mappings.Definition, name string, r *fhir.Resource) {
	t.Helper()
	first, report, err := d.FromFHIR([]*fhir.Resource{r}, mappings.Kept{})
	if err != nil {
		t.Fatal(name, err)
	}
	if len(report.Elements) == 0 {
		t.Errorf("%s: nothing is said to have no home", name)
	}
	result, err := d.ToFHIR(first, mappings.Context{})
	if err != nil {
		return // the definition asks for more than the example says
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(name, told(err))
	}
	second, _, err := d.FromFHIR(resources, mappings.Kept{})
	if err != nil {
		t.Fatal(name, err)
	}
	for _, diff := range mappings.Differences(first, second) {
		t.Errorf("%s: %s does not stay", name, diff.Path)
	}
}

// TestWhatIsNotSaidToBeLostIsStillThere changes generated resources as others might, and goes to the record and back.
// Where the report names nothing, the resource must come back as it was.
func TestWhatIsNotSaidToBeLostIsStillThere(t *testing.T) {
	t.Parallel()
	d := load(t, everyCodec)
	edits := []struct{ old, new string }{
		{`"family":"`, `"family":"Mac `},
		{`"male"`, `"other"`},
		{`"active":true`, `"active":false`},
		{`"use":"usual"`, `"use":"nickname"`},
		{`"system":"phone"`, `"system":"fax"`},
		{`"birthDate":"19`, `"birthDate":"20`},
		{`"birthDate"`, `"deceasedDateTime"`},
		{`"value":"`, `"value":"x`},
		{`"text":"`, `"text":"; `},
		{`"line":["`, `"line":["Flat, 2","`},
		{`{"resourceType":"Patient",`, `{"resourceType":"Patient","language":"en",`},
		{`"given":["`, `"given":["A B","`},
		{`"multipleBirthInteger":`, `"multipleBirthInteger":1`},
		{`"code":"229065009"`, `"code":"1"`},
		{`"description":{`, `"description":{"coding":[{"code":"x"}],`},
		{`"unit":"kg"`, `"unit":"stone"`},
		{`"detailQuantity":{`, `"detailQuantity":{"comparator":"<",`},
	}
	rapid.Check(t, func(t *rapid.T) {
		result, err := d.ToFHIR(d.Generate(rapid.Uint64().Draw(t, "seed")), mappings.Context{})
		if err != nil {
			t.Fatal(err)
		}
		var changed []*fhir.Resource
		for _, m := range result.Made {
			json := string(m.JSON)
			for range rapid.IntRange(0, 3).Draw(t, "edits") {
				edit := edits[rapid.IntRange(0, len(edits)-1).Draw(t, "edit")]
				json = strings.Replace(json, edit.old, edit.new, 1)
			}
			r, err := fhir.DecodeJSON([]byte(json))
			if err != nil {
				return // no resource any more
			}
			changed = append(changed, r)
		}
		tree, report, err := d.FromFHIR(changed, mappings.Kept{})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Elements) > 0 {
			return // it says what is lost
		}
		ids := func(typ, _, key string) fhir.ID {
			for _, r := range changed {
				for i := range r.Root().All("identifier", "value") {
					if string(r.Type()) == typ && i.Text() == key {
						return r.Ref().ID
					}
				}
			}
			return "none"
		}
		again, err := d.ToFHIR(tree, mappings.Context{ID: ids})
		if err != nil {
			t.Fatal(told(err))
		}
		for i, m := range again.Made {
			if !fhir.Equal(m.JSON, changed[i].JSON()) {
				t.Fatalf("%s came back as %s", changed[i].JSON(), m.JSON)
			}
		}
	})
}
