package sqlite

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPostingsAreReadAsTheyWerePacked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var portion []posting
		for range rapid.IntRange(0, 400).Draw(r, "postings") {
			portion = append(portion, posting{
				person: rapid.Int64Range(1, 50).Draw(r, "person"), at: rapid.Int64().Draw(r, "at"),
				row: eventsRow(rapid.Int64Range(0, 1<<50).Draw(r, "row")), place: rapid.Int64Range(0, 1<<20).Draw(r, "place"),
			})
		}
		rows := packPostings(slices.Clone(portion))
		var got []posting
		for _, row := range rows {
			if len(row.data) > postingsRoom {
				r.Errorf("a row has %d bytes", len(row.data))
			}
			some, err := unpackPostings(row.data)
			if err != nil {
				r.Fatal(err)
			}
			if some[len(some)-1].person != row.last {
				r.Errorf("a row ends with %v, and says that its last person is %d", some[len(some)-1], row.last)
			}
			got = append(got, some...)
		}
		slices.SortFunc(portion, newestFirst)
		slices.SortFunc(got, newestFirst)
		if !sameSet(portion, got) {
			r.Error(cmp.Diff(portion, got, cmp.AllowUnexported(posting{})))
		}
	})
}

// sameSet compares without regard to the order.
func sameSet(a, b []posting) bool {
	count := map[posting]int{}
	for _, p := range a {
		count[p]++
	}
	for _, p := range b {
		count[p]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return len(a) == len(b)
}

// FuzzUnpackPostings reads what somebody may have written into a database.
func FuzzUnpackPostings(f *testing.F) {
	f.Add([]byte{2, 4, 6, 8})
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		some, err := unpackPostings(data)
		if err == nil && len(some) != 0 && len(data) < 4*len(some) {
			t.Errorf("%d postings of %d bytes", len(some), len(data))
		}
	})
}
