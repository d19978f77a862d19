package gateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"concord/fhir"
	"concord/gateway/guard"
	"concord/mappings"
)

// Local is what a gateway knows of local systems: the definitions of their records, the formats that these are written
// in, and the doors that are configured for them. It is not changed while it is used.
type Local struct {
	Definitions []*mappings.Definition
	Formats     map[string]Format // by mappings.Definition.Format
	Doors       map[string]Door   // by their labels
}

// Door is a way in that was configured, with the caller that it acts as.
type Door struct {
	Caller      guard.Caller
	Definitions []string // names; empty: all
	Care        guard.Care
}

// Format reads and prints a local format.
type Format struct {
	Media string   // content type
	Also  []string // further ones that are read
	Read  func(d *mappings.Definition, body []byte) ([]Record, error)
	Print func(d *mappings.Definition, records []*mappings.Tree) ([]byte, error)
}

// Record is one record of a body: a tree, or why it cannot be read.
type Record struct {
	Tree   *mappings.Tree
	Err    error
	Notes  []fhir.Issue // warnings about the body as a whole, beside its first record
	Raw    []byte       // it alone, such that it can be read again by itself
	Media  string       // of Raw; empty: that of the format
	Key    string       // by which it names itself among all of its sender's; empty: it does not
	Digest string
}

// Definition finds a definition by its name. Error: NotFound.
func (l *Local) Definition(name string) (*mappings.Definition, error) {
	if l != nil {
		for _, d := range l.Definitions {
			if d.Name == name {
				return d, nil
			}
		}
	}
	return nil, fhir.Errorf(fhir.NotFound, "there is no definition of this name")
}

// Format is the format that a definition is written for. The error is a fault of ours.
func (l *Local) Format(d *mappings.Definition) (Format, error) {
	f, ok := l.Formats[d.Format]
	if !ok {
		return Format{}, fmt.Errorf("no room here reads or prints %s", d.Format)
	}
	return f, nil
}

// Body is many records at once, on their way in.
type Body struct {
	Definition string
	Bytes      []byte
	// Key names the body among all that its sender sends, so that it is taken in once; records are told apart by their place
	// in it. Empty: they are told by the keys that they have themselves, if any.
	Key  string
	Name string // for Provenance
	Door string
	Care guard.Care
}

// Outcome is what became of one record of a Body.
type Outcome struct {
	Number int // from 1
	Ingested
	Err error // why it was refused
}

// Take takes in each record of a body by itself: one that is refused does not hold up the next. The error is of the body as
// a whole, which is then kept as one letter; or a fault of ours, after which the rest was not tried.
func (l *Local) Take(ctx context.Context, r guard.Reading, b Body) ([]Outcome, error) {
	d, err := l.Definition(b.Definition)
	if err != nil {
		return nil, err
	}
	f, err := l.Format(d)
	if err != nil {
		return nil, err
	}
	whole := Message{Definition: d, Key: b.Key, Digest: digestOf(b.Bytes), Name: b.Name, Care: b.Care, Door: b.Door, Media: f.Media, Raw: b.Bytes}
	records, err := f.Read(d, b.Bytes)
	if err != nil {
		whole.Fault = err
		_, err := Ingest(ctx, r, whole)
		return nil, err
	}
	if b.Key != "" {
		for i := range records {
			records[i].Key, records[i].Digest = fmt.Sprintf("%s\n%d", b.Key, i+1), digestOf(records[i].Raw)
		}
	}
	return each(ctx, r, whole, records, Ingest)
}

// each takes in the records of one body, in one way or another.
func each(ctx context.Context, r guard.Reading, whole Message, records []Record, in func(context.Context, guard.Reading, Message) (Ingested, error)) ([]Outcome, error) {
	d := whole.Definition
	outcomes := make([]Outcome, 0, len(records))
	for i, record := range records {
		m := whole
		m.Record, m.Fault, m.Raw, m.Key, m.Digest = record.Tree, record.Err, record.Raw, record.Key, record.Digest
		m.Media = cmp.Or(record.Media, whole.Media)
		m.Name = fmt.Sprintf("%s, record %d", cmp.Or(whole.Name, d.Name), i+1)
		if record.Err == nil && !d.Takes(record.Tree) {
			m.Fault = mappings.Untaken([]*mappings.Definition{d}, record.Tree)
		}
		done, err := in(ctx, r, m)
		if err != nil && !refused(err) {
			return outcomes, err
		}
		done.Warnings = slices.Concat(record.Notes, done.Warnings)
		outcomes = append(outcomes, Outcome{i + 1, done, err})
	}
	return outcomes, nil
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Totals are the loss report of what was taken in and refused (FHIR elements and local fields, by definition).
func (l *Local) Totals(definition string, outcomes []Outcome) *mappings.Totals {
	t := &mappings.Totals{}
	d, err := l.Definition(definition)
	if err != nil {
		return t
	}
	for _, o := range outcomes {
		switch {
		case o.Err != nil:
			t.AddRefused(d)
		case o.Report != nil:
			t.Add(o.Report, fmt.Sprintf("record %d", o.Number))
		}
	}
	return t
}

// Choose finds the definition that takes a record, among those of a door; nil when none does.
func (l *Local) Choose(door Door, format string, record *mappings.Tree) *mappings.Definition {
	for _, d := range l.Definitions {
		if d.Format == format && door.has(d) && d.Takes(record) {
			return d
		}
	}
	return nil
}

// Untaken says why Choose finds none.
func (l *Local) Untaken(door Door, record *mappings.Tree) error {
	var all []*mappings.Definition
	for _, d := range l.Definitions {
		if door.has(d) {
			all = append(all, d)
		}
	}
	return mappings.Untaken(all, record)
}

// has reports whether the door takes records of a definition.
func (d Door) has(one *mappings.Definition) bool {
	return len(d.Definitions) == 0 || slices.Contains(d.Definitions, one.Name)
}
