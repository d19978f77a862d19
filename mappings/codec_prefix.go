package mappings

import (
	"math/rand/v2"
	"strings"

	"concord/fhir"
)

// prefixCodec is a text that FHIR has something in front of: 2.16.840.1.113883.2.1 as urn:oid:2.16.840.1.113883.2.1
// (FHIR R4, datatypes.html#oid).
func prefixCodec(s setup) (codec, error) {
	if len(s.args) != 1 {
		return codec{}, errUsage
	}
	if err := s.writes("a text", "string", "uri", "url", "canonical", "oid", "uuid"); err != nil {
		return codec{}, err
	}
	prefix, form := s.args[0], textForm(s.target.Name())
	encode := func(x *encoding, text string) (bool, error) {
		if err := form(text); err != nil {
			return false, err
		}
		return true, x.string(prefix + text)
	}
	decode := func(n fhir.Node) (string, bool) {
		text, ok := strings.CutPrefix(n.Text(), prefix)
		return text, ok && text != ""
	}
	sample := func(r *rand.Rand) string { return "2.16." + digits(r, 4) }
	return codec{kind: Text, encode: encode, decode: decode, sample: sample}, nil
}
