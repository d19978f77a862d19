package search_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/search"
)

const (
	risk    = `{"resourceType":"RiskAssessment","id":"r","prediction":[{"probabilityDecimal":0.80},{"probabilityRange":{"low":{"value":10},"high":{"value":20}}}]}`
	glucose = `{"resourceType":"Observation","id":"o","code":{"coding":[{"system":"http://loinc.org","code":"1"}],"text":"Blood glucose"},
		"valueQuantity":{"value":99.0,"unit":"milligrams","system":"http://unitsofmeasure.org","code":"mg/dL"}}`
	pressure = `{"resourceType":"Observation","id":"b","code":{"coding":[{"code":"bp"}]},"component":[
		{"code":{"coding":[{"code":"sys"}]},"valueQuantity":{"value":150,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
		{"code":{"coding":[{"code":"dia"}]},"valueQuantity":{"value":85,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}`
	valueSet = `{"resourceType":"ValueSet","id":"v","url":"http://a.example/fhir/ValueSet/x","useContext":[{"code":{"code":"age"},"valueRange":{"low":{"value":18}}}]}`
	named    = `{"resourceType":"Patient","id":"p","meta":{"profile":["http://p.example/x|2"]},"identifier":[{"type":{"coding":[{"system":"http://t","code":"MR"}],"text":"Hospital number"},"system":"http://s","value":"1"}]}`
)

const ucum = "|http://unitsofmeasure.org|"

func TestMatchOfNumbersAndAddresses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, json, query string
		want              bool
	}{
		{"a number within what its digits imply", risk, "probability=0.8", true},
		{"a number outside what its digits imply", risk, "probability=0.81", false},
		{"the range of digits is open above", risk, "probability=0.75", false},
		{"and closed below", risk, "probability=0.85,0.7", false},
		{"a range within a range", risk, "probability=1e1", false},
		{"a number that is not equal", risk, "probability=ne0.8", true},
		{"a number with a unit", glucose, "value-quantity=99" + ucum + "mg/dL", true},
		{"the same in another unit", glucose, "value-quantity=0.99" + ucum + "g/L", true},
		{"exactly the same in another unit", glucose, "value-quantity=ge0.99" + ucum + "g/L", true},
		{"and not above it", glucose, "value-quantity=gt0.99" + ucum + "g/L", false},
		{"a unit of another dimension", glucose, "value-quantity=99" + ucum + "mmol/L", false},
		{"without a unit any will do", glucose, "value-quantity=99", true},
		{"without a unit the number stands as it is", glucose, "value-quantity=0.99", false},
		{"the code without its system", glucose, "value-quantity=99||mg/dL", true},
		{"the unit as people read it", glucose, "value-quantity=99||milligrams", true},
		{"another unit without its system", glucose, "value-quantity=99||g/L", false},
		{"another system", glucose, "value-quantity=99|http://x|mg/dL", false},
		{"about", glucose, "value-quantity=ap90" + ucum + "mg/dL", true},
		{"not about", glucose, "value-quantity=ap80" + ucum + "mg/dL", false},
		{"a comparator opens the value", strings.Replace(glucose, `"value":99.0`, `"comparator":">","value":99.0`, 1), "value-quantity=gt500" + ucum + "mg/dL", true},
		{"and only to its side", strings.Replace(glucose, `"value":99.0`, `"comparator":"<","value":99.0`, 1), "value-quantity=gt500" + ucum + "mg/dL", false},
		{"degrees", strings.Replace(glucose, `"mg/dL"`, `"[degF]"`, 1), "value-quantity=37.2" + ucum + "Cel", true},
		{"any component", pressure, "combo-value-quantity=gt149" + ucum + "mm[Hg]", true},
		{"in kilopascals", pressure, "component-value-quantity=20.0" + ucum + "kPa", true},
		{"the parts of a composite together", pressure, "component-code-value-quantity=sys$gt140", true},
		{"and not of two values", pressure, "component-code-value-quantity=dia$gt140", false},
		{"one of two composites", pressure, "component-code-value-quantity=dia$gt140,dia$lt90" + ucum + "mm[Hg]", true},
		{"a composite of the whole and its components", pressure, "combo-code-value-quantity=dia$85", true},
		{"a composite that lacks a part is missing", pressure, "code-value-quantity:missing=true", true},
		{"a composite that is there", pressure, "combo-code-value-quantity:missing=true", false},
		{"an open range in a composite", valueSet, "context-type-quantity=age$gt90", true},
		{"a closed end of it", valueSet, "context-type-quantity=age$lt18", false},
		{"an address", valueSet, "url=http://a.example/fhir/ValueSet/x", true},
		{"the beginning of an address", valueSet, "url=http://a.example/fhir/ValueSet", false},
		{"what stands below an address", valueSet, "url:below=http://a.example/fhir", true},
		{"below a slash", valueSet, "url:below=http://a.example/fhir/", true},
		{"below half a word", valueSet, "url:below=http://a.example/fh", false},
		{"what stands above an address", valueSet, "url:above=http://a.example/fhir/ValueSet/x/1", true},
		{"above itself", valueSet, "url:above=http://a.example/fhir/ValueSet/x", true},
		{"above half a word", valueSet, "url:above=http://a.example/fhir/ValueSet/xy", false},
		{"a profile without its version", named, "_profile=http://p.example/x", true},
		{"a profile with its version", named, "_profile=http://p.example/x|2", true},
		{"a profile of another version", named, "_profile=http://p.example/x|1", false},
		{"an identifier of a type", named, "identifier:of-type=http://t|MR|1", true},
		{"an identifier of another type", named, "identifier:of-type=http://t|XX|1", false},
		{"the words of a type", named, "identifier:text=hospital", true},
		{"the words of a concept, folded", glucose, "code:text=BLOOD", true},
		{"other words", glucose, "code:text=glucose", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := resource(t, test.json)
			p, _, err := search.Parse(r.Type(), values(t, test.query), base, true)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Match(r.Ref(), time.Time{}, search.Extract(r)); got != test.want {
				t.Errorf("found %t, want %t", got, test.want)
			}
		})
	}
}

// The value of the observation is from 10 to 20.
func TestMatchOfRanges(t *testing.T) {
	t.Parallel()
	r := resource(t, `{"resourceType":"Observation","id":"1","valueSampledData":{"origin":{"value":5},"factor":5,"data":"1 3 E L","lowerLimit":10,"dimensions":1,"period":1}}`)
	entries := search.Extract(r)
	for number, prefixes := range map[string]string{
		"15":  "ne gt lt ge le ap",
		"5":   "ne gt ge sa",
		"30":  "ne lt le eb",
		"10":  "ne gt ge le ap",
		"20":  "ne lt ge le ap",
		"21":  "ne lt le eb ap",
		"1e1": "ne gt ge le ap",
		"-1":  "ne gt ge sa",
	} {
		for _, prefix := range []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"} {
			p, _, err := search.Parse("Observation", values(t, "value-quantity="+prefix+number), base, true)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Contains(strings.Fields(prefixes), prefix)
			if got := p.Match(r.Ref(), time.Time{}, entries); got != want {
				t.Errorf("%s%s: found %t, want %t", prefix, number, got, want)
			}
		}
	}
}

// FHIR R4, search.html#number gives these ranges.
func TestDigitsImplyARange(t *testing.T) {
	t.Parallel()
	for written, ends := range map[string][2]string{
		"100": {"99.5", "100.5"}, "100.00": {"99.995", "100.005"}, "1e2": {"95", "105"}, "5.4": {"5.35", "5.45"}, "-2": {"-2.5", "-1.5"},
	} {
		low, high := search.Extract(probability(t, ends[0])), search.Extract(probability(t, ends[1]))
		p, _, err := search.Parse("RiskAssessment", values(t, "probability="+written), base, true)
		if err != nil {
			t.Fatal(err)
		}
		ref := probability(t, "1").Ref()
		if !p.Match(ref, time.Time{}, low) || p.Match(ref, time.Time{}, high) {
			t.Errorf("%s is not from %s to below %s", written, ends[0], ends[1])
		}
	}
}

func probability(t *testing.T, number string) *fhir.Resource {
	t.Helper()
	return resource(t, `{"resourceType":"RiskAssessment","id":"1","prediction":[{"probabilityDecimal":`+number+`}]}`)
}

func TestNumbersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"", "gt", "x5", ".5", "5.", "1e", "1e999", "--1", "+1", "0x1", "1_0", "NaN", "Inf", "1,5", strings.Repeat("9", 41), "5|http://x", "5||", "5|a|b|c", "|a|b"} {
		_, _, err := search.Parse("Observation", values(t, "value-quantity="+number), base, false)
		if number == "1,5" { // two numbers
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%q is taken", number)
		}
	}
	if entries := search.Extract(probability(t, "1e999999999")); len(entries) != 0 {
		t.Errorf("a number beyond all measure is indexed: %v", entries)
	}
}
