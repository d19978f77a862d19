package search_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/fhir/search"
)

func parse(t *testing.T, typ fhir.Type, query string) search.Plan {
	t.Helper()
	p, _, err := search.Parse(typ, values(t, query), base, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAChainIsAnsweredFromWithin(t *testing.T) {
	t.Parallel()
	r := resource(t, plan)
	clause := parse(t, "CarePlan", "subject:Patient.name=x").Where[0]
	inner := clause.Inner()
	if len(inner) != 1 || inner[0].Type != "Patient" || !inner[0].Match(ref("Patient", "1"), time.Time{}, []search.Entry{{Param: "name", Kind: search.String, Value: "xy"}}) {
		t.Errorf("inner plans: %+v", inner)
	}
	entries := search.Extract(r)
	for name, test := range map[string]struct {
		clause search.Clause
		want   bool
	}{
		"before it is resolved": {clause, false},
		"without targets":       {clause.WithTargets(nil), false},
		"with other targets":    {clause.WithTargets([]fhir.Ref{ref("Patient", "2")}), false},
		"with its target":       {clause.WithTargets([]fhir.Ref{ref("Patient", "2"), ref("Patient", "1")}), true},
	} {
		if got := test.clause.Match(r.Ref(), time.Time{}, entries); got != test.want {
			t.Errorf("%s it is found: %t", name, got)
		}
	}
}

func TestAChainLeadsToEveryTypeThatHasTheParameter(t *testing.T) {
	t.Parallel()
	var types []string
	for _, p := range parse(t, "Observation", "subject.name=x").Where[0].Inner() {
		types = append(types, string(p.Type))
	}
	if got := strings.Join(types, " "); got != "Location Patient" {
		t.Errorf("it leads to %s", got)
	}
}

func TestAReverseChainIsAnsweredFromWithin(t *testing.T) {
	t.Parallel()
	clause := parse(t, "Patient", "_has:CarePlan:subject:status=active").Where[0]
	inner := clause.Inner()
	r := resource(t, plan)
	entries := search.Extract(r)
	if len(inner) != 1 || !inner[0].Match(r.Ref(), time.Time{}, entries) {
		t.Fatalf("inner plans: %+v", inner)
	}
	referred := clause.Referred(entries)
	if diff := cmp.Diff([]fhir.Ref{ref("Patient", "1")}, referred); diff != "" {
		t.Error(diff)
	}
	resolved := clause.WithTargets(referred)
	if !resolved.Match(ref("Patient", "1"), time.Time{}, nil) || resolved.Match(ref("Patient", "2"), time.Time{}, nil) || clause.Match(ref("Patient", "1"), time.Time{}, nil) {
		t.Errorf("resolved: %+v", resolved)
	}
	if inner := (search.Clause{Param: "status"}).Inner(); len(inner) != 0 {
		t.Errorf("a clause of its own has inner plans: %+v", inner)
	}
}

func TestChainsAreBounded(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{
		"to any type":               "item.identifier=1",
		"to any type again":         "item.item.item.item=1",
		"to many types in vain":     "item.subject.subject.subject.nonsense=1",
		"deep":                      "subject.link.link.link.link.name=x",
		"many":                      strings.Repeat("subject.identifier=1&source.identifier=1&item:Patient.name=x&", 12),
		"deep in a reverse chain":   "_has:List:item:_has:List:item:_has:List:item:_has:List:item:_has:List:item:code=x",
		"mixed":                     "_has:List:item:item.item.item.item.code=x",
		"of several meanings":       "subject.organization.name=x&item.date=2024",
		"a reverse chain from many": "_has:List:item:item.code=x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			plan, _, err := search.Parse("List", values(t, query), base, false)
			if err == nil && len(plan.Where) == 0 && name != "to many types in vain" {
				t.Error("it is left out")
			}
			if err != nil && !strings.Contains(err.Error(), "chain") {
				t.Error(err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestIncludes(t *testing.T) {
	t.Parallel()
	r := resource(t, plan)
	entries := search.Extract(r)
	refs := func(query string) []fhir.Ref { return parse(t, "CarePlan", query).Include[0].Refs("CarePlan", entries) }
	patient := []fhir.Ref{ref("Patient", "1")}
	for query, want := range map[string][]fhir.Ref{
		"_include=CarePlan:subject":           patient,
		"_include=CarePlan:subject:Patient":   patient,
		"_include=CarePlan:subject:Group":     nil,
		"_include=CarePlan:care-team":         nil,
		"_include=CarePlan:*":                 patient,
		"_include=*":                          patient,
		"_include:iterate=Task:*":             nil,
		"_revinclude=Provenance:target":       nil,
		"_include:iterate=CarePlan:patient":   patient,
		"_include=CarePlan:based-on:CarePlan": nil, // of another server
	} {
		if diff := cmp.Diff(want, refs(query)); diff != "" {
			t.Errorf("%s:\n%s", query, diff)
		}
	}
}

func TestReverseIncludes(t *testing.T) {
	t.Parallel()
	to := []fhir.Ref{ref("Patient", "1"), ref("CarePlan", "2")}
	plans := func(query string) []string {
		var got []string
		for _, p := range parse(t, "Patient", query).Include[0].Plans(to) {
			text := string(p.Type) + "." + p.Where[0].Param
			for _, v := range p.Where[0].Any {
				text += " " + v.Text
			}
			got = append(got, text)
		}
		return got
	}
	for query, want := range map[string][]string{
		"_revinclude=Provenance:target":         {"Provenance.target Patient/1 CarePlan/2"},
		"_revinclude=Provenance:target:Patient": {"Provenance.target Patient/1"},
		"_revinclude=Goal:*":                    {"Goal.patient Patient/1", "Goal.subject Patient/1"},
		"_include=Patient:link":                 nil,
	} {
		if diff := cmp.Diff(want, plans(query)); diff != "" {
			t.Errorf("%s:\n%s", query, diff)
		}
	}
	if got := plans("_revinclude=*"); len(got) < 100 {
		t.Errorf("%d references to a Patient only", len(got))
	}
}
