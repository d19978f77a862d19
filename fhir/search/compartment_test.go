package search_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/fhir/search"
)

// The table against the standard's definitions, and every parameter in it is a reference that is offered.
func TestCompartmentsAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	for typ, name := range map[fhir.Type]string{
		"Patient": "patient", "RelatedPerson": "relatedPerson", "Practitioner": "practitioner", "Device": "device", "Encounter": "encounter",
	} {
		data, err := os.ReadFile(shared(t, "fhir-r4", "compartments", "CompartmentDefinition-"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var definition struct {
			Resource []struct {
				Code  string
				Param []string
			}
		}
		if err := json.Unmarshal(data, &definition); err != nil {
			t.Fatal(err)
		}
		var want []search.Membership
		for _, r := range definition.Resource {
			params := slices.DeleteFunc(r.Param, func(p string) bool { return p == "{def}" })
			if len(params) > 0 {
				want = append(want, search.Membership{Type: fhir.Type(r.Code), Params: params})
			}
		}
		got := search.Compartment(typ)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", typ, diff)
		}
		for _, m := range got {
			for _, code := range m.Params {
				if p, ok := search.Lookup(m.Type, code); !ok || p.Kind != search.Reference {
					t.Errorf("%s: %s of %s is no reference", typ, code, m.Type)
				}
			}
		}
	}
	if got := search.Compartment("Organization"); got != nil {
		t.Errorf("Organization has a compartment: %v", got)
	}
}

func TestAPlanInACompartment(t *testing.T) {
	t.Parallel()
	p, ok := parse(t, "Observation", "code=1").In(ref("Patient", "1"))
	if !ok {
		t.Fatal("Observations are not in the compartment of a Patient")
	}
	for subject, want := range map[string]bool{
		`"subject":{"reference":"Patient/1"}`:                                                    true,
		`"subject":{"reference":"Patient/2"}`:                                                    false,
		`"subject":{"reference":"Patient/2"},"performer":[{"reference":"Patient/1"}]`:            true,
		`"subject":{"reference":"https://elsewhere.example/fhir/Patient/1"},"device":{"id":"1"}`: false,
	} {
		r := resource(t, strings.Replace(glucose, `"id":"o"`, `"id":"o",`+subject, 1))
		if got := p.Match(r.Ref(), time.Time{}, search.Extract(r)); got != want {
			t.Errorf("%s is in it: %t", subject, got)
		}
	}
	if _, ok := parse(t, "Organization", "").In(ref("Patient", "1")); ok {
		t.Error("Organizations are in the compartment of a Patient")
	}
	if _, ok := parse(t, "Observation", "").In(ref("Organization", "1")); ok {
		t.Error("Organization has a compartment")
	}
	own, ok := parse(t, "Patient", "").In(ref("Patient", "1"))
	if !ok || !own.Match(ref("Patient", "1"), time.Time{}, nil) || own.Match(ref("Patient", "2"), time.Time{}, nil) {
		t.Error("a Patient is not in its own compartment, or another is")
	}
}

func TestNegativeClauses(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"code=1": false, "code:not=1": true, "code:missing=true": true, "code:missing=false": false, "date=ne2024": true,
		"value-quantity=ne5": true, "value-quantity=lt5": false, "code-value-quantity=a$ne5": true, "code-value-quantity=a$5": false,
	} {
		if got := parse(t, "Observation", query).Where[0].Negative(); got != want {
			t.Errorf("%s asks for an absence: %t", query, got)
		}
	}
}
