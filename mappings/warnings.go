package mappings

import "concord/fhir"

// mostTold is how many refusals, and how many warnings, of one record are told one by one.
const mostTold = 50

// Warnings are what the sender of a record that was taken should look at: texts that a table has no code for, and fields
// that could not be said in FHIR. Each has its place, and no text of the record is in it. The number is of those that
// are left out.
func (r Result) Warnings() ([]fhir.Issue, int) {
	if r.run == nil {
		return nil, 0
	}
	return r.run.noted, r.run.more
}

// note gathers one.
func (x *run) note(n Node, p Path, kind fhir.Kind, text string) {
	if len(x.noted) == mostTold {
		x.more++
		return
	}
	warning := x.placed(n, p, kind, text)
	warning.Warning = true
	x.noted = append(x.noted, warning)
}

// unrowed tells of a text that its table has no row for. What it gives is why nothing stands in FHIR, or nil.
func (x *run) unrowed(n Node, l *leaf, err error) error {
	code, ok := err.(unmappedError) //nolint:errorlint // made here, never wrapped
	if !ok {
		return err
	}
	x.unmapped = append(x.unmapped, code)
	if code.t.unmapped == refuse || l.must && !code.written() {
		x.refuse(n, l.local, fhir.CodeInvalid, wrong(code.choice()))
	} else {
		x.note(n, l.local, fhir.CodeInvalid, code.choice()+code.became())
	}
	if code.written() {
		return nil
	}
	return err
}

// cannot tells of a text that cannot be said in FHIR.
func (x *run) cannot(n Node, l *leaf, err error, at *cursor) {
	x.fail(n, l, err.Error(), at)
	switch _, code := err.(unmappedError); { //nolint:errorlint // as above
	case code: // told already
	case l.must:
		x.refuse(n, l.local, fhir.Value, err)
	default:
		x.note(n, l.local, fhir.Value, err.Error()+x.gone())
	}
}

// gone says what became of a field that is not in FHIR.
func (x *run) gone() string {
	if x.d.Keep {
		return "; it was kept as it came, and only its sender sees it"
	}
	return "; it was left out"
}

// became says what became of a text without a row.
func (u unmappedError) became() string {
	switch u.t.unmapped {
	case asText:
		return "; it was taken as plain text"
	case asCode:
		return "; it was taken as a local code"
	case asOne:
		return "; " + u.t.stand + " stands for it"
	default:
		return "; it is not in the record"
	}
}
