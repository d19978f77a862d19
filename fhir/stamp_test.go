package fhir_test

import (
	"testing"
	"time"

	"concord/fhir"
)

func TestStamp(t *testing.T) {
	t.Parallel()
	source, none := "urn:s", ""
	at := time.Date(2024, 2, 3, 5, 6, 7, 8_900_000, time.FixedZone("", 3600))
	tests := []struct {
		name, body string
		source     *string
		want       string
	}{
		{"new id and meta", `{ "resourceType": "Patient", "active": true }`, nil, `{ "resourceType": "Patient","id":"n","meta":{"versionId":"v","lastUpdated":"2024-02-03T04:06:07.008Z"}, "active": true }`},
		{"an id that is replaced", `{"id":"old","resourceType":"Patient"}`, nil, `{"id":"n","meta":{"versionId":"v","lastUpdated":"2024-02-03T04:06:07.008Z"},"resourceType":"Patient"}`},
		{"a meta that is kept", `{"resourceType":"Patient","meta":{"versionId":"1", "profile":["urn:x"],"source":"urn:o"}}`, nil, `{"resourceType":"Patient","id":"n","meta":{"versionId":"v","lastUpdated":"2024-02-03T04:06:07.008Z","profile":["urn:x"],"source":"urn:o"}}`},
		{"a source that is given", `{"resourceType":"Patient","id":"o","meta":{"source":"urn:o"}}`, &source, `{"resourceType":"Patient","id":"n","meta":{"versionId":"v","lastUpdated":"2024-02-03T04:06:07.008Z","source":"urn:s"}}`},
		{"a source that is taken out", `{"resourceType":"Patient","id":"o","meta":{"source":"urn:o"}}`, &none, `{"resourceType":"Patient","id":"n","meta":{"versionId":"v","lastUpdated":"2024-02-03T04:06:07.008Z"}}`},
		{"meta before the type", `{"meta":{"source":"urn:o"},"resourceType":"Patient"}`, nil, `{"meta":{"versionId":"v","lastUpdated":"2024-02-03T04:06:07.008Z","source":"urn:o"},"resourceType":"Patient","id":"n"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := fhir.DecodeJSON([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			got := r.Stamp(fhir.Meta{ID: "n", Version: "v", Updated: at, Source: test.source})
			if string(got.JSON()) != test.want {
				t.Errorf("got\n%s\nwant\n%s", got.JSON(), test.want)
			}
			if got.Ref() != (fhir.Ref{Type: "Patient", ID: "n"}) {
				t.Errorf("the reference is %v", got.Ref())
			}
			if string(r.JSON()) != test.body {
				t.Error("the original was changed")
			}
		})
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"the order of members is nothing", `{"a":1,"b":[1,2]}`, `{ "b":[1, 2], "a":1}`, true},
		{"the order of entries matters", `{"b":[1,2]}`, `{"b":[2,1]}`, false},
		{"precision matters", `{"a":1.0}`, `{"a":1.00}`, false},
		{"escapes are nothing", `{"a":"\u0041"}`, `{"a":"A"}`, true},
		{"a member more", `{"a":1}`, `{"a":1,"b":1}`, false},
		{"a member less", `{"a":1,"b":1}`, `{"a":1}`, false},
		{"a string is no number", `{"a":"1"}`, `{"a":1}`, false},
		{"what the server writes", `{"a":1,"meta":{"versionId":"1","lastUpdated":"x","source":"s","security":[1]}}`, `{"a":1}`, true},
		{"a profile is said by the author", `{"meta":{"versionId":"1","profile":["p"]}}`, `{"meta":{"versionId":"2"}}`, false},
		{"a tag is said by the author", `{"meta":{"tag":[1]}}`, `{"meta":{"tag":[2]}}`, false},
		{"meta elsewhere counts", `{"x":{"meta":{"versionId":"1"}}}`, `{"x":{"meta":{"versionId":"2"}}}`, false},
		{"what is not JSON equals nothing", `{`, `{`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := fhir.Equal([]byte(test.a), []byte(test.b)); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
