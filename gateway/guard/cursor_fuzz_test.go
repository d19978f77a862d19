package guard

import (
	"encoding/base64"
	"testing"

	"concord/fhir/search"
)

// FuzzCursor sends page links of every kind: one that is not ours is told from one that is, and none takes the
// server down. What was sealed comes out as it was, for the same caller and query alone.
func FuzzCursor(f *testing.F) {
	box, err := linkBox(make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	g := &Guard{Config: Config{Secret: make([]byte, 32)}, links: box}
	r := Reading{g: g, c: Caller{Subject: "a"}}
	other := Reading{g: g, c: Caller{Subject: "b"}}
	f.Add("", "")
	f.Add("AAAA", "Patient?name=a")
	f.Add(r.placeAfter("self", "Patient/1", "v1"), "self")
	f.Add(r.cursor("self", search.Mark{ID: "a", Type: "Patient"}), "self")
	f.Add(base64.RawURLEncoding.EncodeToString(make([]byte, 64)), "self")
	f.Fuzz(func(t *testing.T, cursor, self string) {
		if words, err := r.placeOf(self, cursor, 2); err == nil && r.placeAfter(self, words...) != cursor {
			t.Errorf("a place is not the link that it was read from: %q", words)
		}
		_, _ = r.mark(self, cursor) // any error will do; a panic will not
		if _, err := r.mark(self, r.placeAfter(self, cursor)); err == nil && cursor == "" {
			t.Error("nothing is a mark")
		}
		link := r.placeAfter(self, cursor)
		if got, err := r.opened(self, link); err != nil || string(got) != cursor {
			t.Errorf("what was sealed comes out as %q: %v", got, err)
		}
		if _, err := other.opened(self, link); err == nil {
			t.Error("another caller opens the link")
		}
		if _, err := r.opened(self+"x", link); err == nil {
			t.Error("another query opens the link")
		}
	})
}
