package redis

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func keyOf(id string) Key { return Key{ID: id, Secret: Secret(strings.Repeat(id[:1], secretSize))} }

func TestSealedValuesOpenUnderTheirNameOnly(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.StringN(0, 8, -1).Draw(t, "prefix")
		value := rapid.SliceOf(rapid.Byte()).Draw(t, "value")
		key, other := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")), [32]byte{}
		s := newSeals(prefix, []Key{keyOf("a"), keyOf("b")})
		sealed, err := s.seal(key, value, now.Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) > len(value)+sealOverhead {
			t.Fatalf("sealing added %d bytes", len(sealed)-len(value))
		}
		if got, err := s.open(key, sealed, now); err != nil || !bytes.Equal(got.value, value) || !got.until.Equal(now.Add(time.Second)) {
			t.Fatalf("got %q until %s, %v", got.value, got.until, err)
		}
		wants := []struct {
			name string
			s    *seals
			key  [32]byte
			now  time.Time
			want error
		}{
			{"at its end", s, key, now.Add(time.Second), errOver},
			{"under another prefix", newSeals(prefix+"x", []Key{keyOf("a")}), key, now, errForeign},
			{"under another secret of the same id", newSeals(prefix, []Key{{ID: "a", Secret: keyOf("b").Secret}}), key, now, errForeign},
			{"without its key", newSeals(prefix, []Key{keyOf("b")}), key, now, errUnknown},
		}
		for _, w := range wants {
			if got, err := w.s.open(w.key, sealed, w.now); !errors.Is(err, w.want) || got.value != nil {
				t.Fatalf("%s: got %q, %v", w.name, got.value, err)
			}
		}
		if key != other {
			if got, err := s.open(other, sealed, now); !errors.Is(err, errForeign) || got.value != nil {
				t.Fatalf("under another name: got %q, %v", got.value, err)
			}
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if got, err := s.open(key, sealed, now); err == nil {
			t.Fatalf("changed at %d: got %q", at, got.value)
		}
	})
}

func TestNothingIsSealedTheSameTwice(t *testing.T) {
	t.Parallel()
	s := newSeals("", []Key{keyOf("a")})
	one, _ := s.seal([32]byte{1}, []byte("view"), time.Time{})
	two, _ := s.seal([32]byte{1}, []byte("view"), time.Time{})
	if bytes.Equal(one, two) {
		t.Error("a nonce was used twice")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	c := Config{Password: "hunter2", Keys: []Key{{ID: "a", Secret: "hunter2"}}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(t.Context(), "test", slog.Any("config", c), slog.Any("secret", c.Password))
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Password), log.String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("printed: %s", text)
		}
	}
}

func FuzzOpen(f *testing.F) {
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	s := newSeals("p:", []Key{keyOf("abc")})
	sealed, err := s.seal([32]byte{1}, []byte("view"), time.Time{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:5])
	f.Add([]byte{formatVersion, 255})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := s.open([32]byte{1}, data, now); err == nil && string(got.value) != "view" {
			t.Errorf("opened %q", got.value)
		}
	})
}
