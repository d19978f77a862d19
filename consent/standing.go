package consent

import (
	"bytes"
	"cmp"
	"slices"

	"concord/fhir"
)

// Standing is everything about one person, apart from the resource in question, that a decision rests on. It
// is a value: With makes another. Stores keep it in one row, with a version that every change raises.
type Standing struct {
	Person   Person
	Version  int64 // raised by every change of the standing
	Patients []Patient
	Ties     []Tie
	Rules    []Rule     // in the order of their commits
	Senders  []fhir.Ref // organisations that have sent something about the person
}

// With is the standing after one more version of a resource about the person: what the resource gave before is
// replaced by what it gives now, and its sender is known. A version that is deleted or entered in error gives
// nothing. It is s itself when nothing changes. A Consent that is committed again is the latest.
func (s *Standing) With(f *Facts) *Standing {
	next := *s
	next.Ties = without(s.Ties, func(t Tie) bool { return t.From == f.Ref && t.Kind != TieStarted })
	next.Rules = without(s.Rules, func(r Rule) bool { return r.Ref == f.Ref })
	next.Patients = without(s.Patients, func(p Patient) bool { return p.Ref == f.Ref })
	if !f.Deleted {
		if s.has(f) {
			next.Ties = append(next.Ties, f.Gives.Ties...)
		}
		if f.Gives.Rule != nil {
			next.Rules = append(next.Rules, *f.Gives.Rule)
		}
		if f.Gives.Patient != nil {
			next.Patients = append(next.Patients, *f.Gives.Patient)
			slices.SortFunc(next.Patients, func(a, b Patient) int { return compareRefs(a.Ref, b.Ref) })
		}
	}
	next.sort()
	if f.Sender.Type == "Organization" && !slices.Contains(s.Senders, f.Sender) {
		next.Senders = append(slices.Clone(s.Senders), f.Sender)
		slices.SortFunc(next.Senders, compareRefs)
	}
	if next.equal(s) {
		return s
	}
	return &next
}

// has reports whether the ties that a resource gives are this person's. One that is about several people gives
// them only to those it names itself.
func (s *Standing) has(f *Facts) bool {
	return len(f.About) < 2 || slices.ContainsFunc(s.Patients, func(p Patient) bool { return slices.Contains(f.Gives.Of, p.Ref) })
}

// Started is the standing with a relationship that $start-care opened (section 14.2).
func (s *Standing) Started(t Tie) *Standing {
	next := *s
	t.Kind = TieStarted
	next.Ties = append(without(s.Ties, func(o Tie) bool { return o.Kind == TieStarted && o.From == t.From }), t)
	next.sort()
	return &next
}

// Join is the standing of two records that turn out to be one person's: all of both. The choices of b count as
// the later ones. The person is a's, the version the higher of the two.
func Join(a, b *Standing) *Standing {
	next := *a
	next.Version = max(a.Version, b.Version)
	next.Patients = without(a.Patients, func(p Patient) bool {
		return slices.ContainsFunc(b.Patients, func(o Patient) bool { return o.Ref == p.Ref })
	})
	next.Patients = append(next.Patients, b.Patients...)
	slices.SortFunc(next.Patients, func(x, y Patient) int { return compareRefs(x.Ref, y.Ref) })
	next.Ties = append(slices.Clone(a.Ties), b.Ties...)
	next.sort()
	next.Rules = without(a.Rules, func(r Rule) bool {
		return slices.ContainsFunc(b.Rules, func(o Rule) bool { return o.Ref == r.Ref })
	})
	next.Rules = append(next.Rules, b.Rules...)
	next.Senders = append(slices.Clone(a.Senders), b.Senders...)
	slices.SortFunc(next.Senders, compareRefs)
	next.Senders = slices.Compact(next.Senders)
	return &next
}

// sort puts the ties in an order of their own, so that equal standings are equal bytes, and drops repetitions.
func (s *Standing) sort() {
	slices.SortStableFunc(s.Ties, compareTies)
	s.Ties = slices.Compact(s.Ties)
}

func compareTies(a, b Tie) int {
	return cmp.Or(
		compareRefs(a.From, b.From), cmp.Compare(a.Kind, b.Kind), compareRefs(a.Who.Ref, b.Who.Ref),
		cmp.Compare(a.Who.Identifier.System, b.Who.Identifier.System), cmp.Compare(a.Who.Identifier.Code, b.Who.Identifier.Code),
		a.Period.From.Compare(b.Period.From), a.Period.To.Compare(b.Period.To), cmp.Compare(a.Role, b.Role),
	)
}

// equal reports whether the standings say the same, versions apart.
func (s *Standing) equal(o *Standing) bool {
	a, b := *s, *o
	a.Version, b.Version = 0, 0
	return bytes.Equal(a.Binary(), b.Binary())
}

// without is a new slice of what does not match.
func without[T any](all []T, drop func(T) bool) []T {
	kept := make([]T, 0, len(all)+1)
	for _, one := range all {
		if !drop(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// Principals are names of all who may be able to see something of the person: the person, everybody tied to
// them, everybody whom a choice names, and the organisations that have sent something. A viewer who has none of
// them among their own sees nothing of the person, unless the base policy asks for no relationship.
func (s *Standing) Principals() []string {
	var names []string
	for _, p := range s.Patients {
		names = append(names, p.Ref.String())
	}
	for _, t := range s.Ties {
		names = t.Who.principals(names)
	}
	for _, ref := range s.Senders {
		names = append(names, ref.String())
	}
	for i := range s.Rules {
		if s.Rules[i].Active {
			for j := range s.Rules[i].Readings {
				names = s.Rules[i].Readings[j].principals(names)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *Provision) principals(names []string) []string {
	for _, actor := range p.Actors {
		if actor.Kind == Recipient {
			names = actor.Party.principals(names)
		}
	}
	for i := range p.Provisions {
		names = p.Provisions[i].principals(names)
	}
	return names
}

// principals adds a party's names: its reference, and "system|value" of its identifier.
func (p Party) principals(names []string) []string {
	if p.Ref != (fhir.Ref{}) {
		names = append(names, p.Ref.String())
	}
	if p.Identifier != (Code{}) {
		names = append(names, p.Identifier.System+"|"+p.Identifier.Code)
	}
	return names
}

// Principals are the names under which a Standing may know the viewer.
func (v Viewer) Principals() []string {
	var names []string
	for _, p := range v.Self {
		names = p.principals(names)
	}
	for _, p := range v.Orgs {
		names = p.principals(names)
	}
	if v.Org != (fhir.Ref{}) {
		names = append(names, v.Org.String())
	}
	for _, group := range v.Groups {
		names = append(names, group.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}
