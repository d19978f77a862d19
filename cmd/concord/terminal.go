package main

import (
	"io"
	"strings"
	"unicode"
)

// plain is a text for a terminal. Messages, names of files and answers of other systems may hold control characters, which
// would command it, and characters that turn the direction of writing, which would show another text than there is.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// terminal writes plain text. What is written at once is whole characters.
type terminal struct{ to io.Writer }

func (t terminal) Write(text []byte) (int, error) {
	_, err := io.WriteString(t.to, plain(string(text)))
	return len(text), err
}
