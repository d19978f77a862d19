package mappings

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"concord/fhir"
)

// codec turns the text of a local field into one FHIR value and back. Its law, by which rules are lenses: when encode
// says that it is exact, decode of what it wrote gives the same text; and encode of what decode gave is the value.
// Where a text has several spellings the one that decode gives is exact, and the others are kept as they were written.
type codec struct {
	word   string // as the definition says it
	kind   Kind   // what decode's text is in a JSON record
	encode func(x *encoding, text string) (exact bool, err error)
	decode func(n fhir.Node) (string, bool)
	sample func(r *rand.Rand) string // an exact text, for Generate
}

// encoding is where a codec writes, and what it may ask. Out is JSON of FHIR.
type encoding struct {
	out []byte
	id  func(typ, system, key string) fhir.ID
}

// wrong is why a text cannot be said in FHIR. It is told to callers, so it never quotes the text.
type wrong string

func (w wrong) Error() string { return string(w) }

// setup is what makes a codec from its arguments: the FHIR type that it writes, and the definition around it.
type setup struct {
	args   []string
	target fhir.Definition
	d      *Definition
}

// codecs are the words of "as", with how each is made and how it is written.
var codecs = map[string]struct {
	make  func(s setup) (codec, error)
	usage string
}{
	"text":       {textCodec, "as: text"},
	"prefix":     {prefixCodec, "as: prefix urn:oid:, which stands in front of the text in FHIR and not in the record"},
	"base64":     {base64Codec, "as: base64, of a text that FHIR has as data"},
	"integer":    {integerCodec, "as: integer"},
	"decimal":    {decimalCodec, "as: decimal"},
	"boolean":    {booleanCodec, "as: boolean TRUE FALSE, the words of the local record; without them true and false"},
	"date":       {dateCodec, "as: date dd/MM/yyyy, of yyyy MM MMM dd HH mm ss; without a pattern ISO 8601"},
	"dtm":        {dtmCodec, "as: dtm, of HL7 v2"},
	"excel":      {excelCodec, "as: excel, or excel 1904: the serial number of a day"},
	"code":       {codeCodec, "as: code TABLE"},
	"name":       {nameCodec, "as: name, for Given Family, or name family-first, for Family, Given"},
	"address":    {addressCodec, "as: address: one text with commas"},
	"telecom":    {telecomCodec, "as: telecom, or telecom phone, for local numbers without a system"},
	"quantity":   {quantityCodec, "as: quantity, for 70 kg, or quantity kg, for a number alone in a unit of UCUM"},
	"identifier": {identifierCodec, "as: identifier SYSTEM, or identifier nhs"},
	"nhs":        {nhsCodec, "as: nhs: an NHS number with its check digit"},
	"reference":  {referenceCodec, "as: reference TYPE, or reference TYPE SYSTEM: by the key of what the other record produces"},
}

// byType is the codec of a FHIR type when a rule does not say one.
var byType = map[string]string{
	"boolean": "boolean", "integer": "integer", "positiveInt": "integer", "unsignedInt": "integer", "decimal": "decimal",
	"date": "date", "dateTime": "date", "instant": "date", "time": "text",
	"HumanName": "name", "Address": "address", "ContactPoint": "telecom", "Quantity": "quantity",
}

// newCodec makes the codec that a rule says, or that fits the FHIR type.
func newCodec(d *Definition, as string, target fhir.Definition) (codec, error) {
	words := strings.Fields(as)
	if len(words) == 0 {
		word := byType[target.Name()]
		if word == "" {
			word = "text"
		}
		words = []string{word}
	}
	made, ok := codecs[words[0]]
	if !ok {
		return codec{}, fmt.Errorf("there is no codec %q%s", words[0], hint(words[0], codecWords()))
	}
	c, err := made.make(setup{words[1:], target, d})
	if errors.Is(err, errUsage) {
		return codec{}, fmt.Errorf("write %s", made.usage)
	}
	c.word = strings.Join(words, " ")
	return c, err
}

var errUsage = errors.New("usage")

// codecWords are the words of "as", sorted, for hints.
func codecWords() []string {
	words := make([]string, 0, len(codecs))
	for w := range codecs {
		words = append(words, w)
	}
	slices.Sort(words)
	return words
}

// writes refuses a target of another type.
func (s setup) writes(what string, types ...string) error {
	if !slices.Contains(types, s.target.Name()) {
		return fmt.Errorf("%s writes %s, and this element is %s", what, strings.Join(types, ", "), s.target.Name())
	}
	return nil
}

// appendString writes a JSON string (RFC 8259 7). FHIR has no control characters but tab and the ends of lines.
func appendString(out []byte, s string) ([]byte, error) {
	out = append(out, '"')
	start, plain := 0, true
	for i := range len(s) {
		c := s[i]
		plain = plain && c < utf8.RuneSelf
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			return out, wrong("it has a control character, which FHIR does not take")
		}
		start = i + 1
	}
	if !plain && !utf8.ValidString(s) {
		return out, wrong("it is not UTF-8: check the character set")
	}
	out = append(out, s[start:]...)
	return append(out, '"'), nil
}

// string writes a JSON string, or nothing but an error: a half-written value is cut off by the caller.
func (x *encoding) string(s string) error {
	out, err := appendString(x.out, s)
	x.out = out
	return err
}

// raw writes what needs no escapes.
func (x *encoding) raw(s string) { x.out = append(x.out, s...) }

// member writes one member of a JSON object, after { or another one. Nothing is written for an empty value.
func (x *encoding) member(name, value string) error {
	if value == "" {
		return nil
	}
	if x.out[len(x.out)-1] != '{' {
		x.raw(",")
	}
	x.raw(`"` + name + `":`)
	return x.string(value)
}
