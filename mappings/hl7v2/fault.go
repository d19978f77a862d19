package hl7v2

import (
	"fmt"

	"concord/fhir"
)

// at makes an Error about one place of a message.
func at(kind fhir.Kind, where Path, format string, args ...any) *fhir.Error {
	return &fhir.Error{Kind: kind, Issues: []fhir.Issue{{
		Code:        kind,
		Diagnostics: fmt.Sprintf(format, args...),
		Expression:  where.String(),
	}}}
}
