package consent_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
)

// drawGiven is a version of one of a few things of a person, each of which gives something else to the standing.
func drawGiven(t *rapid.T) *consent.Facts {
	f := &consent.Facts{About: []fhir.Ref{ref("Patient/p")}, Links: drawLinks(t), Deleted: rarely(t, "deleted")}
	if rarely(t, "sent") {
		f.Sender = rapid.SampledFrom(who[1:3]).Draw(t, "sender")
	}
	switch rapid.IntRange(0, 3).Draw(t, "gives") {
	case 0:
		f.Ref = rapid.SampledFrom(things).Draw(t, "thing")
	case 1:
		f.Ref = ref(rapid.SampledFrom([]string{"Patient/p", "Patient/q"}).Draw(t, "patient"))
		f.Gives.Patient = &consent.Patient{Ref: f.Ref, AtRisk: rarely(t, "at risk")}
	case 2:
		f.Ref = fhir.Ref{Type: "RelatedPerson", ID: fhir.ID(fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "which")))}
		if f.Gives.Of = []fhir.Ref{ref("Patient/p")}; rarely(t, "of two") {
			f.About, f.Gives.Of = append(f.About, ref("Patient/q")), []fhir.Ref{ref("Patient/q")}
		}
		for _, party := range some(t, who, "ties") {
			f.Gives.Ties = append(f.Gives.Ties, consent.Tie{Kind: consent.TieRelated, Who: consent.Party{Ref: party}, From: f.Ref, Period: drawSpan(t, "tie")})
		}
	default:
		rule := drawRule(t, rapid.IntRange(0, 3).Draw(t, "which"))
		f.Ref, f.Gives.Rule = rule.Ref, &rule
	}
	return f
}

// TestWhatComesTogetherGivesWhatItGivesOneByOne takes the same versions in one Becoming, and each in one of its own.
func TestWhatComesTogetherGivesWhatItGivesOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := (&consent.Standing{Person: "x"}).Started(consent.Tie{Who: consent.Party{Ref: who[1]}, From: things[0], Period: drawSpan(t, "started")})
		if rapid.Bool().Draw(t, "references known") {
			rule := drawRule(t, 9)
			rule.Readings[0].Related = []fhir.Ref{things[0]}
			one = one.With(&consent.Facts{Ref: rule.Ref, Gives: consent.Gives{Rule: &rule}}).WithEdges(nil)
		}
		start := one.Binary()
		first, together := one, consent.Become(one)
		for range rapid.IntRange(1, 12).Draw(t, "versions") {
			f := drawGiven(t)
			one = one.With(f)
			together.Take(f)
			if rarely(t, "asked") && !bytes.Equal(together.Standing().Binary(), one.Binary()) {
				t.Fatalf("together %+v\none by one %+v", together.Standing(), one)
			}
		}
		if s := together.Standing(); !bytes.Equal(s.Binary(), one.Binary()) || s != together.Standing() {
			t.Fatalf("together %+v\none by one %+v", s, one)
		}
		if !bytes.Equal(first.Binary(), start) {
			t.Fatal("the standing that it began with was altered")
		}
	})
}
