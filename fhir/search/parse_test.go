package search_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/fhir/search"
)

const base = "https://concord.example/fhir"

func values(t testing.TB, query string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// self is the query as the Plan uses it, decoded.
func self(t testing.TB, p search.Plan) string {
	t.Helper()
	s, err := url.QueryUnescape(p.Self)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseWritesTheQueryAsItIsUsed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		typ          fhir.Type
		query, want  string
		warningCount int
	}{
		{"an empty query finds all", "CarePlan", "", "", 0},
		{"order does not matter", "CarePlan", "status=active&category=b&category=a", "category=a&category=b&status=active", 0},
		{"alternatives are sorted and told once", "CarePlan", "status=b,a,b", "status=a,b", 0},
		{"an escaped comma is part of the value", "CarePlan", `category=a\,b,c`, `category=a\,b,c`, 0},
		{"a bar separates system and code", "CarePlan", "category=http://s|c,|d,http://s|", "category=http://s|,http://s|c,|d", 0},
		{"an escaped bar is part of the code", "CarePlan", `category=a\|b`, `category=a\|b`, 0},
		{"an id becomes a reference where there is one type", "CarePlan", "patient=1", "patient=Patient/1", 0},
		{"an id stays where there are several", "CarePlan", "subject=1", "subject=1", 0},
		{"a type modifier goes into the value", "CarePlan", "subject:Patient=1", "subject=Patient/1", 0},
		{"an address of this server is relative", "CarePlan", "subject=https://concord.example/fhir/Patient/1", "subject=Patient/1", 0},
		{"another server's address stays whole", "CarePlan", "subject=https://other.example/fhir/Patient/1", "subject=https://other.example/fhir/Patient/1", 0},
		{"identifier is a token", "CarePlan", "subject:identifier=http://n|1", "subject:identifier=http://n|1", 0},
		{"eq is what a date means anyway", "CarePlan", "date=eq2024", "date=2024", 0},
		{"a plus that was not encoded is a plus", "CarePlan", "date=ge2024-01-01T10:00:00+01:00", "date=ge2024-01-01T10:00:00+01:00", 0},
		{"missing stands with its parameter", "CarePlan", "goal:missing=true", "goal:missing=true", 0},
		{"string modifiers stay", "Patient", "name:exact=Smith&name:contains=mit&name=S", "name=S&name:contains=mit&name:exact=Smith", 0},
		{"the default order and count are not told", "CarePlan", "_sort=_id&_count=50", "", 0},
		{"order and count are told", "CarePlan", "_sort=-_lastUpdated&_count=10", "_count=10&_sort=-_lastUpdated", 0},
		{"a larger page than there is is the largest", "CarePlan", "_count=9999", "_count=500", 0},
		{"format is passed over", "CarePlan", "_format=json&_pretty=true", "", 0},
		{"what is not offered is left out with a warning", "CarePlan", "nonsense=1&status=active", "status=active", 1},
		{"parameters that are kept from callers are left out", "Observation", "_security=R&_tag=x&_source=x", "", 3},
		{"a search of texts is left out", "Patient", "_text=a&_content=b&_filter=c&_query=e&_contained=both", "", 5},
		{"a list has an id", "Patient", "_list=d", "_list=List/d", 0},
		{"a value set is here, or has an address", "Condition", "code:in=http://a.example/v&code:not-in=https://concord.example/fhir/ValueSet/b", "code:in=http://a.example/v&code:not-in=ValueSet/b", 0},
		{"canonicals above and below", "CarePlan", "instantiates-canonical:below=http://a.example/p", "instantiates-canonical:below=http://a.example/p", 0},
		{"an order by what has none is left out", "Observation", "_sort=code-value-quantity,nonsense,-code", "_sort=-code", 2},
		{"numbers stay as they were written", "RiskAssessment", "probability=eq0.80&probability=gt1e-2", "probability=0.80&probability=gt1e-2", 0},
		{"quantities have three forms", "Observation", "value-quantity=5.40,le5.4|http://unitsofmeasure.org|mg,ap-5||mg", "value-quantity=5.40,ap-5||mg,le5.4|http://unitsofmeasure.org|mg", 0},
		{"addresses stay whole", "CarePlan", "instantiates-uri=http://a|b,urn:oid:1.2", `instantiates-uri=http://a\|b,urn:oid:1.2`, 0},
		{"addresses above and below", "ValueSet", "url:below=http://a/b&url:above=http://a/b/c", "url:above=http://a/b/c&url:below=http://a/b", 0},
		{"profiles are addresses", "CarePlan", "_profile=http://p|1", `_profile=http://p\|1`, 0},
		{"the parts of a composite are read by their kinds", "Observation", "code-value-quantity=http://loinc.org|1$eq5,2$gt5.0||mg", "code-value-quantity=2$gt5.0||mg,http://loinc.org|1$5", 0},
		{"text and of-type go with tokens", "Patient", "identifier:of-type=http://t|MR|1&language:text=English", "identifier:of-type=http://t|MR|1&language:text=English", 0},
		{"missing is for every kind", "Observation", "value-quantity:missing=true&code-value-quantity:missing=false&_profile:missing=true", "_profile:missing=true&code-value-quantity:missing=false&value-quantity:missing=true", 0},
		{"a chain", "CarePlan", "subject:Patient.name:exact=X&patient.general-practitioner:Practitioner=1", "patient.general-practitioner=Practitioner/1&subject:Patient.name:exact=X", 0},
		{"a chain of chains", "Observation", "patient.general-practitioner.name=x", "patient.general-practitioner.name=x", 0},
		{"a reverse chain", "Patient", "_has:Observation:patient:code=b,a&_has:Observation:patient:_has:Provenance:target:recorded=eq2024", "_has:Observation:patient:_has:Provenance:target:recorded=2024&_has:Observation:patient:code=a,b", 0},
		{"a chain to a reverse chain", "Encounter", "patient._has:Group:member:_id=102", "patient._has:Group:member:_id=102", 0},
		{"chains that lead nowhere are left out", "CarePlan", "patient.nonsense=1&status.name=x&nonsense.name=x&_has:Nonsense:a:b=c&_has:Task:nonsense:code=c&_has:Observation:patient:code=c", "", 6},
		{"includes are sorted and told once", "CarePlan", "_include=CarePlan:subject:Patient&_include=CarePlan:goal&_include=CarePlan:goal&_include:iterate=Patient:*&_revinclude=Provenance:target", "_include=CarePlan:goal&_include=CarePlan:subject:Patient&_include:iterate=Patient:*&_revinclude=Provenance:target", 0},
		{"a star includes all", "CarePlan", "_include=*&_revinclude:iterate=*", "_include=*&_revinclude:iterate=*", 0},
		{"includes that are none are left out", "CarePlan", "_include=Task:focus&_include=CarePlan:status&_include=CarePlan:patient:Group&_revinclude=Nonsense:a&_include:recurse=CarePlan:goal", "", 5},
		{"several keys of an order", "Patient", "_sort=family,-birthdate,family,_lastUpdated", "_sort=family,-birthdate,_lastUpdated", 0},
		{"the order by id can be turned round", "Patient", "_sort=-_id", "_sort=-_id", 0},
		{"total, summary and elements", "Patient", "_total=accurate&_elements=name,id,name", "_elements=id,name&_total=accurate", 0},
		{"a summary", "Patient", "_summary=text", "_summary=text", 0},
		{"a summary that is the whole", "Patient", "_summary=false", "", 0},
		{"no page at all is a count", "Patient", "_count=0&_summary=true", "_summary=count", 0},
		{"_type is for searches of all types", "Patient", "_type=Patient", "", 1},
		{"a search of all types", "", "_id=1&_lastUpdated=gt2024&_profile=http://p&_sort=-_lastUpdated", "_id=1&_lastUpdated=gt2024&_profile=http://p&_sort=-_lastUpdated", 0},
		{"a search of some types", "", "_type=Task,CarePlan,Task&status=active", "_type=CarePlan,Task&status=active", 0},
		{"what not all types have is left out", "", "_type=Patient,CarePlan&name=x&_has:Task:focus:code=x&_sort=name", "_type=CarePlan,Patient", 3},
		{"what no types are named for is left out", "", "code=x&_has:Task:focus:code=x", "", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			plan, warnings, err := search.Parse(test.typ, values(t, test.query), base, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := self(t, plan); got != test.want {
				t.Errorf("self is %s, want %s", got, test.want)
			}
			if len(warnings) != test.warningCount {
				t.Errorf("warnings: %v, want %d", warnings, test.warningCount)
			}
			again, _, err := search.Parse(test.typ, values(t, plan.Self), base, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plan, again); diff != "" {
				t.Errorf("self does not mean the same:\n%s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, query string
		want        []fhir.Kind
	}{
		{"a modifier of another kind", "status:exact=x", []fhir.Kind{fhir.NotSupported}},
		{
			"modifiers that need a terminology", "category:above=x&category:below=x",
			[]fhir.Kind{fhir.NotSupported, fhir.NotSupported},
		},
		{"a value set that is none", "category:in=x&category:not-in=CodeSystem/1&_list=$current-problems", []fhir.Kind{fhir.Value, fhir.Value, fhir.Value}},
		{"text where there are no words", "status:text=x", []fhir.Kind{fhir.NotSupported}},
		{"a type for what is no identifier", "category:of-type=a|b|c", []fhir.Kind{fhir.NotSupported}},
		{"a type without one of its parts", "identifier:of-type=a||c&identifier:of-type=a|b", []fhir.Kind{fhir.Value, fhir.Value}},
		{"a URN has nothing below", "instantiates-uri:below=urn:oid:1", []fhir.Kind{fhir.Value}},
		{"a chain to a type that the reference cannot have", "subject:Device.name=x", []fhir.Kind{fhir.NotSupported}},
		{"what is wrong at the end of a chain", "patient.birthdate=soon", []fhir.Kind{fhir.Value}},
		{"a modifier that is wrong at the end of a chain", "patient.name:not=x", []fhir.Kind{fhir.NotSupported}},
		{"a long chain", "part-of.part-of.part-of.part-of.part-of.status=x", []fhir.Kind{fhir.TooLong}},
		{"a reverse chain in pieces", "_has:Task:focus=x", []fhir.Kind{fhir.Invalid}},
		{"an include in pieces", "_include=CarePlan&_revinclude=a:b:c:d", []fhir.Kind{fhir.Value, fhir.Value}},
		{"a total, a summary and elements that are none", "_total=some&_summary=x&_elements=a..b", []fhir.Kind{fhir.Value, fhir.Value, fhir.Value}},
		{"two ways to leave out", "_summary=true&_elements=status", []fhir.Kind{fhir.Invalid}},
		{"many keys of an order", "_sort=a,b,c,d,e", []fhir.Kind{fhir.TooLong}},
		{"a type that the reference cannot have", "subject:Device=1", []fhir.Kind{fhir.NotSupported}},
		{"a modifier without a name", "status:=x", []fhir.Kind{fhir.NotSupported}},
		{"modifiers of _id", "_id:not=1", []fhir.Kind{fhir.NotSupported}},
		{"an unknown prefix", "date=xx2024", []fhir.Kind{fhir.Value}},
		{"dates that are none", "date=2024-13&date=2023-02-29&date=yesterday&date=2024-01-01T25:00Z", []fhir.Kind{fhir.Value, fhir.Value, fhir.Value, fhir.Value}},
		{"an empty value", "status=", []fhir.Kind{fhir.Value}},
		{"an empty alternative", "status=a,,b", []fhir.Kind{fhir.Value}},
		{"bars without anything", "category=|", []fhir.Kind{fhir.Value}},
		{"too many bars", "category=a|b|c", []fhir.Kind{fhir.Value}},
		{"a reference of the wrong type", "subject:Patient=Group/1", []fhir.Kind{fhir.Value}},
		{"what is no reference", "subject=a/b/c", []fhir.Kind{fhir.Value}},
		{"missing that is neither true nor false", "goal:missing=yes", []fhir.Kind{fhir.Value}},
		{"missing that is both", "goal:missing=true,false", []fhir.Kind{fhir.Value}},
		{"control characters", "status=a%00b", []fhir.Kind{fhir.Value}},
		{"a count that is no number", "_count=many", []fhir.Kind{fhir.Value}},
		{"two orders", "_sort=_id&_sort=_lastUpdated", []fhir.Kind{fhir.Invalid}},
		{"long values", "status=" + strings.Repeat("a", 4097), []fhir.Kind{fhir.TooLong}},
		{"many alternatives", "status=" + strings.Repeat("a,", 64) + "a", []fhir.Kind{fhir.TooLong}},
		{"all faults at once", "status:exact=x&date=xx2024", []fhir.Kind{fhir.Value, fhir.NotSupported}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := search.Parse("CarePlan", values(t, test.query), base, false)
			if diff := cmp.Diff(test.want, codes(t, err)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// codes are the codes of the issues of a refusal.
func codes(t testing.TB, err error) []fhir.Kind {
	t.Helper()
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind != fhir.Invalid {
		t.Fatalf("not refused as invalid: %v", err)
	}
	var got []fhir.Kind
	for _, issue := range e.Issues {
		if issue.Warning {
			t.Errorf("a refusal that is a warning: %+v", issue)
		}
		got = append(got, issue.Code)
	}
	return got
}

func TestStrictHandlingRefusesWhatIsNotOffered(t *testing.T) {
	t.Parallel()
	_, _, err := search.Parse("CarePlan", values(t, "nonsense=1&patient.nonsense=x&status=active"), base, true)
	if diff := cmp.Diff([]fhir.Kind{fhir.NotSupported, fhir.NotSupported}, codes(t, err)); diff != "" {
		t.Error(diff)
	}
}

func TestIssuesNeverRepeatValues(t *testing.T) {
	t.Parallel()
	const secret = "9434765919"
	for _, query := range []string{"date=" + secret, secret + "=1", "subject=/" + secret, "date:" + secret + "=1", "_sort=" + secret, "_count=x" + secret} {
		_, _, err := search.Parse("CarePlan", values(t, query), base, true)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestAQueryIsBounded(t *testing.T) {
	t.Parallel()
	clauses, unused := url.Values{}, url.Values{}
	for i := range 200 {
		id := "a" + strings.Repeat("b", i)
		if i < 33 {
			clauses.Add("status", id)
		}
		unused.Add("nonsense", id)
	}
	for name, q := range map[string]url.Values{"clauses": clauses, "parameters": unused} {
		if _, _, err := search.Parse("CarePlan", q, base, false); err == nil {
			t.Errorf("too many %s are taken", name)
		}
	}
	if _, _, err := search.Parse("Nonsense", nil, base, false); err == nil {
		t.Error("an unknown type is taken")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"status=active&category=a|b,|c,d|&date=ge2024-01&subject:Patient=1&_count=3", `category=a\,b\|\$\\`, "subject:identifier=x|y",
		"_sort=-_lastUpdated&_id=1,2&_lastUpdated=lt2024-01-01T10:00:00.1234567+01:00", "goal:missing=false&name:exact=x", "subject.organization.name=x&_has:Observation:patient:code-value-quantity=a|b$gt1.50|http://unitsofmeasure.org|mg/dL,c$5",
		"_include:iterate=*&_revinclude=Provenance:target&_sort=-date,status&_total=none&_summary=data", "item.item=1&_elements=a,b&instantiates-uri:above=http://a/b",
		"_type=Patient,Observation&_id=1", "date=0001&date=9999-12-31T23:59:60Z",
	} {
		f.Add("CarePlan", seed)
		f.Add("Patient", seed)
		f.Add("", seed)
	}
	f.Fuzz(func(t *testing.T, typ, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		plan, _, err := search.Parse(fhir.Type(typ), q, base, false)
		if err != nil {
			return
		}
		again, warnings, err := search.Parse(fhir.Type(typ), values(t, plan.Self), base, true)
		if err != nil || len(warnings) > 0 {
			t.Fatalf("self %q is refused: %v %v", plan.Self, err, warnings)
		}
		if diff := cmp.Diff(plan, again); diff != "" {
			t.Fatalf("self %q means another plan:\n%s", plan.Self, diff)
		}
		plan.Match(fhir.Ref{Type: plan.Type, ID: "1"}, time.Time{}, nil)
	})
}
