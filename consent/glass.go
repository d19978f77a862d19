package consent

import (
	"cmp"
	"slices"
	"time"
)

// Opened is a window of break-glass: whose it is, and from when to when one person's record is open to them (CONSENT
// rules section 7 and 14.6).
type Opened struct {
	Who      Party
	From, To time.Time
}

// Opened is the standing with one more window. One of the same user takes the place of an earlier one, so that a
// renewal is one window, and those that were over before it began are dropped.
func (s *Standing) Opened(o Opened) *Standing {
	next := *s
	next.Glass = append(without(s.Glass, func(old Opened) bool {
		return old.Who.is(o.Who) || old.To.Before(o.From)
	}), o)
	slices.SortFunc(next.Glass, compareOpened)
	return &next
}

func compareOpened(a, b Opened) int {
	return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), compareParties(a.Who, b.Who))
}

// breaks reports whether break-glass is open: for staff who may claim it, who have a window on this person now, who
// read, and while the person lives.
func (p *Policy) breaks(v *Viewer) bool {
	if !v.Glass || v.Class != Staff || v.Purpose != "BTG" || v.Action == 0 || v.Action&^(Access|Disclose) != 0 {
		return false
	}
	if _, dead := p.died(v.Time); dead {
		return false
	}
	return slices.ContainsFunc(p.standing.Glass, func(o Opened) bool {
		return Span{o.From, o.To}.holds(v.Time) && anyIs(v.Self, []Party{o.Who})
	})
}

// opens reports whether break-glass opens what would be hidden. It does not open what is locked (section 14.9) or very
// restricted, which is how safeguarding locks are labelled, nor what a choice denies to this very user, nor what one refuses for emergencies by
// name. Labels of an older rule set count as they stand: an emergency does not wait for labelling.
func (r *residual) opens(l *look) bool {
	if !r.glass || l.level >= LevelV || l.f.Seal == Locked {
		return false
	}
	under := *l
	under.glass = true
	outcome, _ := r.choices(&under)
	return outcome != Deny
}

// firm reports whether a deny holds against break-glass: it names the user, or speaks of emergencies by name. What
// stands inside such a deny is as firm; so is an exception to what is permitted in emergencies by name, which says what
// the person refuses even then.
func (b *builder) firm(p *Provision, here *path) bool {
	return !p.Permit && (here.against || (here.refused && !b.p.base.OpensRefused))
}
