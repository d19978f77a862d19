package guard

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
)

func TestKeptViewComesBackAsItWas(t *testing.T) {
	t.Parallel()
	text := rapid.String()
	ref := rapid.Custom(func(t *rapid.T) fhir.Ref {
		return fhir.Ref{Type: fhir.Type(text.Draw(t, "type")), ID: fhir.ID(text.Draw(t, "id"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		want := &kept{
			Absent: rapid.SliceOf(ref).Draw(t, "absent"), Content: rapid.SliceOf(ref).Draw(t, "content"),
			Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"), ETag: text.Draw(t, "etag"), Manifest: text.Draw(t, "manifest"),
			Count: rapid.Int().Draw(t, "count"), Withheld: rapid.Int().Draw(t, "withheld"),
			Rules: rapid.SliceOf(text).Draw(t, "rules"), Step: text.Draw(t, "step"),
		}
		if rapid.Bool().Draw(t, "ends") {
			want.Until = time.Unix(rapid.Int64Range(1, 1<<32).Draw(t, "until"), 0).UTC()
		}
		for _, p := range rapid.SliceOf(text).Draw(t, "people") {
			want.Others = append(want.Others, consent.Person(p))
			want.People = append(want.People, restedOn{consent.Person(p), rapid.Int64().Draw(t, "standing"), rapid.Int64().Draw(t, "record"), text.Draw(t, "keys")})
		}
		data := want.bytes()
		got, ok := keptFrom(data)
		if !ok {
			t.Fatal("was not read again")
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		at := rapid.IntRange(0, len(data)-len(want.Body)-1).Draw(t, "cut")
		if _, ok := keptFrom(data[:at]); ok {
			t.Fatalf("a list cut at %d was read", at)
		}
	})
}

func FuzzKeptView(f *testing.F) {
	v := kept{
		Until: time.Unix(1, 0), ETag: "e", Rules: []string{"Consent/1/_history/2"}, Absent: []fhir.Ref{{Type: "Goal", ID: "1"}},
		Others: []consent.Person{"p"}, People: []restedOn{{"p", 1, 2, "k"}}, Body: []byte("body"),
	}
	f.Add(v.bytes())
	f.Add([]byte{0, 0, 0, 3, 1, 2, 3})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, ok := keptFrom(data)
		if !ok {
			return
		}
		again, ok := keptFrom(v.bytes())
		if !ok || !cmp.Equal(v, again, cmpopts.EquateEmpty()) {
			t.Errorf("%+v was written and read as %+v", v, again)
		}
	})
}
