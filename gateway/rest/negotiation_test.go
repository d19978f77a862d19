package rest

import (
	"net/http"
	"testing"
	"time"
)

func TestAcceptable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		format []string
		accept []string
		want   bool
	}{
		{"nothing is said", nil, nil, true},
		{"anything", nil, []string{"*/*"}, true},
		{"a browser", nil, []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, true},
		{"xml first, JSON also", nil, []string{"application/fhir+xml, application/fhir+json;q=0.5"}, true},
		{"JSON, on a second line", nil, []string{"application/fhir+xml", "application/json"}, true},
		{"JSON of R4", nil, []string{"application/fhir+json; fhirVersion=4.0"}, true},
		{"JSON of R5", nil, []string{"application/fhir+json; fhirVersion=5.0"}, false},
		{"JSON at no weight", nil, []string{"application/fhir+json;q=0.0"}, false},
		{"JSON at a small weight", nil, []string{"application/fhir+json;q=0.01"}, true},
		{"xml only", nil, []string{"application/fhir+xml"}, false},
		{"nonsense", nil, []string{";;,"}, false},
		{"_format over Accept", []string{"json"}, []string{"application/fhir+xml"}, true},
		{"_format with a plus that was not escaped", []string{"application/fhir json"}, nil, true},
		{"_format=xml over Accept", []string{"xml"}, []string{"*/*"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := acceptable(test.format, test.accept); got != test.want {
				t.Errorf("got %v", got)
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
		{"nothing is said", nil, preference{body: "representation"}},
		{"both in one header", []string{"return=minimal; handling=strict"}, preference{"minimal", true}},
		{"both in two headers", []string{"return=OperationOutcome", "handling=strict"}, preference{"OperationOutcome", true}},
		{"in quotes and capitals", []string{`Return="minimal", HANDLING=strict`}, preference{"minimal", true}},
		{"lenient", []string{"handling=lenient"}, preference{"representation", false}},
		{"unknown words", []string{"respond-async, return=everything, ==, ;"}, preference{"representation", false}},
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
