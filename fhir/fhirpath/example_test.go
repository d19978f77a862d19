package fhirpath_test

import (
	"fmt"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

func ExampleCompile() {
	plan, err := fhir.DecodeJSON([]byte(`{"resourceType": "CarePlan", "status": "active", "intent": "plan",
		"subject": {"reference": "Patient/7"},
		"activity": [{"detail": {"status": "scheduled"}}, {"detail": {"status": "completed"}}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	open, err := fhirpath.Compile("CarePlan.activity.detail.where(status != 'completed')")
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := open.Evaluate(fhirpath.Env{}, fhirpath.Of(plan))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range found {
		fmt.Println(v.Path(), string(v.JSON()))
	}
	// Output: CarePlan.activity[0].detail {"status": "scheduled"}
}
