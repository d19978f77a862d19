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
	var trees []*mappings.Tree
	for _, group := range d.Records(all) {
		if !slices.ContainsFunc(group, func(r *fhir.Resource) bool { return r.Ref() == ref }) {
			continue
		}
		kept, err := keptOf(d, group, notes)
		if err != nil {
			return nil, err
		}
		tree, _, err := d.FromFHIR(group, kept)
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

// keptOf is what was kept when the group was sent last: by the newest note of the same definition that made the same.
func keptOf(d *mappings.Definition, group []*fhir.Resource, notes []guard.SentRecord) (mappings.Kept, error) {
	for _, note := range slices.Backward(notes) {
		var said local
		if json.Unmarshal(note.Local, &said) != nil || said.Definition != d.Name || !sameRefs(note.Made, group) {
			continue
		}
		return mappings.ParseKept(said.Kept)
	}
	return mappings.Kept{}, nil
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
