package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes the form in which strings are compared when case, accents and punctuation do not matter (FHIR R4
// search, String): decomposed, without marks, in lower case; apostrophes and full stops removed, all other punctuation
// and space collapsed to single spaces, none at the ends. Folding twice changes nothing.
func Fold(s string) string {
	s = norm.NFD.String(strings.ToLower(norm.NFD.String(s)))
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, c := range s {
		switch {
		case unicode.Is(unicode.Mn, c), strings.ContainsRune(".'’‘ʼ", c):
		case unicode.IsPunct(c), unicode.IsSpace(c), unicode.IsControl(c):
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}
