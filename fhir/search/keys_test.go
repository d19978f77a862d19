package search_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/search"
)

// rows are the rows of one resource in a store's index tables.
type rows struct {
	search.Keys
	typ fhir.Type
}

func rowsOf(t *testing.T, body string) (rows, []search.Entry) {
	t.Helper()
	r, err := fhir.DecodeJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	entries := search.Extract(r)
	return rows{search.KeysOf(r.Type(), entries), r.Type()}, entries
}

// reaches reports whether a clause that goes by the tables comes upon the resource; true also for one that does not.
func (r rows) reaches(c search.Clause) bool {
	param := search.KeyOf(r.typ, c.Param, search.Present)
	if starts := search.Beginnings(c); len(starts) > 0 {
		for key := range r.Texts {
			for _, start := range starts {
				if key.Param == param && key.Value >= start && key.Value < start+search.LastRune {
					return true
				}
			}
		}
		return false
	}
	hashes := search.KeysFor(r.typ, c)
	for _, hash := range hashes {
		if r.Values[hash] {
			return true
		}
	}
	if len(hashes) > 0 {
		return false
	}
	return c.Kind != search.Date || c.Modifier != "" || r.within(param, c)
}

func (r rows) within(param int64, c search.Clause) bool {
	for key := range r.Dates {
		for _, v := range c.Any {
			if ends := search.Ends(v); key.Param == param && key.High >= ends[0] && key.High <= ends[1] {
				return true
			}
		}
	}
	return false
}

const (
	keyedObservation = `{"resourceType":"Observation","id":"o","status":"final",
"identifier":[{"system":"urn:n","value":"1|2","type":{"text":"the Number","coding":[{"system":"urn:t","code":"MR"}]}}],
"category":[{"text":"only words"}],"code":{"text":"Pulse rate","coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"},{"code":"bare"}]},
"subject":{"reference":"Patient/p","identifier":{"system":"urn:n","value":"7"}},"encounter":{"reference":"https://x.invalid/fhir/Encounter/e"},
"performer":[{"identifier":{"value":"8"}},{"reference":"Practitioner/1"}],"effectiveDateTime":"2026-03-01",
"valueQuantity":{"value":88,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}`
	keyedPatient = `{"resourceType":"Patient","id":"o","name":[{"family":"de la Cruz-Fernandez of the long and winding road","given":["Ana"]}],
"telecom":[{"system":"phone","value":"020 1"}],"birthDate":"1950-02"}`
)

// TestTheTablesReachWhatMatches asks in many ways for one resource: what matches has a row by which it is come upon.
func TestTheTablesReachWhatMatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, params, values string }{
		{
			"an observation", keyedObservation,
			"identifier code code:text identifier:of-type identifier:text category:text subject patient subject:identifier encounter performer performer:identifier " +
				"performer:Practitioner date value-quantity code-value-quantity combo-code status code:missing category:missing date:missing value-quantity:missing " +
				"code-value-quantity:missing value-concept:missing code:not status:not",
			`urn:n|1\|2 1\|2 urn:n| |bare bare http://loinc.org|8867-4 http://loinc.org| 8867-4 pulse heart only urn:t|MR|1\|2 the p Patient/p 7 urn:n|7 8 |8 ` +
				"https://x.invalid/fhir/Encounter/e 1 Practitioner/1 2026-03-01 lt2027 ne2025 ge2026 88 gt80 8867-4$88 http://loinc.org|8867-4$gt80 final true false",
		},
		{
			"a person", keyedPatient, "name name:exact name:contains family given:exact phone birthdate birthdate:missing address:missing death-date:missing name:missing",
			"de ana Ana winding de+la+cruz-fernandez+of+the+long+and+winding de+la+Cruz-Fernandez+of+the+long+and+winding+road 020+1 1950 le1950-03 gt1940 true false",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, entries := rowsOf(t, tt.body)
			for param := range strings.FieldsSeq(tt.params) {
				matched := false
				for value := range strings.FieldsSeq(tt.values) {
					plan, _, err := search.Parse(r.typ, url.Values{param: {strings.ReplaceAll(value, "+", " ")}}, base, true)
					if err != nil || !plan.Match(fhir.Ref{Type: r.typ, ID: "o"}, time.Unix(0, 0), entries) {
						continue
					}
					matched = true
					if !r.reaches(plan.Where[0]) {
						t.Errorf("%s=%s matches, and has no row", param, value)
					}
				}
				if !matched {
					t.Errorf("%s was never matched", param)
				}
			}
		})
	}
}

// TestFewRowsFindAResource holds the number of rows where it is: they are half of what a create costs.
func TestFewRowsFindAResource(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		most       int
	}{
		{"an observation", keyedObservation, 41},
		{"a person", keyedPatient, 18},
	} {
		r, _ := rowsOf(t, tt.body)
		if n := len(r.Values) + len(r.Texts) + len(r.Dates); n > tt.most {
			t.Errorf("%s has %d rows, more than %d", tt.name, n, tt.most)
		}
	}
}
