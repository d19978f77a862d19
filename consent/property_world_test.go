package consent_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// The world of the generators is small, so that things meet often.
var (
	who   = []fhir.Ref{ref("Practitioner/a"), ref("Organization/o"), ref("Organization/q"), ref("RelatedPerson/r"), ref("Patient/p")}
	codes = []consent.Code{{System: "s", Code: "1"}, {System: "s", Code: "2"}, {System: "z", Code: "1"}}
	types = []consent.Code{
		{System: "http://hl7.org/fhir/resource-types", Code: "Observation"},
		{System: "http://hl7.org/fhir/resource-types", Code: "AllergyIntolerance"},
		{System: care.SystemSection, Code: "clinical"},
	}
	things = []fhir.Ref{ref("Observation/1"), ref("AllergyIntolerance/2"), ref("Encounter/3"), ref("CarePlan/4")}
	labels = []consent.Topics{consent.TopicSUD, consent.TopicSUD | consent.TopicETHUD, consent.TopicHIV, consent.TopicSafeguarding, consent.TopicLOCIS, consent.TopicChildProtection | consent.TopicSafeguarding}
	levels = []consent.Level{consent.LevelNone, consent.LevelN, consent.LevelR, consent.LevelV}
	days   = []time.Time{noon.AddDate(0, 0, -2), noon.AddDate(0, 0, -1), noon, noon.AddDate(0, 0, 1), noon.AddDate(0, 0, 2)}
)

func some[T any](t *rapid.T, from []T, label string) []T {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 2, func(v T) string { return fmt.Sprint(v) }).Draw(t, label)
}

func rarely(t *rapid.T, label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }

func drawSpan(t *rapid.T, label string) consent.Span {
	var s consent.Span
	if rarely(t, label) {
		from := rapid.IntRange(0, len(days)-1).Draw(t, label+" from")
		to := rapid.IntRange(from, len(days)-1).Draw(t, label+" to")
		if rapid.Bool().Draw(t, label+" starts") {
			s.From = days[from]
		}
		if rapid.Bool().Draw(t, label+" ends") {
			s.To = days[to]
		}
	}
	return s
}

func drawProvision(t *rapid.T, deep int) consent.Provision {
	p := consent.Provision{Permit: rapid.Bool().Draw(t, "permit"), Period: drawSpan(t, "period")}
	if rapid.Bool().Draw(t, "actors") {
		for _, ref := range some(t, append([]fhir.Ref{{}}, who...), "actor") {
			kind := rapid.SampledFrom([]consent.ActorKind{consent.Recipient, consent.Recipient, consent.UnknownRole}).Draw(t, "role")
			p.Actors = append(p.Actors, consent.Actor{Kind: kind, Party: consent.Party{Ref: ref}})
		}
	}
	if rarely(t, "custodian") {
		p.Actors = append(p.Actors, consent.Actor{Kind: consent.Custodian, Party: consent.Party{Ref: rapid.SampledFrom(who[1:3]).Draw(t, "cst")}})
	}
	if rarely(t, "purposes") {
		for _, code := range some(t, []string{"TREAT", "ETREAT", "BTG", "HRESCH"}, "purpose") {
			p.Purposes = append(p.Purposes, consent.Code{System: care.SystemPurpose, Code: code})
		}
	}
	if rarely(t, "actions") {
		p.Actions = rapid.SampledFrom([]consent.Action{consent.Access, consent.Disclose, consent.Correct, consent.Access | consent.Disclose}).Draw(t, "action")
	}
	if rarely(t, "class") {
		p.Class = some(t, types, "classes")
	}
	if rarely(t, "code") {
		p.Codes = some(t, codes, "codes")
	}
	if rarely(t, "dated") {
		span := drawSpan(t, "data period")
		p.DataPeriod = &span
	}
	if rarely(t, "data") {
		p.Data, p.Instances = true, some(t, things, "instances")
		for _, ref := range some(t, who, "writers") {
			p.Writers = append(p.Writers, consent.Party{Ref: ref})
		}
	}
	if rarely(t, "references") {
		p.Data, p.Related, p.Dependents = true, some(t, things, "related"), some(t, things, "dependents")
	}
	if rarely(t, "labels") {
		p.Levels, p.Topics, p.Labels = some(t, levels[1:], "levels"), some(t, labels[:4], "topics"), some(t, codes, "marks")
	}
	if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
		p.Odd = rapid.SampledFrom([]consent.Odd{consent.OddData, consent.OddPurpose, consent.OddLabel}).Draw(t, "which")
	}
	if p.Data && rarely(t, "odd reference") {
		p.Odd |= consent.OddReference
	}
	if deep > 1 {
		for range rapid.IntRange(0, 2).Draw(t, "nested") {
			p.Provisions = append(p.Provisions, drawProvision(t, deep-1))
		}
	}
	return p
}

func drawRule(t *rapid.T, i int) consent.Rule {
	r := consent.Rule{Ref: fhir.Ref{Type: "Consent", ID: fhir.ID(fmt.Sprint(i))}, Active: !rarely(t, "inactive")}
	if rarely(t, "superseded") {
		r.Superseded = rapid.SampledFrom(days).Draw(t, "from when")
	}
	for range rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "readings") {
		r.Readings = append(r.Readings, drawProvision(t, 3))
	}
	return r
}

func drawStanding(t *rapid.T) *consent.Standing {
	s := &consent.Standing{Person: "x", Patients: []consent.Patient{{Ref: ref("Patient/p"), AtRisk: rarely(t, "at risk")}}}
	if rarely(t, "child") {
		born := rapid.SampledFrom(days).Draw(t, "born").AddDate(-rapid.SampledFrom([]int{5, 11, 16}).Draw(t, "years"), 0, 0)
		s.Patients[0].Birth = consent.Span{From: born, To: born}
	}
	if rapid.IntRange(0, 9).Draw(t, "dead") == 0 {
		died := rapid.SampledFrom(days).Draw(t, "died").AddDate(0, 0, -rapid.SampledFrom([]int{0, 90}).Draw(t, "since"))
		s.Patients[0].Death = &died
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "rules") {
		s.Rules = append(s.Rules, drawRule(t, i))
	}
	for _, ref := range some(t, who[:4], "ties") {
		kind := rapid.SampledFrom([]consent.TieKind{consent.TieCareTeam, consent.TieStarted}).Draw(t, "kind")
		if ref.Type == "RelatedPerson" {
			kind = consent.TieRelated
		}
		s.Ties = append(s.Ties, consent.Tie{Kind: kind, Who: consent.Party{Ref: ref}, Period: drawSpan(t, "tie"), Short: rarely(t, "short"), Parental: rarely(t, "parent")})
	}
	for range rapid.IntRange(0, 1).Draw(t, "windows") {
		from := rapid.SampledFrom(days).Draw(t, "opened")
		s.Glass = append(s.Glass, consent.Opened{Who: consent.Party{Ref: who[0]}, From: from, To: from.AddDate(0, 0, 1)})
	}
	if rapid.IntRange(0, 9).Draw(t, "references known") > 0 {
		record := make([]*consent.Facts, 0, len(things))
		for _, thing := range things {
			record = append(record, &consent.Facts{Ref: thing, Links: drawLinks(t)})
		}
		s = s.WithEdges(record)
	}
	if rarely(t, "sender") {
		s.Senders = []fhir.Ref{who[1]}
	}
	return s
}

func drawLinks(t *rapid.T) []consent.Link {
	var links []consent.Link
	for _, to := range some(t, things, "links") {
		links = append(links, consent.Link{To: to, Member: rapid.Bool().Draw(t, "member")})
	}
	return links
}

func drawViewer(t *rapid.T) consent.Viewer {
	v := consent.Viewer{
		Self: []consent.Party{{Ref: who[0]}}, Org: who[1], Orgs: []consent.Party{{Ref: who[1]}}, OrgKind: rapid.SampledFrom([]consent.OrgKind{consent.OrgHealth, consent.OrgVoluntary}).Draw(t, "kind"),
		Role: rapid.SampledFrom([]string{"clinician", "reception", ""}).Draw(t, "role"), Action: rapid.SampledFrom([]consent.Action{consent.Access, consent.Correct}).Draw(t, "action"),
		Purpose: rapid.SampledFrom([]string{"TREAT", "ETREAT", "BTG", "CLINTRCH", "POPHLTH"}).Draw(t, "purpose"), Scopes: anyScope, Time: rapid.SampledFrom(days).Draw(t, "now"),
	}
	if rarely(t, "other organisation") {
		v.Org, v.Orgs = who[2], []consent.Party{{Ref: who[2]}}
	}
	if v.Purpose == "BTG" {
		v.Glass = rapid.Bool().Draw(t, "glass")
	}
	if rarely(t, "carer") {
		v.Class, v.Self, v.Org, v.Orgs, v.OrgKind, v.Role, v.Purpose = consent.Proxy, []consent.Party{{Ref: who[3]}}, fhir.Ref{}, nil, 0, "", "TREAT"
		v.Action = consent.Access
	}
	return v
}

func drawFacts(t *rapid.T) *consent.Facts {
	f := &consent.Facts{
		Ref: rapid.SampledFrom(things).Draw(t, "thing"), About: []fhir.Ref{ref("Patient/p")}, Sections: care.In(care.Clinical),
		Codes: some(t, codes, "codes"), NoneKnown: rarely(t, "none known"), Links: drawLinks(t),
	}
	f.Labels = drawLabels(t)
	if rapid.IntRange(0, 9).Draw(t, "for purposes") == 0 {
		f.Purposes = some(t, []string{"TREAT", "HRESCH"}, "data purposes")
	}
	f.Class = []consent.Code{{System: "http://hl7.org/fhir/resource-types", Code: string(f.Ref.Type)}, types[2]}
	f.Primary = f.Codes[:len(f.Codes)/2]
	for range rapid.IntRange(0, 2).Draw(t, "times") {
		f.Events = append(f.Events, drawSpan(t, "event"))
	}
	for _, ref := range some(t, who, "authors") {
		f.Authors = append(f.Authors, consent.Party{Ref: ref})
	}
	if rapid.Bool().Draw(t, "kept") {
		f.Custodian = []consent.Party{{Ref: rapid.SampledFrom(who[1:3]).Draw(t, "custodian")}}
	}
	if rarely(t, "sent") {
		f.Sender = rapid.SampledFrom(who[1:3]).Draw(t, "sender")
	}
	f.Seal = rapid.SampledFrom([]consent.Seal{0, 0, 0, 0, consent.Sealed, consent.Locked}).Draw(t, "seal")
	return f
}

// labelled is the rule set in force where random cases are decided.
const labelled = 7

func drawLabels(t *rapid.T) consent.Labels {
	l := consent.Labels{Rules: rapid.SampledFrom([]uint64{labelled, labelled, labelled, 0}).Draw(t, "labelled by")}
	l.Level = rapid.SampledFrom(levels).Draw(t, "level")
	for _, topic := range some(t, labels, "topics") {
		l.Topics |= topic
	}
	l.Other = some(t, codes, "other labels")
	return l
}
