package guard

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/fhir"
)

func TestEventsAreReadAsTheyWerePacked(t *testing.T) {
	t.Parallel()
	c := mustCodec(t)
	part := rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOf(rapid.Byte()))
	rapid.Check(t, func(r *rapid.T) {
		want := []NumberedEvent{}
		for range rapid.IntRange(0, 20).Draw(r, "events") {
			want = append(want, NumberedEvent{
				Place: rapid.Int64().Draw(r, "place"), Person: rapid.Int64().Draw(r, "person"), At: rapid.Int64().Draw(r, "at"),
				Leaf: part.Draw(r, "leaf"), Salt: part.Draw(r, "salt"), Content: part.Draw(r, "content"),
			})
		}
		got, err := c.UnpackEvents(c.PackEvents(want))
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" { // what was erased stays nil, and is not merely empty
			r.Errorf("events changed (-want +got):\n%s", diff)
		}
	})
}

// An event is 700 bytes of JSON and 48 that are random; nearly all but what is random is said by the dictionary.
func TestPackedEventsAreSmall(t *testing.T) {
	t.Parallel()
	c := mustCodec(t)
	for _, n := range []int{1, 16} {
		var events []NumberedEvent
		for i := range n {
			salt, leaf := []byte(randomHex())[:SaltSize], []byte(randomHex())
			content, err := Event{
				ID: "00660d4a32f07ba-" + randomHex()[:24], At: time.Date(2026, 11, 22, 2, 57, 27, i*1000, time.UTC),
				Person: newPerson(), Interaction: "read", Action: 'R', Permit: true, Ref: fhir.Ref{Type: "Condition", ID: fhir.ID(randomHex())},
				Version: randomHex(), Count: 1, User: fhir.Ref{Type: "Practitioner", ID: "dr-jones"}, Org: fhir.Ref{Type: "Organization", ID: "harbour"},
				OrgName: "Harbour Street Surgery", Role: "clinician", Purpose: "TREAT", Client: "ward-app", Token: randomHex(), Request: randomHex(),
				Policy: "https://concord.health/fhir/policy/implied-consent-1", Reason: "base-policy", Step: "base-policy", Standing: 3, Labels: 7193146533358938143,
			}.Content()
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, NumberedEvent{Place: int64(i), Person: 7, At: 1e15, Leaf: leaf, Salt: salt, Content: content})
		}
		if size := len(c.PackEvents(events)) / n; size > 400 {
			t.Errorf("%d events take %d bytes each", n, size)
		}
	}
}

// FuzzUnpackEvents reads what somebody may have written into a database.
func FuzzUnpackEvents(f *testing.F) {
	c := mustCodec(f)
	f.Add([]byte{}, []byte{})
	f.Add([]byte{1, 0, 2, 4, 3, 5, 5, 2, 9, 0}, []byte{formatEvents, 0, 0, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, raw, blob []byte) {
		if _, err := c.UnpackEvents(blob); err != nil && len(blob) == 0 && err != ErrPacked { //nolint:errorlint // it is not wrapped
			t.Error(err)
		}
		events, err := c.UnpackEvents(c.pack(formatEvents, raw, c.events.Encode))
		if err != nil {
			return
		}
		again, err := c.UnpackEvents(c.PackEvents(events))
		if err != nil || !cmp.Equal(events, again) {
			t.Errorf("%x: %v is read as %v again, %v", bytes.Clone(raw), events, again, err)
		}
	})
}
