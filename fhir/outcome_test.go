package fhir_test

import (
	"errors"
	"fmt"
	"testing"

	"concord/fhir"
)

func TestOutcomeIsAResource(t *testing.T) {
	t.Parallel()
	faults := []*fhir.Error{
		{Kind: fhir.NotFound},
		{Kind: fhir.Exception, Err: errors.New("not for the caller")},
		fhir.Errorf(fhir.Conflict, "it has changed: read it again"),
		{Kind: fhir.Invalid, Issues: []fhir.Issue{{Code: fhir.Value, Warning: true}, {Code: fhir.Required, Expression: "Patient"}}},
	}
	for _, fault := range faults {
		if _, err := fhir.DecodeJSON(fault.Outcome()); err != nil {
			t.Errorf("%s: %v", fault.Outcome(), err)
		}
	}
}

func ExampleError_Outcome() {
	_, err := fhir.DecodeJSON([]byte("{\"resourceType\":\"Patient\",\n  \"gender\":\"Female\"}"))
	if e, ok := errors.AsType[*fhir.Error](err); ok {
		fmt.Println(string(e.Outcome()))
	}
	// Output: {"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","diagnostics":"codes are case-sensitive: write it as the value set does (line 2, column 3)","expression":["Patient.gender"]}]}
}
