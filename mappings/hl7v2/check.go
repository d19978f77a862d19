package hl7v2

import (
	"slices"

	"concord/fhir"
)

// versions are those of HL7 table 0104 that this package was written for.
var versions = []string{"2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"}

// Check finds what keeps a message from being answered for at all: no type, control id, processing id or version, or
// a version that is not read here. Errors have an Issue for each. Parse does not ask for it, since a file may hold
// what nobody has to answer.
func (m *Message) Check() error {
	var issues []fhir.Issue
	for _, required := range []struct {
		field int
		hint  string
	}{
		{9, "MSH-9 is empty: name the message type and event, such as ADT^A01"},
		{10, "MSH-10 is empty: give each message its own control id"},
		{11, "MSH-11 is empty: say P for production, T for training or D for debugging"},
		{12, "MSH-12 is empty: name the version of HL7, such as 2.5.1"},
	} {
		if m.header(required.field).Text() == "" {
			issues = append(issues, fhir.Issue{Code: fhir.Required, Diagnostics: required.hint, Expression: Path{Segment: "MSH", Field: required.field}.String()})
		}
	}
	if version := m.Version(); version != "" && !slices.Contains(versions, version) {
		issues = append(issues, fhir.Issue{
			Code: fhir.NotSupported, Expression: inMSH12.String(),
			Diagnostics: "this version of HL7 v2 is not read here: send 2.3 to 2.8.2",
		})
	}
	if len(issues) == 0 {
		return nil
	}
	return &fhir.Error{Kind: issues[0].Code, Issues: issues}
}

var inMSH12 = Path{Segment: "MSH", Field: 12}
