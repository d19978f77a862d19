package definitions_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"concord/mappings"
	"concord/mappings/definitions"
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
		if provedAltered(t, all, altered(r, published[r.IntN(len(published))].data)) {
			proved++
		}
	}
	if proved < 300 {
		t.Errorf("only %d messages were proved", proved)
	}
}

// TestMessagesWithNullsInTheirRepeatsKeepTheLaws puts repeats that are empty on purpose before, behind and between those
// of every field but the key: they are in no resource, and those around them must find their places again.
func TestMessagesWithNullsInTheirRepeatsKeepTheLaws(t *testing.T) {
	t.Parallel()
	all := messages(t)
	r := rand.New(rand.NewPCG(3, 4))
	proved := 0
	for _, s := range samples(t) {
		for range 4 {
			segments := segmentsOf(s.data)
			for i, segment := range segments[1:] {
				fields := bytes.Split(segment, []byte("|"))
				for j := 1; j < len(fields); j++ {
					if key := j == 3 && string(fields[0]) == "PID"; !key && r.IntN(2) == 0 {
						fields[j] = withNulls(r, fields[j])
					}
				}
				segments[i+1] = bytes.Join(fields, []byte("|"))
			}
			if provedAltered(t, all, append(bytes.Join(segments, []byte("\r")), '\r')) {
				proved++
			}
		}
	}
	if proved < 100 {
		t.Errorf("only %d messages were proved", proved)
	}
}

// TestMessagesThatAreNotKeptLoseWhatTheReportSays holds the same definitions to their laws for a hospital that keeps
// nothing.
func TestMessagesThatAreNotKeptLoseWhatTheReportSays(t *testing.T) {
	t.Parallel()
	for _, kept := range messages(t) {
		source, err := definitions.Source(kept.Name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := mappings.Load(bytes.Replace(source, []byte("keep: true"), []byte("keep: false"), 1), os.DirFS("."))
		if err != nil {
			t.Fatal(told(err))
		}
		for seed := range uint64(30) {
			if err := d.Prove(d.Generate(seed)); err != nil {
				t.Fatal(kept.Name, seed, told(err))
			}
		}
	}
}

// provedAltered proves the laws on a message that is still taken.
func provedAltered(t *testing.T, all []*mappings.Definition, data []byte) bool {
	t.Helper()
	m, err := hl7v2.Parse(data, hl7v2.Limits{})
	if err != nil {
		return false
	}
	tree := m.Tree(hl7v2.GroupsOf(m)...)
	i := slices.IndexFunc(all, func(d *mappings.Definition) bool { return d.Takes(tree) })
	if i < 0 {
		return false
	}
	if _, err := all[i].ToFHIR(tree, mappings.Context{}); err != nil {
		placed(t, err)
		return false
	}
	if err := all[i].Prove(tree); err != nil {
		t.Errorf("%s\n%s", told(err), bytes.ReplaceAll(data, []byte("\r"), []byte("\n")))
	}
	return true
}

// withNulls puts nulls among the repeats of a field.
func withNulls(r *rand.Rand, field []byte) []byte {
	repeats := bytes.Split(field, []byte("~"))
	for range 1 + r.IntN(2) {
		repeats = slices.Insert(repeats, r.IntN(len(repeats)+1), []byte(`""`))
	}
	return bytes.Join(repeats, []byte("~"))
}

// segmentsOf takes a message apart.
func segmentsOf(data []byte) [][]byte {
	return bytes.Split(bytes.TrimRight(bytes.ReplaceAll(data, []byte("\n"), []byte("\r")), "\r"), []byte("\r"))
}

// altered changes one to four fields of a message behind its header.
func altered(r *rand.Rand, data []byte) []byte {
	segments := segmentsOf(data)
	for range 1 + r.IntN(4) {
		i := r.IntN(len(segments))
		fields := bytes.Split(segments[i], []byte("|"))
		if i == 0 || len(fields) < 2 {
			continue
		}
		j := 1 + r.IntN(len(fields)-1)
		switch r.IntN(9) {
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
		case 6:
			fields[j] = withNulls(r, fields[j])
		case 7:
			fields[j] = withNulls(r, append(append(slices.Clone(fields[j]), '~'), fields[j]...))
		default:
			segments = slices.Insert(segments, i, slices.Clone(segments[i]))
			continue
		}
		segments[i] = bytes.Join(fields, []byte("|"))
	}
	return append(bytes.Join(segments, []byte("\r")), '\r')
}
