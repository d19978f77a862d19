package smart_test

import (
	"fmt"

	"concord/consent/smart"
)

func ExampleParse() {
	scopes, err := smart.Parse("openid launch/patient patient/CarePlan.read patient/Observation.rs?category=vital-signs")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scopes.Canonical())
	fmt.Println(scopes.Allows("CarePlan", smart.Search), scopes.Allows("CarePlan", smart.Update))
	fmt.Println(scopes.Allows("Observation", smart.Read), scopes.Unconstrained("Observation", smart.Read))
	// Output:
	// patient/CarePlan.rs patient/Observation.rs?category=vital-signs
	// true false
	// true false
}
