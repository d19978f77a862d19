package mappings

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"concord/fhir"
)

// integerCodec is a whole number of 32 bits (FHIR R4, datatypes.html#integer).
func integerCodec(s setup) (codec, error) {
	if len(s.args) > 0 {
		return codec{}, errUsage
	}
	if err := s.writes("integer", "integer", "positiveInt", "unsignedInt"); err != nil {
		return codec{}, err
	}
	least := map[string]int64{"positiveInt": 1, "unsignedInt": 0, "integer": -1 << 31}[s.target.Name()]
	encode := func(x *encoding, text string) (bool, error) {
		v, err := strconv.ParseInt(text, 10, 32)
		if err != nil || v < least {
			return false, wrong("this is not a whole number that the element takes")
		}
		before := len(x.out)
		x.out = strconv.AppendInt(x.out, v, 10)
		return string(x.out[before:]) == text, nil
	}
	return codec{kind: Number, encode: encode, decode: numberText, sample: func(r *rand.Rand) string { return digits(r, 1+r.IntN(4)) }}, nil
}

// decimalCodec is a number with its digits exactly as they stand: 1.0 is not 1 (FHIR R4, datatypes.html#decimal).
func decimalCodec(s setup) (codec, error) {
	if len(s.args) > 0 {
		return codec{}, errUsage
	}
	if err := s.writes("decimal", "decimal"); err != nil {
		return codec{}, err
	}
	encode := func(x *encoding, text string) (bool, error) {
		plain := plainNumber(text)
		if plain == "" {
			return false, wrong("this is not a number")
		}
		x.raw(plain)
		return plain == text, nil
	}
	return codec{kind: Number, encode: encode, decode: numberText, sample: decimalSample}, nil
}

func decimalSample(r *rand.Rand) string { return digits(r, 1+r.IntN(3)) + "." + digits(r, 1+r.IntN(2)) }

func numberText(n fhir.Node) (string, bool) { return n.Text(), n.Kind() == fhir.Number }

// plainNumber is the number as JSON writes it (RFC 8259 6), or nothing. Signs, zeros and points that JSON does not
// take are mended; an exponent is JSON already.
func plainNumber(text string) string {
	s := strings.TrimPrefix(strings.TrimSpace(text), "+")
	s, negative := strings.CutPrefix(s, "-")
	mantissa, exponent, exp := strings.Cut(strings.Replace(s, "E", "e", 1), "e")
	whole, fraction, point := strings.Cut(mantissa, ".")
	if !allDigits(whole+fraction) || len(text) > 64 {
		return ""
	}
	if e := strings.TrimLeft(exponent, "+-"); exp && (!allDigits(e) || len(exponent)-len(e) > 1 || len(e) > 3) {
		return ""
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	out := whole
	if point && fraction != "" {
		out += "." + fraction
	}
	if exp {
		out += "e" + exponent
	}
	if negative {
		out = "-" + out
	}
	if out == "-0" {
		return "0"
	}
	return out
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// booleanCodec is true and false in the words of the local record.
func booleanCodec(s setup) (codec, error) {
	if len(s.args) != 0 && len(s.args) != 2 || len(s.args) == 2 && s.args[0] == s.args[1] {
		return codec{}, errUsage
	}
	if err := s.writes("boolean", "boolean"); err != nil {
		return codec{}, err
	}
	words, kind := [2]string{"true", "false"}, Bool
	if len(s.args) == 2 {
		words, kind = [2]string{s.args[0], s.args[1]}, Text
	}
	encode := func(x *encoding, text string) (bool, error) {
		switch {
		case strings.EqualFold(text, words[0]):
			x.raw("true")
		case strings.EqualFold(text, words[1]):
			x.raw("false")
		default:
			return false, wrong("this is neither of the words " + words[0] + " and " + words[1])
		}
		return text == words[0] || text == words[1], nil
	}
	decode := func(n fhir.Node) (string, bool) {
		switch {
		case n.Kind() != fhir.Bool:
			return "", false
		case n.Text() == "true":
			return words[0], true
		default:
			return words[1], true
		}
	}
	return codec{kind: kind, encode: encode, decode: decode, sample: func(r *rand.Rand) string { return words[r.IntN(2)] }}, nil
}
