package hl7v2_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings/hl7v2"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAcknowledgementsAreAddressedBack(t *testing.T) {
	t.Parallel()
	fault := hl7v2.Fault{
		Location:   hl7v2.Path{Segment: "PID", Field: 3, Repetition: 2, Component: 4},
		Code:       hl7v2.NotInTable,
		Diagnostic: "request r1", UserMessage: "the authority is not known: name NHS | or another",
	}
	for _, c := range []struct {
		name, message, want string
		code                hl7v2.AckCode
		faults              []hl7v2.Fault
	}{
		{
			"accepted", admit,
			"MSH|^~\\&|HUB|REGION|WARD|NORTH|20260301120000+0000||ACK^A01^ACK|A1|P|2.5.1||||||UNICODE UTF-8\rMSA|AA|M1\r",
			hl7v2.ApplicationAccept, nil,
		},
		{
			"refused", admit,
			"MSH|^~\\&|HUB|REGION|WARD|NORTH|20260301120000+0000||ACK^A01^ACK|A1|P|2.5.1||||||UNICODE UTF-8\rMSA|AE|M1\r" +
				"ERR||PID^1^3^2^4|103^Table value not found^HL70357|E|||request r1|the authority is not known: name NHS \\F\\ or another\r",
			hl7v2.ApplicationError,
			[]hl7v2.Fault{fault},
		},
		{
			"refused in an old version", "MSH|^~\\&|W|N|H|R|||ADT^A08|M\\T\\2|P|2.3\r",
			"MSH|^~\\&|H|R|W|N|20260301120000+0000||ACK^A08|A1|P|2.3\rMSA|AE|M\\T\\2|the authority is not known: name NHS \\F\\ or another\r" +
				"ERR|PID^1^3^103&Table value not found&HL70357~^^^207&Application internal error&HL70357\r",
			hl7v2.ApplicationError,
			[]hl7v2.Fault{fault, {Code: hl7v2.InternalFault}},
		},
		{
			"accepted with warnings", admit,
			"MSH|^~\\&|HUB|REGION|WARD|NORTH|20260301120000+0000||ACK^A01^ACK|A1|P|2.5.1||||||UNICODE UTF-8\rMSA|AA|M1\r" +
				"ERR||PID^1^3^2^4|103^Table value not found^HL70357|W|||r1|choose one\rERR|||199^Other HL7 error^HL70357|W|||r1|and 3 more: the loss report has all\r",
			hl7v2.ApplicationAccept,
			hl7v2.WarningsOf([]fhir.Issue{{Code: fhir.CodeInvalid, Expression: "PID-3(2).4", Diagnostics: "choose one"}}, 3, "r1"),
		},
		{
			"accepted with warnings, in an old version", "MSH|^~\\&|W|N|H|R|||ADT^A08|M2|P|2.4\r",
			"MSH|^~\\&|H|R|W|N|20260301120000+0000||ACK^A08|A1|P|2.4\rMSA|AA|M2|warning: PID-3 choose one (and 1 more)\r",
			hl7v2.ApplicationAccept,
			hl7v2.WarningsOf([]fhir.Issue{{Code: fhir.CodeInvalid, Expression: "PID-3", Diagnostics: "choose one"}}, 3, "r1"),
		},
		{
			"of other encoding characters", "MSH$%*?!$W$$H$$$$ADT%A08$M1$P$2.6\r",
			"MSH$%*?!$H$$W$$20260301120000+0000$$ACK%A08$A1$P$2.6\rMSA$AR$M1\rERR$$PID%1%3%2%4$103%Table value not found%HL70357$E$$$request r1$the authority is not known: name NHS | or another\r",
			hl7v2.ApplicationReject,
			[]hl7v2.Fault{fault},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ack := hl7v2.Ack(parse(t, c.message), hl7v2.Acknowledgement{Code: c.code, Faults: c.faults, ControlID: "A1", At: noon})
			if diff := cmp.Diff(strings.Split(c.want, "\r"), strings.Split(string(ack.Bytes()), "\r")); diff != "" {
				t.Error(diff)
			}
			a, ok := hl7v2.AnswerOf(parse(t, string(ack.Bytes())))
			told := c.faults
			if strings.Contains(c.name, "warnings, in an old version") {
				told = nil // they stand in MSA-3 alone
			}
			if !ok || a.Code != c.code || len(a.Faults) != len(told) {
				t.Errorf("it is read as %+v, %t", a, ok)
			}
			if len(told) > 0 && (a.Faults[0].Code != fault.Code || a.Faults[0].Location.Field != 3) {
				t.Errorf("the fault is read as %+v", a.Faults[0])
			}
		})
	}
}

func TestWhatCannotBeReadIsStillAnswered(t *testing.T) {
	t.Parallel()
	ack := parse(t, string(hl7v2.Ack(nil, hl7v2.Acknowledgement{Code: hl7v2.ApplicationReject, ControlID: "A1", At: noon}).Bytes()))
	if a, ok := hl7v2.AnswerOf(ack); !ok || a.Code != hl7v2.ApplicationReject || a.To != "" {
		t.Errorf("got %+v, %t", a, ok)
	}
	if _, ok := hl7v2.AnswerOf(parse(t, admit)); ok {
		t.Error("a message that answers nothing is read as an answer")
	}
}

func TestAcknowledgementsAreThoseThatWereAskedFor(t *testing.T) {
	t.Parallel()
	const yes, no = hl7v2.ApplicationAccept, hl7v2.ApplicationError
	for _, c := range []struct {
		accept, application string
		outcome             hl7v2.AckCode
		kept                bool
		want                string
	}{
		{"", "", yes, true, "AA"},
		{"", "", no, true, "AE"},
		{"AL", "NE", yes, true, "CA"},
		{"AL", "", no, true, "CA"},
		{"AL", "NE", no, false, "CE"},
		{"AL", "NE", hl7v2.ApplicationReject, false, "CR"},
		{"AL", "AL", yes, true, "CA AA"},
		{"AL", "AL", no, true, "CA AE"},
		{"AL", "AL", no, false, "CE"},
		{"NE", "AL", yes, true, "AA"},
		{"NE", "AL", no, false, "AE"},
		{"ER", "ER", yes, true, ""},
		{"ER", "ER", no, true, "AE"},
		{"ER", "ER", no, false, "CE"},
		{"SU", "SU", yes, true, "CA AA"},
		{"SU", "SU", no, false, ""},
		{"NE", "NE", yes, true, ""},
	} {
		m := parse(t, "MSH|^~\\&|||||||||||||"+c.accept+"|"+c.application+"\r")
		var got []string
		for _, code := range m.AckCodes(c.outcome, c.kept) {
			got = append(got, string(code))
		}
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("MSH-15 %q, MSH-16 %q, %s, kept %t: got %v, want %s", c.accept, c.application, c.outcome, c.kept, got, c.want)
		}
	}
}

func TestOfManyFaultsTheFirstAreTold(t *testing.T) {
	t.Parallel()
	many := &fhir.Error{Kind: fhir.Value}
	for range 100 {
		many.Issues = append(many.Issues, fhir.Issue{Code: fhir.Value, Diagnostics: "do this"})
	}
	if got := hl7v2.FaultsOf(many, "r1"); len(got) != 21 || got[20].UserMessage != "and 80 more" {
		t.Errorf("%d faults: %+v", len(got), got[len(got)-1])
	}
	if got := hl7v2.WarningsOf(many.Issues, 7, "r1"); len(got) != 6 || got[5].UserMessage != "and 102 more: the loss report has all" || got[0].Severity != hl7v2.Warning {
		t.Errorf("%d warnings: %+v", len(got), got[len(got)-1])
	}
}

func TestErrorsBecomeFaultsWithTheirPlace(t *testing.T) {
	t.Parallel()
	issue := func(kind fhir.Kind, where string) error {
		return &fhir.Error{Kind: kind, Issues: []fhir.Issue{{Code: kind, Expression: where, Diagnostics: "do this"}}}
	}
	for _, c := range []struct {
		err   error
		code  hl7v2.Code
		where string
	}{
		{issue(fhir.Required, "PID-3(2).1"), hl7v2.RequiredMissing, "PID-3(2).1"},
		{issue(fhir.Value, "PID-7"), hl7v2.DataType, "PID-7"},
		{issue(fhir.Value, "Patient.birthDate"), hl7v2.DataType, ""},
		{issue(fhir.NotSupported, "MSH-12"), hl7v2.UnsupportedVersion, "MSH-12"},
		{issue(fhir.NotSupported, "MSH-9.2"), hl7v2.UnsupportedEvent, "MSH-9.2"},
		{issue(fhir.NotSupported, "MSH-9"), hl7v2.UnsupportedMessage, "MSH-9"},
		{issue(fhir.NotSupported, "MSH-11"), hl7v2.UnsupportedProcess, "MSH-11"},
		{issue(fhir.Transient, ""), hl7v2.InternalFault, ""},
		{issue(fhir.BusinessRule, ""), hl7v2.OtherFault, ""},
		{issue(fhir.CodeInvalid, "PV1-2"), hl7v2.NotInTable, "PV1-2"},
		{errors.New("table 'patient': secret"), hl7v2.InternalFault, ""},
	} {
		got := hl7v2.FaultsOf(c.err, "r1")
		if len(got) != 1 || got[0].Code != c.code || got[0].Location.String() != c.where || got[0].Diagnostic != "r1" {
			t.Errorf("%v becomes %+v", c.err, got)
		}
		if strings.Contains(got[0].UserMessage, "secret") {
			t.Error("the cause of a fault of ours is told")
		}
	}
}
