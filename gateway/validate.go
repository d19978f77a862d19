package gateway

import (
	"errors"

	"concord/fhir"
)

// Validate is the operation $validate (FHIR R4, resource-operation-validate.html), as far as structure goes: it says
// every fault of a resource as an OperationOutcome, which says that there are none by one issue that is no error.
// want is the type, and the id when the resource is to update that one. It looks at nothing that is stored.
func Validate(body []byte, want fhir.Ref) []byte {
	r, err := fhir.DecodeJSON(body)
	var told *fhir.Error
	switch {
	case errors.As(err, &told):
		return told.Outcome()
	case r.Type() != want.Type:
		told = fhir.Errorf(fhir.Invalid, "the resource is not of the type in the address")
	case want.ID != "" && r.Ref().ID != want.ID:
		told = fhir.Errorf(fhir.Invalid, "the id of the resource is not that in the address")
	default:
		return []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"no fault was found in the structure; profiles were not looked at"}]}`)
	}
	return told.Outcome()
}
