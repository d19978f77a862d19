package consent_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
)

var anyScope, _ = smart.Parse("user/*.cruds")

// The world of the generators is small, so that things meet often.
var (
	who   = []fhir.Ref{ref("Practitioner/a"), ref("Organization/o"), ref("Organization/q"), ref("RelatedPerson/r"), ref("Patient/p")}
	codes = []consent.Code{{System: "s", Code: "1"}, {System: "s", Code: "2"}, {System: "z", Code: "1"}}
	types = []consent.Code{
		{System: "http://hl7.org/fhir/resource-types", Code: "Observation"},
		{System: "http://hl7.org/fhir/resource-types", Code: "AllergyIntolerance"},
		{System: care.SystemSection, Code: "clinical"},
	}
	things = []fhir.Ref{ref("Observation/1"), ref("AllergyIntolerance/2")}
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
	if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
		p.Odd = rapid.SampledFrom([]consent.Odd{consent.OddData, consent.OddPurpose}).Draw(t, "which")
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
	s := &consent.Standing{Person: "x", Patients: []consent.Patient{{Ref: ref("Patient/p")}}}
	for i := range rapid.IntRange(0, 4).Draw(t, "rules") {
		s.Rules = append(s.Rules, drawRule(t, i))
	}
	for _, ref := range some(t, who[:4], "ties") {
		kind := rapid.SampledFrom([]consent.TieKind{consent.TieCareTeam, consent.TieStarted}).Draw(t, "kind")
		if ref.Type == "RelatedPerson" {
			kind = consent.TieRelated
		}
		s.Ties = append(s.Ties, consent.Tie{Kind: kind, Who: consent.Party{Ref: ref}, Period: drawSpan(t, "tie"), Short: rarely(t, "short")})
	}
	if rarely(t, "sender") {
		s.Senders = []fhir.Ref{who[1]}
	}
	return s
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
	if rarely(t, "carer") {
		v.Class, v.Self, v.Org, v.Orgs, v.OrgKind, v.Role, v.Purpose = consent.Proxy, []consent.Party{{Ref: who[3]}}, fhir.Ref{}, nil, 0, "", "TREAT"
		v.Action = consent.Access
	}
	return v
}

func drawFacts(t *rapid.T) *consent.Facts {
	f := &consent.Facts{
		Ref: rapid.SampledFrom(things).Draw(t, "thing"), About: []fhir.Ref{ref("Patient/p")}, Sections: care.In(care.Clinical),
		Codes: some(t, codes, "codes"), NoneKnown: rarely(t, "none known"),
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

func compile(t rapid.TB, s *consent.Standing) *consent.Policy {
	p, err := consent.Compile(consent.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestChoicesAreDecidedAsTheReferenceSays(t *testing.T) {
	t.Parallel()
	names := map[consent.Outcome]judged{consent.NotApplicable: na, consent.Permit: permit, consent.Deny: deny, consent.WeakDeny: weak}
	seen := map[judged]int{}
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		v.Class = consent.Staff
		v.Related = rapid.Bool().Draw(t, "related")
		r := compile(t, s).For(v)
		want := reference(s, request{v, f, r.Related()})
		seen[want]++
		if got := names[r.Consents(f)]; got != want {
			t.Fatalf("decided %s, the reference says %s", got, want)
		}
	})
	for _, outcome := range names {
		if seen[outcome] == 0 {
			t.Errorf("the generator never made a case of %q", outcome)
		}
	}
}

func TestAddingADenyNeverShowsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		before := compile(t, s).For(v).See(f)
		more := *s
		d := consent.Rule{Ref: ref("Consent/more"), Active: true, Readings: []consent.Provision{onlyDeny(drawProvision(t, 3))}}
		at := rapid.IntRange(0, len(s.Rules)).Draw(t, "where")
		more.Rules = slices.Insert(slices.Clone(s.Rules), at, d)
		if after := compile(t, &more).For(v).See(f); after.Sight != consent.Hidden && before.Sight == consent.Hidden {
			t.Fatalf("a deny shows what was hidden: %+v then %+v", before, after)
		}
	})
}

func TestADomainNeverShowsMoreThanNone(t *testing.T) {
	t.Parallel()
	bound := 0
	never := func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		v.Related, f.Custodian = true, []consent.Party{{Ref: who[1]}}
		wide := compile(t, s).For(v).Consents(f)
		narrow := *s
		narrow.Rules = slices.Clone(s.Rules)
		for i := range narrow.Rules {
			if rapid.Bool().Draw(t, "bound") {
				narrow.Rules[i].Domain = []consent.Party{{Ref: rapid.SampledFrom(who[1:3]).Draw(t, "domain")}}
			}
		}
		got := compile(t, &narrow).For(v).Consents(f)
		if got != wide {
			bound++
		}
		if (wide == consent.Deny) != (got == consent.Deny) || (got == consent.Permit && wide != consent.Permit) {
			t.Fatalf("%d without domains, %d with them", wide, got)
		}
	}
	for range 100 { // chance may draw a hundred cases in which no domain matters; not ten thousand
		rapid.Check(t, never)
		if bound > 0 {
			break
		}
	}
	if bound == 0 {
		t.Error("no domain ever made a difference")
	}
}

func onlyDeny(p consent.Provision) consent.Provision {
	p.Permit = false
	for i := range p.Provisions {
		p.Provisions[i] = onlyDeny(p.Provisions[i])
	}
	return p
}

func TestOrderOfIndependentConsentsIsIrrelevant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		other := *s
		other.Rules = rapid.Permutation(s.Rules).Draw(t, "order")
		a, b := compile(t, s).For(v).See(f), compile(t, &other).For(v).See(f)
		if a.Sight != b.Sight || a.Parts != b.Parts || a.Why.Step != b.Why.Step {
			t.Fatalf("%+v in one order, %+v in another", a, b)
		}
	})
}

func TestEqualKeysGiveEqualAnswers(t *testing.T) {
	t.Parallel()
	equal := 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawStanding(t)
		if rapid.Bool().Draw(t, "few rules") {
			s.Rules = s.Rules[:min(1, len(s.Rules))]
		}
		v, w := drawViewer(t), drawViewer(t)
		if rapid.Bool().Draw(t, "colleague") {
			w = v
			w.Self = []consent.Party{{Ref: ref("Practitioner/colleague")}}
			w.Time = rapid.SampledFrom(days).Draw(t, "later")
		}
		a, b := compile(t, s).For(v), compile(t, s).For(w)
		if a.Key() != b.Key() {
			return
		}
		equal++
		for range 8 {
			f := drawFacts(t)
			if diff := cmp.Diff(a.See(f), b.See(f)); diff != "" {
				t.Fatalf("equal keys, different answers:\n%s", diff)
			}
		}
	})
	if equal == 0 {
		t.Error("no two viewers ever had equal keys")
	}
}

func TestNothingChangesBeforeUntil(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		p := compile(t, s)
		now := p.For(v)
		if now.Until().IsZero() {
			v.Time = v.Time.AddDate(50, 0, 0)
		} else {
			if !now.Until().After(v.Time) {
				t.Fatalf("until %s, which is not after %s", now.Until(), v.Time)
			}
			v.Time = now.Until().Add(-1)
		}
		last := p.For(v)
		if diff := cmp.Diff(now.See(f), last.See(f)); diff != "" || now.Key() != last.Key() {
			t.Fatalf("changed before Until:\n%s", diff)
		}
	})
}

func TestWhoIsNoPrincipalSeesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		if f.Sender != (fhir.Ref{}) && !slices.Contains(s.Senders, f.Sender) {
			f.Sender = fhir.Ref{} // every sender is known to the standing
		}
		for _, name := range v.Principals() {
			if slices.Contains(s.Principals(), name) {
				return
			}
		}
		if verdict := compile(t, s).For(v).See(f); verdict.Sight != consent.Hidden {
			t.Fatalf("seen without being a principal: %+v", verdict)
		}
	})
}

func TestWhatNobodyDecidedIsHidden(t *testing.T) {
	t.Parallel()
	if v := (consent.Residual{}).See(&consent.Facts{Open: true}); v.Sight != consent.Hidden {
		t.Errorf("the zero residual sees %+v", v)
	}
	rapid.Check(t, func(t *rapid.T) {
		v, f := drawViewer(t), drawFacts(t)
		f.Sender = fhir.Ref{}
		if got := compile(t, &consent.Standing{Patients: []consent.Patient{{Ref: ref("Patient/p")}}}).For(v).See(f); got.Sight != consent.Hidden {
			t.Fatalf("seen without a word of anybody: %+v", got)
		}
	})
}
