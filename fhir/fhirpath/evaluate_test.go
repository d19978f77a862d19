package fhirpath_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

const goal = `{
	"resourceType": "Goal", "id": "1", "lifecycleStatus": "active",
	"contained": [{"resourceType": "Practitioner", "id": "p", "name": [{"family": "Okafor"}]}],
	"description": {"text": "walk to the park", "coding": [{"system": "http://snomed.info/sct", "code": "1"}]},
	"subject": {"reference": "Patient/7"}, "expressedBy": {"reference": "#p"},
	"startDate": "2024-02", "_startDate": {"id": "s", "extension": [{"url": "http://example.org/about", "valueBoolean": true}]},
	"target": [
		{"detailQuantity": {"value": 5.50, "unit": "kilometre", "system": "http://unitsofmeasure.org", "code": "km"}, "dueDate": "2024-06-01"},
		{"detailString": "every day"}
	],
	"note": [{"text": "slowly", "_text": {"extension": [{"url": "http://example.org/q", "valueCode": "x"}]}}]
}`

func decoded(t testing.TB, text string) fhirpath.Value {
	t.Helper()
	r, err := fhir.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return fhirpath.Of(r)
}

// written gives each value as JSON, or the error.
func written(t testing.TB, env fhirpath.Env, expression string, input ...fhirpath.Value) string {
	t.Helper()
	e, err := fhirpath.Compile(expression)
	if err != nil {
		return err.Error()
	}
	found, err := e.Evaluate(env, input...)
	if err != nil {
		return err.Error()
	}
	parts := make([]string, 0, len(found))
	for _, v := range found {
		parts = append(parts, string(v.JSON()))
	}
	return strings.Join(parts, " ")
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	input := decoded(t, goal)
	env := fhirpath.Env{
		Now:       time.Date(2024, 2, 29, 23, 30, 0, 5_000_000, time.FixedZone("", -5*3600)),
		Variables: map[string][]fhirpath.Value{"who": {fhirpath.OfText("Ada")}, "us": {fhirpath.OfBoolean(true)}},
		MemberOf: func(valueSet, system, code string) (bool, bool) {
			return code == "1" || system == "" && code == "active", valueSet == "http://example.org/vs"
		},
	}
	for _, c := range []struct{ name, expression, want string }{
		{"a choice goes by its name in FHIR", "Goal.target.detail.ofType(string)", `"every day"`},
		{"the name of a member of JSON is no element", "target.detailString", ``},
		{"another type at the beginning finds nothing", "Patient.id", ``},
		{"an abstract type at the beginning finds the resource", "Resource.id | DomainResource.id", `"1"`},
		{"as an operator takes several values", "(target.detail as Quantity).unit", `"kilometre"`},
		{"a decimal keeps its digits", "target.detail.value", `5.50`},
		{"a quantity is compared in another unit", "target[0].detail = 5500 'm'", `true`},
		{"a quantity of another dimension is not equal", "target[0].detail = 5.5 'kg'", `false`},
		{"a date less precise is neither before nor after", "start < @2024-02-15", ``},
		{"a date less precise is before what is surely later", "start < @2024-03-15", `true`},
		{"extensions of a primitive are its elements", "start.extension('http://example.org/about').value", `true`},
		{"the id of a primitive is its element", "start.id", `"s"`},
		{"a contained resource is resolved", "expressedBy.resolve().name.family", `"Okafor"`},
		{"a reference has a type though nothing resolves it", "subject.resolve() is Patient", `true`},
		{"and no other type", "subject.resolve() is Group", `false`},
		{"a code is asked of a value set", "lifecycleStatus.memberOf('http://example.org/vs')", `true`},
		{"a CodeableConcept is asked of a value set", "description.memberOf('http://example.org/vs')", `true`},
		{"a value set that is not known gives nothing", "description.memberOf('http://example.org/other')", ``},
		{"variables of the caller are there", "%who + iif(%us, '!', '?')", `"Ada!"`},
		{"now has the zone of the caller", "now()", `"2024-02-29T23:30:00.005-05:00"`},
		{"today is that of the caller", "today()", `"2024-02-29"`},
		{"time of day has no zone", "timeOfDay()", `"23:30:00.005"`},
		{"a leap day a year later is the last of February", "@2024-02-29 + 1 year", `"2025-02-28"`},
		{"beyond the year 9999 there is no date", "@9999-12-31 + 1 day", ``},
		{"days that follow a month are 30 to one", "@2024-01 + 60 days", `"2024-03"`},
		{"Celsius and Fahrenheit are compared", "37 'Cel' = 98.6 '[degF]'", `true`},
		{"units of concentration are compared", "1 'mg/dL' = 10 'g/m3'", `true`},
		{"international units are no others", "1 'k[iU]' = 1000 '[iU]' and (1 '[iU]' = 1 'g').not()", `true`},
		{"an integer out of range is nothing", "2147483647 + 1", ``},
		{"a small decimal has a ceiling", "0.0034.ceiling()", `1`},
		{"exact decimals do not drift", "0.1 + 0.2 = 0.3", `true`},
		{"the type of an element is that of FHIR", "lifecycleStatus.type()", `{"namespace":"FHIR","name":"code"}`},
		{"a part without a name of its own is a BackboneElement", "target.first().type().name", `"BackboneElement"`},
		{"text is compared without case and space by equivalence", "'A  b' ~ 'a B'", `true`},
		{"sort goes down by a minus", "(2 | 1 | 3).sort(-$this)", `3 2 1`},
		{"sort goes down by a word", "(2 | 1 | 3).sort($this desc)", `3 2 1`},
		{"an unpaired surrogate is replaced", `'\ud83d\ude00'.length()`, `1`},
		{"a narrative with a script is refused", `'<div xmlns="http://www.w3.org/1999/xhtml">a<script/></div>'.htmlChecks()`, `false`},
		{"a narrative with words is good", `'<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div>'.htmlChecks()`, `true`},
		{"a fault has its line and column", "name.\n  frst()", `line 2, column 3: there is no such function`},
		{"columns count characters", "'é' + 1", `line 1, column 5: String + Integer has no meaning`},
		{"an open bracket is told at the end", "(1 + 2", `line 1, column 7: ")" is expected here`},
		{"a type that is none is told", "value is Quantities", `line 1, column 10: there is no such type in FHIR R4 or in FHIRPath; names are case-sensitive`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, written(t, env, c.expression, input)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStrictEvaluationNamesWhatIsNoElement(t *testing.T) {
	t.Parallel()
	input := decoded(t, goal)
	env := fhirpath.Env{Strict: true}
	for expression, want := range map[string]string{
		"Goal.targets":                   "line 1, column 6: there is no element targets in Goal",
		"Goal.outcomeCode":               "",
		"Goal.target.detailString":       "line 1, column 13: there is no element detailString in BackboneElement",
		"Goal.children().first()":        "line 1, column 17: what children gives has no order",
		"(target.detail as Period).unit": "line 1, column 27: there is no element unit in Period",
	} {
		if diff := cmp.Diff(want, written(t, env, expression, input)); diff != "" {
			t.Errorf("%s: %s", expression, diff)
		}
	}
}

func TestValuesKnowWhereTheyStand(t *testing.T) {
	t.Parallel()
	input := decoded(t, goal)
	e, err := fhirpath.Compile("target[1].detail | note.text | start | contained.name.family")
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Evaluate(fhirpath.Env{}, input)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, v := range found {
		paths = append(paths, v.Type()+" "+v.Path()+" "+v.Node().Text())
	}
	want := []string{
		"string Goal.target[1].detailString every day", "markdown Goal.note[0].text slowly",
		"date Goal.startDate 2024-02", "string Goal.contained[0].name[0].family Okafor",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	if printed := strings.TrimSpace(strings.ReplaceAll(strings.Join([]string{sprint(found[0]), found[0].LogValue().String()}, " "), "[withheld]", "")); printed != "" {
		t.Errorf("a value prints itself: %s", printed)
	}
}

func TestOfNodeTakesDataTypes(t *testing.T) {
	t.Parallel()
	n, err := fhir.Walk([]byte(`{"given": ["Ada", null], "_given": [null, {"id": "x"}], "use": "usual"}`))
	if err != nil {
		t.Fatal(err)
	}
	v := fhirpath.OfNode("HumanName", n)
	if diff := cmp.Diff(`"Ada" {"id": "x"} "usual"`, written(t, fhirpath.Env{}, "given | HumanName.use", v)); diff != "" {
		t.Error(diff)
	}
}
