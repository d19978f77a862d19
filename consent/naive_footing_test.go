package consent_test

import (
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// This is section 12, step 5 and the base policy: on what footing callers stand, and what they see where no choice speaks.

// ties are those that hold now between the person and the caller or the caller's organisations.
func (q naiveAsk) ties() []consent.Tie {
	var mine []consent.Tie
	for _, t := range q.standing.Ties {
		if naiveDuring(t.Period, q.viewer.Time) && (naiveAmong(t.Who, q.viewer.Self) || naiveAmong(t.Who, q.viewer.Orgs)) {
			mine = append(mine, t)
		}
	}
	return mine
}

// related is the relationship of staff (section 7, base policy), which ends 90 days after a death (14.19).
func (q naiveAsk) related() bool {
	return q.staff() && !q.over() && (q.holdsParental() || slices.ContainsFunc(q.ties(), func(t consent.Tie) bool { return t.Kind != consent.TieRelated }))
}

// team reports whether the caller is of those who care for the person, "the authoring team" of 14.9. The text does not
// say who that is; the engine takes members of the care team, those of an encounter, and those to whom something is
// addressed, and not a tie that was given by somebody whose own was short.
func (q naiveAsk) team() bool {
	return q.staff() && !q.over() && slices.ContainsFunc(q.ties(), func(t consent.Tie) bool {
		return !t.Short && slices.Contains([]consent.TieKind{consent.TieCareTeam, consent.TieEncounter, consent.TieReferral}, t.Kind)
	})
}

// holder reports whether the caller works for an organisation with parental responsibility, and is related by nothing else.
func (q naiveAsk) holder() bool {
	return q.staff() && q.holdsParental() && !slices.ContainsFunc(q.ties(), func(t consent.Tie) bool { return t.Kind != consent.TieRelated })
}

// holdsParental is 14.12: an organisation may hold parental responsibility for a child, and then its staff are related.
func (q naiveAsk) holdsParental() bool {
	return q.base.Children && q.child() && !q.dead() && slices.ContainsFunc(q.ties(), func(t consent.Tie) bool {
		return t.Kind == consent.TieRelated && t.Parental && naiveAmong(t.Who, q.viewer.Orgs)
	})
}

// acting reports whether a RelatedPerson is one of the person's, active and in period (section 8), while the person lives
// (14.19). Somebody else acting for the person, such as another patient, is named by a choice or sees nothing.
func (q naiveAsk) acting() bool {
	tied := slices.ContainsFunc(q.ties(), func(t consent.Tie) bool { return t.Kind == consent.TieRelated })
	return !q.dead() && (q.viewer.Class == consent.Self || tied)
}

// responsible reports whether parental responsibility is recorded of a proxy, for a child or one who was.
func (q naiveAsk) responsible() bool {
	return q.proxy() && slices.ContainsFunc(q.ties(), func(t consent.Tie) bool { return t.Kind == consent.TieRelated && t.Parental })
}

// birth is when the person was born at the earliest: the younger where records disagree; zero when nobody knows.
func (q naiveAsk) birth() time.Time {
	var youngest time.Time
	for _, p := range q.standing.Patients {
		if p.Birth.From.After(youngest) {
			youngest = p.Birth.From
		}
	}
	return youngest
}

// aged reports whether the person had reached an age at a moment; who has no birth date has reached none.
func (q naiveAsk) aged(years int, at time.Time) bool {
	return !q.birth().IsZero() && !at.Before(q.birth().In(drawNow.Location()).AddDate(years, 0, 0))
}

func (q naiveAsk) age(years int) bool { return q.aged(years, q.viewer.Time) }

// child reports whether the person is known to be under sixteen.
func (q naiveAsk) child() bool { return !q.birth().IsZero() && !q.age(16) }

// outgrown is what the years make of a permit to a proxy (section 8 and 14.11): one from before the sixteenth birthday
// ends there; from the eleventh one is narrowed unless the young person gave it since, or it names the thing itself.
func (q naiveAsk) outgrown(a naiveAnswer) bool {
	if !q.proxy() {
		return false
	}
	if q.age(16) {
		return !q.aged(16, q.rule.Given.From)
	}
	own := q.aged(11, q.rule.Given.From) && slices.ContainsFunc(q.rule.Performers, func(p consent.Party) bool { return q.isOf(p.Ref) })
	return q.age(11) && !own && !q.narrowed() && !a.path.instance
}

// narrowed reports whether a thing is of what proxies see between eleven and sixteen: identity, appointments, medicines,
// contingency and the actions of the plan (14.11).
func (q naiveAsk) narrowed() bool {
	const actions = "Task ServiceRequest"
	const medicines = "MedicationRequest MedicationStatement MedicationAdministration MedicationDispense Medication"
	return q.facts.Sections.Meets(care.In(care.Identity, care.Appointments, care.Contingency)) ||
		slices.Contains(strings.Fields(medicines), string(q.kind)) ||
		(slices.Contains(strings.Fields(actions), string(q.kind)) && q.facts.Sections.Has(care.Plan))
}

// implied is the base policy (section 7, 14.4), what was addressed to the caller, and what their organisation sent
// (section 12, step 4).
func (q naiveAsk) implied() (bool, consent.Step) {
	v := q.viewer
	if q.proxy() {
		writes := v.Action&(consent.Collect|consent.Correct) != 0
		sees := q.base.Children && q.child() && q.responsible() && !writes && !q.facts.Private && (!q.age(11) || q.narrowed())
		return sees, consent.StepBase
	}
	row := q.row()
	given := q.facts.Sections.Meets(row.Sections) || slices.Contains(row.Types, q.kind)
	serves := q.served() && !q.over() && (q.base.Unrelated || q.related())
	// Individual care only, each their row, a backend all: the engine's choice. To send is to be allowed to send.
	back := v.Action == consent.Collect || (naiveIndividual(v.Purpose) && (given || v.Class == consent.System))
	switch {
	case serves && given && (!q.holder() || !q.age(11) || q.narrowed()):
		return true, consent.StepBase
	case back && (q.facts.Sender != fhir.Ref{}) && naiveAmong(consent.Party{Ref: q.facts.Sender}, v.Orgs):
		return true, consent.StepSender
	case q.base.Addressed && q.served() && q.related() && q.owns():
		return true, consent.StepAddressed
	default:
		return false, consent.StepBase
	}
}

func naiveIndividual(purpose string) bool {
	return slices.Contains([]string{"TREAT", "COC", "ETREAT", "ERTREAT"}, purpose)
}

func (q naiveAsk) served() bool {
	return q.base.AnyUse || slices.Contains(q.base.Purposes, q.viewer.Purpose)
}

// row is what the base policy gives the caller's role at their kind of organisation: the first row that speaks of both.
func (q naiveAsk) row() consent.Row {
	for _, row := range q.base.Rows {
		if (len(row.Kinds) == 0 || slices.Contains(row.Kinds, q.viewer.OrgKind)) && (len(row.Roles) == 0 || slices.Contains(row.Roles, q.viewer.Role)) {
			return row
		}
	}
	return consent.Row{}
}

// owns reports whether the thing is addressed to the caller. Of somebody whose row gives all but the budget the engine
// does not ask it.
func (q naiveAsk) owns() bool {
	return !care.All.Without(care.Budget).Within(q.row().Sections) && slices.ContainsFunc(q.facts.Owners, func(o consent.Party) bool {
		return naiveAmong(o, q.viewer.Self) || naiveAmong(o, q.viewer.Orgs)
	})
}

func (q naiveAsk) dead() bool { return q.deadSince(0) }

// over is 90 days after a death, when the team's relationship ends (14.19).
func (q naiveAsk) over() bool { return q.deadSince(90 * 24 * time.Hour) }

func (q naiveAsk) deadSince(d time.Duration) bool {
	return slices.ContainsFunc(q.standing.Patients, func(p consent.Patient) bool {
		return p.Death != nil && !q.viewer.Time.Before(p.Death.Add(d))
	})
}

// officer is section 10 row 26: of staff, the privacy officer of those who look after the person, or hold something
// about them, reads the choices.
func (q naiveAsk) officer() bool {
	reads := q.viewer.Action&^(consent.Access|consent.Disclose) == 0
	holds := q.viewer.Org != (fhir.Ref{}) && slices.Contains(q.standing.Senders, q.viewer.Org)
	return reads && !q.over() && q.viewer.Class == consent.Staff && q.viewer.Role == care.RolePrivacy && (q.related() || holds)
}
