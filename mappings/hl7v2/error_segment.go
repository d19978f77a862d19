package hl7v2

import (
	"errors"
	"fmt"
	"strconv"

	"concord/fhir"
)

// Fault is one ERR segment. No text of it may hold patient data.
type Fault struct {
	Location    Path     // ERR-2; zero: the message as a whole
	Code        Code     // ERR-3
	Severity    Severity // ERR-4; empty: Error
	Diagnostic  string   // ERR-7: for whoever looks into logs, such as a request id
	UserMessage string   // ERR-8: what is wrong and what to do
}

// Severity is HL7 table 0516.
type Severity string

// The severities.
const (
	Error       Severity = "E"
	Warning     Severity = "W"
	Information Severity = "I"
	Fatal       Severity = "F"
)

// Code is HL7 table 0357.
type Code int

// The codes that Concord uses.
const (
	SegmentSequence    Code = 100
	RequiredMissing    Code = 101
	DataType           Code = 102
	NotInTable         Code = 103
	TooLong            Code = 104
	OtherFault         Code = 199
	UnsupportedMessage Code = 200
	UnsupportedEvent   Code = 201
	UnsupportedProcess Code = 202
	UnsupportedVersion Code = 203
	UnknownKey         Code = 204
	DuplicateKey       Code = 205
	RecordLocked       Code = 206
	InternalFault      Code = 207
)

var codeTexts = map[Code]string{
	SegmentSequence: "Segment sequence error", RequiredMissing: "Required field missing", DataType: "Data type error",
	NotInTable: "Table value not found", TooLong: "Value too long", OtherFault: "Other HL7 error",
	UnsupportedMessage: "Unsupported message type", UnsupportedEvent: "Unsupported event code",
	UnsupportedProcess: "Unsupported processing id", UnsupportedVersion: "Unsupported version id",
	UnknownKey: "Unknown key identifier", DuplicateKey: "Duplicate key identifier",
	RecordLocked: "Application record locked", InternalFault: "Application internal error",
}

var codeOfKind = map[fhir.Kind]Code{
	fhir.Structure: SegmentSequence, fhir.Required: RequiredMissing, fhir.Value: DataType, fhir.Invalid: DataType,
	fhir.CodeInvalid: NotInTable, fhir.TooLong: TooLong, fhir.NotFound: UnknownKey, fhir.Conflict: DuplicateKey,
	fhir.Throttled: InternalFault, fhir.Transient: InternalFault, fhir.Exception: InternalFault,
}

// How many faults and warnings an acknowledgement tells one by one: whoever reads it mends the first ones first.
const (
	mostFaults   = 20
	mostWarnings = 5
)

// FaultsOf turns an error into what ERR segments say. Issues of a *fhir.Error keep their place where their Expression
// is a Path; of any other error nothing is told but that the fault is ours. diagnostic goes into each ERR-7. Of many
// faults the first are told, and then how many there are.
func FaultsOf(err error, diagnostic string) []Fault {
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		return []Fault{{Code: InternalFault, Diagnostic: diagnostic, UserMessage: "the fault is ours: send the message again later"}}
	}
	issues := e.Issues
	if len(issues) == 0 {
		issues = []fhir.Issue{{Code: e.Kind}}
	}
	told := faultsOf(issues[:min(len(issues), mostFaults)], diagnostic)
	if more := len(issues) - mostFaults; more > 0 {
		told = append(told, Fault{Code: OtherFault, Diagnostic: diagnostic, UserMessage: fmt.Sprintf("and %d more", more)})
	}
	return told
}

// WarningsOf are the ERR segments beside the acceptance of a message: a handful of the issues, and how many more there are.
func WarningsOf(issues []fhir.Issue, more int, diagnostic string) []Fault {
	told := faultsOf(issues[:min(len(issues), mostWarnings)], diagnostic)
	if more += len(issues) - len(told); more > 0 {
		told = append(told, Fault{Code: OtherFault, Diagnostic: diagnostic, UserMessage: fmt.Sprintf("and %d more: the loss report has all", more)})
	}
	for i := range told {
		told[i].Severity = Warning
	}
	return told
}

func faultsOf(issues []fhir.Issue, diagnostic string) []Fault {
	faults := make([]Fault, len(issues))
	for i, issue := range issues {
		f := Fault{Code: OtherFault, Diagnostic: diagnostic, UserMessage: issue.Diagnostics}
		f.Location, _ = ParsePath(issue.Expression) // a FHIRPath is no place of the message: then it is the whole
		if code, ok := codeOfKind[issue.Code]; ok {
			f.Code = code
		}
		if issue.Code == fhir.NotSupported {
			f.Code = unsupported(f.Location)
		}
		if issue.Warning {
			f.Severity = Warning
		}
		faults[i] = f
	}
	return faults
}

// unsupported is the code for a field of MSH whose value is not taken.
func unsupported(where Path) Code {
	if where.Segment != "MSH" {
		return OtherFault
	}
	switch {
	case where.Field == 9 && where.Component == 2:
		return UnsupportedEvent
	case where.Field == 9:
		return UnsupportedMessage
	case where.Field == 11:
		return UnsupportedProcess
	case where.Field == 12:
		return UnsupportedVersion
	default:
		return OtherFault
	}
}

// modern writes ERR as version 2.5 and later have it.
func (f Fault) modern(e *Encoding) []byte {
	out := []byte("ERR")
	out = append(out, e.Field, e.Field)
	out = e.appendLocation(out, f.Location)
	out = e.appendPlain(append(out, e.Field), strconv.Itoa(int(f.Code)), codeTexts[f.Code], "HL70357")
	severity := f.Severity
	if severity == "" {
		severity = Error
	}
	out = e.appendPlain(append(out, e.Field), string(severity))
	out = e.appendPlain(append(out, e.Field, e.Field, e.Field), f.Diagnostic)
	return e.appendPlain(append(out, e.Field), f.UserMessage)
}

// old writes one repetition of ERR-1 (ELD), which is all that versions before 2.5 have.
func (f Fault) old(e *Encoding) []byte {
	out := []byte(f.Location.Segment)
	occurrence := 0
	if f.Location.Segment != "" {
		occurrence = max(f.Location.Occurrence, 1)
	}
	for _, n := range []int{occurrence, f.Location.Field} {
		out = append(out, orByte(e.Component, ' '))
		if n > 0 {
			out = strconv.AppendInt(out, int64(n), 10)
		}
	}
	inside := *e
	inside.Component = e.Subcomponent // the code is a composite within a component
	return inside.appendPlain(append(out, orByte(e.Component, ' ')), strconv.Itoa(int(f.Code)), codeTexts[f.Code], "HL70357")
}

// appendLocation writes an ERL: segment, which of its name, field, repetition, component, sub-component.
func (e *Encoding) appendLocation(out []byte, p Path) []byte {
	if p.Segment == "" {
		return out
	}
	numbers := []int{max(p.Occurrence, 1), p.Field, max(p.Repetition, 1), p.Component, p.Subcomponent}
	if p.Repetition == 0 && p.Component == 0 {
		numbers = numbers[:2]
	}
	out = append(out, p.Segment...)
	for _, n := range numbers {
		if n == 0 {
			break
		}
		out = strconv.AppendInt(append(out, orByte(e.Component, ' ')), int64(n), 10)
	}
	return out
}

// appendPlain writes components of ASCII text of ours; what cannot be escaped becomes a space.
func (e *Encoding) appendPlain(out []byte, components ...string) []byte {
	for i, text := range components {
		if i > 0 {
			out = append(out, orByte(e.Component, ' '))
		}
		plain := *e
		plain.text = charset{name: ascii}
		for _, r := range text {
			next, err := plain.appendText(out, string(r), Path{})
			if err != nil {
				next = append(out, ' ')
			}
			out = next
		}
	}
	return out
}
