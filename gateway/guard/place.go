package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// placeAfter is a cursor that says after what the next page begins, in words of what the caller saw there and
// nothing else. It is sealed to the caller and the query, as that of a search is (CONSENT rules section 10 row 6).
func (r Reading) placeAfter(self string, words ...string) string {
	payload := []byte(strings.Join(words, "\n"))
	return base64.RawURLEncoding.EncodeToString(append(r.seal(self, payload), payload...))
}

// placeOf opens such a cursor, which has so many words.
func (r Reading) placeOf(self, cursor string, words int) ([]string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) <= sha256.Size {
		return nil, errStaleCursor
	}
	seal, payload := raw[:sha256.Size], raw[sha256.Size:]
	said := strings.Split(string(payload), "\n")
	if !hmac.Equal(seal, r.seal(self, payload)) || len(said) != words {
		return nil, errStaleCursor
	}
	return said, nil
}

// paged is the address of one page: that of the query with the cursor.
func paged(self, cursor string) string {
	sep := "?"
	if strings.Contains(self, "?") {
		sep = "&"
	}
	return self + sep + "_cursor=" + cursor
}
