package guard

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// What is written by hand is what the encoder of the standard library writes of the same fields, and is read again.
func TestContentIsCanonicalJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		want := rapid.Make[Event]().Draw(r, "event")
		want.Action = rapid.SampledFrom([]byte("CRUDE")).Draw(r, "action")
		want.At = time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(r, "at")).UTC()
		for i := range want.Refs {
			want.Refs[i].Type = "Goal" // a type has no stroke in it
		}
		data, err := want.Content()
		if err != nil {
			r.Fatal(err)
		}
		got, err := EventFrom(data)
		if err != nil {
			r.Fatalf("%v: %s", err, data)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			r.Errorf("event changed by writing and reading (-want +got):\n%s", diff)
		}
		var c content
		if err := json.Unmarshal(data, &c); err != nil {
			r.Fatal(err)
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(c); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(names(t, b.Bytes()), names(t, data)); diff != "" {
			r.Errorf("other members, or in another order (-want +got):\n%s", diff)
		}
	})
}

// names are the keys and the scalars of JSON, in their order, whatever way they are escaped.
func names(t *testing.T, data []byte) []json.Token {
	t.Helper()
	var all []json.Token
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	for dec.More() || len(all) == 0 {
		token, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, token)
	}
	return all
}

func TestContentIsReadWhateverBytesTheStringsHave(t *testing.T) {
	t.Parallel()
	data, err := Event{ID: "a\xff\u2028\x00\"<", Query: "\xc3\x28", Interaction: "read", Action: 'R'}.Content()
	if err != nil {
		t.Fatal(err)
	}
	got, err := EventFrom(data)
	if err != nil || got.ID != "a\ufffd\u2028\x00\"<" || got.Query != "\ufffd(" {
		t.Errorf("got %q %q, %v", got.ID, got.Query, err)
	}
	if _, err := (Event{At: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)}).Content(); err == nil {
		t.Error("a time that cannot be written was written")
	}
}
