package consent_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
)

// base is a base policy; rule set 7 is in force, or labels are taken as they stand.
func (d draw) base() consent.Base {
	name := oneOf(d, "default", "default", "default", "default", "default", "none",
		"https://profiles.ihe.net/ITI/PCF/Policy-basic-normal", "https://profiles.ihe.net/ITI/PCF/Policy-all-normal",
		"https://profiles.ihe.net/ITI/PCF/Policy-break-glass-only")
	base, _ := consent.Named(name)
	base.Labels = oneOf[uint64](d, 7, 7, 7, 0)
	base.OpensRefused = d.in(4)
	return base
}

// standing is that of one person, with the choices committed one after another.
func (d draw) standing() *consent.Standing {
	s := &consent.Standing{Person: "person", Patients: []consent.Patient{d.patient(drawPerson)}, Edged: !d.in(8)}
	if d.in(8) {
		twin := s.Patients[0]
		twin.Ref = drawTwin
		s.Patients = append(s.Patients, twin)
	}
	for range d.IntN(9) {
		s.Ties = append(s.Ties, d.tie())
	}
	if d.in(2) {
		for range 1 + d.IntN(3) {
			s.Glass = append(s.Glass, consent.Opened{Who: d.party(oneOf(d, d.hero, oneOf(d, drawStaff...))), From: drawNow.Add(-time.Hour), To: d.moment()})
		}
	}
	if s.Edged {
		s.Edges = d.edges()
	}
	return s
}

// edges are references among the things; now and then a chain of membership, longer than it is followed.
func (d draw) edges() []consent.Edge {
	var edges []consent.Edge
	for range d.IntN(8) {
		edges = append(edges, consent.Edge{From: oneOf(d, drawThings...), To: oneOf(d, drawThings...), Member: d.in(2)})
	}
	if order := d.Perm(len(drawThings)); d.in(3) {
		edges = nil
		for i := range order[1:] {
			edges = append(edges, consent.Edge{From: drawThings[order[i+1]], To: drawThings[order[i]], Member: true})
		}
	}
	slices.SortFunc(edges, func(a, b consent.Edge) int { // a standing keeps them sorted
		return cmp.Or(strings.Compare(a.From.String(), b.From.String()), strings.Compare(a.To.String(), b.To.String()))
	})
	return edges
}

func (d draw) patient(ref fhir.Ref) consent.Patient {
	p := consent.Patient{Ref: ref, Identifiers: []consent.Code{drawID(ref)}, AtRisk: d.in(8)}
	years := oneOf(d, 0, 5, 11, 11, 12, 14, 15, 16, 16, 17, 40, 40, 40)
	if years > 0 {
		y, m, day := drawNow.AddDate(-years, 0, 0).Date()
		born := time.Date(y, m, day, 0, 0, 0, 0, drawNow.Location()).AddDate(0, 0, oneOf(d, -30, -1, 0, 1))
		p.Birth = consent.Span{From: born, To: born.AddDate(0, 0, 1).Add(-time.Nanosecond)}
		if d.in(6) { // to the year only
			p.Birth.From = time.Date(born.Year(), 1, 1, 0, 0, 0, 0, drawNow.Location())
			p.Birth.To = p.Birth.From.AddDate(1, 0, 0).Add(-time.Nanosecond)
		}
	}
	if d.in(14) {
		death := drawNow.Add(oneOf(d, -91*24*time.Hour, -90*24*time.Hour-1, -90*24*time.Hour, -90*24*time.Hour+1, -time.Hour, -1, 0, 1))
		p.Death = &death
	}
	return p
}

// heroOr is the hero, or where the hero works, or one of the others.
func (d draw) heroOr(others ...fhir.Ref) fhir.Ref {
	switch d.IntN(4) {
	case 0:
		return d.hero
	case 1:
		return d.home
	default:
		return oneOf(d, others...)
	}
}

func (d draw) tie() consent.Tie {
	if d.in(3) {
		return consent.Tie{
			Kind: consent.TieRelated, Who: d.party(d.heroOr(drawCarers[0], drawCarers[1], drawSocial, drawHospital)), From: fhir.Ref{Type: "RelatedPerson", ID: "r"},
			Period: d.lasting(), Parental: d.in(2),
		}
	}
	t := consent.Tie{
		Kind: oneOf(d, consent.TieCareTeam, consent.TieCareTeam, consent.TieReferral, consent.TieRequest, consent.TieEncounter, consent.TieStarted, consent.TieGeneral),
		Who:  d.party(d.heroOr(append(drawStaff, drawOrgs...)...)), Period: d.lasting(), Short: d.in(8), From: fhir.Ref{Type: "Encounter", ID: "tie"},
	}
	if t.Kind == consent.TieCareTeam {
		t.From = drawTeam
	}
	return t
}

// rules commits some choices, and gives the standing with them and the commits in their order.
func (d draw) rules(s *consent.Standing) (*consent.Standing, []consent.Rule) {
	var commits []consent.Rule
	for range oneOf(d, 0, 1, 1, 1, 2, 2, 3, 4, 5) {
		rule := d.rule()
		commits = append(commits, rule)
		s = s.With(&consent.Facts{Ref: rule.Ref, About: []fhir.Ref{drawPerson}, Gives: consent.Gives{Rule: &rule}})
	}
	return s, commits
}

// rule is one choice. Few references, so that some are committed again, and few identifiers, so that some supersede.
func (d draw) rule() consent.Rule {
	r := consent.Rule{
		Ref: fhir.Ref{Type: "Consent", ID: oneOf[fhir.ID](d, "1", "2", "3", "4", "5")}, Active: !d.in(10), Research: d.in(12),
		Performers: []consent.Party{{Ref: oneOf(d, drawPerson, drawPerson, drawCarers[0], drawStaff[0])}},
	}
	r.Pending = !r.Active && d.in(2)
	r.Given.From = drawNow.AddDate(-oneOf(d, 0, 0, 1, 3, 6, 30), 0, -1)
	r.Given.To = r.Given.From
	if d.in(3) {
		r.Identifiers = []consent.Code{{System: "urn:consents", Code: oneOf(d, "a", "b")}}
	}
	if d.in(8) {
		r.Replaces = []fhir.Ref{{Type: "Consent", ID: oneOf[fhir.ID](d, "1", "2", "3")}}
	}
	if d.in(8) {
		r.Domain = []consent.Party{d.party(drawOrgs...)}
		if d.in(6) {
			r.Domain = []consent.Party{{}}
		}
	}
	r.Readings = []consent.Provision{d.provision(0)}
	if d.in(12) {
		r.Readings = append(r.Readings, d.provision(0))
		r.Readings[1].Period = r.Readings[0].Period
	}
	return r
}
