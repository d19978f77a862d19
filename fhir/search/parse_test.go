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
		{"chains, reverse chains and includes are left out", "CarePlan", "patient.name=x&subject:Patient.name=x&_has:Task:focus:code=x&_include=*&_total=none", "", 5},
		{"parameters that are not indexed are left out", "Observation", "value-quantity=5&_security=R&_profile=x", "", 3},
		{"an order that is not offered is left out", "CarePlan", "_sort=status", "", 1},
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
		{"modifiers that need a terminology", "category:in=http://v&category:text=x", []fhir.Kind{fhir.NotSupported, fhir.NotSupported}},
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
		{"no page at all", "_count=0", []fhir.Kind{fhir.NotSupported}},
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
	_, _, err := search.Parse("CarePlan", values(t, "nonsense=1&patient.name=x&status=active"), base, true)
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
		"_sort=-_lastUpdated&_id=1,2&_lastUpdated=lt2024-01-01T10:00:00.1234567+01:00", "goal:missing=false&name:exact=x", "date=0001&date=9999-12-31T23:59:60Z",
	} {
		f.Add("CarePlan", seed)
		f.Add("Patient", seed)
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
