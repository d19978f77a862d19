package fhir_test

import (
	"errors"
	"testing"

	"concord/fhir"
)

func TestParametersHoldResourcesThatAreCheckedToo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, fault string }{
		{"a resource", `{"resourceType":"Parameters","parameter":[{"name":"r","resource":{"resourceType":"Patient","id":"x"}}]}`, ""},
		{"one in a part", `{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"r","resource":{"resourceType":"Patient"}}]}]}`, ""},
		{
			"Parameters in Parameters",
			`{"resourceType":"Parameters","parameter":[{"name":"p","resource":{"resourceType":"Parameters","parameter":[{"name":"r","resource":{"resourceType":"Patient"}}]}}]}`, "",
		},
		{
			"a fault in the resource",
			`{"resourceType":"Parameters","parameter":[{"name":"ok","valueBoolean":true},{"name":"r","resource":{"resourceType":"Patient","birthDate":"1980-13-01"}}]}`,
			"Parameters.parameter[1].resource.birthDate",
		},
		{
			"a fault in one that is deeper",
			`{"resourceType":"Parameters","parameter":[{"name":"p","resource":{"resourceType":"Parameters","parameter":[{"name":"r","resource":{"resourceType":"Patient","birthDate":"x"}}]}}]}`,
			"Parameters.parameter[0].resource.parameter[0].resource.birthDate",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := fhir.DecodeJSON([]byte(tt.body))
			if (err == nil) != (tt.fault == "") {
				t.Fatalf("got %v, want a fault at %q", err, tt.fault)
			}
			var refused *fhir.Error
			if errors.As(err, &refused) && refused.Issues[0].Expression != tt.fault {
				t.Errorf("the fault is at %s, want %s", refused.Issues[0].Expression, tt.fault)
			}
		})
	}
}
