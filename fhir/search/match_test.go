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
	plan = `{"resourceType":"CarePlan","id":"p1","status":"active","category":[{"coding":[{"system":"http://s","code":"a"},{"code":"n"}]},{"text":"free"}],
		"subject":{"reference":"Patient/1","identifier":{"system":"http://n","value":"9"}},"careTeam":[{"reference":"#t"}],
		"basedOn":[{"reference":"https://o.example/fhir/CarePlan/7"}],"instantiatesCanonical":["http://q|2"],"period":{"start":"2024-02-10","end":"2024-03-10"}}`
	person = `{"resourceType":"Patient","id":"1","name":[{"family":"O’Brien-Smith","given":["Zoë"]}],"birthDate":"1950-06"}`
)

func TestMatch(t *testing.T) {
	t.Parallel()
	updated := time.Date(2024, 5, 1, 10, 0, 0, 500_000, time.UTC)
	for _, test := range []struct {
		name, json, query string
		want              bool
	}{
		{"a query without parameters finds it", plan, "", true},
		{"a code alone finds any system", plan, "category=a", true},
		{"a code with its system", plan, "category=http://s|a", true},
		{"a code with another system", plan, "category=http://z|a", false},
		{"a code without system where there is one", plan, "category=|a", false},
		{"a code without system where there is none", plan, "category=|n", true},
		{"a system alone finds any of its codes", plan, "category=http://s|", true},
		{"another system alone", plan, "category=http://z|", false},
		{"the case of codes counts", plan, "category=A", false},
		{"any alternative suffices", plan, "category=z,a", true},
		{"every repetition must hold", plan, "category=a&category=z", false},
		{"every parameter must hold", plan, "category=a&status=draft", false},
		{"not leaves out what has the code", plan, "category:not=a", false},
		{"not keeps what has another code", plan, "category:not=z", true},
		{"not keeps what has no value", plan, "intent:not=plan", true},
		{"missing is false where only a text is", `{"resourceType":"CarePlan","id":"1","category":[{"text":"t"}]}`, "category:missing=false", true},
		{"missing is true where nothing is", plan, "intent:missing=true", true},
		{"missing is false where a contained resource is meant", plan, "care-team:missing=true", false},
		{"a relative reference", plan, "subject=Patient/1", true},
		{"an id alone", plan, "subject=1", true},
		{"an id alone where the reference goes elsewhere", plan, "based-on=7", false},
		{"a reference of another type", plan, "subject=Group/1", false},
		{"an address of this server", plan, "subject=" + base + "/Patient/1", true},
		{"another server's address", plan, "based-on=https://o.example/fhir/CarePlan/7", true},
		{"another server's relative id is not ours", plan, "based-on=CarePlan/7", false},
		{"an identifier of a reference", plan, "subject:identifier=http://n|9", true},
		{"another identifier of a reference", plan, "subject:identifier=http://n|8", false},
		{"a canonical without its version", plan, "instantiates-canonical=http://q", true},
		{"a canonical with its version", plan, `instantiates-canonical=http://q|2`, true},
		{"a canonical with another version", plan, `instantiates-canonical=http://q|3`, false},
		{"its id", plan, "_id=x,p1", true},
		{"another id", plan, "_id=x", false},
		{"updated on the day", plan, "_lastUpdated=2024-05-01", true},
		{"updated after the moment", plan, "_lastUpdated=gt2024-05-01T10:00:00.001Z", false},
		{"updated at or after the moment", plan, "_lastUpdated=ge2024-05-01T10:00:00.0005Z", true},
		{"the beginning of a name, folded", person, "name=obrien", true},
		{"the beginning of a given name without its accent", person, "given=ZOE", true},
		{"the middle of a name", person, "name=smith", false},
		{"the middle of a name when asked for", person, "family:contains=SMITH", true},
		{"punctuation is a space", person, "family=obrien smith", true},
		{"exactly as written", person, "family:exact=O’Brien-Smith", true},
		{"exactly, but for the case", person, "family:exact=o’brien-smith", false},
		{"a month lies in its year", person, "birthdate=1950", true},
		{"a month does not lie in a day", person, "birthdate=1950-06-01", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := resource(t, test.json)
			p, _, err := search.Parse(r.Type(), values(t, test.query), base, true)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Match(r.Ref(), updated, search.Extract(r)); got != test.want {
				t.Errorf("found %t, want %t", got, test.want)
			}
		})
	}
}

// The period of the plan is 10 February to 10 March 2024.
func TestMatchOfDates(t *testing.T) {
	t.Parallel()
	r := resource(t, plan)
	entries := search.Extract(r)
	for date, prefixes := range map[string]string{
		"2024":       "eq ge le ap", // around the period
		"2024-01":    "ne gt ge sa", // before
		"2024-04":    "ne lt le eb", // after
		"2024-02":    "ne gt ge ap", // over its start
		"2024-03":    "ne lt le ap", // over its end
		"2024-02-20": "ne gt ge lt le ap",
	} {
		for _, prefix := range []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"} {
			p, _, err := search.Parse("CarePlan", values(t, "date="+prefix+date), base, true)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Contains(strings.Fields(prefixes), prefix)
			if got := p.Match(r.Ref(), time.Time{}, entries); got != want {
				t.Errorf("%s%s: found %t, want %t", prefix, date, got, want)
			}
		}
	}
}

func TestAnotherTypeIsNeverFound(t *testing.T) {
	t.Parallel()
	p := search.Plan{Type: "CarePlan"}
	if p.Match(fhir.Ref{Type: "Task", ID: "1"}, time.Time{}, nil) {
		t.Error("a Task is found among CarePlans")
	}
}
