package mappings_test

import (
	"testing"

	"concord/mappings"
)

// BenchmarkToFHIR maps a record of about a hundred fields to FHIR JSON, with what is kept.
func BenchmarkToFHIR(b *testing.B) {
	d := load(b, everyCodec)
	var t *mappings.Tree
	for seed := range uint64(200) {
		if made := d.Generate(seed); t == nil || made.Len() > t.Len() && made.Len() <= 100 {
			t = made
		}
	}
	for b.Loop() {
		result, err := d.ToFHIR(t, mappings.Context{})
		if err != nil {
			b.Fatal(err)
		}
		result.Kept()
	}
	b.ReportMetric(float64(t.Len()), "nodes")
}

// BenchmarkLoad reads, compiles and proves a definition.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b, everyCodec)
	}
}
