package mllp

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// all reads to the end: messages as they are, and what was not taken as "!" with how it begins.
func all(t *testing.T, in io.Reader, most int) ([]string, Counts) {
	t.Helper()
	var c counts
	f := newFrames(in, most, &c, func() error { return nil })
	var got []string
	for {
		frame, err := f.next()
		refused, ok := errors.AsType[*frameError](err)
		switch {
		case ok:
			got = append(got, "!"+string(refused.head))
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return got, c.read()
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, string(frame))
		}
	}
}

func TestFramesAreFoundAmongWhatIsNone(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 40_000)
	for _, c := range []struct {
		name, in  string
		want      []string
		garbage   uint64
		malformed uint64
	}{
		{"nothing", "", nil, 0, 0},
		{"one", "\vA\x1c\r", []string{"A"}, 0, 0},
		{"two", "\vA\x1c\r\vB\rC\r\x1c\r", []string{"A", "B\rC\r"}, 0, 0},
		{"an empty one", "\v\x1c\r", []string{""}, 0, 0},
		{"noise before, between and after", "GET /\r\n\vA\x1c\r\r\n\x00\vB\x1c\rbye", []string{"A", "B"}, 13, 0},
		{"noise longer than any buffer", long + "\vA\x1c\r", []string{"A"}, 40_000, 0},
		{"one cut off, and sent again", "\vAB\vABC\x1c\r", []string{"ABC"}, 0, 1},
		{"one cut off at the end", "\vA\x1c\r\vB", []string{"A"}, 0, 1},
		{"an end block that the stream ends after", "\vA\x1c", nil, 0, 1},
		{"an end block inside", "\vA\x1cB\x1c\r\vC\x1c\r", []string{"!A\x1cB", "C"}, 0, 1},
		{"an end block inside, and the stream ends", "\vA\x1cBC", []string{"!A\x1cBC"}, 0, 1},
		{"a line feed in place of the carriage return", "\vA\x1c\n\vB\x1c\r", []string{"!A", "B"}, 1, 1},
		{"no carriage return between", "\vA\x1c\vB\x1c\r", []string{"!A", "B"}, 0, 1},
		{"one that is too long", "\v" + long + "\x1c\r\vB\x1c\r", []string{"!" + long[:4096], "B"}, 0, 1},
		{"one of just the length", "\v0123456789012345\x1c\r", []string{"0123456789012345"}, 0, 0},
		{"one byte more", "\v01234567890123456\x1c\r", []string{"!01234567890123456\x1c"}, 0, 1},
		{"a long one that is cut off", "\v" + long + "\vB\x1c\r", []string{"B"}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, in := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
				got, met := all(t, in, 16)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
				if met.Garbage != c.garbage || met.Malformed != c.malformed {
					t.Errorf("met %d bytes of garbage and %d malformed, want %d and %d", met.Garbage, met.Malformed, c.garbage, c.malformed)
				}
			}
		})
	}
}

func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"\vA\x1c\r", "x\vA\vB\x1c\r\x1c\v\x1c\r", "\vA\x1cB\x1c\r"} {
		f.Add([]byte(seed), []byte("MSH|"))
	}
	f.Fuzz(func(t *testing.T, noise, message []byte) {
		got, met := all(t, bytes.NewReader(noise), 64)
		if size := len(strings.Join(got, "")); size > len(noise) || met.Garbage > uint64(len(noise)) {
			t.Fatal("more came out than went in")
		}
		// Whatever noise came before, a whole frame after it is read, once.
		if bytes.ContainsAny(message, "\v\x1c") || len(message) > 64 {
			return
		}
		got, _ = all(t, bytes.NewReader(appendFrame(slices.Clip(noise), message)), 64)
		if len(got) == 0 || got[len(got)-1] != string(message) {
			t.Fatalf("a message after noise is not read: %q", got)
		}
	})
}
