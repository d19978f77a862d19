package search_test

import (
	"testing"

	"concord/fhir/search"
)

func TestUnitsThatMeanTheSame(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"g", "1000.mg", "g", "10*3.mg", "10^3.mg", "1000000.ug", "g{dry}"},
		{"kg", "1000.g"},
		{"[stone_av]", "14.[lb_av]", "224.[oz_av]"},
		{"[ft_i]", "12.[in_i]"},
		{"L", "l", "dm3", "1000.mL", "1000.cm3", "1000000.uL"},
		{"mg/dL", "10.mg/L", "g/L/100", "ug/mL.10", "mg/(100.mL)"},
		{"mmol/L", "umol/mL", "mol/m3"},
		{"10*9/L", "10*3/uL", "10*6/mL", "/nL", "10*9.L-1", "10*9{cells}/L"},
		{"mm[Hg]", "cm[Hg]/10"},
		{"cm[H2O]", "10.mm[H2O]"},
		{"/min", "min-1", "{beats}/min", "1/min", "60/h", "/(60.s)"},
		{"Hz", "60/min", "/s"},
		{"d", "24.h", "1440.min", "86400.s"},
		{"wk", "7.d"},
		{"a", "12.mo", "a_j"},
		{"%", "10.mmol/mol", "g/(100.g)", "10*4.[ppm]", "/100"},
		{"[iU]", "[IU]", "k[iU]/1000"},
		{"U/L", "umol/min/L", "nkat.50/3/L"},
		{"kJ", "1000.N.m", "1000.W.s"},
		{"kcal_th", "[Cal]", "4184.J"},
		{"mL/min/{1.73_m2}", "mL/min", "60.mL/h"},
		{"kg/m2", "g/cm2/10", "kg.m-2"},
		{"mV", "mW/A"},
		{"mosm/kg", "osm/t"},
	} {
		want, factor := search.CanonicalUnit(same[0])
		if want == "" {
			t.Errorf("%s is not known", same[0])
		}
		for _, code := range same[1:] {
			got, by := search.CanonicalUnit(code)
			if got != want || by != factor {
				t.Errorf("%s is %v %s, and %s is %v %s", code, by, got, same[0], factor, want)
			}
		}
	}
}

func TestUnitsOfAnotherDimension(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, code := range []string{
		"g", "m", "s", "mol", "eq", "osm", "[iU]", "[CFU]", "mg/dL", "mmol/L", "mg/kg", "K", "Pa", "J", "W", "[pH]", "m2", "m3", "mg/mmol", "meq/L", "deg",
	} {
		unit, _ := search.CanonicalUnit(code)
		if other, ok := seen[unit]; ok || unit == "" {
			t.Errorf("%s has the unit %q, as %s has", code, unit, other)
		}
		seen[unit] = code
	}
}

func TestCodesThatAreNotKnown(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"", "mmHg", "lbs", "inches", "degF", "KG", "dL/", "mg//dL", "mg/dL)", "(mg", "{open", "m{a}b", "k%", "mmin", "kCel", "Cel/min", "mL/min/1.73.m2", "1.5.mg",
		"m99", "10*31", "m+", "m-", ".", "/", "0.mg", "((((((((((m))))))))))", "Ym30.Ym30", "tablet", "mg mL",
	} {
		if unit, _ := search.CanonicalUnit(code); unit != "" {
			t.Errorf("%q is %s", code, unit)
		}
	}
}

func FuzzCanonicalUnit(f *testing.F) {
	for _, seed := range []string{"mg/dL", "10*-3.mm[Hg]", "/(min.{a})", "[in_i'Hg]2", "Cel", "Ym30/ym30", "((m))"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		unit, factor := search.CanonicalUnit(code)
		if unit == "" {
			return
		}
		if again, _ := search.CanonicalUnit(unit); again != unit {
			t.Fatalf("%q is %v %s, which is %q", code, factor, unit, again)
		}
	})
}
