package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
)

// Sent is what a caller sees of a thing and of the record that it stands in, to be given back as a local system wrote it.
type Sent struct {
	Resources [][]byte // as the caller sees them, the thing itself first
	Records   []SentRecord
}

// SentRecord is a note that the caller's own organisation left of a record it sent, all of whose resources the caller
// sees whole.
type SentRecord struct {
	Made  []fhir.Ref
	At    time.Time
	Local []byte // Delivered.Local
}

// Local gives a thing back in the form of a local system: layOut makes it of what the caller sees. What a definition kept
// beside the resources is given to nobody but the organisation that sent it, and only while all that the record made is
// shown whole, or it would tell of what was left out; and to those alone from whom nothing of the person's could be hidden,
// since no choice can be asked about content that nobody reads. The result says which media type layOut gave.
//
// Errors: NotFound when the thing is not there or may not be seen, and those of layOut.
func (r Reading) Local(ctx context.Context, ref fhir.Ref, layOut func(Sent) ([]byte, string, error)) (Disclosed, string, error) {
	var sent Sent
	var events []Event
	found := false
	err := r.g.Store.View(ctx, Want{Refs: []fhir.Ref{ref}}, func(snap Snapshot) error {
		sent, events, found = Sent{}, nil, false
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		current, err := snap.Current(ref)
		if err != nil {
			return fmt.Errorf("read a resource: %w", err)
		}
		g := gathering{j: j, people: map[consent.Person][]fhir.Ref{}, withheld: map[consent.Person][]fhir.Ref{}}
		seen, err := g.around(ref, current)
		if err != nil {
			return err
		}
		if found = seen; !found {
			events, err = j.told("convert", ref, current, shown{}, false)
			return err
		}
		if sent.Records, err = g.notes(); err != nil {
			return err
		}
		for _, row := range g.rows {
			sent.Resources = append(sent.Resources, row.body)
		}
		if events, err = g.events(ref); err != nil {
			return err
		}
		for i := range events {
			events[i].Interaction = "convert"
		}
		return nil
	})
	if err != nil {
		return Disclosed{}, "", err
	}
	var body []byte
	var media string
	var refusal error
	if found {
		body, media, refusal = layOut(sent)
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, "", unrecorded(err)
	}
	if !found {
		return Disclosed{}, "", errAbsent
	}
	return Disclosed{body: body}, media, refusal
}

// around gathers a thing that the caller sees with the record of the one person it is about, where they see that person.
func (g *gathering) around(ref fhir.Ref, current *Version) (bool, error) {
	if current == nil || current.Deleted {
		return false, nil
	}
	root, ok, err := g.j.present(current)
	if err != nil || !ok {
		return false, err
	}
	if len(current.Facts.About) == 1 {
		if err := g.gather(current.Facts.About[0]); err != nil {
			return false, err
		}
	}
	g.rows = slices.DeleteFunc(g.rows, func(row gathered) bool { return row.version.Ref == ref })
	g.rows = slices.Insert(g.rows, 0, gathered{root, "match", "0"})
	return true, nil
}

// notes are those of the records that the caller's organisation sent and that are shown whole.
func (g *gathering) notes() ([]SentRecord, error) {
	var all []SentRecord
	for _, row := range g.rows {
		v := row.version
		if v.Ref.Type != "Provenance" || v.Facts.Sender == (fhir.Ref{}) || v.Facts.Sender != g.j.viewers[0].Org {
			continue
		}
		kept, err := noteBeside(g.j.snap, v)
		if err != nil {
			return nil, err
		}
		if kept == nil {
			continue
		}
		record, ok, err := sentRecord(kept)
		if err != nil {
			return nil, err
		}
		if ok {
			record.At = v.Updated
			all = append(all, record)
		}
	}
	if err := g.together(all); err != nil {
		return nil, err
	}
	whole := map[fhir.Ref]bool{}
	for _, row := range g.rows {
		open, err := g.j.seesAll(row.version.Facts.About)
		if err != nil {
			return nil, err
		}
		whole[row.version.Ref] = open && !row.sight.own && row.sight.verdict.Sight == consent.Whole
	}
	all = slices.DeleteFunc(all, func(record SentRecord) bool {
		return slices.ContainsFunc(record.Made, func(made fhir.Ref) bool { return !whole[made] })
	})
	slices.SortStableFunc(all, func(a, b SentRecord) int { return a.At.Compare(b.At) })
	return all, nil
}

// together gathers what the records made besides: one record may be about several people, as a merge is, and each of its things is
// decided as any other.
func (g *gathering) together(records []SentRecord) error {
	there := map[fhir.Ref]bool{}
	for _, row := range g.rows {
		there[row.version.Ref] = true
	}
	for _, record := range records {
		for _, made := range record.Made {
			if there[made] {
				continue
			}
			there[made] = true
			current, err := g.j.snap.Current(made)
			if err != nil {
				return fmt.Errorf("read what a record made: %w", err)
			}
			if current == nil || current.Deleted || !g.j.letterAllowed(made.Type) {
				continue
			}
			row, ok, err := g.j.present(current)
			if err != nil {
				return err
			}
			if ok {
				g.rows = append(g.rows, gathered{row, "match", "1"})
			}
		}
	}
	return nil
}

// sentRecord reads a note; false when the Binary is none.
func sentRecord(kept *Version) (SentRecord, bool, error) {
	root, err := fhir.Walk(kept.JSON)
	if err != nil {
		return SentRecord{}, false, fmt.Errorf("read the note of a record: %w", err)
	}
	if !strings.EqualFold(root.Get("contentType").Text(), noteMedia) {
		return SentRecord{}, false, nil
	}
	n, err := noteOf(kept)
	if err != nil {
		return SentRecord{}, false, err
	}
	record := SentRecord{Local: n.Local}
	for _, made := range n.Made {
		if ref, ok := fhir.ParseRef(made); ok {
			record.Made = append(record.Made, ref)
		}
	}
	return record, len(record.Made) > 0, nil
}
