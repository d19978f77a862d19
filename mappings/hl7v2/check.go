package hl7v2

import (
	"errors"
	"slices"
	"strings"

	"concord/fhir"
)

// versions are those of HL7 table 0104 that are read. Of 2.2 the segments that definitions read are those of 2.3; in 2.1
// some of their fields stood elsewhere, and nobody can know what a later one will mean.
var versions = []string{"2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"}

// CheckVersion refuses a version that is not read here, and a message that names none: what its fields mean would be a guess.
// Errors are NotSupported.
func (m *Message) CheckVersion() error {
	switch version := m.Version(); {
	case version == "":
		return at(fhir.NotSupported, inMSH12, "MSH-12 is empty: name the version of HL7, one of %s", strings.Join(versions, ", "))
	case !slices.Contains(versions, version):
		return at(fhir.NotSupported, inMSH12, "this version of HL7 v2 is not read here: send one of %s", strings.Join(versions, ", "))
	default:
		return nil
	}
}

// Check finds what keeps a message from being answered for at all: no type, control id or processing id, or a version
// that is not read here. Errors have an Issue for each. Parse does not ask for it, since a file may hold what nobody
// has to answer.
func (m *Message) Check() error {
	var issues []fhir.Issue
	for _, required := range []struct {
		field int
		hint  string
	}{
		{9, "MSH-9 is empty: name the message type and event, such as ADT^A01"},
		{10, "MSH-10 is empty: give each message its own control id"},
		{11, "MSH-11 is empty: say P for production, T for training or D for debugging"},
	} {
		if m.header(required.field).Text() == "" {
			issues = append(issues, fhir.Issue{Code: fhir.Required, Diagnostics: required.hint, Expression: Path{Segment: "MSH", Field: required.field}.String()})
		}
	}
	if told, ok := errors.AsType[*fhir.Error](m.CheckVersion()); ok {
		issues = append(issues, told.Issues...)
	}
	if len(issues) == 0 {
		return nil
	}
	return &fhir.Error{Kind: issues[0].Code, Issues: issues}
}

var inMSH12 = Path{Segment: "MSH", Field: 12}
