package hl7v2

// AckCodes are the codes of the acknowledgements that the sender asked for, in the order to send them, when the
// outcome is AA, AE or AR. kept says that the message is stored, though its content may be refused.
//
// Without MSH-15 and MSH-16 (original mode) the outcome is the one answer. With them (enhanced mode, HL7 v2.5.1, 2.9.3)
// MSH-15 says when to answer that the message is kept safe, and MSH-16 when to answer what became of it; one of them
// alone empty means never.
func (m *Message) AckCodes(outcome AckCode, kept bool) []AckCode {
	accept, application := m.header(15), m.header(16)
	if accept.Empty() && application.Empty() {
		return []AckCode{outcome}
	}
	kept = kept || outcome == ApplicationAccept
	var codes []AckCode
	if wanted(accept, kept) {
		codes = append(codes, commit(outcome, kept))
	}
	if wanted(application, outcome == ApplicationAccept) && (kept || len(codes) == 0) {
		codes = append(codes, outcome)
	}
	return codes
}

func commit(outcome AckCode, kept bool) AckCode {
	switch {
	case kept:
		return CommitAccept
	case outcome == ApplicationError:
		return CommitError
	default:
		return CommitReject
	}
}

// wanted reads HL7 table 0155.
func wanted(condition Value, good bool) bool {
	switch condition.Text() {
	case "", "NE":
		return false
	case "ER":
		return !good
	case "SU":
		return good
	default:
		return true
	}
}
