package definitions_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"concord/mappings"
	"concord/mappings/hl7v2"
)

// TestEveryPlaceOfAMessageMayBeOtherwise goes through the segments and fields of the published messages one by one, and
// leaves each out, moves, doubles, empties or fills it. What is still taken comes back with the same bytes; what is not
// is refused with the place.
func TestEveryPlaceOfAMessageMayBeOtherwise(t *testing.T) {
	t.Parallel()
	const stride = 509 // of some 200,000 that there are; another prime takes others
	all, seen, equal, refused := messages(t), 0, 0, 0
	for _, s := range samples(t) {
		if taking(all, parsed(t, s.data)) == nil {
			continue
		}
		for how, segments := range otherwise(segmentsOf(s.data)) {
			if seen++; seen%stride != 0 {
				continue
			}
			data := append(bytes.Join(segments, []byte("\r")), '\r')
			m, err := hl7v2.Parse(data, hl7v2.Limits{})
			if err != nil {
				t.Error(s.name, how, told(err))
				continue
			}
			tree := m.Tree(hl7v2.GroupsOf(m)...)
			d := taking(all, tree)
			if d == nil {
				continue // it says another event now, or has two persons
			}
			result, err := d.ToFHIR(tree, mappings.Context{})
			if err != nil {
				placed(t, err)
				refused++
				continue
			}
			if again := returned(t, d, result); !hl7v2.Equal(m, again) {
				t.Errorf("%s with %s came back as\n%s", s.name, how, bytes.ReplaceAll(again.Bytes(), []byte("\r"), []byte("\n")))
			}
			equal++
		}
	}
	if equal < 300 || refused > equal/10 {
		t.Errorf("%d came back, and %d were refused", equal, refused)
	}
}

// taking is the definition that takes a record, or nil.
func taking(all []*mappings.Definition, tree *mappings.Tree) *mappings.Definition {
	if i := slices.IndexFunc(all, func(d *mappings.Definition) bool { return d.Takes(tree) }); i >= 0 {
		return all[i]
	}
	return nil
}

// returned is the message that comes back from what is stored.
func returned(t *testing.T, d *mappings.Definition, result mappings.Result) *hl7v2.Message {
	t.Helper()
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	kept, err := mappings.ParseKept(result.Kept().Bytes())
	if err != nil {
		t.Fatal(told(err))
	}
	again, _, err := d.FromFHIR(resources, kept)
	if err != nil {
		t.Fatal(told(err))
	}
	m, err := hl7v2.FromTree(again)
	if err != nil {
		t.Fatal(told(err))
	}
	return m
}

// otherwise gives a message with one thing different, each time another, and what it is.
func otherwise(segments [][]byte) func(func(string, [][]byte) bool) {
	return func(yield func(string, [][]byte) bool) {
		for i := 1; i < len(segments); i++ {
			name := string(segments[i][:3])
			without := slices.Delete(slices.Clone(segments), i, i+1)
			swapped := slices.Clone(segments)
			swapped[i], swapped[max(i-1, 1)] = swapped[max(i-1, 1)], swapped[i]
			ok := yield("no "+name, without) &&
				yield(name+" twice", slices.Insert(slices.Clone(segments), i, segments[i])) &&
				yield(name+" at the end", append(slices.Clone(without), segments[i])) &&
				yield(name+" before its time", swapped) &&
				yield("a bare "+name, slices.Replace(slices.Clone(segments), i, i+1, segments[i][:3]))
			fields := bytes.Split(segments[i], []byte("|"))
			for j := 1; ok && j < len(fields); j++ {
				for what, field := range filled(fields[j]) {
					changed := slices.Replace(slices.Clone(fields), j, j+1, []byte(field))
					ok = ok && yield(fmt.Sprintf("%s in %s-%d", what, name, j), slices.Replace(slices.Clone(segments), i, i+1, bytes.Join(changed, []byte("|"))))
				}
			}
			if !ok {
				return
			}
		}
	}
}

// filled are things that a field may hold instead.
func filled(field []byte) func(func(string, string) bool) {
	f := string(field)
	all := [][2]string{
		{"nothing", ""},
		{"a null", `""`},
		{"a null in front", `""~` + f},
		{"a null behind", f + `~""`},
		{"a null between two", f + `~""~` + f},
		{"nulls in components", `""^""^""`},
		{"a repeat", f + "~" + f},
		{"an empty repeat between two", f + "~~" + f},
		{"an empty repeat in front", "~" + f},
		{"separators", "^^^^"},
		{"nonsense", "x^y&z^^w^^^q"},
		{"spaces around it", " " + f + " "},
		{"escapes", `a\F\b\S\c\T\d\R\e\E\f\.br\g\X41\\H\h\N\i\j`},
		{"a long text", string(bytes.Repeat([]byte("words of a letter "), 200))},
	}
	for i, c := range bytes.Split(field, []byte("^")) {
		if len(c) > 0 && len(c) < len(field) && !bytes.ContainsRune(field, '~') {
			parts := bytes.Split(field, []byte("^"))
			for _, instead := range [][2]string{{"a blank component", ""}, {"a null component", `""`}, {"sub-components", "p&q&r"}} {
				parts[i] = []byte(instead[1])
				all = append(all, [2]string{instead[0], string(bytes.Join(parts, []byte("^")))})
			}
		}
	}
	return func(yield func(string, string) bool) {
		for _, one := range all {
			if !yield(one[0], one[1]) {
				return
			}
		}
	}
}
