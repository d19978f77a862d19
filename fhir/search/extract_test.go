package search_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/fhir/search"
)

func resource(t testing.TB, json string) *fhir.Resource {
	t.Helper()
	r, err := fhir.Stored([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// texts writes the entries of one parameter in short: kind words are left out, dates are shown as instants.
func texts(entries []search.Entry, param string) []string {
	var got []string
	for _, e := range entries {
		if e.Param != param {
			continue
		}
		switch e.Kind {
		case search.Token, search.Reference:
			got = append(got, e.System+"|"+e.Value)
		case search.String:
			got = append(got, e.Value+" <- "+e.Exact)
		default:
			got = append(got, moment(e.Low)+" to "+moment(e.High))
		}
	}
	return got
}

func moment(micro int64) string {
	switch micro {
	case math.MinInt64:
		return "ever"
	case math.MaxInt64:
		return "ever"
	default:
		return time.UnixMicro(micro).UTC().Format("2006-01-02T15:04:05.999999")
	}
}

func TestExtract(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, json, param string
		want              []string
	}{
		{
			"a CodeableConcept gives each of its codings", `{"resourceType":"CarePlan","category":[{"coding":[{"system":"http://a","code":"x"},{"code":"y"}]},{"text":"z"}]}`,
			"category",
			[]string{"|", "|y", "http://a|x"},
		},
		{"a code has no system", `{"resourceType":"CarePlan","status":"active"}`, "status", []string{"|active"}},
		{"a boolean is a token", `{"resourceType":"Patient","active":false}`, "active", []string{"|false"}},
		{
			"an Identifier is a token of its system and value", `{"resourceType":"Patient","identifier":[{"system":"http://n","value":"1"},{"value":"2"},{"system":"http://m"}]}`,
			"identifier",
			[]string{"|2", "http://m|", "http://n|1"},
		},
		{
			"phone keeps the telephones only", `{"resourceType":"Patient","telecom":[{"system":"phone","value":"1"},{"system":"email","value":"e"}]}`,
			"phone",
			[]string{"|1"},
		},
		{"a Patient without death is not deceased", `{"resourceType":"Patient"}`, "deceased", []string{"|false"}},
		{"a date of death is a death", `{"resourceType":"Patient","deceasedDateTime":"2020"}`, "deceased", []string{"|true"}},
		{"deceased false is no death", `{"resourceType":"Patient","deceasedBoolean":false}`, "deceased", []string{"|false"}},
		{
			"a relative reference loses its version", `{"resourceType":"CarePlan","subject":{"reference":"Patient/1/_history/3"}}`,
			"subject",
			[]string{"|Patient/1"},
		},
		{
			"an absolute reference is kept whole but for its version", `{"resourceType":"CarePlan","subject":{"reference":"https://x.example/fhir/Patient/1/_history/3"}}`,
			"patient",
			[]string{"https://x.example/fhir|https://x.example/fhir/Patient/1"},
		},
		{"a URN is kept whole", `{"resourceType":"CarePlan","subject":{"reference":"urn:uuid:0"}}`, "subject", []string{"|urn:uuid:0"}},
		{"patient keeps Patients only", `{"resourceType":"CarePlan","subject":{"reference":"Group/1"}}`, "patient", nil},
		{
			"patient takes a logical reference that says its type", `{"resourceType":"CarePlan","subject":{"type":"Patient","identifier":{"system":"http://n","value":"1"}}}`,
			"patient:identifier",
			[]string{"http://n|1"},
		},
		{
			"a reference to a contained resource is there and cannot be found", `{"resourceType":"CarePlan","careTeam":[{"reference":"#t"}]}`,
			"care-team",
			[]string{"|"},
		},
		{
			"a canonical is found with and without its version", `{"resourceType":"CarePlan","instantiatesCanonical":["http://p|2"]}`,
			"instantiates-canonical",
			[]string{"|http://p", "|http://p|2"},
		},
		{
			"a choice type is read by its member", `{"resourceType":"MedicationRequest","medicationCodeableConcept":{"coding":[{"code":"m"}]}}`,
			"code",
			[]string{"|m"},
		},
		{
			"a related artifact is kept by its kind", `{"resourceType":"Library","relatedArtifact":[{"type":"depends-on","resource":"http://d"},{"type":"successor","resource":"http://s"}]}`,
			"depends-on",
			[]string{"|http://d"},
		},
		{
			"an extension is a parameter", `{"resourceType":"Observation","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/observation-geneticsGene","valueCodeableConcept":{"coding":[{"code":"g"}]}},{"url":"http://o","valueCodeableConcept":{"coding":[{"code":"o"}]}}]}`,
			"gene-identifier",
			[]string{"|g"},
		},
		{
			"the first entry of a Bundle is a reference", `{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","id":"1"}},{"resource":{"resourceType":"Composition","id":"2"}}]}`,
			"composition",
			[]string{"|Composition/1"},
		},
		{
			"every part of a name is found", `{"resourceType":"Patient","name":[{"text":"Zoë O'Neill","family":"O'Neill","given":["Zoë"],"prefix":["Dr."]}]}`,
			"name",
			[]string{"dr <- Dr.", "oneill <- O'Neill", "zoe <- Zoë", "zoe oneill <- Zoë O'Neill"},
		},
		{
			"every part of an address is found", `{"resourceType":"Patient","address":[{"use":"home","line":["1 High-Street"],"city":"Leeds","postalCode":"LS1 1AA"}]}`,
			"address",
			[]string{"1 high street <- 1 High-Street", "leeds <- Leeds", "ls1 1aa <- LS1 1AA"},
		},
		{"repetitions are told once", `{"resourceType":"Patient","name":[{"family":"A"},{"family":"A"}]}`, "family", []string{"a <- A"}},
		{
			"a date is a day", `{"resourceType":"Patient","birthDate":"2024-02-29"}`,
			"birthdate",
			[]string{"2024-02-29T00:00:00 to 2024-02-29T23:59:59.999999"},
		},
		{
			"a year is a year", `{"resourceType":"Patient","birthDate":"1950"}`,
			"birthdate",
			[]string{"1950-01-01T00:00:00 to 1950-12-31T23:59:59.999999"},
		},
		{
			"a time with a zone is told in UTC at its precision", `{"resourceType":"Observation","effectiveDateTime":"2024-05-01T10:00:00.5+01:00"}`,
			"date",
			[]string{"2024-05-01T09:00:00.5 to 2024-05-01T09:00:00.599999"},
		},
		{
			"a Period is open where an end is missing", `{"resourceType":"CarePlan","period":{"start":"2024-05"}}`,
			"date",
			[]string{"2024-05-01T00:00:00 to ever"},
		},
		{
			"of a Timing the outer limits count", `{"resourceType":"CarePlan","activity":[{"detail":{"status":"scheduled","scheduledTiming":{"event":["2024-03-02","2024-01-05"],"repeat":{"boundsPeriod":{"start":"2024-02-01","end":"2024-04-01"}}}}}]}`,
			"activity-date",
			[]string{"2024-01-05T00:00:00 to 2024-04-01T23:59:59.999999"},
		},
		{
			"a Timing without limits has no date", `{"resourceType":"CarePlan","activity":[{"detail":{"status":"scheduled","scheduledTiming":{"repeat":{"frequency":1}}}}]}`,
			"activity-date", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := texts(search.Extract(resource(t, test.json)), test.param)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestOneParameterCannotCrowdOutTheOthers(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 3000 {
		items = append(items, fmt.Sprintf(`{"item":{"reference":"Observation/%d"}}`, i))
	}
	entries := search.Extract(resource(t, `{"resourceType":"List","status":"current","mode":"working","entry":[`+strings.Join(items, ",")+`]}`))
	if got := len(texts(entries, "item")); got != 1000 {
		t.Errorf("%d items are indexed, want 1000", got)
	}
	if got := texts(entries, "status"); len(got) != 1 {
		t.Errorf("status is not indexed: %v", got)
	}
}

func BenchmarkExtract(b *testing.B) {
	r := resource(b, `{"resourceType":"CarePlan","id":"1","status":"active","intent":"plan","identifier":[{"system":"http://n","value":"1"}],
		"category":[{"coding":[{"system":"http://snomed.info/sct","code":"734163000"}]}],"subject":{"reference":"Patient/1"},
		"period":{"start":"2024-05-01"},"careTeam":[{"reference":"CareTeam/1"}],"goal":[{"reference":"Goal/1"},{"reference":"Goal/2"}],
		"addresses":[{"reference":"Condition/1"}],"activity":[{"reference":{"reference":"Task/1"}},{"reference":{"reference":"ServiceRequest/1"}}]}`)
	b.ReportAllocs()
	for b.Loop() {
		search.Extract(r)
	}
}

func FuzzExtract(f *testing.F) {
	f.Add(`{"resourceType":"Patient","name":[{"family":1},null,"x"],"birthDate":{},"deceasedDateTime":[],"telecom":[[{"system":"phone"}]]}`)
	f.Add(`{"resourceType":"CarePlan","subject":{"reference":"x:/Patient/1/_history/"},"period":{"start":"2024-13"},"instantiatesCanonical":["|",""]}`)
	f.Fuzz(func(t *testing.T, json string) {
		r, err := fhir.Stored([]byte(json))
		if err != nil {
			return
		}
		if diff := cmp.Diff(search.Extract(r), search.ExtractTree(r.Type(), r.Root())); diff != "" {
			t.Fatalf("two extractions differ:\n%s", diff)
		}
	})
}
