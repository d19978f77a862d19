package fhir_test

import (
	"os"
	"path/filepath"
	"testing"

	"concord/fhir"
)

// examples gives the official R4 examples, which are not part of the project.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	names, err := filepath.Glob(filepath.Join(shared, "fhir-r4", "examples", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("the official examples are not beside the repository: set CONCORD_SHARED to their folder")
	}
	all := make(map[string][]byte, len(names))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = data
	}
	return all
}

// faulty are the official examples that do not follow the specification, with the elements at fault.
var faulty = map[string]string{
	"DeviceMetric-example.json":        "parent refers to a Device, and may only to a component",
	"DeviceUseStatement-example.json":  "reasonReference refers to a type that it may not",
	"MedicationRequest-medrx0301.json": "dispenseRequest.performer refers to a Practitioner, and may only to an Organization",
	"Observation-clinical-gender.json": "performer refers to a type that it may not",
	"Questionnaire-qs1.json":           "items lack linkId",
}

func TestOfficialExamplesAreAccepted(t *testing.T) {
	t.Parallel()
	for name, data := range examples(t) {
		r, err := fhir.DecodeJSON(data)
		if why, ok := faulty[name]; ok != (err != nil) {
			t.Errorf("%s: got error %v; known fault: %q", name, err, why)
		}
		if err != nil {
			continue
		}
		id := string(r.Ref().ID)
		stamped := r.Stamp(fhir.Meta{ID: "stamped", Version: "v"})
		if stamped.Ref().ID != "stamped" || !fhir.Equal(stamped.Stamp(fhir.Meta{ID: fhir.ID(id)}).JSON(), r.JSON()) {
			t.Errorf("%s: stamping changes more than the stamp", name)
		}
		for _, out := range []func(int) bool{func(int) bool { return true }, func(i int) bool { return i%2 == 0 }} {
			kept, ok := fhir.Leave(data, r.Cuts(), out)
			if !ok {
				continue
			}
			if _, err := fhir.DecodeJSON(kept); err != nil {
				t.Errorf("%s: what is left is refused: %v", name, err)
			}
		}
	}
}
