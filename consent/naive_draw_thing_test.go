package consent_test

import (
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// facts are those of one thing about the person.
func (d draw) facts(s *consent.Standing) *consent.Facts {
	ref := oneOf(d, drawMore...)
	f := &consent.Facts{
		Ref: ref, About: []fhir.Ref{drawPerson}, Sections: d.sections(), Class: d.class(ref), Primary: few(d, 1, d.code()),
		Labels: d.labels(), Private: ref.Type == "Consent", Sender: oneOf(d, drawHospital, drawWard, drawSocial, drawCharity, drawCarers[0], drawPerson),
	}
	f.Codes = append(few(d, 2, d.code(), d.code()), f.Primary...)
	f.Events, f.Authored = d.times(), d.times()
	for range d.IntN(3) {
		f.Authors = append(f.Authors, d.party(append(drawRoles, append(drawStaff, drawOrgs...)...)...))
	}
	if !d.in(4) {
		f.Custodian = []consent.Party{d.party(drawOrgs...)}
	}
	if ref.Type == "Task" || ref.Type == "ServiceRequest" {
		f.Owners = []consent.Party{d.party(d.heroOr(append(drawOrgs, drawStaff...)...))}
	}
	if d.in(12) {
		f.Seal = oneOf(d, consent.Sealed, consent.Locked)
	}
	if d.in(14) {
		f.Held = oneOf(d, consent.HeldNotYetTold, consent.HeldSeriousHarm, consent.HeldThirdParty)
	}
	if d.in(24) {
		f.Purposes = []string{oneOf(d, "TREAT", "HRESCH", "ETREAT")}
	}
	if ref.Type == "AllergyIntolerance" {
		f.NoneKnown = d.in(4)
	}
	d.rare(f)
	if d.in(3) {
		d.parts(f)
	}
	for _, e := range s.Edges {
		if e.From == ref {
			f.Links = append(f.Links, consent.Link{To: e.To, Member: e.Member})
		}
	}
	return f
}

// rare are things about several people, about nobody, and of the directory.
func (d draw) rare(f *consent.Facts) {
	switch d.IntN(40) {
	case 0:
		f.About = []fhir.Ref{drawPerson, drawOther}
	case 1:
		f.About = nil
	case 2:
		ref := oneOf(d, drawHospital, fhir.Ref{Type: "Medication", ID: "m"}, fhir.Ref{Type: "Questionnaire", ID: "q"})
		*f = consent.Facts{Ref: ref, Open: true, Class: d.class(ref), Labels: f.Labels}
	}
}

func (d draw) times() []consent.Span {
	var all []consent.Span
	for range d.IntN(3) {
		from := d.moment()
		s := consent.Span{From: from, To: from.Add(oneOf(d, 0, time.Nanosecond, time.Hour))}
		if d.in(6) {
			s.To = time.Time{}
		}
		all = append(all, s)
	}
	return all
}

func (d draw) parts(f *consent.Facts) {
	for i := range 1 + d.IntN(3) {
		p := consent.Part{
			Cut: int32(i), Whole: d.in(5), Class: []consent.Code{{System: naiveTypes, Code: oneOf(d, "Condition", "Observation", "Task")}},
			Primary: few(d, 1, d.code()), Sections: d.sections(), Labels: d.labels(), Events: d.times(), Authored: d.times(),
		}
		p.Codes = append(few(d, 1, d.code()), p.Primary...)
		f.Cuts = append(f.Cuts, fhir.Cut{Kind: fhir.CutContained, Start: int32(10 * i), End: int32(10*i + 5), Up: -1, Prev: -1, Next: -1})
		f.Parts = append(f.Parts, p)
		f.Codes = append(f.Codes, p.Codes...)
		f.Labels = f.Labels.With(p.Labels)
	}
	f.Codes = slices.Clip(f.Codes)
}

func (d draw) topic() consent.Topics {
	return naiveAllOver(oneOf(d, consent.TopicETHUD, consent.TopicSUD, consent.TopicETH, consent.TopicHIV, consent.TopicSEX, consent.TopicSDV,
		consent.TopicPSY, consent.TopicMH, consent.TopicSPI, consent.TopicVIO, consent.TopicSafeguarding, consent.TopicChildProtection))
}

func (d draw) labels() consent.Labels {
	l := consent.Labels{Rules: oneOf[uint64](d, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 0), Level: consent.LevelN}
	switch d.IntN(4) {
	case 0:
		l.Level = oneOf(d, consent.LevelU, consent.LevelL, consent.LevelM, consent.LevelR, consent.LevelV)
	case 1:
		l.Level = oneOf(d, consent.LevelR, consent.LevelR, consent.LevelV)
		for range 1 + d.IntN(2) {
			l.Topics |= d.topic()
		}
	}
	if d.in(8) {
		l.Other = []consent.Code{{System: "urn:labels", Code: oneOf(d, "x", "y")}}
	}
	if l.Rules == 0 && l.Topics == 0 {
		l.Level = consent.LevelNone
	}
	return l
}

func (d draw) class(ref fhir.Ref) []consent.Code {
	return append([]consent.Code{{System: naiveTypes, Code: string(ref.Type)}}, few(d, 1, drawProfiles...)...)
}

var drawProfiles = []consent.Code{{System: "urn:ietf:rfc:3986", Code: "http://example.org/p"}, {System: "urn:ietf:bcp:13", Code: "text/plain"}}

func (d draw) sections() care.Set {
	return care.In(oneOf(d, care.Clinical, care.Plan, care.Contingency, care.Identity, care.Appointments, care.Budget, care.Community, care.People)) |
		care.In(few(d, 1, care.Clinical, care.Plan, care.Budget, care.Identity)...)
}
