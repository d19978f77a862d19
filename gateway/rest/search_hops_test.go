package rest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir/care"
)

// page is what these tests look at of a searchset.
type page struct {
	Total *int `json:"total"`
	Entry []struct {
		Resource struct {
			ResourceType string `json:"resourceType"`
			ID           string `json:"id"`
		} `json:"resource"`
		Search struct {
			Mode string `json:"mode"`
		} `json:"search"`
	} `json:"entry"`
}

func readPage(t *testing.T, body string) page {
	t.Helper()
	var p page
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("%v\n%.300s", err, body)
	}
	return p
}

// refs are the resources of a page in their order; those that came along are in brackets.
func (p page) refs() []string {
	var all []string
	for _, e := range p.Entry {
		ref := e.Resource.ResourceType + "/" + e.Resource.ID
		if e.Search.Mode == "include" {
			ref = "(" + ref + ")"
		}
		all = append(all, ref)
	}
	return all
}

// clinic has two people, one of whom hides a condition from the practice.
func clinic(t *testing.T) *twin {
	t.Helper()
	number := func(id, code, when string, value float64, unit string) string {
		return observation(id, code, "effectiveDateTime", when, "valueQuantity", map[string]any{"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit})
	}
	return village(t,
		object("Patient", "p1", "birthDate", "1990-01-01", "name", list(map[string]any{"family": "Adeyemi"}), "generalPractitioner", list(reference("Organization/practice"))),
		number("o1", "44054006", "2026-03-01", 5.5, "mmol/L"), number("o2", "44054006", "2026-01-01", 70, "kg"), number("o3", "38341003", "2026-02-01", 80000, "g"),
		object("Condition", "c1", "subject", reference("Patient/p0"), "code", concept("73211009")),
		object("Condition", "c2", "subject", reference("Patient/p0"), "code", concept("195967001")), // hidden from the practice
		object("Condition", "c3", "subject", reference("Patient/p1"), "code", concept("73211009")),
		object("Goal", "g1", "lifecycleStatus", "active", "description", text("walk"), "subject", reference("Patient/p0"), "addresses", list(reference("Condition/c2"))),
		object("Goal", "g2", "lifecycleStatus", "completed", "description", text("sing"), "subject", reference("Patient/p0")),
		object("CarePlan", "plan0", "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "goal", list(reference("Goal/g1"), reference("Goal/g2")), "addresses", list(reference("Condition/c1"), reference("Condition/c2"))),
		sharing("hide", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "code", list(concept("195967001")),
			"provision", list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})),
	)
}

func TestSearchFollowsReferencesAsFarAsTheCallerSees(t *testing.T) {
	t.Parallel()
	w := clinic(t)
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"Condition?patient.family=Adeyemi", []string{"Condition/c3"}},
		{"Observation?patient.identifier=" + care.SystemNHSNumber + "|" + number(0) + "&_sort=date", []string{"Observation/o2", "Observation/o3", "Observation/o1"}},
		{"Observation?patient.name=nobody", nil},
		{"CarePlan?goal.lifecycle-status=active", []string{"CarePlan/plan0"}},
		{"CarePlan?condition.code=73211009", []string{"CarePlan/plan0"}},
		{"CarePlan?condition.code=195967001", nil}, // through what is hidden
		{"CarePlan?condition=Condition/c2", nil},
		{"Patient?_has:Condition:patient:code=73211009&_sort=_id", []string{"Patient/p0", "Patient/p1"}},
		{"Patient?_has:Condition:patient:code=195967001", nil},
		{"Goal?_has:CarePlan:goal:status=active&_sort=_id", []string{"Goal/g1", "Goal/g2"}},
		{"Patient?_has:Goal:patient:_has:CarePlan:goal:status=active", []string{"Patient/p0"}},
		{"Observation?_sort=-date", []string{"Observation/o1", "Observation/o3", "Observation/o2"}},
		{"Observation?_sort=code,-date", []string{"Observation/o3", "Observation/o1", "Observation/o2"}},
		{"Observation?value-quantity=gt60|http://unitsofmeasure.org|kg&_sort=_id", []string{"Observation/o2", "Observation/o3"}},
		{"Observation?code-value-quantity=44054006$lt10", []string{"Observation/o1"}},
		{"CarePlan?_include=CarePlan:goal", []string{"CarePlan/plan0", "(Goal/g1)", "(Goal/g2)"}},
		{"CarePlan?_include=CarePlan:condition", []string{"CarePlan/plan0", "(Condition/c1)"}},
		{"Goal?_id=g1&_revinclude=CarePlan:goal", []string{"Goal/g1", "(CarePlan/plan0)"}},
		{"Goal?_id=g1&_revinclude=CarePlan:goal&_include:iterate=CarePlan:condition", []string{"Goal/g1", "(CarePlan/plan0)", "(Condition/c1)"}},
		{"Patient/p0/Condition", []string{"Condition/c1"}},
		{"Patient/p1/Condition?code=73211009", []string{"Condition/c3"}},
		{"?_type=Goal,Condition&_sort=_id", []string{"Condition/c1", "Condition/c3", "Goal/g1", "Goal/g2"}},
		{"Patient?_id=p1&_revinclude=Condition:patient", []string{"Patient/p1", "(Condition/c3)"}},
	} {
		p := readPage(t, w.status(t, gp(t), "200", "GET", tt.query))
		if diff := cmp.Diff(tt.want, p.refs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

func TestTotalsAreOfWhatIsVisible(t *testing.T) {
	t.Parallel()
	w := clinic(t)
	for query, want := range map[string]int{
		"Condition?_total=accurate&_count=1": 2, "Condition?_summary=count": 2, "Condition?_count=0": 2, "Condition?code=195967001&_summary=count": 0,
	} {
		p := readPage(t, w.status(t, gp(t), "200", "GET", query))
		if p.Total == nil || *p.Total != want {
			t.Errorf("%s: total %v, want %d", query, p.Total, want)
		}
		if strings.Contains(query, "_summary=count") && len(p.Entry) > 0 {
			t.Errorf("%s: there are entries", query)
		}
	}
	if p := readPage(t, w.status(t, gp(t), "200", "GET", "Condition?_count=1")); p.Total != nil {
		t.Error("a total that nobody asked for is told")
	}
}

func TestPagesOfAnyOrderAreWholeAndFull(t *testing.T) {
	t.Parallel()
	w := clinic(t)
	for _, order := range []string{"", "&_sort=-date", "&_sort=code", "&_sort=-_lastUpdated"} {
		var all []string
		for url := "Observation?_count=1" + order; url != ""; {
			body := w.status(t, gp(t), "200", "GET", url)
			refs := readPage(t, body).refs()
			if len(refs) != 1 {
				t.Fatalf("%s: a page of %d", order, len(refs))
			}
			all = append(all, refs...)
			url = strings.TrimPrefix(nextLink(body), "http://twin/fhir/")
		}
		slices.Sort(all)
		if diff := cmp.Diff([]string{"Observation/o1", "Observation/o2", "Observation/o3"}, all); diff != "" {
			t.Errorf("%s (-want +got):\n%s", order, diff)
		}
	}
}

func TestLessOfEachIsMarkedAsSubset(t *testing.T) {
	t.Parallel()
	w := clinic(t)
	body := w.status(t, gp(t), "200", "GET", "CarePlan?_elements=goal")
	if !strings.Contains(body, "SUBSETTED") || strings.Contains(body, `"addresses"`) || !strings.Contains(body, `"intent"`) {
		t.Errorf("_elements=goal gives %s", body)
	}
}

func TestAHopNeedsAScopeOfItsOwn(t *testing.T) {
	t.Parallel()
	w := clinic(t)
	plans := worker(t, "practice", care.RoleClinician, "TREAT", "user/CarePlan.rs")
	for _, query := range []string{"CarePlan?goal.lifecycle-status=active", "CarePlan?_include=CarePlan:goal:Goal", "CarePlan?_revinclude=Provenance:target", "CarePlan?_has:Provenance:target:_id=x"} {
		w.status(t, plans, "403", "GET", query)
	}
	if refs := readPage(t, w.status(t, plans, "200", "GET", "CarePlan?_include=*")).refs(); len(refs) != 1 {
		t.Errorf("an include of everything brings %v", refs)
	}
}
