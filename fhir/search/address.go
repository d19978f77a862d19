package search

import (
	"strings"

	"concord/fhir"
)

// Suffixes make the names under which more is indexed of a parameter than its values.
const (
	identifierSuffix = ":identifier" // the identifiers of a reference, as tokens
	textSuffix       = ":text"       // the words that go with a token, as strings
	ofTypeSuffix     = ":of-type"    // identifiers with their type, as tokens
)

// address is a literal reference as it is compared.
type address struct {
	text string    // "Type/id", or an absolute address; without version. Empty when it can never be found
	base string    // of an absolute address that ends with Type/id
	typ  fhir.Type // "" when it does not say
}

// readAddress reads Reference.reference (FHIR R4 references, Literal References).
func readAddress(s string) address {
	if ref, ok := fhir.ParseRef(s); ok {
		return address{text: ref.String(), typ: ref.Type}
	}
	if !strings.Contains(s, ":") || strings.HasPrefix(s, "#") {
		return address{} // contained, or not a reference
	}
	s, _, _ = strings.Cut(s, "/_history/")
	rest := s
	for range 2 { // to the slash before Type/id
		rest = rest[:max(strings.LastIndexByte(rest, '/'), 0)]
	}
	if ref, ok := fhir.ParseRef(strings.TrimPrefix(s[len(rest):], "/")); ok && rest != "" {
		return address{text: s, base: rest, typ: ref.Type}
	}
	return address{text: s}
}
