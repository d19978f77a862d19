package rest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"concord/fhir"
	"concord/gateway/rest"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"no error", nil, 200},
		{"invalid content", fhir.Errorf(fhir.Invalid, "x"), 400},
		{"no resource", fhir.Errorf(fhir.Structure, "x"), 400},
		{"something missing", fhir.Errorf(fhir.Required, "x"), 400},
		{"a wrong value", fhir.Errorf(fhir.Value, "x"), 400},
		{"a parameter that is not supported", fhir.Errorf(fhir.NotSupported, "x"), 400},
		{"no token", fhir.Errorf(fhir.Login, "x"), 401},
		{"no scope", fhir.Errorf(fhir.Forbidden, "x"), 403},
		{"absent", fhir.Errorf(fhir.NotFound, "x"), 404},
		{"absent, wrapped", fmt.Errorf("read: %w", fhir.Errorf(fhir.NotFound, "x")), 404},
		{"a conflict", fhir.Errorf(fhir.Conflict, "x"), 409},
		{"deleted", fhir.Errorf(fhir.Deleted, "x"), 410},
		{"too long", fhir.Errorf(fhir.TooLong, "x"), 413},
		{"too costly", fhir.Errorf(fhir.TooCostly, "x"), 400},
		{"a rule of the exchange", fhir.Errorf(fhir.BusinessRule, "x"), 422},
		{"too much", fhir.Errorf(fhir.Throttled, "x"), 429},
		{"a fault of ours", errors.New("disk"), 500},
		{"a fault of ours, said so", fhir.Errorf(fhir.Exception, "x"), 500},
		{"a kind nobody knows", fhir.Errorf("odd", "x"), 500},
		{"something does not answer", fhir.Errorf(fhir.Transient, "x"), 503},
		{"the time is up", fmt.Errorf("read: %w", context.DeadlineExceeded), 503},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := rest.Status(test.err); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
