package guard_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/gateway/guard"
)

var chainTime = time.Date(2025, 3, 4, 5, 6, 7, 8000, time.UTC)

func TestContent(t *testing.T) {
	t.Parallel()
	want := guard.Event{
		ID: "e1", At: chainTime, Person: "p", Interaction: "read", Action: 'R', Permit: true,
		Ref: fhir.Ref{Type: "Goal", ID: "g"}, Version: "v", Refs: []fhir.Ref{{Type: "Goal", ID: "h"}}, Count: 1, Withheld: 2, Query: "a=<b>", Digest: "00",
		User: fhir.Ref{Type: "Practitioner", ID: "u"}, Name: "Dr X", Org: fhir.Ref{Type: "Organization", ID: "o"},
		OrgName: "O", Role: "nurse", Purpose: "TREAT", Client: "c", Token: "t", Request: "r", Policy: "base",
		Rules: []string{"Consent/1/_history/2"}, Reason: "why",
	}
	data, err := want.Content()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "\n") {
		t.Error("content has a newline")
	}
	got, err := guard.EventFrom(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event changed by writing and reading (-want +got):\n%s", diff)
	}
}

func TestRootNamesEverything(t *testing.T) {
	t.Parallel()
	base := guard.Batch{Writer: "w", Seq: 1, At: chainTime, Leaves: []guard.Hash{{1}, {2}}}
	tests := []struct {
		name   string
		change func(b *guard.Batch)
	}{
		{"another writer", func(b *guard.Batch) { b.Writer = "x" }},
		{"another place", func(b *guard.Batch) { b.Seq = 2 }},
		{"another root before", func(b *guard.Batch) { b.Prev = guard.Hash{9} }},
		{"another time", func(b *guard.Batch) { b.At = b.At.Add(time.Microsecond) }},
		{"a leaf less", func(b *guard.Batch) { b.Leaves = b.Leaves[:1] }},
		{"two leaves swapped", func(b *guard.Batch) { b.Leaves = []guard.Hash{{2}, {1}} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			other := base
			tt.change(&other)
			if other.Root() == base.Root() {
				t.Error("the root is the same")
			}
		})
	}
	if guard.Leaf([]byte("ab"), []byte("c")) == guard.Leaf([]byte("a"), []byte("bc")) {
		t.Error("salt and content run together")
	}
}

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no public key")
	}
	want := guard.Checkpoint{Writer: "w", Seq: 7, Root: guard.Hash{1, 2}, At: chainTime}
	data, err := want.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := guard.CheckpointFrom(data, public)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checkpoint changed (-want +got):\n%s", diff)
	}
	forged := strings.Replace(string(data), `"seq":7`, `"seq":8`, 1)
	for _, bad := range []string{forged, "", "{}", `{"root":"zz"}`, "null"} {
		if _, err := guard.CheckpointFrom([]byte(bad), public); !errors.Is(err, guard.ErrSignature) {
			t.Errorf("%q: got %v, want ErrSignature", bad, err)
		}
	}
}

func FuzzCheckpointFrom(f *testing.F) {
	f.Add([]byte(`{"writer":"w","seq":1,"root":"00","time":"2025-01-01T00:00:00Z","sig":"AA=="}`))
	public := make(ed25519.PublicKey, ed25519.PublicKeySize)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = guard.CheckpointFrom(data, public)
		_, _ = guard.EventFrom(data)
	})
}
