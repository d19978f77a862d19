package mappings_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/mappings"
)

func TestALongTextInFHIRIsNotKeptAsWell(t *testing.T) {
	t.Parallel()
	d := load(t, household)
	long := strings.Repeat("é says ", 2000)
	json := `{"id":"7","contacts":[{"name":"` + long + `1","dog":"Rex"},{"name":"Bo","dog":"Fido"},{"cat":"` + long + `"}]}`
	result, err := d.ToFHIR(record(t, json), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	if got := len(result.Kept().Bytes()); got > len(long)+1000 {
		t.Errorf("%d bytes are kept", got)
	}
	if got := again(t, d, result, strings.NewReplacer()); got != json {
		t.Errorf("it came back as %s", got)
	}
	got := again(t, d, result, strings.NewReplacer(`"contact":[`, `"contact":[{"name":{"text":"Zoe"}},`))
	if !strings.HasPrefix(got, `{"id":"7","contacts":[{"name":"Zoe"},{"name":"`+long+`1","dog":"Rex"},`) {
		t.Error("the repeat is not known by the beginning of its text")
	}
}

// TestAnyTextIsKept holds a table of any bytes: a sender's character set may be other than it says.
func TestAnyTextIsKept(t *testing.T) {
	t.Parallel()
	d := load(t, strings.Replace(household, "format: json", "format: csv", 1)[:strings.Index(household, "      - each:")-1])
	rapid.Check(t, func(t *rapid.T) {
		b := mappings.NewBuilder(mappings.CSV, 4)
		b.Add(mappings.Entry{Name: "id", Text: "7", Kind: mappings.Text})
		for i, text := range rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 4).Draw(t, "texts") {
			b.Add(mappings.Entry{Name: fmt.Sprintf("%s|%d", text[:len(text)/3], i), Text: string(text), Kind: mappings.Text})
		}
		tree := b.Tree()
		result, err := d.ToFHIR(tree, mappings.Context{})
		if err != nil {
			t.Fatal(told(err))
		}
		resources, err := result.Resources()
		if err != nil {
			t.Fatal(told(err))
		}
		back, _, err := d.FromFHIR(resources, stored(t, result))
		if err != nil {
			t.Fatal(told(err))
		}
		if diff := mappings.Differences(tree, back); len(diff) > 0 {
			t.Fatal(diff)
		}
	})
}

func TestATableOfWhichAllIsInFHIRKeepsNothing(t *testing.T) {
	t.Parallel()
	d := load(t, strings.Replace(household, "format: json", "format: csv", 1)[:strings.Index(household, "      - each:")-1])
	b := mappings.NewBuilder(mappings.CSV, 2)
	b.Add(mappings.Entry{Name: "id", Text: "7", Kind: mappings.Text})
	b.Add(mappings.Entry{Name: "born", Text: "03/04/1951", Kind: mappings.Text})
	result, err := d.ToFHIR(b.Tree(), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	if got := result.Kept().Bytes(); got != nil {
		t.Errorf("kept %d bytes", len(got))
	}
}

func FuzzParseKept(f *testing.F) {
	d := load(f, household)
	result, err := d.ToFHIR(record(f, home), mappings.Context{})
	if err != nil {
		f.Fatal(err)
	}
	resources, err := result.Resources()
	if err != nil {
		f.Fatal(err)
	}
	for _, data := range [][]byte{
		nil, result.Kept().Bytes(), []byte(`{"fields":[{"path":"a[0].b","text":"x","kind":1}],"order":{"":["b","a"]}}`),
		[]byte(`"1|Aa|Bb|))"`), []byte("\"1x||mé|`x00|\""), []byte(`"2|"`), []byte(`"1|A"`), []byte(`""`),
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kept, err := mappings.ParseKept(data)
		if err != nil {
			return
		}
		if _, _, err := d.FromFHIR(resources, kept); err != nil {
			t.Fatal(err)
		}
	})
}
