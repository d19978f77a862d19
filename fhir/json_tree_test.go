package fhir_test

import (
	"errors"
	"strings"
	"testing"

	"concord/fhir"
)

func TestABundleOfTheDeepestResourceCanBeWalked(t *testing.T) {
	t.Parallel()
	nested := func(depth int) string { // objects and arrays within each other
		return strings.Repeat(`{"a":[`, depth/2) + strings.Repeat(`]}`, depth/2)
	}
	deepest := nested(fhir.MaxDepth)
	if _, err := fhir.Stored([]byte(deepest)); err != nil {
		t.Fatal(err)
	}
	n, err := fhir.Walk([]byte(`{"entry":[{"resource":` + deepest + `}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(n.At("entry", "resource").Bytes()); got != deepest {
		t.Errorf("resource %s", got)
	}
	for name, read := range map[string]func([]byte) error{
		"a resource": func(data []byte) error { _, err := fhir.Stored(data); return err },
		"a Bundle":   func(data []byte) error { _, err := fhir.Walk(data); return err },
	} {
		var e *fhir.Error
		if err := read([]byte(nested(2 * fhir.MaxDepth))); !errors.As(err, &e) || e.Kind != fhir.TooLong {
			t.Errorf("%s twice as deep: %v", name, err)
		}
	}
}
