package mappings

import (
	"math/rand/v2"
	"strings"

	"concord/fhir"
	"concord/fhir/care"
)

// nhsCodec is an NHS number: ten digits, the last of which checks the others modulo 11. Spaces are left out in FHIR;
// digits alone are the spelling that comes back.
func nhsCodec(s setup) (codec, error) {
	if len(s.args) > 0 {
		return codec{}, errUsage
	}
	if err := s.writes("an NHS number", "string", "id"); err != nil {
		return codec{}, err
	}
	encode := func(x *encoding, text string) (bool, error) {
		number, err := nhsNumber(text)
		if err != nil {
			return false, err
		}
		return number == text, x.string(number)
	}
	decode := func(n fhir.Node) (string, bool) {
		number, err := nhsNumber(n.Text())
		return number, err == nil && number == n.Text()
	}
	return codec{kind: Text, encode: encode, decode: decode, sample: sampleNHSNumber}, nil
}

var spaces = strings.NewReplacer(" ", "", "-", "")

// nhsNumber is the ten digits, when their check digit is right.
func nhsNumber(text string) (string, error) {
	number := text
	if strings.ContainsAny(text, " -") {
		number = spaces.Replace(text)
	}
	if len(number) != 10 || !allDigits(number) {
		return "", wrong("an NHS number has ten digits")
	}
	if number[9] != checkDigit(number[:9]) {
		return "", wrong("the check digit of this NHS number is wrong: look for a slip of the keyboard")
	}
	return number, nil
}

// checkDigit is the digit that belongs behind nine others; 'X' when there is none.
func checkDigit(nine string) byte {
	sum := 0
	for i, c := range []byte(nine) {
		sum += int(c-'0') * (10 - i)
	}
	return "0X987654321"[sum%11] // 11 minus the remainder, in which 11 is 0 and 10 is none
}

// sampleNHSNumber stays in the range that is given to nobody.
func sampleNHSNumber(r *rand.Rand) string {
	for {
		nine := "999" + digits(r, 6) // 999 is for tests
		if c := checkDigit(nine); c != 'X' {
			return nine + string(c)
		}
	}
}

// identifierCodec is Identifier with the system of the rule; "nhs" for its own system and check digit.
func identifierCodec(s setup) (codec, error) {
	if len(s.args) != 1 {
		return codec{}, errUsage
	}
	if err := s.writes("an identifier", "Identifier"); err != nil {
		return codec{}, err
	}
	system, form, sample := s.args[0], func(t string) (string, error) { return t, textForm("string")(t) }, textSample("code")
	if system == "nhs" {
		system, form, sample = care.SystemNHSNumber, nhsNumber, sampleNHSNumber
	}
	encode := func(x *encoding, text string) (bool, error) {
		value, err := form(text)
		if err != nil {
			return false, err
		}
		return value == text, x.identifier(system, value)
	}
	decode := func(n fhir.Node) (string, bool) {
		value := n.Get("value").Text()
		again, err := form(value)
		return value, n.Get("system").Text() == system && err == nil && again == value
	}
	return codec{kind: Text, encode: encode, decode: decode, sample: sample}, nil
}

// identifier writes an Identifier of a system and a value.
func (x *encoding) identifier(system, value string) error {
	x.raw("{")
	if err := x.member("system", system); err != nil {
		return err
	}
	if err := x.member("value", value); err != nil {
		return err
	}
	x.raw("}")
	return nil
}

// referenceCodec is a reference to what another record of the same source produces, by its key. The key goes along as
// Reference.identifier, by which it comes back (FHIR R4, references.html#logical).
func referenceCodec(s setup) (codec, error) {
	if len(s.args) < 1 || len(s.args) > 2 {
		return codec{}, errUsage
	}
	if err := s.writes("a reference", "Reference"); err != nil {
		return codec{}, err
	}
	typ := s.args[0]
	if !fhir.KnownType(fhir.Type(typ)) {
		return codec{}, wrong(typ + " is not a resource type of R4")
	}
	system := s.d.systemOf(strings.ToLower(typ[:1]) + typ[1:])
	if len(s.args) == 2 {
		system = s.args[1]
	}
	encode := func(x *encoding, text string) (bool, error) {
		if err := textForm("string")(text); err != nil {
			return false, err
		}
		x.raw(`{"reference":"` + typ + `/` + string(x.id(typ, system, text)) + `","identifier":`)
		if err := x.identifier(system, text); err != nil {
			return false, err
		}
		x.raw("}")
		return true, nil
	}
	decode := func(n fhir.Node) (string, bool) {
		who := n.Get("identifier")
		return who.Get("value").Text(), who.Get("system").Text() == system && who.Get("value").OK()
	}
	return codec{kind: Text, encode: encode, decode: decode, sample: textSample("code")}, nil
}
