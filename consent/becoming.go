package consent

import (
	"slices"

	"concord/fhir"
)

// Becoming is a standing while versions are added to it, such as all those of one commit. What they give is put in its
// order, and compared with what was, when the standing is asked for and not for each of them: of a person with thousands of
// contacts in one message, that took the time of the square of their number. The standings that it takes and gives are
// never altered. It is for one goroutine.
type Becoming struct {
	was   *Standing
	now   Standing            // the ties and edges of what was taken are not in it yet:
	ties  map[fhir.Ref][]Tie  // what each thing that was taken says,
	edges map[fhir.Ref][]Edge // and refers to, while some choice follows references
}

// Become begins with a standing.
func Become(s *Standing) *Becoming { return &Becoming{was: s, now: *s} }

// Take adds one more version of a resource about the person, as Standing.With does.
func (b *Becoming) Take(f *Facts) {
	if _, again := b.ties[f.Ref]; !again && b.now.untouched(f) {
		return
	}
	if b.ties == nil {
		b.ties, b.edges = map[fhir.Ref][]Tie{}, map[fhir.Ref][]Edge{}
	}
	s := &b.now
	b.ties[f.Ref] = nil
	if !f.Deleted && s.has(f) {
		b.ties[f.Ref] = f.Gives.Ties
	}
	if s.Edged {
		b.edges[f.Ref] = edgesOf(f)
	}
	b.takeRule(f)
	b.takePatient(f)
	if f.Sender.Type == "Organization" && !slices.Contains(s.Senders, f.Sender) {
		s.Senders = append(slices.Clone(s.Senders), f.Sender)
		slices.SortFunc(s.Senders, compareRefs)
	}
}

func (b *Becoming) takeRule(f *Facts) {
	same := func(r Rule) bool { return r.Ref == f.Ref }
	switch {
	case !f.Deleted && f.Gives.Rule != nil:
		b.now.Rules = placed(b.now.Rules, *f.Gives.Rule)
	case slices.ContainsFunc(b.now.Rules, same):
		b.now.Rules = without(b.now.Rules, same)
	}
}

func (b *Becoming) takePatient(f *Facts) {
	gives := !f.Deleted && f.Gives.Patient != nil
	same := func(p Patient) bool { return p.Ref == f.Ref }
	if !gives && !slices.ContainsFunc(b.now.Patients, same) {
		return
	}
	b.now.Patients = without(b.now.Patients, same)
	if gives {
		b.now.Patients = append(b.now.Patients, *f.Gives.Patient)
		slices.SortFunc(b.now.Patients, func(x, y Patient) int { return compareRefs(x.Ref, y.Ref) })
	}
}

// Patients are the Patients of the person so far.
func (b *Becoming) Patients() []Patient { return b.now.Patients }

// Senders are those who have sent something about the person so far.
func (b *Becoming) Senders() []fhir.Ref { return b.now.Senders }

// NeedsEdges is Standing.NeedsEdges of what it has become so far.
func (b *Becoming) NeedsEdges() bool { return b.now.NeedsEdges() }

// Standing is what it has become: the one that it began with, or gave last, when nothing has changed since.
func (b *Becoming) Standing() *Standing {
	if len(b.ties) == 0 {
		return b.was
	}
	next := b.now
	next.Ties = without(next.Ties, func(t Tie) bool {
		_, anew := b.ties[t.From]
		return anew && t.Kind != TieStarted
	})
	for _, ties := range b.ties {
		next.Ties = append(next.Ties, ties...)
	}
	next.sort()
	next.keepEdges(b.edges)
	clear(b.ties)
	clear(b.edges)
	if next.equal(b.was) {
		b.now = *b.was
		return b.was
	}
	b.was, b.now = &next, next
	return b.was
}
