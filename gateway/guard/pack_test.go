package guard

import (
	"errors"
	"slices"
	"strings"
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

// zstd1 is {"resourceType":"Goal","id":"g"} as the first format has it.
var zstd1 = []byte{0x1, 0x28, 0xb5, 0x2f, 0xfd, 0x5, 0x0, 0x1, 0x95, 0x0, 0x0, 0x40, 0x69, 0x64, 0x22, 0x3a, 0x22, 0x67, 0x22, 0x7d, 0x2, 0x40, 0x0, 0x33, 0x74, 0x99, 0x78, 0x36, 0x1, 0xf8, 0xcf, 0xd4, 0xd1}

func TestWhatTheFirstFormatHoldsIsStillRead(t *testing.T) {
	t.Parallel()
	raw, err := mustCodec(t).Unpack(zstd1)
	if err != nil || string(raw) != `{"resourceType":"Goal","id":"g"}` {
		t.Errorf("got %q, %v", raw, err)
	}
}

func TestABlobThatWasChangedIsRefused(t *testing.T) {
	t.Parallel()
	c := mustCodec(t)
	whole := c.Pack([]byte(strings.Repeat(`{"resourceType":"Goal","description":{"text":"Cook"}}`, 9)))
	for i := range whole {
		blob := slices.Clone(whole)
		blob[i] ^= 0x10
		if _, err := c.Unpack(blob); !errors.Is(err, ErrPacked) {
			t.Errorf("byte %d: got %v, want ErrPacked", i, err)
		}
		if _, err := c.Unpack(whole[:i]); !errors.Is(err, ErrPacked) {
			t.Errorf("cut at %d: got %v, want ErrPacked", i, err)
		}
	}
}

func FuzzUnPackPut(f *testing.F) {
	c := mustCodec(f)
	f.Add([]byte{})
	f.Add([]byte{5, 'x'})
	f.Add([]byte{2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add(zstd1)
	f.Add([]byte{0, 0, 1, 1, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = c.UnpackPut(raw, &Version{})
		_, _ = c.UnpackPut(c.Pack(raw), &Version{})
	})
}
