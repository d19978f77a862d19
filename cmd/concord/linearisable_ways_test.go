package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// way is one way to read.
type way struct {
	name, path string
	asked      seen
	through    seen // nothing is shown at all without these
}

// questions are all the ways in which a family is read.
func (k kin) questions() []way {
	of := "?patient=Patient/" + k.person()
	var every []way
	for thing := range things {
		asked := those(thing)
		if thing == thePlan {
			asked |= those(theMention)
		}
		every = append(every, way{"read " + thingTypes[thing], k.ref(thing), asked, 0},
			way{"history of " + thingTypes[thing], k.ref(thing) + "/_history", asked, 0},
			way{"search for " + thingTypes[thing], thingTypes[thing] + "?_id=" + k.id(thing), asked, 0})
	}
	whole := those(thePerson, theGoal, theFinding, thePlan, theMeeting, theMention)
	return append(every,
		way{"search with include", "CarePlan" + of + "&_include=CarePlan:goal&_include=CarePlan:condition", those(thePlan, theMention, theGoal, theFinding), those(thePlan)},
		way{"search with reverse include", "Patient?_id=" + k.person() + "&_revinclude=Goal:patient&_revinclude=Condition:patient", those(thePerson, theGoal, theFinding), those(thePerson)},
		way{"whole person", k.ref(thePerson) + "/$whole-person", whole, 0},
		way{"whole person", k.ref(thePerson) + "/$whole-person", whole, 0}, // twice as often as the others
		way{"everything", k.ref(thePerson) + "/$everything", whole, those(thePerson)},
	)
}

// shownResource is one resource of an answer.
type shownResource struct {
	ResourceType string
	ID           string
	Goal         []struct{ Reference string }
	Entry        []struct{ Resource json.RawMessage }
}

// sawIn reads what an answer shows of a family. Bundles are looked into.
func (k kin) sawIn(status int, body []byte) (seen, error) {
	if status == http.StatusNotFound {
		return 0, nil
	}
	var r shownResource
	if err := json.Unmarshal(body, &r); err != nil {
		return 0, err
	}
	var s seen
	if r.ResourceType == "Bundle" {
		for _, e := range r.Entry {
			more, err := k.sawIn(http.StatusOK, e.Resource)
			if err != nil {
				return 0, err
			}
			s |= more
		}
		return s, nil
	}
	for thing := range things {
		if r.ResourceType == thingTypes[thing] && r.ID == k.id(thing) {
			s |= those(thing)
		}
	}
	for _, goal := range r.Goal {
		if r.ResourceType == "CarePlan" && strings.HasSuffix(goal.Reference, k.ref(theGoal)) {
			s |= those(theMention)
		}
	}
	return s, nil
}

func decodeInto(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
