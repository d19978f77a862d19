package mappings

import (
	"math/rand/v2"
	"strings"

	"concord/fhir"
)

// textCodec is the text itself: in a string, a code, a uri and so on, in CodeableConcept.text, or in Reference.display.
func textCodec(s setup) (codec, error) {
	if len(s.args) > 0 {
		return codec{}, errUsage
	}
	inside := map[string]string{"CodeableConcept": "text", "Reference": "display", "Annotation": "text"}[s.target.Name()]
	if inside == "" {
		if err := s.writes("text", "string", "markdown", "code", "id", "uri", "url", "canonical", "oid", "uuid", "time",
			"base64Binary", "CodeableConcept", "Reference", "Annotation"); err != nil {
			return codec{}, err
		}
	}
	form := textForm(s.target.Name())
	encode := func(x *encoding, text string) (bool, error) {
		if err := form(text); err != nil {
			return false, err
		}
		if inside == "" {
			return true, x.string(text)
		}
		x.raw("{")
		if err := x.member(inside, text); err != nil {
			return false, err
		}
		x.raw("}")
		return true, nil
	}
	decode := func(n fhir.Node) (string, bool) {
		if inside != "" {
			n = n.Get(inside)
		}
		return n.Text(), n.Kind() == fhir.String
	}
	return codec{kind: Text, encode: encode, decode: decode, sample: textSample(s.target.Name())}, nil
}

// maxText is the length of the longest string (FHIR R4, datatypes.html#string).
const maxText = 1 << 20

// textForm is what FHIR says of texts of a type (FHIR R4, datatypes.html#primitive).
func textForm(typ string) func(string) error {
	var form func(string) bool
	told := wrong("")
	switch typ {
	case "code":
		told = "a code has no spaces at its ends and single spaces within"
		form = func(s string) bool { return strings.Join(strings.Fields(s), " ") == s }
	case "id":
		told = "an id is 1 to 64 of letters, digits, hyphen and dot"
		form = func(s string) bool { return fhir.ID(s).Valid() }
	case "uri", "url", "canonical", "oid", "uuid":
		told = "an address has no spaces"
		form = func(s string) bool { return !strings.ContainsAny(s, " \t\r\n") }
	case "time":
		told = "a time is HH:mm:ss"
		form = func(s string) bool { return len(s) == 8 && clockForm(s) }
	case "base64Binary":
		told = "this is not base64"
		form = func(s string) bool {
			return len(s)%4 == 0 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == ""
		}
	default:
		told = "a text is not only spaces, and at most 1 MB long"
		form = func(s string) bool { return strings.TrimSpace(s) != "" && len(s) <= maxText }
	}
	return func(s string) error {
		if !form(s) {
			return told
		}
		return nil
	}
}

// clockForm knows HH:mm:ss. FHIR has no 24:00 and, for times without a date, no leap second.
func clockForm(s string) bool {
	var h, m, sec int
	for i, p := range []*int{&h, &m, &sec} {
		d := s[i*3 : i*3+2]
		if d[0] < '0' || d[0] > '9' || d[1] < '0' || d[1] > '9' || i > 0 && s[i*3-1] != ':' {
			return false
		}
		*p = int(d[0]-'0')*10 + int(d[1]-'0')
	}
	return h < 24 && m < 60 && sec < 60
}

// sampleWords are invented, with letters that need care.
var sampleWords = []string{"garden", "Tuesday", "walk", "Zoë", "music", "naïve", "O'Neil", "tea & cake", "say \"hello\"", "Łódź", "back\\slash", "quiet"}

// textSample draws texts in the form of the type.
func textSample(typ string) func(*rand.Rand) string {
	switch typ {
	case "code", "id":
		return func(r *rand.Rand) string { return "code-" + digits(r, 3) }
	case "uri", "url", "canonical":
		return func(r *rand.Rand) string { return "https://example.org/" + digits(r, 4) }
	case "oid":
		return func(r *rand.Rand) string { return "urn:oid:1.2." + digits(r, 3) }
	case "uuid":
		return func(r *rand.Rand) string { return "urn:uuid:00000000-0000-4000-8000-" + digits(r, 12) }
	case "time":
		return func(r *rand.Rand) string { return "1" + digits(r, 1) + ":30:00" }
	case "base64Binary":
		return func(r *rand.Rand) string { return "QUJD" }
	default:
		return func(r *rand.Rand) string {
			words := make([]string, 1+r.IntN(3))
			for i := range words {
				words[i] = sampleWords[r.IntN(len(sampleWords))]
			}
			return strings.Join(words, " ")
		}
	}
}

// digits are n digits, the first not zero.
func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789"[r.IntN(10)]
	}
	if b[0] == '0' {
		b[0] = '1'
	}
	return string(b)
}
