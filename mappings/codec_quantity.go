package mappings

import (
	"math/rand/v2"
	"strings"

	"concord/fhir"
)

const systemUCUM = "http://unitsofmeasure.org"

// units are units that people write, with their codes of UCUM. A unit that is not here is written as a unit alone.
var units = map[string]string{
	"kg": "kg", "g": "g", "mg": "mg", "cm": "cm", "m": "m", "mm": "mm", "%": "%", "mmHg": "mm[Hg]", "mmol/L": "mmol/L",
	"mmol/mol": "mmol/mol", "g/L": "g/L", "g/dL": "g/dL", "mg/dL": "mg/dL", "ml": "mL", "mL": "mL", "l": "L", "L": "L",
	"min": "min", "h": "h", "hours": "h", "days": "d", "weeks": "wk", "months": "mo", "years": "a", "/min": "/min", "bpm": "/min",
	"kg/m2": "kg/m2", "Cel": "Cel", "°C": "Cel", "mL/min": "mL/min", "units": "[iU]", "IU": "[iU]", "{score}": "{score}",
}

// quantityCodec is Quantity (FHIR R4, datatypes.html#Quantity): "70.5 kg", or a number alone in the unit of the rule.
func quantityCodec(s setup) (codec, error) {
	unit := strings.Join(s.args, " ")
	if err := s.writes("a quantity", "Quantity", "Age", "Duration", "Count", "Distance"); err != nil {
		return codec{}, err
	}
	encode := func(x *encoding, text string) (bool, error) {
		number, in := text, unit
		if unit == "" {
			number, in, _ = strings.Cut(text, " ")
		}
		value := plainNumber(number)
		if value == "" {
			return false, wrong("this is not a number and a unit")
		}
		x.raw(`{"value":` + value)
		code := units[in]
		if unit != "" && code == "" {
			code = unit // the definition says a code of UCUM
		}
		if err := x.member("unit", in); err != nil {
			return false, err
		}
		if code != "" {
			x.raw(`,"system":"` + systemUCUM + `"`)
			if err := x.member("code", code); err != nil {
				return false, err
			}
		}
		x.raw("}")
		return printQuantity(value, in, unit) == text, nil
	}
	decode := func(n fhir.Node) (string, bool) {
		in := n.Get("unit").Text()
		if in == "" {
			in = n.Get("code").Text()
		}
		if value := n.Get("value"); !value.OK() || n.Get("comparator").OK() || unit != "" && in != unit && n.Get("code").Text() != units[unit] {
			return "", false
		}
		return printQuantity(n.Get("value").Text(), in, unit), true
	}
	sample := func(r *rand.Rand) string {
		return printQuantity(decimalSample(r), []string{"kg", "mmHg", "drops"}[r.IntN(3)], unit)
	}
	kind := Text
	if unit != "" {
		kind = Number
	}
	return codec{kind: kind, encode: encode, decode: decode, sample: sample}, nil
}

// printQuantity is the one spelling that an amount comes back in.
func printQuantity(value, unit, implied string) string {
	if implied != "" || unit == "" {
		return value
	}
	return value + " " + unit
}
