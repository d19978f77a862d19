package redis

import (
	"fmt"
	"strings"
	"testing"
)

func TestRepliesAreBounded(t *testing.T) {
	t.Parallel()
	const limit = 1000
	tests := []struct {
		name  string
		reply string
		want  error
	}{
		{"a value", "$5\r\nhello\r\n", nil},
		{"a value that looks like a header", "$14\r\n$99999999999\r\n\r\n$1\r\na\r\n", nil},
		{"a value of nothing, and one of all that is allowed", "$0\r\n\r\n$900\r\n" + strings.Repeat("x", 900) + "\r\n", nil},
		{"many replies that are large together", strings.Repeat("$900\r\n"+strings.Repeat("x", 900)+"\r\n", 10), nil},
		{"nothing under the name", "$-1\r\n*-1\r\n", nil},
		{"words, numbers and errors", "+OK\r\n:12\r\n-ERR no\r\n", nil},
		{"arrays in arrays", "*2\r\n*2\r\n:1\r\n:2\r\n*0\r\n+OK\r\n", nil},
		{"a value that is too large", "$1001\r\n", errReply},
		{"values that are too large together", "*2\r\n$600\r\n" + strings.Repeat("x", 600) + "\r\n$600\r\n", errReply},
		{"a size beyond any number", "$99999999999999999999999\r\n", errReply},
		{"the largest size", "$9223372036854775807\r\n", errReply},
		{"a negative size", "$-2\r\n", errReply},
		{"no size", "$\r\n", errReply},
		{"too many elements", "*524289\r\n", errReply},
		{"too many elements together", "*2\r\n*300000\r\n*300000\r\n", errReply},
		{"arrays too deep", strings.Repeat("*1\r\n", replyDepth+1), errReply},
		{"arrays too deep at the end of others", strings.Repeat("*2\r\n:1\r\n", replyDepth+1), errReply},
		{"a line too long", "+" + strings.Repeat("x", limit), errReply},
		{"a line that ends too early", "+OK\n", errReply},
		{"an empty line", "\r\n", errReply},
		{"the newer protocol", "%1\r\n", errReply},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 3, len(test.reply)} {
				r := replies{max: limit}
				if err := lookBy(&r, test.reply, size); err != test.want { //nolint:errorlint // it is never wrapped
					t.Errorf("by %d bytes: got %v, want %v", size, err, test.want)
				}
				if test.want == nil && (r.depth != 0 || r.skip != 0 || len(r.line) != 0 || r.size != 0) {
					t.Errorf("by %d bytes: the replies are whole, but %+v waits for more", size, r)
				}
			}
		})
	}
}

// lookBy shows the stream in pieces of so many bytes.
func lookBy(r *replies, stream string, size int) error {
	for len(stream) > 0 {
		n := min(size, len(stream))
		if err := r.look([]byte(stream[:n])); err != nil {
			return err
		}
		stream = stream[n:]
	}
	return nil
}

func FuzzReplies(f *testing.F) {
	for _, reply := range []string{"$5\r\nhello\r\n", "*2\r\n$1\r\na\r\n:1\r\n", "-ERR\r\n", "$-1\r\n", strings.Repeat("*1\r\n", 9)} {
		f.Add(reply, 1)
	}
	f.Fuzz(func(t *testing.T, stream string, size int) {
		whole, pieces := replies{max: 1000}, replies{max: 1000}
		a, b := whole.look([]byte(stream)), lookBy(&pieces, stream, max(size, 1))
		if (a == nil) != (b == nil) {
			t.Errorf("whole: %v; in pieces of %d: %v", a, size, b)
		}
		if a == nil && fmt.Sprintf("%+v", whole) != fmt.Sprintf("%+v", pieces) {
			t.Errorf("whole: %+v; in pieces of %d: %+v", whole, size, pieces)
		}
		if len(whole.line) > 1000 || whole.skip > 1002 {
			t.Errorf("waits for more than is allowed: %+v", whole)
		}
	})
}
