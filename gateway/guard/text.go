package guard

import "github.com/go-json-experiment/json/jsontext"

// appendString appends s as a JSON string.
func appendString(out []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(out, s)
	if err != nil { // not valid UTF-8: it is replaced, and the error says only that
		return quoted
	}
	return quoted
}
