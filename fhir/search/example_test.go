package search_test

import (
	"fmt"
	"net/url"
	"time"

	"concord/fhir"
	"concord/fhir/search"
)

func ExampleParse() {
	query := url.Values{"status": {"active,on-hold"}, "patient": {"7"}, "color": {"red"}}
	plan, warnings, err := search.Parse("CarePlan", query, "https://concord.example/fhir", false)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Self)
	fmt.Println(warnings[0].Diagnostics)

	r, err := fhir.Stored([]byte(`{"resourceType":"CarePlan","id":"1","status":"active","intent":"plan","subject":{"reference":"Patient/7"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Match(r.Ref(), time.Time{}, search.Extract(r)))
	// Output:
	// patient=Patient%2F7&status=active%2Con-hold
	// the search parameter "color" is not offered for CarePlan and was not used
	// true
}
