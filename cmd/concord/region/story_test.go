package region_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"concord/cmd/concord/region"
	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// now is a moment at which the region's choices and referrals are in force.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// record is one person as the decision knows them.
type record struct {
	policy *consent.Policy
	facts  []*consent.Facts
	dir    *consent.Directory
}

// recordOf compiles the choices of one person. The ties are further relationships, such as care that was started.
func recordOf(t *testing.T, patient string, ties ...consent.Tie) record {
	t.Helper()
	about := fhir.Ref{Type: "Patient", ID: fhir.ID(patient)}
	standing := &consent.Standing{Person: consent.Person(patient)}
	var entries []consent.Entry
	var rec record
	for _, r := range decoded(t) {
		f := consent.FactsOf(r, fhir.Ref{})
		if f.Gives.Entry != nil {
			entries = append(entries, *f.Gives.Entry)
		}
		if slices.Contains(f.About, about) {
			standing = standing.With(f)
			rec.facts = append(rec.facts, f)
		}
	}
	for _, tie := range ties {
		standing = standing.Started(tie)
	}
	policy, err := consent.Compile(consent.Default(), standing)
	if err != nil {
		t.Fatal(err)
	}
	rec.policy, rec.dir = policy, consent.NewDirectory(1, entries)
	return rec
}

// sees gives what the persona may see of the record.
func (rec record) sees(t *testing.T, p region.Persona) map[string]bool {
	t.Helper()
	scopes, err := smart.Parse(p.Scope)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := fhir.ParseRef(p.FHIRUser)
	v := consent.Viewer{
		Self: []consent.Party{{Ref: user}}, Role: p.Role, Purpose: p.Purpose, Action: consent.Access,
		Scopes: scopes, Time: now, Directory: rec.dir,
	}
	switch user.Type {
	case "Patient":
		v.Class, v.Patient = consent.Self, fhir.Ref{Type: "Patient", ID: fhir.ID(p.Patient)}
	case "RelatedPerson":
		v.Class, v.Patient = consent.Proxy, fhir.Ref{Type: "Patient", ID: fhir.ID(p.Patient)}
	default:
		v.Class = consent.Staff
		v.Org, _ = fhir.ParseRef(p.Organization)
		v.Orgs = rec.dir.Orgs(v.Org)
		entry, _ := rec.dir.Org(v.Org)
		v.OrgKind = entry.Kind
		for _, role := range rec.dir.Roles(user) {
			v.Self = append(v.Self, consent.Party{Ref: role.Ref})
		}
	}
	residual := rec.policy.For(v)
	seen := map[string]bool{}
	for _, f := range rec.facts {
		if residual.See(f).Sight != consent.Hidden {
			seen[f.Ref.String()] = true
		}
	}
	return seen
}

// started is care started by the emergency department.
var started = consent.Tie{
	Kind:   consent.TieStarted,
	Who:    consent.Party{Ref: fhir.Ref{Type: "Organization", ID: "wexbridge-emergency"}},
	From:   fhir.Ref{Type: "Encounter", ID: "started"},
	Period: consent.Span{From: now.Add(-time.Hour), To: now.Add(71 * time.Hour)},
}

func TestSixCallersReadTheSamePersonAndEachSeesWhatTheyMay(t *testing.T) {
	t.Parallel()
	const (
		letter   = "DocumentReference/amina-counselling-letter"
		anxiety  = "Condition/amina-anxiety"
		medicine = "MedicationRequest/amina-sertraline"
		insulin  = "MedicationRequest/amina-insulin-glargine"
		allergy  = "AllergyIntolerance/amina-allergy-penicillin"
		eyes     = "Observation/amina-eye-screening" // not yet told
		budget   = "Account/amina-budget"
		goal     = "Goal/amina-goal-walk"
		matters  = "Observation/amina-about-most-important"
		plan     = "CarePlan/amina-plan"
		change   = "CarePlan/amina-contingency"
		referral = "ServiceRequest/amina-social-prescribing"
		task     = "Task/amina-link-worker-task"
		choice   = "Consent/amina-share-with-daniel"
		hba1c    = "Observation/amina-hba1c"
		summary  = "ClinicalImpression/amina-formulation" // it names anxiety among other things
	)
	tests := []struct {
		name, persona string
		ties          []consent.Tie
		sees, not     []string
	}{
		{
			"the person sees all but what she has not been told", "amina", nil,
			[]string{letter, anxiety, medicine, insulin, budget, goal, matters, plan, change, referral, choice, hba1c},
			[]string{eyes},
		},
		{
			"her partner sees the sections she chose, her allergies and her medicines but one", "carer", nil,
			[]string{"Patient/amina", matters, plan, change, insulin, allergy},
			[]string{letter, anxiety, medicine, summary, budget, goal, choice, hba1c, eyes, task},
		},
		{
			"the GP sees the letter and the result that is not yet told, not the budget or the choices", "gp", nil,
			[]string{letter, anxiety, medicine, summary, insulin, allergy, eyes, goal, matters, plan, change, hba1c},
			[]string{budget, choice},
		},
		{
			"the hospice nurse sees all but the letter and what tells of anxiety", "hospice", nil,
			[]string{insulin, allergy, eyes, goal, matters, plan, change, hba1c},
			[]string{letter, anxiety, medicine, summary, budget, choice},
		},
		{
			"the emergency doctor is a stranger", "emergency", nil,
			nil,
			[]string{"Patient/amina", insulin, allergy, change, hba1c},
		},
		{
			"the emergency doctor who started care sees all but the letter", "emergency",
			[]consent.Tie{started},
			[]string{"Patient/amina", anxiety, medicine, insulin, allergy, eyes, change, hba1c},
			[]string{letter, budget, choice},
		},
		{
			"the link worker sees the referral, the task, and what she permits", "linkworker", nil,
			[]string{"Patient/amina", referral, task, goal, matters},
			[]string{plan, change, insulin, allergy, hba1c, budget, letter, choice},
		},
	}
	answers := map[string]string{} // by what is seen; so the cases run one after the other
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := region.Find(tt.persona)
			seen := recordOf(t, "amina", tt.ties...).sees(t, p)
			expect(t, seen, tt.sees, tt.not)
			if tt.sees == nil && len(seen) > 0 {
				t.Errorf("a stranger sees %d things", len(seen))
			}
			answer := strings.Join(sorted(seen), " ")
			if other, ok := answers[answer]; ok {
				t.Errorf("the same answer as: %s", other)
			}
			answers[answer] = tt.name
		})
	}
}

func TestOnePersonHidesHerAllergyFromTheHospitalWhereSheWorks(t *testing.T) {
	t.Parallel()
	const allergy, medicine, past = "AllergyIntolerance/ines-allergy-disulfiram", "MedicationRequest/ines-lamotrigine", "Condition/ines-alcohol-dependence"
	rec := recordOf(t, "ines", started)
	gp, _ := region.Find("gp")
	expect(t, rec.sees(t, gp), []string{allergy, medicine, past, "CarePlan/ines-plan"}, nil)
	emergency, _ := region.Find("emergency")
	expect(t, rec.sees(t, emergency), []string{"Patient/ines", medicine, "Condition/ines-epilepsy", "CarePlan/ines-contingency"},
		[]string{allergy, past, "CarePlan/ines-plan"})
	for _, name := range []string{"hospice", "linkworker", "carer"} {
		p, _ := region.Find(name)
		if seen := rec.sees(t, p); len(seen) > 0 {
			t.Errorf("%s sees %v", name, sorted(seen))
		}
	}
}

func TestOnePersonNearTheEndOfLifeSharesWithTheTeam(t *testing.T) {
	t.Parallel()
	rec := recordOf(t, "george")
	wishes := []string{"Observation/george-cpr", "Consent/george-advance-decision", "DocumentReference/george-respect", "MedicationRequest/george-jic-morphine"}
	for _, name := range []string{"hospice", "gp", "emergency"} {
		p, _ := region.Find(name)
		expect(t, rec.sees(t, p), append(wishes, "ClinicalImpression/george-prognosis"), []string{"Consent/george-share-widely"})
	}
	linkworker, _ := region.Find("linkworker")
	expect(t, rec.sees(t, linkworker), []string{"Task/george-link-worker-task", "Flag/george-adjust-hearing"}, append(wishes, "Observation/george-key-safe"))
	helen := region.Persona{FHIRUser: "RelatedPerson/george-helen", Patient: "george", Purpose: "FAMRQT", Scope: "patient/*.rs"}
	expect(t, rec.sees(t, helen), wishes, []string{"ClinicalImpression/george-prognosis", "Account/george-budget"})
	peter := region.Persona{FHIRUser: "RelatedPerson/george-peter", Patient: "george", Purpose: "FAMRQT", Scope: "patient/*.rs"}
	if seen := rec.sees(t, peter); len(seen) > 0 {
		t.Errorf("his son sees %v", sorted(seen))
	}
}

func TestTheRegionsChoicesCouldBeWrittenByAnybody(t *testing.T) {
	t.Parallel()
	for _, r := range decoded(t) {
		for _, issue := range consent.CheckConsent(r) {
			t.Errorf("%s: %s: %s", r.Ref(), issue.Expression, issue.Diagnostics)
		}
	}
}

func expect(t *testing.T, seen map[string]bool, sees, not []string) {
	t.Helper()
	for _, ref := range sees {
		if !seen[ref] {
			t.Errorf("does not see %s", ref)
		}
	}
	for _, ref := range not {
		if seen[ref] {
			t.Errorf("sees %s", ref)
		}
	}
}

func sorted(seen map[string]bool) []string {
	var refs []string
	for ref := range seen {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	return refs
}
