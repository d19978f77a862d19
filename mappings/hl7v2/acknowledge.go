package hl7v2

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// AckCode is HL7 table 0008, the first field of MSA.
type AckCode string

// The codes. Those that begin with A say what became of the content, those that begin with C, of enhanced mode alone,
// whether the message is kept safe (HL7 v2.5.1, 2.9).
const (
	ApplicationAccept AckCode = "AA"
	ApplicationError  AckCode = "AE" // the content is refused: sent again it would be refused again
	ApplicationReject AckCode = "AR" // the type, version or processing id is not taken, or the fault is the receiver's
	CommitAccept      AckCode = "CA"
	CommitError       AckCode = "CE"
	CommitReject      AckCode = "CR"
)

// Acknowledgement is what there is to say about a message.
type Acknowledgement struct {
	Code      AckCode
	Faults    []Fault
	ControlID string    // MSH-10 of the acknowledgement itself
	At        time.Time // MSH-7
}

// Ack builds the acknowledgement of a message: addressed back to its sender, in its version, encoding and character
// set. m may be nil, or come from ParseHeader, when it could not be read.
func Ack(m *Message, a Acknowledgement) *Message {
	if m == nil {
		m = NewMessage()
	}
	out := &Message{encoding: m.encoding}
	e := &out.encoding
	msh := append([]byte("MSH"), e.Field)
	msh = append(append(msh, e.declared()...), e.Field)
	for _, from := range []int{5, 6, 3, 4} {
		msh = append(append(msh, m.header(from).Raw()...), e.Field)
	}
	msh = append(append(msh, a.At.Format("20060102150405-0700")...), e.Field, e.Field)
	msh = append(append(msh, ackType(m)...), e.Field)
	msh = append(e.appendPlain(msh, a.ControlID), e.Field)
	msh = append(append(msh, rawOr(m.header(11), "P")...), e.Field)
	msh = append(msh, rawOr(m.header(12), "2.5.1")...)
	if charset := m.header(18).Raw(); len(charset) > 0 {
		msh = append(append(msh, strings.Repeat(string(rune(e.Field)), 6)...), charset...)
	}
	out.segments = append(out.segments, out.segmentOf(msh))

	msa := append([]byte("MSA"), e.Field)
	msa = append(append(append(msa, a.Code...), e.Field), m.header(10).Raw()...)
	before25 := before25(m.Version())
	if before25 && len(a.Faults) > 0 { // ERR-8 was not there yet, and MSA-3 was
		msa = e.appendPlain(append(msa, e.Field), inMSA3(a))
	}
	out.segments = append(out.segments, out.segmentOf(msa))
	if a.Code != ApplicationAccept || !before25 { // ERR-4 was not there either: a warning would read as an error
		out.addFaults(a.Faults, before25)
	}
	return out
}

// inMSA3 is the first fault in the one text that there is for it. Of warnings it is how many more there are, too.
func inMSA3(a Acknowledgement) string {
	first := a.Faults[0]
	if a.Code != ApplicationAccept {
		return first.UserMessage
	}
	text := "warning: " + first.Location.String() + " " + first.UserMessage
	if more := len(a.Faults) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

func (m *Message) addFaults(faults []Fault, before25 bool) {
	e := &m.encoding
	if !before25 {
		for _, f := range faults {
			m.segments = append(m.segments, m.segmentOf(m.segmentOf(f.modern(e)).trimmed()))
		}
		return
	}
	var err []byte
	for i, f := range faults {
		if i > 0 && e.Repetition == 0 {
			break
		}
		if i > 0 {
			err = append(err, e.Repetition)
		}
		err = append(err, f.old(e)...)
	}
	if len(err) > 0 {
		m.segments = append(m.segments, m.segmentOf(append([]byte("ERR"+string(rune(e.Field))), err...)))
	}
}

// ackType is MSH-9 of an acknowledgement: ACK, the event that it answers and, where the version has it, the structure.
func ackType(m *Message) []byte {
	event := m.header(9).Component(2).Raw()
	out := []byte("ACK")
	if separator := m.encoding.Component; len(event) > 0 && separator != 0 {
		out = append(append(out, separator), event...)
		if len(m.header(9).Component(3).Raw()) > 0 {
			out = append(append(out, separator), "ACK"...)
		}
	}
	return out
}

func rawOr(v Value, otherwise string) []byte {
	if v.Empty() {
		return []byte(otherwise)
	}
	return v.Raw()
}

// before25 reports whether ERR has the form that it had up to version 2.4.
func before25(version string) bool {
	return slices.ContainsFunc([]string{"2.1", "2.2", "2.3", "2.4"}, func(old string) bool { return strings.HasPrefix(version, old) })
}

// Answer is what an acknowledgement says, read from one.
type Answer struct {
	Code   AckCode
	To     string // MSA-2: the control id of the message that it answers
	Faults []Fault
}

// AnswerOf reads an acknowledgement; false when the message has no MSA with a code.
func AnswerOf(m *Message) (Answer, bool) {
	msa := m.Segment("MSA", 1)
	a := Answer{Code: AckCode(msa.Field(1).Text()), To: msa.Field(2).Text()}
	for _, s := range m.segments {
		if s.named("ERR") {
			a.Faults = append(a.Faults, readFaults(s)...)
		}
	}
	switch a.Code {
	case ApplicationAccept, ApplicationError, ApplicationReject, CommitAccept, CommitError, CommitReject:
		return a, true
	default:
		return Answer{}, false
	}
}
