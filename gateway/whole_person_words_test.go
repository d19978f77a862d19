package gateway

import (
	"fmt"
	"strings"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

func TestAContainedMedicineNamesItsRequest(t *testing.T) {
	t.Parallel()
	p, err := readPerson(sight(t, today, `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order",
		"contained":[{"resourceType":"Medication","id":"a","code":{"text":"Aspirin"}}],
		"medicationReference":{"reference":"#a"},"subject":{"reference":"Patient/ada"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := p.title(p.things[0]); got != "Aspirin" {
		t.Errorf("title is %q", got)
	}
}

func TestThingsThatReferToEachOtherInACircleAreTold(t *testing.T) {
	t.Parallel()
	s := sight(t, today)
	for id, to := range map[fhir.ID]string{"a": "b", "b": "a", "c": "c"} {
		s.Things = append(s.Things, guard.Thing{
			Ref:   fhir.Ref{Type: "MedicationStatement", ID: id},
			JSON:  fmt.Appendf(nil, `{"resourceType":"MedicationStatement","medicationReference":{"reference":"MedicationStatement/%s"}}`, to),
			Facts: &consent.Facts{Sections: care.In(care.Clinical)},
		})
	}
	body, err := layOutWholePerson(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := outline(t, body); strings.Count(got, "*MedicationStatement*") != 3 {
		t.Errorf("not each is told:\n%s", got)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	p, err := readPerson(sight(t, today, `{"resourceType":"Goal","id":"g","lifecycleStatus":"active","description":{"text":"Walk"},"subject":{"reference":"Patient/ada"}}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, json, want string }{
		{"a text comes before its codes", `{"coding":[{"code":"1","display":"one"}],"text":"mine"}`, "mine"},
		{"a code is called by its display", `{"coding":[{"code":"1","display":"one"}]}`, "one"},
		{"a code of our table is called by it", `{"system":"` + care.SystemCategory + `","code":"about-me"}`, "About me"},
		{"a code without a name is shown bare", `{"coding":[{"system":"urn:x","code":"C1"}]}`, "C1"},
		{"a name is put together", `{"prefix":["Dr"],"given":["Ann","B"],"family":"Lee"}`, "Dr Ann B Lee"},
		{"a reference is called by its display", `{"reference":"Practitioner/1","display":"Dr Lee"}`, "Dr Lee"},
		{"a reference to a visible thing is called by its title", `{"reference":"Goal/g"}`, "Walk"},
		{"a reference to an organisation is called by its public name", `{"reference":"Organization/hospice"}`, "St Anne's Hospice"},
		{"a reference to what may not be seen has no words, not even its id", `{"reference":"Goal/hidden"}`, ""},
		{"a reference elsewhere has no words", `{"reference":"https://example.org/Goal/1"}`, ""},
		{"a period runs from day to day", `{"start":"2026-01-01T10:00:00Z","end":"2026-02-01"}`, "2026-01-01 to 2026-02-01"},
		{"a range runs from low to high", `{"low":{"value":1,"unit":"km"},"high":{"value":2,"unit":"km"}}`, "1 km to 2 km"},
		{"a quantity keeps its digits", `{"comparator":"<","value":1.50,"unit":"mg"}`, "< 1.50 mg"},
		{"an address is put together", `{"line":["1 High St"],"city":"Ely","postalCode":"CB7"}`, "1 High St, Ely, CB7"},
		{"an attachment is called by its title", `{"contentType":"image/png","title":"Me"}`, "Me"},
		{"a list is joined", `[{"text":"a"},{"text":"b"}]`, "a, b"},
		{"yes is yes", `true`, "yes"},
		{"no is no", `false`, "no"},
		{"what has no words gives none", `{"x":1}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n, err := fhir.Walk([]byte(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.words(n); got != tt.want {
				t.Errorf("words are %q, want %q", got, tt.want)
			}
		})
	}
}
