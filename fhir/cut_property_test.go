package fhir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// randomJSON draws a value with random white space around its parts.
func randomJSON(t *rapid.T, depth int) string {
	space := func() string { return rapid.SampledFrom([]string{"", "", "", " ", "\n\t"}).Draw(t, "space") }
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 || kind < 2 {
		return rapid.SampledFrom([]string{`1.50`, `"a,b"`, `true`, `"\"}]"`, `null`}).Draw(t, "leaf")
	}
	var parts []string
	for i := range rapid.IntRange(0, 4).Draw(t, "children") {
		part := space() + randomJSON(t, depth-1) + space()
		if kind < 4 {
			part = space() + fmt.Sprintf("%q", fmt.Sprint("m", i)) + space() + ":" + part
		}
		parts = append(parts, part)
	}
	if kind < 4 {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// model is what Leave should give, from the tree and not from the bytes: the JSON without spaces.
type model struct {
	t    *tree
	out  map[int32]bool
	must map[int32]bool
}

// keep prints a value; "" says that it goes.
func (m *model) keep(i int32) string {
	n := Node{m.t, i}
	if m.out[i] {
		return ""
	}
	if n.Len() == 0 {
		return compact(string(n.Bytes()))
	}
	var parts []string
	for c := range n.children() {
		part := m.keep(c)
		if part == "" {
			continue
		}
		if n.Kind() == Object {
			part = fmt.Sprintf("%q:", m.t.nodes[c].name) + part
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 && i > 0 {
		return ""
	}
	if n.Kind() == Object {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func compact(s string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		return "not JSON: " + s
	}
	return b.String()
}

func TestLeaveIsRemovalFromTheTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(randomJSON(t, 5))
		tr, err := plant(data, 1000)
		if err != nil {
			t.Fatal(err)
		}
		f := &finder{tree: tr, marks: map[int32][]mark{}, must: make([]bool, len(tr.nodes))}
		for i := range tr.nodes[1:] {
			for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(t, "marks") {
				f.mark(int32(i+1), mark{kind: CutTag, required: rapid.IntRange(0, 30).Draw(t, "required") == 0})
			}
		}
		cuts := f.emit()
		m := model{t: tr, out: map[int32]bool{}, must: map[int32]bool{}}
		out := map[int]bool{}
		for i, c := range cuts {
			at := nodeAt(tr, c.Start)
			m.must[at] = m.must[at] || c.Required
			if c.Kind != CutContainer && rapid.Bool().Draw(t, "out") {
				out[i], m.out[at] = true, true
			}
		}
		want := m.keep(0)
		got, ok := Leave(data, cuts, func(i int) bool { return out[i] })
		if !m.whole(0) {
			if ok {
				t.Fatalf("%s\nkept although something demanded goes", data)
			}
			return
		}
		if !ok || compact(string(got)) != want {
			t.Fatalf("%s\ngot  %v %s\nwant %s", data, ok, got, want)
		}
	})
}

// whole reports whether all that is demanded stays in what stays.
func (m *model) whole(i int32) bool {
	for c := range (Node{m.t, i}).children() {
		if m.keep(c) == "" {
			if m.must[c] {
				return false
			}
			continue
		}
		if !m.whole(c) {
			return false
		}
	}
	return true
}

func nodeAt(t *tree, start int32) int32 {
	for i, n := range t.nodes {
		if n.key == start || n.key < 0 && n.start == start {
			return int32(i)
		}
	}
	return -1
}
