package mappings_test

import (
	"testing"

	"pgregory.net/rapid"

	"concord/mappings"
)

func TestParsePathRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, path string }{
		{"nothing", ""},
		{"a space at an end", " name"},
		{"a separator at the end", "patient."},
		{"two separators", "patient..name"},
		{"an open bracket", "phones[1"},
		{"a word for an index", "phones[x]"},
		{"a negative index", "phones[-1]"},
		{"an index out of all bounds", "phones[70000]"},
		{"text behind an index", "phones[1]x"},
		{"an open quote", "'line-1"},
		{"a quote inside a name", "li'ne"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if p, err := mappings.ParsePath(tt.path); err == nil {
				t.Errorf("%q was taken as %v", tt.path, p)
			}
		})
	}
}

// anyTree draws a record of any names and texts.
func anyTree(t *rapid.T, format string) *mappings.Tree {
	b := mappings.NewBuilder(format, 16)
	name := rapid.SampledFrom([]string{"a", "PID", "5", "1", "line-1", "it's", "a.b", "x[0]", "#", ".", "/r", "", "two words", "../up"})
	var fill func(depth int)
	fill = func(depth int) {
		for range rapid.IntRange(0, 4).Draw(t, "children") {
			e := mappings.Entry{Name: name.Draw(t, "name"), Listed: rapid.Bool().Draw(t, "listed"), Kind: mappings.Text}
			if depth < 3 && rapid.Bool().Draw(t, "group") {
				b.Open(e)
				fill(depth + 1)
				b.Close()
				continue
			}
			e.Text = rapid.String().Draw(t, "text")
			b.Add(e)
		}
	}
	fill(0)
	return b.Tree()
}

func TestTheWrittenPathOfANodeFindsIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tree := anyTree(t, rapid.SampledFrom([]string{mappings.JSON, mappings.HL7v2}).Draw(t, "format"))
		var walk func(n mappings.Node)
		walk = func(n mappings.Node) {
			for c := range n.Children() {
				p, err := mappings.ParsePath(c.Path())
				if err != nil {
					t.Fatal(err)
				}
				if found := tree.At(p); found != c {
					t.Fatalf("%q finds another node, %q", c.Path(), found.Path())
				}
				walk(c)
			}
		}
		walk(tree.Root())
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"NHS Number", "PID-5[0].1", "plans[].goals[]", "../id", "/MSH-10", "'it''s'.x", "#", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := mappings.ParsePath(s)
		if err != nil {
			return
		}
		again, err := mappings.ParsePath(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q does not parse again", s)
		}
	})
}
