package consent_test

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// holds is about the data: class, code, time, instance and author, custodian.
func (q request) holds(p *consent.Provision) string {
	sure := "yes"
	if p.Odd&consent.OddData != 0 {
		sure = "perhaps"
	}
	if len(p.Class) > 0 && !slices.ContainsFunc(p.Class, func(c consent.Code) bool { return slices.Contains(q.f.Class, c) }) {
		return "no"
	}
	where := q.f.Codes
	if p.Permit {
		where = q.f.Primary
	}
	if len(p.Codes) > 0 && !slices.ContainsFunc(p.Codes, func(c consent.Code) bool { return slices.Contains(where, c) }) {
		return "no"
	}
	if p.DataPeriod != nil && !q.dated(p) {
		return "no"
	}
	if p.Data && !slices.Contains(p.Instances, q.f.Ref) && !slices.ContainsFunc(p.Writers, func(w consent.Party) bool { return slices.Contains(q.f.Authors, w) }) &&
		!slices.ContainsFunc(p.Related, func(root fhir.Ref) bool { return q.reaches(p, root, "related") }) &&
		!slices.ContainsFunc(p.Dependents, func(root fhir.Ref) bool { return q.reaches(p, root, "dependents") }) {
		unknown := len(p.Related)+len(p.Dependents) > 0 && !q.s.Edged
		if p.Odd&consent.OddReference == 0 && !unknown {
			return "no"
		}
		sure = "perhaps"
	}
	sure = both(sure, q.labelled(p))
	if sure == "no" {
		return sure
	}
	for _, a := range p.Actors {
		if a.Kind == consent.Custodian && !slices.Contains(q.f.Custodian, a.Party) {
			return "no"
		}
	}
	return sure
}

func (q request) dated(p *consent.Provision) bool {
	times := slices.Concat(q.f.Events, q.f.Authored)
	if len(times) == 0 {
		return !p.Permit
	}
	touches := func(s consent.Span) bool {
		return (p.DataPeriod.To.IsZero() || s.From.IsZero() || !s.From.After(p.DataPeriod.To)) &&
			(p.DataPeriod.From.IsZero() || s.To.IsZero() || !s.To.Before(p.DataPeriod.From))
	}
	inside := func(s consent.Span) bool {
		return (p.DataPeriod.From.IsZero() || (!s.From.IsZero() && !s.From.Before(p.DataPeriod.From))) &&
			(p.DataPeriod.To.IsZero() || (!s.To.IsZero() && !s.To.After(p.DataPeriod.To)))
	}
	if !p.Permit {
		return slices.ContainsFunc(times, touches)
	}
	return !slices.ContainsFunc(times, func(s consent.Span) bool { return !inside(s) })
}

// labelled is about the security label.
func (q request) labelled(p *consent.Provision) string {
	if len(p.Levels)+len(p.Topics)+len(p.Labels) == 0 && p.Odd&consent.OddLabel == 0 {
		return "yes"
	}
	level := q.f.Labels.Level
	if level == consent.LevelNone && q.f.Labels.Topics != 0 {
		level = consent.LevelR
	} else if level == consent.LevelNone {
		level = consent.LevelN
	}
	matched := slices.ContainsFunc(p.Levels, func(l consent.Level) bool { return p.Permit && level <= l || !p.Permit && level >= l }) ||
		slices.ContainsFunc(p.Topics, func(topic consent.Topics) bool { return q.f.Labels.Topics&topic == topic }) ||
		slices.ContainsFunc(p.Labels, func(c consent.Code) bool { return slices.Contains(q.f.Labels.Other, c) })
	stale := q.f.Labels.Rules != labelled
	switch {
	case matched && (!p.Permit || !stale):
		return "yes"
	case stale || p.Odd&consent.OddLabel != 0:
		return "perhaps"
	default:
		return "no"
	}
}

// reaches is about what refers to what (section 6): one step for all, and three of membership for a deny of what
// gathers things.
func (q request) reaches(p *consent.Provision, root fhir.Ref, meaning string) bool {
	edge := func(from, to fhir.Ref) bool {
		return slices.ContainsFunc(q.s.Edges, func(e consent.Edge) bool { return e.From == from && e.To == to })
	}
	own := slices.ContainsFunc(q.f.Links, func(l consent.Link) bool { return l.To == root })
	gathers := root.Type == "Encounter" || root.Type == "EpisodeOfCare" || root.Type == "CarePlan"
	switch {
	case q.f.Ref == root:
		return true
	case p.Permit && meaning == "related":
		return edge(root, q.f.Ref) || (gathers && own)
	case p.Permit:
		return own
	default:
		return edge(root, q.f.Ref) || edge(q.f.Ref, root) || own || (gathers && q.member(q.f.Ref, root, 3))
	}
}

// member reports whether a thing belongs to another by at most so many steps.
func (q request) member(part, whole fhir.Ref, steps int) bool {
	if steps == 0 {
		return false
	}
	return slices.ContainsFunc(q.s.Edges, func(e consent.Edge) bool {
		of, to := e.From, e.To
		if of.Type == "CarePlan" && to.Type != "Encounter" && to.Type != "EpisodeOfCare" && to.Type != "CarePlan" {
			of, to = to, of
		}
		return e.Member && of == part && (to == whole || q.member(to, whole, steps-1))
	})
}
