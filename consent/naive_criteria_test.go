package consent_test

import (
	"slices"

	"concord/consent"
)

const naiveTypes = "http://hl7.org/fhir/resource-types"

// holds is whether the data criteria of a provision hold: class, code, dataPeriod, securityLabel, data, custodian and
// author. Values of one element are OR-ed, so that one that cannot be read is no matter beside one that matches.
func (q naiveAsk) holds(p *consent.Provision) naiveMatch {
	match := naiveYes
	for _, c := range []struct {
		name string
		said bool
		m    naiveMatch
	}{
		{"class", len(p.Class) > 0 || p.Odd&consent.OddClass != 0, q.odd(p, consent.OddClass, len(p.Class), q.classed(p))},
		{"code", len(p.Codes) > 0 || p.Odd&consent.OddCode != 0, q.odd(p, consent.OddCode, len(p.Codes), q.coded(p))},
		{"dataPeriod", p.DataPeriod != nil, q.dated(p)},
		{"label", len(p.Levels)+len(p.Topics)+len(p.Labels) > 0, q.labelled(p)},
		{"data", p.Data, q.reached(p)},
		{"custodian", len(p.Actors) > 0, q.kept(p, consent.Custodian)},
		{"author", len(p.Actors) > 0, q.kept(p, consent.Author)},
	} {
		if c.said {
			q.tally.note(c.name, c.m)
		}
		match = min(match, c.m)
	}
	if p.Odd&consent.OddData != 0 {
		match = min(match, naiveDoubt)
	}
	return match
}

// odd is the match of a criterion that has so many values, of which one matched or not, and some may not be readable.
func (q naiveAsk) odd(p *consent.Provision, which consent.Odd, values int, found bool) naiveMatch {
	switch {
	case found || (values == 0 && p.Odd&which == 0):
		return naiveYes
	case p.Odd&which != 0:
		return naiveDoubt
	default:
		return naiveNo
	}
}

func (q naiveAsk) classed(p *consent.Provision) bool { return naiveNamesAny(p.Class, q.facts.Class) }

// coded is section 1, code: anywhere in the thing for a deny, its primary code for a permit.
func (q naiveAsk) coded(p *consent.Provision) bool {
	if p.Permit {
		return naiveNamesAny(p.Codes, q.facts.Primary)
	}
	return naiveNamesAny(p.Codes, q.facts.Codes)
}

// dated is section 1, dataPeriod: any time for a deny, all of them for a permit, and what has none as if in it for a deny.
func (q naiveAsk) dated(p *consent.Provision) naiveMatch {
	if p.DataPeriod == nil {
		return naiveYes
	}
	times := slices.Concat(q.facts.Events, q.facts.Authored)
	inside, touched := len(times) > 0, len(times) == 0
	for _, s := range times {
		inside = inside && naiveInside(s, *p.DataPeriod)
		touched = touched || naiveTouches(s, *p.DataPeriod)
	}
	if (p.Permit && inside) || (!p.Permit && touched) {
		return naiveYes
	}
	return naiveNo
}

// labelled is section 5.
func (q naiveAsk) labelled(p *consent.Provision) naiveMatch {
	has, found := q.facts.Labels, false
	for _, level := range p.Levels {
		found = found || (p.Permit && naiveLevel(has) <= level) || (!p.Permit && naiveLevel(has) >= level)
	}
	for _, topic := range p.Topics {
		found = found || naiveSensitive(has.Topics, topic)
	}
	found = found || naiveNamesAny(p.Labels, has.Other)
	asks := len(p.Levels) + len(p.Topics) + len(p.Labels)
	if asks+int(p.Odd&consent.OddLabel) > 0 && q.unlabelled(has) && (p.Permit || !found) {
		return naiveDoubt // matches every deny and no permit
	}
	return q.odd(p, consent.OddLabel, asks, found)
}

// naiveLevel is what labels amount to: with a sensitivity alone R, with none N.
func naiveLevel(l consent.Labels) consent.Level {
	switch {
	case l.Level != consent.LevelNone:
		return l.Level
	case l.Topics != 0:
		return consent.LevelR
	default:
		return consent.LevelN
	}
}

// unlabelled reports whether labelling has not run, or by another rule set. Without one in force labels are as they stand.
func (q naiveAsk) unlabelled(l consent.Labels) bool {
	return q.base.Labels != 0 && l.Rules != q.base.Labels
}
