package definitions_test

import (
	"errors"
	"testing"

	"concord/fhir"
	"concord/mappings/definitions"
)

func told(err error) string {
	if e, ok := errors.AsType[*fhir.Error](err); ok {
		return string(e.Outcome())
	}
	return err.Error()
}

func TestEveryDefinitionKeepsItsLaws(t *testing.T) {
	t.Parallel()
	for _, name := range definitions.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := definitions.Load(name)
			if err != nil {
				t.Fatal(told(err))
			}
			for seed := range uint64(50) {
				if err := d.Prove(d.Generate(seed)); err != nil {
					t.Fatal(seed, told(err))
				}
			}
		})
	}
}
