package memory

import (
	"context"
	"errors"
	"maps"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// Commit does the change, or nothing of it. First everything is checked, then nothing can fail.
func (s *Store) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return guard.Receipt{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if receipt, ok := s.done[change.Key]; ok && change.Key != "" {
		receipt.Replayed, receipt.Put = true, s.asLabelled(receipt.Put)
		return receipt, nil
	}
	if err := s.check(change); err != nil {
		return guard.Receipt{}, err
	}
	maps.Copy(s.patients, change.Patients)
	maps.Copy(s.keys, change.Keys)
	touched := map[consent.Person]bool{} // survivors of whom something has changed
	for _, gone := range slices.Sorted(maps.Keys(change.Merges)) {
		from, to := s.survivor(gone), s.survivor(change.Merges[gone])
		if from == to {
			continue
		}
		s.aliases[from] = to
		s.records[to] = max(s.records[to], s.records[from])
		touched[to] = true
	}
	receipt := s.put(change.Put, touched)
	for p, standing := range change.Standings {
		s.standings[s.survivor(p)] = standing
		touched[s.survivor(p)] = true
	}
	for p := range touched {
		s.records[s.survivor(p)]++
	}
	if change.Key != "" {
		s.done[change.Key] = receipt
	}
	s.append(change.Events)
	return receipt, nil
}

// check says whether what the change rested on still holds.
func (s *Store) check(change guard.Change) error {
	for _, e := range change.If {
		if !s.holds(e) {
			return guard.ErrConflict
		}
	}
	for ref, p := range change.Patients {
		if held, ok := s.patients[ref]; ok && s.survivor(held) != s.survivor(p) {
			return guard.ErrConflict
		}
	}
	seen := map[fhir.Ref]bool{}
	for _, p := range change.Put {
		if p.Version == nil || seen[p.Version.Ref] {
			return errors.New("commit: a change puts each resource once, with a version")
		}
		seen[p.Version.Ref] = true
	}
	for p, standing := range change.Standings {
		if p == "" || standing == nil {
			return errors.New("commit: a standing of nobody, or none")
		}
	}
	return nil
}

// holds reports whether one expectation is met. Nothing that rested on a person who was merged away is.
func (s *Store) holds(e guard.Expect) bool {
	if e.Ref == (fhir.Ref{}) && e.Key != "" {
		return s.survivor(s.keys[e.Key]) == e.Holder
	}
	if e.Ref == (fhir.Ref{}) {
		_, merged := s.aliases[e.Person]
		state := s.state(e.Person)
		return !merged && state.Standing.Version == e.Standing && (e.Record == 0 || e.Record == state.Record)
	}
	t, ok := s.things[e.Ref]
	if !ok {
		return e.Version == ""
	}
	return t.current().ID == e.Version
}

// put adds the versions to their things and to the feed, and makes the directory anew when it changed. Whom the
// versions, and those before them, are about is touched.
func (s *Store) put(puts []guard.Put, touched map[consent.Person]bool) guard.Receipt {
	var receipt guard.Receipt
	turned := false
	for _, p := range puts {
		t, ok := s.things[p.Version.Ref]
		if !ok {
			t = &thing{}
			s.things[p.Version.Ref] = t
		}
		turned = turned || ok && open(t.current()) || open(p.Version)
		for _, who := range append(slices.Clone(t.people), p.People...) {
			touched[s.survivor(who)] = true
		}
		t.versions = append(t.versions, p.Version)
		t.index, t.people = slices.Clone(p.Index), slices.Clone(p.People)
		receipt.Position = guard.Position(len(s.feed) + 1)
		receipt.Put = append(receipt.Put, p.Version)
		s.feed = append(s.feed, guard.Entry{
			Position: receipt.Position, Ref: p.Version.Ref, Version: p.Version.ID, People: t.people,
		})
	}
	if turned {
		s.turn()
	}
	return receipt
}

// turn makes the next epoch of the directory.
func (s *Store) turn() {
	var entries []consent.Entry
	for _, ref := range s.refs() {
		if e := entryOf(s.things[ref].current()); e != nil {
			entries = append(entries, *e)
		}
	}
	s.epoch++
	s.directory = consent.NewDirectory(s.epoch, entries)
}

// open reports whether references to the version are judged by the directory's epoch.
func open(v *guard.Version) bool {
	return v.Facts != nil && (v.Facts.Open || v.Facts.Gives.Entry != nil)
}

// entryOf is what a version gives to the directory, or nil.
func entryOf(v *guard.Version) *consent.Entry {
	if v.Deleted || v.Facts == nil {
		return nil
	}
	return v.Facts.Gives.Entry
}
