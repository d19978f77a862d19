package fhir_test

import (
	"testing"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"

	"concord/fhir"
)

const plan = `{"resourceType":"CarePlan","id":"p1","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">A plan</div>"},` +
	`"status":"active","intent":"plan","category":[{"coding":[{"system":"http://snomed.info/sct","code":"734163000","display":"Care plan"}]}],` +
	`"title":"My plan","subject":{"reference":"Patient/7","display":"A person"},"period":{"start":"2024-01-05","end":"2024-12-31"},` +
	`"created":"2024-01-05T09:30:00+00:00","author":{"reference":"Practitioner/4"},"careTeam":[{"reference":"CareTeam/2"}],` +
	`"addresses":[{"reference":"Condition/1"},{"reference":"Condition/2"},{"reference":"Condition/3"}],` +
	`"goal":[{"reference":"Goal/1"},{"reference":"Goal/2"}],` +
	`"activity":[{"reference":{"reference":"ServiceRequest/1"}},{"reference":{"reference":"Task/2"}},` +
	`{"detail":{"status":"scheduled","code":{"text":"Walk to the shop"},"scheduledTiming":{"repeat":{"frequency":3,"period":1,"periodUnit":"wk"}},"performer":[{"reference":"Patient/7"}]}}],` +
	`"note":[{"text":"Prefers mornings","time":"2024-01-05T09:30:00Z"}]}`

// BenchmarkDecodeJSON is to be read beside BenchmarkGoogleFHIR, its floor.
func BenchmarkDecodeJSON(b *testing.B) {
	b.SetBytes(int64(len(plan)))
	for b.Loop() {
		if _, err := fhir.DecodeJSON([]byte(plan)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGoogleFHIR(b *testing.B) {
	u, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(plan)))
	for b.Loop() {
		if _, err := u.Unmarshal([]byte(plan)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	for b.Loop() {
		if _, err := fhir.Walk([]byte(plan)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCuts(b *testing.B) {
	for b.Loop() {
		r, err := fhir.Stored([]byte(plan))
		if err != nil {
			b.Fatal(err)
		}
		r.Cuts()
	}
}

func BenchmarkLeave(b *testing.B) {
	r, err := fhir.Stored([]byte(plan))
	if err != nil {
		b.Fatal(err)
	}
	cuts := r.Cuts()
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := fhir.Leave(r.JSON(), cuts, func(i int) bool { return cuts[i].Target.Type == "Condition" }); !ok {
			b.Fatal("the plan is hidden")
		}
	}
}
