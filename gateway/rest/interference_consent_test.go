package rest_test

import (
	"math/rand/v2"
	"strconv"

	"concord/fhir"
)

// The ways to ask about choices and access that the twin-store test tries.

// explanations ask who may see a thing, whoever asks and whether or not it is there.
func explanations(ref fhir.Ref, rng *rand.Rand) []question {
	patient := "Patient/p" + strconv.Itoa(rng.IntN(4))
	if ref.Type == "Patient" {
		patient = ref.String()
	}
	users := []string{"self", "Organization/hospital", "Practitioner/dr-practice&organization=Organization/practice", "RelatedPerson/carer0", "RelatedPerson/nobody"}
	about := func() string {
		return "http://twin/fhir/" + patient + "/$explain-access?user=" + users[rng.IntN(len(users))]
	}
	q := []question{{method: "GET", url: about() + "&thing=" + ref.String()}}
	if ref.Type == "Patient" {
		q = append(q, question{method: "GET", url: about()}, question{method: "GET", url: about()})
	}
	return q
}

// drafts ask what a choice would change, and whether the glass may be broken.
func drafts(rng *rand.Rand) []question {
	var q []question
	for range 12 {
		n := strconv.Itoa(rng.IntN(4))
		id := ""
		if rng.IntN(3) == 0 {
			id = "s" + n + "-" + strconv.Itoa(rng.IntN(3))
		}
		q = append(q, question{method: "POST", url: "http://twin/fhir/Patient/p" + n + "/$preview-consent", body: draftOf(generatedDraft(rng, id, n))})
	}
	// To break the glass of the others would rightly show what was hidden before.
	return append(q, question{method: "POST", url: "http://twin/fhir/Patient/$break-glass", body: byNumber(3)},
		question{method: "POST", url: "http://twin/fhir/Patient/nobody/$break-glass", body: demand()})
}
