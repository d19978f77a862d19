package consent_test

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"concord/consent"
)

// fewCases is what a plain "go test" compares; CONCORD_CASES asks for more (make consent-reference).
const fewCases = 20_000

// Each standing is asked by some viewers, and each of those about some things.
const (
	viewersOfOne = 3
	thingsOfOne  = 4
)

// TestChoicesAreDecidedAsTheReferenceSays compares the engine with the naive evaluator (naive_*_test.go), on random
// people, callers and things: the decision with the parts and places left out, what the choices alone say, and what
// supersedes what. It fails too when a step or a criterion never came up, since then it would have proved nothing.
func TestChoicesAreDecidedAsTheReferenceSays(t *testing.T) {
	t.Parallel()
	cases := fewCases
	if asked := os.Getenv("CONCORD_CASES"); asked != "" {
		var err error
		if cases, err = strconv.Atoi(asked); err != nil {
			t.Fatal(err)
		}
	}
	c := comparison{tally: naiveTally{}, steps: map[string]int{}, said: map[consent.Outcome]int{}}
	for seed := uint64(0); c.cases < cases; seed++ {
		c.standing(t, seed)
		if t.Failed() {
			t.FailNow() // the first difference is enough to read
		}
	}
	c.report(t)
}

// comparison counts what a run of it came upon.
type comparison struct {
	cases int
	cut   int
	place int
	tally naiveTally
	steps map[string]int
	said  map[consent.Outcome]int
}

func (c *comparison) standing(t *testing.T, seed uint64) {
	t.Helper()
	d := newDraw(seed)
	base, bare := d.base(), d.standing()
	s, commits := d.rules(bare)
	if !slices.EqualFunc(naiveSuperseded(commits), s.Rules, func(a, b consent.Rule) bool {
		return a.Ref == b.Ref && a.Superseded.Equal(b.Superseded)
	}) {
		t.Errorf("seed %d: other choices are superseded than by the reference: %s", seed, say(commits))
	}
	policy, err := consent.Compile(base, s)
	if err != nil {
		t.Fatal(err)
	}
	for range viewersOfOne {
		viewer := d.viewer()
		residual := policy.For(viewer)
		for range thingsOfOne {
			one := naiveCase{base, *s, viewer, *d.facts(s)}
			got, want := engineSays(residual, &one.Facts), one.naive(c.tally)
			c.note(got)
			if !got.agrees(want) {
				one.shrink(func(o *naiveCase) bool { return o.differs(got, want) })
				t.Errorf("seed %d: the engine decides %s, the reference %s, on\n%s", seed, say(got), say(want), one.String())
				return
			}
		}
	}
}

// compared is a decision, and what the choices alone say.
type compared struct {
	Verdict naiveVerdict
	Choices consent.Outcome
}

// engineSays is the decision of the engine.
func engineSays(r consent.Residual, f *consent.Facts) compared {
	v := r.See(f)
	return compared{naiveVerdict{v.Sight, v.Parts, v.Place, v.Why.Step}, r.Consents(f)}
}

// naive is the decision of the naive evaluator.
func (c *naiveCase) naive(tally naiveTally) compared {
	q := naiveAsk{base: &c.Base, standing: &c.Standing, viewer: &c.Viewer, facts: &c.Facts, kind: c.Facts.Ref.Type, tally: tally}
	outcomes := map[naiveSays]consent.Outcome{naivePermit: consent.Permit, naiveWeak: consent.WeakDeny, naiveDeny: consent.Deny}
	said := compared{Verdict: q.decide()}
	if q.staff() || (q.proxy() && q.acting()) { // of nobody else are the choices asked
		said.Choices = outcomes[q.consents().says]
	}
	return said
}

// agrees compares what a caller can tell, and which step decided as far as the text orders them. That none is known the
// engine may withhold more often: it goes by the shape of rules (section 15.11).
func (a compared) agrees(b compared) bool {
	if a.Choices != b.Choices {
		return false
	}
	if a.Verdict.Step == consent.StepNoneKnown {
		return true
	}
	return a.Verdict.Sight == b.Verdict.Sight && a.Verdict.Parts == b.Verdict.Parts &&
		(a.Verdict.Place == b.Verdict.Place || a.Verdict.Sight == consent.Hidden)
}

// differs reports whether the case still differs as it did.
func (c *naiveCase) differs(got, want compared) bool {
	policy, err := consent.Compile(c.Base, &c.Standing)
	if err != nil {
		return false
	}
	engine, naive := engineSays(policy.For(c.Viewer), &c.Facts), c.naive(nil)
	return !engine.agrees(naive) && engine.Verdict.Step == got.Verdict.Step && naive.Verdict.Step == want.Verdict.Step
}

func (c *comparison) note(got compared) {
	c.cases++
	c.steps[got.Verdict.Step.String()]++
	c.said[got.Choices]++
	if got.Verdict.Sight == consent.Cut {
		c.cut++
	}
	if got.Verdict.Place {
		c.place++
	}
}

// report fails when something never came up, and tells the distribution of a long run.
func (c *comparison) report(t *testing.T) {
	t.Helper()
	for step := consent.StepScope; step <= consent.StepChoice; step++ {
		if c.steps[step.String()] == 0 {
			t.Errorf("the step %q never decided", step)
		}
	}
	for outcome := consent.NotApplicable; outcome <= consent.WeakDeny; outcome++ {
		if c.said[outcome] == 0 {
			t.Errorf("the choices never said %q", outcome)
		}
	}
	for _, name := range []string{
		"period", "recipient", "action", "purpose", "class", "code", "dataPeriod", "label", "data", "custodian", "author",
	} {
		if count := c.tally[name]; count[naiveNo] == 0 || count[naiveYes] == 0 || (count[naiveDoubt] == 0 && name != "dataPeriod") {
			t.Errorf("of the criterion %q some result never came up: failed, in doubt, held %v", name, count)
		}
	}
	if c.cut == 0 || c.place == 0 {
		t.Errorf("things were cut %d times and places left out %d times", c.cut, c.place)
	}
	if os.Getenv("CONCORD_CASES") == "" {
		return // quiet when green
	}
	t.Logf("%d cases agree; cut %d, without places %d; the choices say %v", c.cases, c.cut, c.place, c.said)
	for _, step := range slices.Sorted(maps.Keys(c.steps)) {
		t.Logf("%-22s %d", step, c.steps[step])
	}
	for _, name := range slices.Sorted(maps.Keys(c.tally)) {
		t.Logf("%-22s failed, in doubt, held %v", name, c.tally[name])
	}
}
