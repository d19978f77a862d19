package mappings

import (
	"regexp"
	"strings"

	"concord/fhir"
)

// codeForm is what may be told of a field that chooses the definition: a short code, which is nobody's name.
var codeForm = regexp.MustCompile(`^[A-Z0-9]{1,3}$`)

// Untaken says why none of the definitions takes a record: which one is missing, and which comes nearest. The error is
// NotSupported, with the field that decides as its expression; nil when one of them takes the record.
func Untaken(all []*Definition, t *Tree) error {
	var nearest *Definition
	most := -1
	for _, d := range all {
		if d.Format != t.Format() {
			continue
		}
		held := d.held(t)
		if held == len(d.takes) {
			return nil
		}
		if held > most {
			nearest, most = d, held
		}
	}
	if nearest == nil {
		return fhir.Errorf(fhir.NotSupported, "no definition here is for records of this format")
	}
	c := nearest.takes[most]
	var missing strings.Builder
	for _, before := range append(nearest.takes[:most:most], condition{path: c.path}) {
		if text := t.At(before.path).Leaf().Text(); codeForm.MatchString(text) {
			missing.WriteString(" " + before.path.text + " = " + text)
		}
	}
	text := "no definition here is for this record"
	if missing.Len() > 0 {
		text = "no definition here is for a record with" + missing.String()
	}
	return &fhir.Error{Kind: fhir.NotSupported, Issues: []fhir.Issue{{
		Code: fhir.NotSupported, Expression: newRun(nearest, t, Context{}).expression(t.Root(), c.path),
		Diagnostics: text + ": " + nearest.Name + " comes nearest, and asks for " + c.String(),
	}}}
}

// held is how many conditions of "for" hold before one does not.
func (d *Definition) held(t *Tree) int {
	for i, c := range d.takes {
		if !c.holds(t.At(c.path).Leaf().Text()) {
			return i
		}
	}
	return len(d.takes)
}
