package mappings

import (
	"math/rand/v2"
	"strings"

	"concord/fhir"
)

// structured makes a codec of a text that FHIR has in parts. A text that the parts would print again is written in
// parts; any other is written whole, as the element's text. So nothing is guessed that could not be undone.
func structured(write func(x *encoding, text string) (string, error), read func(fhir.Node) string, sample func(*rand.Rand) string) codec {
	encode := func(x *encoding, text string) (bool, error) {
		if text != strings.TrimSpace(text) || text == "" {
			return false, wrong("a text has no spaces at its ends")
		}
		start := len(x.out)
		printed, err := write(x, text)
		if err != nil || printed == text {
			return err == nil, err
		}
		x.out = x.out[:start]
		x.raw("{")
		if err := x.member("text", text); err != nil {
			return false, err
		}
		x.raw("}")
		return true, nil
	}
	decode := func(n fhir.Node) (string, bool) {
		if printed := read(n); printed != "" {
			return printed, true
		}
		text := n.Get("text").Text()
		return text, text != ""
	}
	return codec{kind: Text, encode: encode, decode: decode, sample: sample}
}

// nameCodec is HumanName (FHIR R4, datatypes.html#HumanName): "Given Middle Family", or family-first
// "Family, Given Middle".
func nameCodec(s setup) (codec, error) {
	first := len(s.args) == 1 && s.args[0] == "family-first"
	if len(s.args) != 0 && !first {
		return codec{}, errUsage
	}
	if err := s.writes("a name", "HumanName"); err != nil {
		return codec{}, err
	}
	split := func(text string) (string, []string) {
		if first {
			family, given, _ := strings.Cut(text, ", ")
			return family, strings.Fields(given)
		}
		words := strings.Fields(text)
		return words[len(words)-1], words[:len(words)-1]
	}
	written := func(family string, given []string) string {
		switch {
		case family == "" || len(given) == 0:
			return ""
		case first:
			return family + ", " + strings.Join(given, " ")
		default:
			return strings.Join(given, " ") + " " + family
		}
	}
	write := func(x *encoding, text string) (string, error) {
		family, given := split(text)
		x.raw("{")
		if err := x.member("family", family); err != nil {
			return "", err
		}
		if err := x.strings("given", given); err != nil {
			return "", err
		}
		x.raw("}")
		return written(family, given), nil
	}
	read := func(n fhir.Node) string { return written(n.Get("family").Text(), texts(n.Get("given"))) }
	sample := func(r *rand.Rand) string {
		given := []string{"Ada", "Zoë", "Mei Ling", "José", "Olu"}[r.IntN(5)]
		return written([]string{"Okafor", "O'Neil", "García", "Singh"}[r.IntN(4)], []string{given})
	}
	return structured(write, read, sample), nil
}

// telecomCodec is ContactPoint (FHIR R4, datatypes.html#ContactPoint): with an @ it is e-mail, else what the rule says,
// else a phone.
func telecomCodec(s setup) (codec, error) {
	system := "phone"
	if len(s.args) > 0 {
		system = s.args[0]
	}
	if len(s.args) > 1 || !strings.Contains(" phone fax email pager url sms other ", " "+system+" ") {
		return codec{}, errUsage
	}
	if err := s.writes("a telecom", "ContactPoint"); err != nil {
		return codec{}, err
	}
	encode := func(x *encoding, text string) (bool, error) {
		if strings.TrimSpace(text) == "" {
			return false, wrong("a text is not only spaces")
		}
		is := system
		if strings.Contains(text, "@") {
			is = "email"
		}
		x.raw(`{"system":"` + is + `"`)
		if err := x.member("value", text); err != nil {
			return false, err
		}
		x.raw("}")
		return true, nil
	}
	decode := func(n fhir.Node) (string, bool) { return n.Get("value").Text(), n.Get("value").OK() }
	sample := func(r *rand.Rand) string { return []string{"ada@example.org", "01632 960" + digits(r, 3)}[r.IntN(2)] }
	return codec{kind: Text, encode: encode, decode: decode, sample: sample}, nil
}

// strings writes a member that repeats.
func (x *encoding) strings(name string, values []string) error {
	if len(values) == 0 {
		return nil
	}
	if x.out[len(x.out)-1] != '{' {
		x.raw(",")
	}
	x.raw(`"` + name + `":[`)
	for i, v := range values {
		if i > 0 {
			x.raw(",")
		}
		if err := x.string(v); err != nil {
			return err
		}
	}
	x.raw("]")
	return nil
}

// texts are the strings of a list.
func texts(n fhir.Node) []string {
	var all []string
	for e := range n.Each() {
		all = append(all, e.Text())
	}
	return all
}
