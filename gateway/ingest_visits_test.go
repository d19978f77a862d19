package gateway_test

import (
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// TestOneVisitEndsNoOther lets several relationships of one organisation run beside each other: each lasts as long as what
// opened it.
func TestOneVisitEndsNoOther(t *testing.T) {
	t.Parallel()
	in, out := func(visit string) string { return strings.Replace(row, "v1", visit, 1) }, func(visit string) string {
		return strings.NewReplacer("v1", visit, ",in,", ",out,").Replace(row)
	}
	const day = 24 * time.Hour
	tests := []struct {
		name string
		does func(w *ward)
		want map[time.Duration]bool // whether the record is open so long after
	}{
		{
			"care that is started during a visit does not cut it short",
			func(w *ward) { w.send(w.system("hospital"), in("v1")); w.startCare("hospital") },
			map[time.Duration]bool{30 * day: true},
		},
		{
			"nor does a short visit cut short the care that was started before",
			func(w *ward) { w.startCare("hospital"); w.send(w.system("hospital"), in("v1"), out("v1")) },
			map[time.Duration]bool{71 * time.Hour: true, 73 * time.Hour: false},
		},
		{
			"the first of two visits ends and the second goes on",
			func(w *ward) { w.send(w.system("hospital"), in("v1"), in("v2"), out("v1")) },
			map[time.Duration]bool{30 * day: true},
		},
		{
			"the second of two visits ends and the first goes on",
			func(w *ward) { w.send(w.system("hospital"), in("v1"), in("v2"), out("v2")) },
			map[time.Duration]bool{30 * day: true},
		},
		{
			"both end",
			func(w *ward) { w.send(w.system("hospital"), in("v1"), in("v2"), out("v2"), out("v1")) },
			map[time.Duration]bool{23 * time.Hour: true, 25 * time.Hour: false},
		},
		{
			"a visit of one organisation opens nothing for another",
			func(w *ward) { w.send(w.system("practice"), in("v1")) },
			map[time.Duration]bool{time.Hour: false},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for after, want := range test.want {
				w := newWard(t)
				w.bring(`{"resourceType":"Patient","id":"known","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"birthDate":"1980-02-03","generalPractitioner":[{"display":"another"}]}`)
				w.bring(`{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/known"},"code":{"text":"asthma"}}`)
				test.does(w)
				w.clock.Add(after.Milliseconds())
				seen := strings.Contains(read(t.Context(), w.guard.As(w.clinician("hospital")), fhir.Ref{Type: "Condition", ID: "c1"}), "asthma")
				if seen != want {
					t.Errorf("%v later the record is open: %v", after, seen)
				}
			}
		})
	}
}

func (w *ward) startCare(org string) {
	w.Helper()
	if _, err := w.guard.As(w.clinician(org)).StartCare(w.Context(), guard.StartCare{
		Identifier: consent.Code{System: "https://fhir.nhs.uk/Id/nhs-number", Code: "9990000018"}, Birth: "1980-02-03",
		Reason: consent.Code{Code: "EMER"},
	}); err != nil {
		w.Fatal(err)
	}
}
