package fhirpath_test

import (
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"github.com/google/go-cmp/cmp"

	"concord/fhir/fhirpath"
)

func TestCanonicalGivesBaseUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, code, want string }{
		{"4000", "mg", "4 g"},
		{"120", "mm[Hg]", "15998640 m-1.s-2.g"},
		{"1", "[lb_av]", "453.59237 g"},
		{"5.5", "mmol/L", "3312175185000000000000000 m-3"},
		{"37", "Cel", "310.15 K"},
		{"60", "/min", "1 s-1"},
		{"80", "{beats}/min", "1.333333333333333333333333333 s-1"},
		{"2", "10*9/L", "2000000000000 m-3"},
		{"90", "mL/min/{1.73_m2}", "0.0000015 m3.s-1"},
		{"2", "k[iU]/L", "2000000 [iU].m-3"},
		{"1", "kg.m2", "1000 m2.g"},
		{"1", "kg/(m.s2)", "1000 m-1.s-2.g"},
		{"1", "%", "0.01 1"},
		{"1", "dag", "10 g"},
		{"1", "cm[H2O]", "98066.5 m-1.s-2.g"},
	} {
		value, _, err := apd.NewFromString(c.value)
		if err != nil {
			t.Fatal(err)
		}
		got, dimension, ok := fhirpath.Canonical(value, c.code)
		if !ok {
			t.Errorf("%s is not known", c.code)
			continue
		}
		if diff := cmp.Diff(c.want, got.Text('f')+" "+dimension); diff != "" {
			t.Errorf("%s: %s", c.code, diff)
		}
	}
}

func TestCanonicalRefusesWhatIsNoUnit(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "lbs", "mg/", "mg//L", "(mg", "mg)", "m{x", "kmin", "Cel/m", "[iU].[iU]", "m99", strings.Repeat("m.", 200) + "m", "0"} {
		if value, dimension, ok := fhirpath.Canonical(apd.New(1, 0), code); ok {
			t.Errorf("%q is %s %s", code, value, dimension)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{"mg/dL", "10*-6.m2", "{a}/(g.s)", "[degF]", "k[iU]", "m[H2O]2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		one, dimension, ok := fhirpath.Canonical(apd.New(1, 0), code)
		if !ok {
			return
		}
		if again, same, ok := fhirpath.Canonical(apd.New(1, 0), code); !ok || same != dimension || again.Cmp(one) != 0 {
			t.Errorf("%q is not always the same", code)
		}
	})
}
