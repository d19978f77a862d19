package mappings

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"concord/fhir"
)

// base64Codec is a text as the data of an attachment, in UTF-8 (FHIR R4, datatypes.html#Attachment).
func base64Codec(s setup) (codec, error) {
	if len(s.args) > 0 {
		return codec{}, errUsage
	}
	if err := s.writes("data", "base64Binary"); err != nil {
		return codec{}, err
	}
	encode := func(x *encoding, text string) (bool, error) {
		if strings.TrimSpace(text) == "" || !utf8.ValidString(text) {
			return false, wrong("a text is not only spaces, and is UTF-8")
		}
		x.out = append(x.out, '"')
		x.out = base64.StdEncoding.AppendEncode(x.out, []byte(text))
		x.out = append(x.out, '"')
		return true, nil
	}
	decode := func(n fhir.Node) (string, bool) {
		text, err := base64.StdEncoding.DecodeString(n.Text())
		return string(text), err == nil && len(text) > 0 && utf8.Valid(text)
	}
	return codec{kind: Text, encode: encode, decode: decode, sample: func(r *rand.Rand) string { return "A note of " + digits(r, 3) }}, nil
}
