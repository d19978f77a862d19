package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"concord/fhir"
	"concord/gateway/guard"
	"concord/mappings"
)

// Convert gives a resource in the form of a local system, with the record that it stands in as far as the caller sees it:
// a Patient as all the records of that person, anything else as the record that it is part of. What the definition kept
// goes back to the organisation that sent it alone (guard.Reading.Local).
//
// Errors: NotFound for what is not there or may not be seen; BusinessRule when what is seen makes no record.
func (l *Local) Convert(ctx context.Context, r guard.Reading, ref fhir.Ref, definition string) (guard.Disclosed, string, error) {
	d, err := l.Definition(definition)
	if err != nil {
		return guard.Disclosed{}, "", err
	}
	f, err := l.Format(d)
	if err != nil {
		return guard.Disclosed{}, "", err
	}
	return r.Local(ctx, ref, func(sent guard.Sent) ([]byte, string, error) {
		var all []*fhir.Resource
		for _, body := range sent.Resources {
			resource, err := fhir.Stored(body)
			if err != nil {
				return nil, "", fmt.Errorf("read what is converted: %w", err)
			}
			all = append(all, resource)
		}
		trees, err := recordsWith(d, all, ref, sent.Records)
		if err != nil {
			return nil, "", err
		}
		body, err := f.Print(d, trees)
		return body, f.Media, err
	})
}

// recordsWith are the records of a definition in which a resource stands, each with what was kept of it.
func recordsWith(d *mappings.Definition, all []*fhir.Resource, ref fhir.Ref, notes []guard.SentRecord) ([]*mappings.Tree, error) {
	var groups []sentGroup
	for _, group := range d.Records(all) {
		if !slices.ContainsFunc(group, func(r *fhir.Resource) bool { return r.Ref() == ref }) {
			continue
		}
		if found := newest(d, notes, func(note guard.SentRecord) bool { return sameRefs(note.Made, group) }); len(found) > 0 {
			groups = append(groups, sentGroup{inOrder(group, found[0].made), found[0].kept, true})
			continue
		}
		groups = append(groups, sentGroup{group: group})
	}
	// What many messages say of one person is one group by its keys alone: then the notes tell which of it came together.
	if !slices.ContainsFunc(groups, func(g sentGroup) bool { return g.noted }) {
		if sent := newest(d, notes, func(note guard.SentRecord) bool { return slices.Contains(note.Made, ref) }); len(sent) > 0 {
			groups = nil
			for _, s := range sent {
				groups = append(groups, sentGroup{inOrder(all, s.made), s.kept, true})
			}
		}
	}
	var trees []*mappings.Tree
	for _, g := range groups {
		var kept mappings.Kept
		if len(g.kept) > 0 {
			var err error
			if kept, err = mappings.ParseKept(g.kept); err != nil {
				return nil, err
			}
		}
		tree, _, err := d.FromFHIR(g.group, kept)
		if err != nil {
			return nil, err
		}
		trees = append(trees, tree)
	}
	if len(trees) == 0 {
		return nil, fhir.Errorf(fhir.BusinessRule, "what you see of this makes no record of %s", d.Name)
	}
	return trees, nil
}

// sentGroup is the resources of one record, with what was kept of it.
type sentGroup struct {
	group []*fhir.Resource
	kept  json.RawMessage
	noted bool // a note says that they came together
}

// sentNote is what one record made, and what was kept of it.
type sentNote struct {
	made []fhir.Ref
	kept json.RawMessage
}

// newest are the notes of a definition that fit, in the order in which the records came, of those that made the same the last.
func newest(d *mappings.Definition, notes []guard.SentRecord, fits func(guard.SentRecord) bool) []sentNote {
	var found []sentNote
	for _, note := range slices.Backward(notes) {
		var said local
		if json.Unmarshal(note.Local, &said) != nil || said.Definition != d.Name || !fits(note) {
			continue
		}
		if !slices.ContainsFunc(found, func(later sentNote) bool { return slices.Equal(later.made, note.Made) }) {
			found = append(found, sentNote{note.Made, said.Kept})
		}
	}
	slices.Reverse(found)
	return found
}

// inOrder are the resources of one record in the order in which it spoke of them. A store gives them by their ids, which are
// random: results, or the lines of a document, would come back shuffled.
func inOrder(all []*fhir.Resource, made []fhir.Ref) []*fhir.Resource {
	var ordered []*fhir.Resource
	for _, ref := range made {
		for _, r := range all {
			if r.Ref() == ref {
				ordered = append(ordered, r)
			}
		}
	}
	return ordered
}

func sameRefs(made []fhir.Ref, group []*fhir.Resource) bool {
	for _, r := range group {
		if !slices.Contains(made, r.Ref()) {
			return false
		}
	}
	return len(made) == len(group)
}

// ToFHIR maps a body without storing anything: a Bundle of type collection, and the report. What a record is refused for is
// an issue of the error, with its number.
func (l *Local) ToFHIR(d *mappings.Definition, body []byte) ([]byte, *mappings.Totals, error) {
	f, err := l.Format(d)
	if err != nil {
		return nil, nil, err
	}
	records, err := f.Read(d, body)
	if err != nil {
		return nil, nil, err
	}
	var entries []json.RawMessage
	totals, refusal := &mappings.Totals{}, &fhir.Error{Kind: fhir.Invalid}
	for i, record := range records {
		made, report, err := toFHIR(d, record)
		if err != nil {
			told, ok := errors.AsType[*fhir.Error](err)
			if !ok {
				return nil, nil, err
			}
			refusal.Issues = append(refusal.Issues, atRecord(i+1, told).Issues...)
			totals.AddRefused(d)
			continue
		}
		totals.Add(report, fmt.Sprintf("record %d", i+1))
		entries = append(entries, made...)
	}
	if len(refusal.Issues) > 0 {
		return nil, totals, refusal
	}
	type entry struct {
		Resource json.RawMessage `json:"resource"`
	}
	bundle := struct {
		ResourceType string  `json:"resourceType"`
		Type         string  `json:"type"`
		Entry        []entry `json:"entry,omitempty"`
	}{ResourceType: "Bundle", Type: "collection"}
	for _, e := range entries {
		bundle.Entry = append(bundle.Entry, entry{e})
	}
	out, err := json.Marshal(bundle)
	if err != nil {
		return nil, nil, fmt.Errorf("write a Bundle: %w", err)
	}
	return out, totals, nil
}

func toFHIR(d *mappings.Definition, record Record) ([]json.RawMessage, *mappings.Report, error) {
	if record.Err != nil {
		return nil, nil, record.Err
	}
	result, err := d.ToFHIR(record.Tree, mappings.Context{})
	if err != nil {
		return nil, nil, err
	}
	if _, err := result.Resources(); err != nil {
		return nil, nil, err
	}
	made := make([]json.RawMessage, 0, len(result.Made))
	for _, m := range result.Made {
		made = append(made, m.JSON)
	}
	return made, result.Report(), nil
}

// atRecord says of the faults of a record which record they are of.
func atRecord(number int, err *fhir.Error) *fhir.Error {
	named := *err
	named.Issues = slices.Clone(err.Issues)
	for i := range named.Issues {
		named.Issues[i].Diagnostics = fmt.Sprintf("record %d: %s", number, named.Issues[i].Diagnostics)
	}
	return &named
}

// FromFHIR gives resources in the form of a local system, without looking at anything that is stored: each record that
// they make, and the report of what has no place in them.
func (l *Local) FromFHIR(d *mappings.Definition, resources []*fhir.Resource) ([]byte, string, *mappings.Totals, error) {
	f, err := l.Format(d)
	if err != nil {
		return nil, "", nil, err
	}
	totals := &mappings.Totals{}
	var trees []*mappings.Tree
	for _, group := range d.Records(resources) {
		tree, report, err := d.FromFHIR(group, mappings.Kept{})
		if err != nil {
			return nil, "", nil, err
		}
		trees = append(trees, tree)
		totals.Add(report, "")
	}
	if len(trees) == 0 {
		return nil, "", totals, fhir.Errorf(fhir.BusinessRule, "the resources make no record of %s", d.Name)
	}
	body, err := f.Print(d, trees)
	return body, f.Media, totals, err
}
