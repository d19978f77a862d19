package definitions_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"concord/mappings"
	"concord/mappings/hl7v2"
)

// TestAlteredMessagesKeepTheLaws takes published messages apart: fields that are missing, doubled, empty on purpose or
// in the wrong place, and segments that come twice. What is still taken comes back as the report says.
func TestAlteredMessagesKeepTheLaws(t *testing.T) {
	t.Parallel()
	all, published := messages(t), samples(t)
	r := rand.New(rand.NewPCG(1, 2))
	proved := 0
	for range 1500 {
		s := published[r.IntN(len(published))]
		data := altered(r, s.data)
		m, err := hl7v2.Parse(data, hl7v2.Limits{})
		if err != nil {
			continue
		}
		tree := m.Tree(hl7v2.GroupsOf(m)...)
		i := slices.IndexFunc(all, func(d *mappings.Definition) bool { return d.Takes(tree) })
		if i < 0 {
			continue
		}
		if _, err := all[i].ToFHIR(tree, mappings.Context{}); err != nil {
			placed(t, err)
			continue
		}
		proved++
		if err := all[i].Prove(tree); err != nil {
			t.Errorf("%s\n%s", told(err), bytes.ReplaceAll(data, []byte("\r"), []byte("\n")))
		}
	}
	if proved < 300 {
		t.Errorf("only %d messages were proved", proved)
	}
}

// altered changes one to four fields of a message behind its header.
func altered(r *rand.Rand, data []byte) []byte {
	data = bytes.TrimRight(bytes.ReplaceAll(data, []byte("\n"), []byte("\r")), "\r")
	segments := bytes.Split(data, []byte("\r"))
	for range 1 + r.IntN(4) {
		i := r.IntN(len(segments))
		fields := bytes.Split(segments[i], []byte("|"))
		if i == 0 || len(fields) < 2 {
			continue
		}
		j := 1 + r.IntN(len(fields)-1)
		switch r.IntN(7) {
		case 0:
			fields[j] = nil
		case 1:
			fields[j] = append(append(slices.Clone(fields[j]), '~'), fields[j]...)
		case 2:
			fields[j] = []byte("x^y&z^^w")
		case 3:
			fields[j] = []byte(`""`)
		case 4:
			fields = slices.Delete(fields, j, j+1)
		case 5:
			fields[j] = bytes.Replace(fields[j], []byte("^"), []byte("~"), 1)
		default:
			segments = slices.Insert(segments, i, slices.Clone(segments[i]))
			continue
		}
		segments[i] = bytes.Join(fields, []byte("|"))
	}
	return append(bytes.Join(segments, []byte("\r")), '\r')
}
