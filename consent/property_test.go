package consent_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

var anyScope, _ = smart.Parse("user/*.cruds")

// checkTill checks a property until what it is about has come up: chance may draw a hundred cases in which nothing of
// the kind matters, but not ten thousand.
func checkTill(t *testing.T, cameUp func() bool, property func(*rapid.T)) {
	t.Helper()
	for range 100 {
		rapid.Check(t, property)
		if cameUp() {
			return
		}
	}
	t.Error("what the property is about never came up")
}

func compile(t rapid.TB, s *consent.Standing) *consent.Policy {
	base := consent.Default()
	base.Labels = labelled
	p, err := consent.Compile(base, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
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

func TestBreakGlassNeverHides(t *testing.T) {
	t.Parallel()
	opens := 0
	checkTill(t, func() bool { return opens > 0 }, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		v.Purpose, v.Glass = "BTG", false
		without := compile(t, s).For(v).See(f)
		v.Glass = true
		with := compile(t, s).For(v).See(f)
		if with.Sight == consent.Hidden && without.Sight != consent.Hidden {
			t.Fatalf("hidden by breaking the glass: %+v then %+v", without, with)
		}
		if with.Why.Step == consent.StepGlass {
			opens++
			if f.Seal == consent.Locked || f.Labels.Level == consent.LevelV || v.Class != consent.Staff || v.Action != consent.Access {
				t.Fatalf("opened: %+v", f)
			}
		}
	})
}

func TestALabelNeverShowsMoreToWhoActsForAChild(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f := drawStanding(t), drawViewer(t), drawFacts(t)
		s.Rules = nil // a permit by label is meant to show more
		v.Class, v.Self, v.Purpose, v.Glass = consent.Proxy, []consent.Party{{Ref: who[3]}}, "FAMRQT", false
		r := compile(t, s).For(v)
		before := r.See(f)
		more := *f
		more.Labels.Topics |= rapid.SampledFrom(labels).Draw(t, "more")
		if after := r.See(&more); after.Sight != consent.Hidden && (before.Sight == consent.Hidden || (before.Place && !after.Place)) {
			t.Fatalf("a label shows what was hidden: %+v then %+v", before, after)
		}
	})
}

func TestWhatIsGatheredNeverShowsMoreThanADenyAllows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, v, f, m := drawStanding(t), drawViewer(t), drawFacts(t), drawFacts(t)
		for i := range s.Rules {
			for j := range s.Rules[i].Readings {
				s.Rules[i].Readings[j] = onlyDeny(s.Rules[i].Readings[j])
			}
		}
		r := compile(t, s).For(v)
		if alone, among := r.See(f), r.SeeAmong(f, []*consent.Facts{m}); alone.Sight == consent.Hidden && among.Sight != consent.Hidden {
			t.Fatalf("seen for what it gathers: %+v then %+v", alone, among)
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
	checkTill(t, func() bool { return bound > 0 }, never)
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
	checkTill(t, func() bool { return equal > 0 }, func(t *rapid.T) {
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
