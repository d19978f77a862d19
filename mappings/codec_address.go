package mappings

import (
	"math/rand/v2"
	"slices"
	"strings"

	"concord/fhir"
)

// addressCodec is Address (FHIR R4, datatypes.html#Address): lines with commas between them, and a UK postcode last.
func addressCodec(s setup) (codec, error) {
	if len(s.args) > 0 {
		return codec{}, errUsage
	}
	if err := s.writes("an address", "Address"); err != nil {
		return codec{}, err
	}
	write := func(x *encoding, text string) (string, error) {
		lines := strings.Split(text, ", ")
		postcode := ""
		if last := lines[len(lines)-1]; isPostcode(last) {
			lines, postcode = lines[:len(lines)-1], last
		}
		for _, line := range lines {
			if strings.TrimSpace(line) != line || line == "" {
				return "", nil
			}
		}
		x.raw("{")
		if err := x.strings("line", lines); err != nil {
			return "", err
		}
		if err := x.member("postalCode", postcode); err != nil {
			return "", err
		}
		x.raw("}")
		return printAddress(lines, postcode), nil
	}
	read := func(n fhir.Node) string { return printAddress(texts(n.Get("line")), n.Get("postalCode").Text()) }
	sample := func(r *rand.Rand) string {
		return digits(r, 2) + " Mill Lane, Little Sodbury, BS37 6" + digits(r, 1) + "QW"
	}
	return structured(write, read, sample), nil
}

// printAddress is the one spelling that an address in parts comes back in.
func printAddress(lines []string, postcode string) string {
	if postcode != "" {
		lines = append(slices.Clip(lines), postcode)
	}
	return strings.Join(lines, ", ")
}

// isPostcode knows a UK postcode by its form: SW1A 1AA.
func isPostcode(s string) bool {
	out, in, ok := strings.Cut(s, " ")
	letter := func(c byte) bool { return 'A' <= c && c <= 'Z' }
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	if !ok || len(out) < 2 || len(out) > 4 || len(in) != 3 || !letter(out[0]) || !digit(in[0]) || !letter(in[1]) || !letter(in[2]) {
		return false
	}
	return strings.ContainsAny(out, "0123456789") && strings.Trim(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}
