package rest_test

import (
	"fmt"
	"testing"

	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway"
	"concord/gateway/guard"
)

// BenchmarkPreviewConsent previews a choice of a person with sixty entries, whose practice and hospital look after them.
func BenchmarkPreviewConsent(b *testing.B) {
	h := newHouse(b)
	h.bring(b, object("Patient", "p0", "birthDate", "1980-01-01", "generalPractitioner", list(reference("Organization/practice"))))
	h.bring(b, object("Organization", "hospital", "active", true, "type", kind(care.KindHealth)))
	h.bring(b, hospitalTeam)
	for i := range 60 {
		h.bring(b, observation(fmt.Sprintf("o%d", i), fmt.Sprint(1000+i)))
	}
	scopes, err := smart.Parse("patient/*.cruds")
	if err != nil {
		b.Fatal(err)
	}
	me := fhir.Ref{Type: "Patient", ID: "p0"}
	draft, err := fhir.DecodeJSON([]byte(sharing("", "patient-privacy", "deny", "actor", recipient("Organization/hospital"), "provision", inEmergency("permit"))))
	if err != nil {
		b.Fatal(err)
	}
	r := h.guard.As(guard.Caller{User: me, Patient: me, Scopes: scopes})
	for b.Loop() {
		if _, err := gateway.PreviewConsent(b.Context(), r, gateway.Draft{Patient: me, Consent: draft}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExplainAccess explains one thing of a person with fifty choices: under a millisecond.
func BenchmarkExplainAccess(b *testing.B) {
	h := newHouse(b)
	h.bring(b, object("Patient", "p0", "birthDate", "1980-01-01", "generalPractitioner", list(reference("Organization/practice"))))
	for i := range 50 {
		no := sharing(fmt.Sprintf("s%d", i), "patient-privacy", "permit", "provision", list(map[string]any{
			"type": "deny", "actor": recipient("Organization/practice"), "provision": inEmergency("permit"), "code": list(concept(fmt.Sprint(1000 + i))),
		}))
		h.bring(b, no)
	}
	for i := range 60 {
		h.bring(b, observation(fmt.Sprintf("o%d", i), fmt.Sprint(1000+i)))
	}
	scopes, err := smart.Parse("patient/*.rs")
	if err != nil {
		b.Fatal(err)
	}
	me := fhir.Ref{Type: "Patient", ID: "p0"}
	r := h.guard.As(guard.Caller{User: me, Patient: me, Scopes: scopes})
	q := guard.AccessQuestion{Patient: me, User: fhir.Ref{Type: "Organization", ID: "practice"}, Thing: fhir.Ref{Type: "Observation", ID: "o49"}}
	b.Run("one thing", func(b *testing.B) {
		for b.Loop() {
			if _, err := gateway.ExplainAccess(b.Context(), r, q); err != nil {
				b.Fatal(err)
			}
		}
	})
	q.Thing = fhir.Ref{}
	b.Run("the whole record", func(b *testing.B) {
		for b.Loop() {
			if _, err := gateway.ExplainAccess(b.Context(), r, q); err != nil {
				b.Fatal(err)
			}
		}
	})
}
