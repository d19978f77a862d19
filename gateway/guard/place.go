package guard

import "strings"

// placeAfter is a cursor that says after what the next page begins, in words of what the caller saw there and
// nothing else. It is sealed as that of a search is (CONSENT rules section 10 row 6).
func (r Reading) placeAfter(self string, words ...string) string {
	return r.closed(self, []byte(strings.Join(words, "\n")))
}

// placeOf opens such a cursor, which has so many words.
func (r Reading) placeOf(self, cursor string, words int) ([]string, error) {
	payload, err := r.opened(self, cursor)
	if err != nil {
		return nil, err
	}
	said := strings.Split(string(payload), "\n")
	if len(said) != words {
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
