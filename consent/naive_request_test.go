package consent_test

import (
	"slices"

	"concord/consent"
)

// This is what a provision asks of the request (sections 1, 2 and 4).

// asked is whether the request criteria of a provision hold (section 2): period, recipient, action, purpose; and the path
// with it. A permit in doubt is unmatched.
func (q naiveAsk) asked(p *consent.Provision, path naivePath) (naiveMatch, naivePath) {
	match := q.timed(p)
	if p.Period != (consent.Span{}) || p.Odd&consent.OddPeriod != 0 {
		q.tally.note("period", match)
	}
	if p.Spares && q.proxy() {
		match = naiveNo // section 3.4: all but the person and their proxies
	}
	if p.BaseOnly && !q.served() {
		match = naiveNo // section 3.4: within the base policy's purposes
	}
	var recipient, purpose naiveMatch
	recipient, path = q.addressed(p, path)
	purpose, path = q.purposed(p, path)
	path.explicit = path.explicit || p.Actions != 0
	action := q.acted(p, path)
	if len(p.Actors) > 0 {
		q.tally.note("recipient", recipient)
	}
	if len(p.Purposes) > 0 || p.Odd&consent.OddPurpose != 0 {
		q.tally.note("purpose", purpose)
	}
	if p.Actions != 0 || p.Odd&consent.OddAction != 0 {
		q.tally.note("action", action)
	}
	match = min(match, recipient, purpose, action)
	if p.Permit && match == naiveDoubt {
		match = naiveNo
	}
	return match, path
}

func (q naiveAsk) timed(p *consent.Provision) naiveMatch {
	switch {
	case p.Odd&consent.OddPeriod != 0:
		return naiveDoubt
	case naiveDuring(p.Period, q.viewer.Time):
		return naiveYes
	default:
		return naiveNo
	}
}

// addressed is the recipients: section 1, actor and actor.reference. One that cannot be followed leaves it in doubt
// unless another is the caller.
func (q naiveAsk) addressed(p *consent.Provision, path naivePath) (naiveMatch, naivePath) {
	match, some := naiveNo, false
	for _, a := range p.Actors {
		if a.Kind == consent.Custodian || a.Kind == consent.Author {
			continue
		}
		some = true
		inPerson := naiveAmong(a.Party, q.viewer.Self)
		switch {
		case a.Kind == consent.UnknownRole && p.Permit: // nobody
		case a.Party == (consent.Party{}):
			match = max(match, naiveDoubt)
		case inPerson || q.is(a.Party):
			match = naiveYes
			// A proxy has to be named in person (section 8), and an exception to a deny adds no callers.
			path.named = path.named || (p.Permit && (inPerson || !q.proxy()))
			path.against = path.against || (!p.Permit && inPerson)
		}
	}
	if !some {
		match = naiveYes
	}
	return match, path
}

// is reports whether the caller is who a rule names: by organisation or one above it, by a Group, or as a member of a
// CareTeam now.
func (q naiveAsk) is(p consent.Party) bool {
	v := q.viewer
	if naiveAmong(p, v.Orgs) || slices.Contains(v.Groups, p.Ref) {
		return true
	}
	for _, t := range q.standing.Ties {
		if t.Kind == consent.TieCareTeam && t.From == p.Ref && naiveDuring(t.Period, v.Time) &&
			(naiveAmong(t.Who, v.Self) || naiveAmong(t.Who, v.Orgs)) {
			return true
		}
	}
	return false
}

// acted is section 1, action. Reading is access, and disclose too when the thing is kept by another organisation: a
// deny of either stops it, a permit needs one of them. A permit to correct is one to read; that who corrects reads as
// well is asked apart, by the guard. For a proxy actions default to access (section 8).
func (q naiveAsk) acted(p *consent.Provision, path naivePath) naiveMatch {
	asked := q.viewer.Action
	if p.Permit && q.proxy() && !path.explicit && asked&(consent.Collect|consent.Correct) != 0 {
		return naiveNo
	}
	if p.Actions == 0 && p.Odd&consent.OddAction == 0 {
		return naiveYes
	}
	if asked&consent.Access != 0 && q.abroad() {
		asked |= consent.Disclose
	}
	given := p.Actions
	if p.Permit {
		if given&consent.Correct != 0 {
			given |= consent.Access
		}
		if given&asked&(consent.Access|consent.Disclose) != 0 {
			given |= consent.Access | consent.Disclose
		}
	}
	switch {
	case !p.Permit && p.Odd&consent.OddAction != 0 && p.Actions&q.viewer.Action == 0:
		return naiveDoubt // the engine does not go on to ask where the thing comes from
	case p.Permit && asked&^given == 0, !p.Permit && asked&given != 0:
		return naiveYes
	case p.Odd&consent.OddAction != 0:
		return naiveDoubt
	default:
		return naiveNo
	}
}

// abroad reports whether another organisation keeps the thing than the caller's; one that nobody is known to keep may be.
func (q naiveAsk) abroad() bool {
	return !slices.ContainsFunc(q.facts.Custodian, func(keeper consent.Party) bool { return naiveAmong(keeper, q.viewer.Orgs) })
}

// purposed is section 4, and 14.22: a permit to a carer covers a carer's purposes, whatever it names.
func (q naiveAsk) purposed(p *consent.Provision, path naivePath) (naiveMatch, naivePath) {
	match, purpose := naiveNo, q.viewer.Purpose
	if len(p.Purposes) == 0 && p.Odd&consent.OddPurpose == 0 {
		match = naiveYes
	}
	for _, c := range p.Purposes {
		// A code of another system that reads alike is none that we know (2.6).
		if (!p.Permit || c.System == naivePurposeSystem) && naiveStandsUnder(purpose, c.Code) {
			match = naiveYes
			path.refusal = path.refusal || c.Code == "ETREAT" || c.Code == "BTG"
		}
	}
	if p.Permit && path.named && q.proxy() && (purpose == "FAMRQT" || purpose == "PWATRNY") {
		match = naiveYes
	}
	if p.Odd&consent.OddPurpose != 0 && match == naiveNo {
		match = naiveDoubt
	}
	return match, path
}
