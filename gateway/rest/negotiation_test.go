package rest

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestFormOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		query  string
		accept []string
		want   form
		ok     bool
	}{
		{"nothing is said", "", nil, form{}, true},
		{"anything", "", []string{"*/*"}, form{}, true},
		{"a browser", "", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, form{xml: true}, true},
		{"xml first, JSON also", "", []string{"application/fhir+xml, application/fhir+json;q=0.5"}, form{xml: true}, true},
		{"JSON weighs more", "", []string{"application/fhir+xml;q=0.5, application/fhir+json;q=0.9"}, form{}, true},
		{"both alike, the first counts", "", []string{"application/fhir+json, application/fhir+xml"}, form{}, true},
		{"JSON, on a second line", "", []string{"text/html", "application/json"}, form{}, true},
		{"JSON of R4", "", []string{"application/fhir+json; fhirVersion=4.0"}, form{}, true},
		{"JSON of R5", "", []string{"application/fhir+json; fhirVersion=5.0"}, form{}, false},
		{"JSON at no weight", "", []string{"application/fhir+json;q=0.0"}, form{}, false},
		{"JSON at a small weight", "", []string{"application/fhir+json;q=0.01"}, form{}, true},
		{"a weight that is no number", "", []string{"application/fhir+json;q=NaN"}, form{}, false},
		{"html only", "", []string{"text/html"}, form{}, false},
		{"nonsense", "", []string{";;,"}, form{}, false},
		{"_format over Accept", "_format=json", []string{"application/fhir+xml"}, form{}, true},
		{"_format with a plus that was not escaped", "_format=application/fhir+xml", nil, form{xml: true}, true},
		{"_format=xml over Accept", "_format=xml", []string{"application/fhir+json"}, form{xml: true}, true},
		{"_format=html", "_format=html", []string{"*/*"}, form{}, false},
		{"pretty", "_pretty=true", nil, form{pretty: true}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := formOf(query, test.accept); ok != test.ok || ok && got != test.want {
				t.Errorf("got %+v %v", got, ok)
			}
		})
	}
}

func TestPreference(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		headers []string
		want    preference
	}{
		{"nothing is said", nil, preference{}},
		{"both in one header", []string{"return=minimal; handling=strict"}, preference{"minimal", true}},
		{"both in two headers", []string{"return=OperationOutcome", "handling=strict"}, preference{"OperationOutcome", true}},
		{"in quotes and capitals", []string{`Return="minimal", HANDLING=strict`}, preference{"minimal", true}},
		{"lenient", []string{"handling=lenient"}, preference{}},
		{"unknown words", []string{"respond-async, return=everything, ==, ;"}, preference{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := preferenceOf(test.headers); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	modified := time.Date(2026, 3, 1, 9, 0, 0, 700e6, time.UTC)
	const past, same = "Sun, 01 Mar 2026 08:59:59 GMT", "Sun, 01 Mar 2026 09:00:00 GMT"
	tests := []struct {
		name        string
		match, date string
		want        bool
	}{
		{"nothing is asked", "", "", false},
		{"the same version", `W/"7"`, "", true},
		{"the same version, strongly", `"7"`, "", true},
		{"one of several", `W/"6", W/"7"`, "", true},
		{"any", "*", "", true},
		{"another version", `W/"6"`, "", false},
		{"another version, though the time matches", `W/"6"`, same, false},
		{"the same second", "", same, true},
		{"an earlier second", "", past, false},
		{"a date that is none", "", "yesterday", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			if test.match != "" {
				h.Set("If-None-Match", test.match)
			}
			if test.date != "" {
				h.Set("If-Modified-Since", test.date)
			}
			if got := unchanged(h, `W/"7"`, modified); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
