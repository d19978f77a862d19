package guard

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

func mustCodec(t testing.TB) *Packer {
	t.Helper()
	c, err := NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestABodyIsReadAsItWasPacked(t *testing.T) {
	t.Parallel()
	c := mustCodec(t)
	rapid.Check(t, func(r *rapid.T) {
		var index []search.Entry
		for range rapid.IntRange(0, 4).Draw(r, "entries") {
			index = append(index, search.Entry{
				Kind: search.Token, Param: rapid.String().Draw(r, "param"), System: rapid.String().Draw(r, "system"),
				Value: rapid.String().Draw(r, "value"), Exact: rapid.String().Draw(r, "exact"),
				Low: rapid.Int64().Draw(r, "low"), High: rapid.Int64().Draw(r, "high"),
			})
		}
		ref := fhir.Ref{Type: "Goal", ID: "g"}
		want := Version{JSON: rapid.SliceOf(rapid.Byte()).Draw(r, "json"), Facts: &consent.Facts{Ref: ref}}
		var got Version
		entries, err := c.UnpackPut(c.PackPut(Put{Version: &want, Index: index}), &got)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(want.JSON, got.JSON, cmpopts.EquateEmpty()); diff != "" {
			r.Errorf("JSON changed (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(index, entries); diff != "" {
			r.Errorf("entries changed (-want +got):\n%s", diff)
		}
		if got.Facts == nil || got.Facts.Ref != ref {
			r.Errorf("got facts %v", got.Facts)
		}
	})
}

func TestABodyIsSmall(t *testing.T) {
	t.Parallel()
	body := `{"resourceType":"Goal","id":"5b0c","meta":{"versionId":"77","lastUpdated":"2025-03-04T09:00:00.000Z"},` +
		`"lifecycleStatus":"active","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/goal-category",` +
		`"code":"dietary","display":"Dietary"}]}],"description":{"text":"Cook for my sister on Sundays"},` +
		`"subject":{"reference":"Patient/9d2f"},"target":[{"dueDate":"2025-06-01"}]}`
	packed := mustCodec(t).PackPut(Put{Version: &Version{JSON: []byte(body), Updated: time.Time{}}})
	if len(packed)*2 > len(body) {
		t.Errorf("%d bytes were packed into %d", len(body), len(packed))
	}
}

func FuzzUnPackPut(f *testing.F) {
	c := mustCodec(f)
	f.Add([]byte{})
	f.Add([]byte{5, 'x'})
	f.Add([]byte{0, 0, 1, 1, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = c.UnpackPut(raw, &Version{})
		_, _ = c.UnpackPut(c.Pack(raw), &Version{})
	})
}
