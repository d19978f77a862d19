package consent_test

import (
	"math/rand/v2"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// The world of the generator is small, so that rules hit often: four organisations in a tree, three practitioners, two
// carers, six codes, five things that refer to each other.

var (
	drawNow = time.Date(2026, 6, 15, 12, 0, 0, 0, drawZone())

	drawHospital = fhir.Ref{Type: "Organization", ID: "hospital"}
	drawWard     = fhir.Ref{Type: "Organization", ID: "ward"} // part of the hospital
	drawSocial   = fhir.Ref{Type: "Organization", ID: "social"}
	drawCharity  = fhir.Ref{Type: "Organization", ID: "charity"}
	drawOrgs     = []fhir.Ref{drawHospital, drawWard, drawSocial, drawCharity}
	drawKinds    = map[fhir.Ref]consent.OrgKind{
		drawHospital: consent.OrgHealth, drawWard: consent.OrgHealth, drawSocial: consent.OrgSocial, drawCharity: consent.OrgVoluntary,
	}
	drawStaff = []fhir.Ref{{Type: "Practitioner", ID: "one"}, {Type: "Practitioner", ID: "two"}, {Type: "Practitioner", ID: "three"}}
	// drawRoles are those of the practitioners, one each; the third's is over.
	drawRoles = []fhir.Ref{
		{Type: "PractitionerRole", ID: "one"}, {Type: "PractitionerRole", ID: "two"}, {Type: "PractitionerRole", ID: "three"},
	}
	drawWorks  = []fhir.Ref{drawHospital, drawWard, drawSocial}
	drawCarers = []fhir.Ref{{Type: "RelatedPerson", ID: "one"}, {Type: "RelatedPerson", ID: "two"}}
	drawPerson = fhir.Ref{Type: "Patient", ID: "a"}
	drawTwin   = fhir.Ref{Type: "Patient", ID: "twin"} // another record of the same person
	drawOther  = fhir.Ref{Type: "Patient", ID: "b"}
	drawTeam   = fhir.Ref{Type: "CareTeam", ID: "team"}
	drawGroup  = fhir.Ref{Type: "Group", ID: "group"}

	drawThings = []fhir.Ref{
		{Type: "Observation", ID: "o"},
		{Type: "Condition", ID: "c"},
		{Type: "CarePlan", ID: "p"},
		{Type: "Encounter", ID: "e"},
		{Type: "MedicationRequest", ID: "m"},
	}
	drawMore = append([]fhir.Ref{
		{Type: "Task", ID: "t"},
		{Type: "ServiceRequest", ID: "s"},
		{Type: "AllergyIntolerance", ID: "y"},
		{Type: "Consent", ID: "k"},
		{Type: "Task", ID: "t"},
		{Type: "Appointment", ID: "x"},
		{Type: "ServiceRequest", ID: "s"},
		{Type: "Patient", ID: "a"},
		{Type: "DocumentReference", ID: "d"},
	}, drawThings...)
	drawScopes = drawParsed("user/*.cruds", "system/*.cruds", "patient/*.cruds", "user/Observation.rs user/Condition.r user/CarePlan.cruds",
		"user/*.rs", "patient/Observation.rs", "system/*.rs")
	drawDirectory = drawnDirectory()
)

func drawZone() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return zone
}

func drawParsed(texts ...string) []smart.Scopes {
	var all []smart.Scopes
	for _, text := range texts {
		scopes, err := smart.Parse(text)
		if err != nil {
			panic(err)
		}
		all = append(all, scopes)
	}
	return all
}

func drawID(ref fhir.Ref) consent.Code {
	return consent.Code{System: "urn:id:" + string(ref.Type), Code: string(ref.ID)}
}

func drawnDirectory() *consent.Directory {
	var entries []consent.Entry
	for _, org := range drawOrgs {
		e := consent.Entry{Ref: org, Identifiers: []consent.Code{drawID(org)}, Kind: drawKinds[org], Active: true}
		if org == drawWard {
			e.PartOf = drawHospital
		}
		entries = append(entries, e)
	}
	for i, who := range drawStaff {
		entries = append(entries,
			consent.Entry{Ref: who, Identifiers: []consent.Code{drawID(who)}, Active: true},
			consent.Entry{Ref: drawRoles[i], Practitioner: who, Organization: drawWorks[i], Active: i < 2})
	}
	return consent.NewDirectory(1, entries)
}

// draw is one source of random choices. Ties and choices often name the hero and where the hero works, and mostly it is
// the hero who asks: chance alone would mostly ask strangers.
type draw struct {
	*rand.Rand

	hero fhir.Ref
	home fhir.Ref // of staff
}

func newDraw(seed uint64) draw {
	d := draw{Rand: rand.New(rand.NewPCG(seed, 0x636f6e73656e74))}
	d.hero, d.home = oneOf(d, drawStaff...), oneOf(d, drawOrgs...)
	switch d.IntN(8) {
	case 0, 1, 2:
		d.hero = oneOf(d, drawCarers...)
	case 3:
		d.hero = drawOther
	}
	return d
}

func (d draw) in(n int) bool { return d.IntN(n) == 0 }

func oneOf[T any](d draw, all ...T) T { return all[d.IntN(len(all))] }

// few is up to most of them, mostly few.
func few[T any](d draw, most int, all ...T) []T {
	var picked []T
	for range d.IntN(most + 1) {
		picked = append(picked, oneOf(d, all...))
	}
	return picked
}

// moment is a time around now, with the boundaries themselves.
func (d draw) moment() time.Time {
	return drawNow.Add(oneOf(d, -48*time.Hour, -time.Hour, -time.Nanosecond, 0, time.Nanosecond, time.Hour, 48*time.Hour))
}

// span is a stretch of time: mostly open on both sides or holding now.
func (d draw) span() consent.Span {
	var s consent.Span
	if d.in(3) {
		s.From = d.moment()
	}
	if d.in(3) {
		s.To = d.moment()
	}
	return s
}

// lasting is mostly now.
func (d draw) lasting() consent.Span {
	if !d.in(4) {
		return consent.Span{From: drawNow.Add(-240 * time.Hour)}
	}
	return d.span()
}

func (d draw) code() consent.Code {
	return consent.Code{System: "urn:codes", Code: oneOf(d, "1", "2", "3", "4", "5", "6")}
}

// party is somebody by reference, by identifier, or by both.
func (d draw) party(all ...fhir.Ref) consent.Party {
	ref := oneOf(d, all...)
	switch d.IntN(4) {
	case 0:
		return consent.Party{Identifier: drawID(ref)}
	case 1:
		return consent.Party{Ref: ref, Identifier: drawID(ref)}
	default:
		return consent.Party{Ref: ref}
	}
}
