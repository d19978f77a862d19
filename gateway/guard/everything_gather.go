package guard

import (
	"fmt"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
)

// gathering is a record that is being put together for one caller.
type gathering struct {
	j        *judge
	of       Extent
	found    bool // the Patient may be seen
	rows     []gathered
	people   map[consent.Person][]fhir.Ref
	withheld map[consent.Person][]fhir.Ref
}

// gathered is one resource with its place in the order: the Patient, the record, what it refers to.
type gathered struct {
	shown
	mode string // "match" or "include"
	rank string // "0", "1" or "2"
}

func (g *gathering) gather(patient fhir.Ref) error {
	current, err := g.j.snap.Current(patient)
	if err != nil {
		return fmt.Errorf("read a patient: %w", err)
	}
	p, err := g.j.person(patient)
	if err != nil || current == nil || current.Deleted {
		return err
	}
	root, ok, err := g.j.present(current)
	if err != nil || !ok {
		g.withheld[p] = append(g.withheld[p], patient)
		return err
	}
	g.found = true
	record, err := g.j.snap.Record(p)
	if err != nil {
		return fmt.Errorf("read a record: %w", err)
	}
	record = slices.DeleteFunc(slices.Clone(record), func(v *Version) bool { return v.Ref == patient })
	seen := []shown{root}
	g.add(root, "match", "0")
	for _, v := range record {
		if !g.j.letterAllowed(v.Ref.Type) {
			continue
		}
		row, ok, err := g.j.present(v)
		if err != nil {
			return err
		}
		if !ok {
			g.withheld[p] = append(g.withheld[p], v.Ref)
			continue
		}
		g.add(row, "match", "1")
		seen = append(seen, row)
	}
	return g.directory(seen)
}

// add takes a row when it is asked for.
func (g *gathering) add(row shown, mode, rank string) {
	if g.of.takes(row.version, row.version.Updated) {
		g.rows = append(g.rows, gathered{row, mode, rank})
	}
}

// directory adds what the record refers to that is about nobody: organisations, practitioners and the like.
func (g *gathering) directory(rows []shown) error {
	named := map[fhir.Ref]bool{}
	held := map[fhir.Ref]bool{}
	for _, row := range rows {
		held[row.version.Ref] = true
	}
	for _, row := range rows {
		for i := range row.version.Facts.Cuts {
			cut := &row.version.Facts.Cuts[i]
			if cut.Kind == fhir.CutReference && !held[cut.Target] && (row.sight.out == nil || !row.sight.out[i]) {
				named[cut.Target] = true
			}
		}
	}
	refs := make([]fhir.Ref, 0, len(named))
	for ref := range named {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b fhir.Ref) int { return strings.Compare(a.String(), b.String()) })
	for _, ref := range refs {
		v, err := g.j.snap.Current(ref)
		if err != nil {
			return fmt.Errorf("read what is referred to: %w", err)
		}
		if v == nil || v.Deleted || !v.Facts.Open || !g.j.letterAllowed(ref.Type) {
			continue
		}
		row, ok, err := g.j.present(v)
		if err != nil {
			return err
		}
		if ok {
			g.add(row, "include", "2")
		}
	}
	return nil
}

// rest is what comes after the last row of the page before.
func (g *gathering) rest(after []string) []gathered {
	if after == nil {
		return g.rows
	}
	i := slices.IndexFunc(g.rows, func(row gathered) bool {
		rank := strings.Compare(row.rank, after[0])
		return rank > 0 || rank == 0 && row.version.Ref.String() > after[1]
	})
	if i < 0 {
		return nil
	}
	return g.rows[i:]
}

func (g *gathering) events(patient fhir.Ref) ([]Event, error) {
	base := g.j.event("everything", 'E')
	base.Ref, base.Query = patient, g.of.Query
	for _, row := range g.rows {
		for _, about := range row.version.Facts.About {
			p, err := g.j.person(about)
			if err != nil {
				return nil, err
			}
			if len(g.people[p]) < refsKept {
				g.people[p] = append(g.people[p], row.version.Ref)
			}
		}
	}
	events := g.j.perPeople(base, g.people, g.withheld)
	for i := range events {
		events[i].Permit = events[i].Permit && g.found
	}
	return events, nil
}
