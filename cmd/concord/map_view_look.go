package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// viewedRecord is what the personas see of what one record made.
type viewedRecord struct {
	Source  string        `json:"source"`
	Refused []string      `json:"refused,omitempty"` // why, a line each; then it made nothing
	Things  []viewedThing `json:"things,omitempty"`
	Note    string        `json:"note,omitempty"` // what of the person changes who sees anything at all
}

// viewedThing is what they see of one resource.
type viewedThing struct {
	Name      string        `json:"name"` // of the definition's resource
	Type      fhir.Type     `json:"type"`
	Sections  []string      `json:"sections"` // of the whole-person view
	Labels    []viewedLabel `json:"labels,omitempty"`
	Everybody []string      `json:"leftOutForEverybody,omitempty"` // FHIRPath, as LeftOut; such as a reference to what is not there
	Seen      []viewedBy    `json:"seen"`
}

// viewedBy is what one persona sees of it.
type viewedBy struct {
	As      string   `json:"as"`
	Sight   extent   `json:"sight"`
	LeftOut []string `json:"leftOut,omitempty"` // FHIRPath of the elements, where it is cut
	Why     string   `json:"why,omitempty"`     // in the words in which the person reads it
	ByLabel bool     `json:"byLabel,omitempty"` // without the label rules they would see more
}

// extent is how much somebody sees of a thing.
type extent string

// The extents.
const (
	seenWhole  extent = "whole"
	seenCut    extent = "cut"
	seenHidden extent = "hidden"
)

// look asks each persona in turn to read each thing, and asks why they see what they see.
func (s *scene) look(ctx context.Context, all []onlooker) ([]viewedThing, error) {
	things := make([]viewedThing, len(s.made))
	for i, m := range s.made {
		things[i] = viewedThing{Name: m.name, Type: m.stored.Type(), Sections: sectionTitles(m.stored), Labels: labelsOf(m.stored)}
	}
	for _, v := range all {
		if err := s.start(ctx, v); err != nil {
			return nil, err
		}
		for i, m := range s.made {
			reading, err := s.as(v, slices.Concat(m.about, s.patients)[0])
			if err != nil {
				return nil, err
			}
			one := viewedBy{As: v.Name, Sight: seenHidden}
			seen, err := resourceFor(ctx, reading, m.stored.Ref())
			switch {
			case err == nil:
				one.Sight, one.LeftOut = seenWhole, leftOut(m.stored.Root(), seen.Root())
			case !absent(err):
				return nil, fmt.Errorf("read as %s: %w", v.Name, err)
			}
			if one.Why, err = s.why(ctx, v, m.stored.Ref()); err != nil {
				return nil, err
			}
			things[i].Seen = append(things[i].Seen, one)
		}
	}
	for i := range things {
		things[i].settle()
	}
	return things, nil
}

// noteDead is said of records whose person has died: it explains much of what is hidden.
const noteDead = "the record says that the person has died: those who act for them see nothing any more, the team nothing after 90 days"

// note says what of the person changes who sees anything at all (CONSENT rules 14.19).
func (s *scene) note() string {
	for _, m := range s.made {
		root := m.stored.Root()
		if m.stored.Type() == "Patient" && (root.Get("deceasedDateTime").OK() || root.Get("deceasedBoolean").Text() == "true") {
			return noteDead
		}
	}
	return ""
}

// settle tells apart what is left out for everybody who sees the thing, and what for some.
func (t *viewedThing) settle() {
	var readers []*viewedBy
	for i := range t.Seen {
		if t.Seen[i].Sight != seenHidden {
			readers = append(readers, &t.Seen[i])
		}
	}
	if len(readers) == 0 {
		return
	}
	for _, path := range readers[0].LeftOut {
		if !slices.ContainsFunc(readers, func(r *viewedBy) bool { return !slices.Contains(r.LeftOut, path) }) {
			t.Everybody = append(t.Everybody, path)
		}
	}
	for _, r := range readers {
		r.LeftOut = slices.DeleteFunc(r.LeftOut, func(path string) bool { return slices.Contains(t.Everybody, path) })
		if len(r.LeftOut) > 0 {
			r.Sight = seenCut
		}
	}
}

// why is the explanation in the words in which the person reads it ($explain-access), asked as the operator: the person may not
// know of everything. It is empty for a thing that is not about her.
func (s *scene) why(ctx context.Context, v onlooker, thing fhir.Ref) (string, error) {
	q := guard.AccessQuestion{Patient: viewPatient, Role: v.Role, Purpose: v.Purpose, Thing: thing}
	q.User, _ = fhir.ParseRef(v.FHIRUser)
	q.Organization, _ = fhir.ParseRef(v.Organization)
	told, err := gateway.ExplainAccess(ctx, s.guard.As(viewOperator()), q)
	if absent(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("explain what %s sees: %w", v.Name, err)
	}
	return explained(told)
}

// explained is the text of the one decision of an explanation.
func explained(told guard.Disclosed) (string, error) {
	var body bytes.Buffer
	if _, err := told.WriteTo(&body); err != nil {
		return "", err
	}
	r, err := fhir.Stored(body.Bytes())
	if err != nil {
		return "", err
	}
	for answer := range r.Root().All("parameter", "part") {
		if answer.Get("name").Text() != "decision" {
			continue
		}
		for p := range answer.All("part") {
			if p.Get("name").Text() == "text" {
				return p.Get("valueString").Text(), nil
			}
		}
	}
	return "", nil
}
