package guard

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/search"
)

// judge answers, for one caller in one snapshot, what may be seen of a version: it joins the decisions of all
// the people it is about, and of every thing it refers to (CONSENT rules sections 7.3, 10 and 12).
type judge struct {
	ctx     context.Context //nolint:containedctx // a judge lives as long as one request
	g       *Guard
	c       Caller
	snap    Snapshot
	dir     *consent.Directory
	viewers []consent.Viewer
	hash    [32]byte
	action  consent.Action
	letter  smart.Letter // the scope letter that the interaction needs

	rulings  map[consent.Person]ruling
	people   map[fhir.Ref]consent.Person // Patient references, resolved
	targets  map[fhir.Ref]target
	decided  []fhir.Ref         // targets in the order in which they were decided
	looks    map[*Version]sight // decided before, in this snapshot
	followed int                // references, so far
	absent   []fhir.Ref         // references that led nowhere: a view that is kept rests on that
}

type policyKey struct {
	person  consent.Person
	version int64
}

type residualKey struct {
	policyKey
	epoch  int64
	action consent.Action
	caller [32]byte
}

// ruling is the residuals of one person for one caller, one for each purpose, and when time may change them.
type ruling struct {
	policy    *consent.Policy
	residuals []consent.Residual
	until     time.Time
}

// target is what is known of something that is referred to.
type target struct {
	version *Version
	open    bool // being decided now: taken as visible until it turns out otherwise
	leaned  bool // somebody took it so
	hidden  bool // decided
	visible bool // decided
}

// sight is what may be seen of one version.
type sight struct {
	verdict consent.Verdict
	person  consent.Person // whose rules decided, when it is hidden
	out     []bool         // by index of Facts.Cuts; nil: nothing is left out (operators)
	own     bool           // something was left out that other callers may see
}

func (g *Guard) judge(ctx context.Context, c Caller, snap Snapshot, action consent.Action, letter smart.Letter) (*judge, error) {
	dir, err := snap.Directory()
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	hash := c.hash()
	viewers, err := g.viewersOf(c, hash, dir, action)
	if err != nil {
		return nil, err
	}
	return &judge{
		ctx: ctx, g: g, c: c, snap: snap, dir: dir, viewers: viewers, hash: hash, action: action, letter: letter,
		rulings: map[consent.Person]ruling{}, people: map[fhir.Ref]consent.Person{}, targets: map[fhir.Ref]target{},
	}, nil
}

// viewerKey names what the viewers of a caller are made of, but for the time.
type viewerKey struct {
	caller [32]byte
	epoch  int64
	action consent.Action
}

// viewersOf gives the caller's viewers at this moment, made before where it can.
func (g *Guard) viewersOf(c Caller, hash [32]byte, dir *consent.Directory, action consent.Action) ([]consent.Viewer, error) {
	key, now := viewerKey{hash, dir.Epoch, action}, g.Now()
	made, ok := g.viewers.Get(key)
	if !ok {
		var err error
		if made, err = c.viewers(dir, action, now); err != nil {
			return nil, err
		}
		g.viewers.Add(key, made)
	}
	viewers := slices.Clone(made)
	for i := range viewers {
		viewers[i].Time = now
	}
	return viewers, nil
}

// as is the same judge for another action, for writes that are judged in several ways.
func (j *judge) as(action consent.Action, letter smart.Letter) (*judge, error) {
	return j.g.judge(j.ctx, j.c, j.snap, action, letter)
}

func (j *judge) operator() bool { return j.viewers[0].Class == consent.Operator }

// person resolves a Patient reference; "" when it was never used.
func (j *judge) person(patient fhir.Ref) (consent.Person, error) {
	if p, ok := j.people[patient]; ok {
		return p, nil
	}
	p, err := j.snap.Person(patient)
	if err != nil {
		return "", fmt.Errorf("resolve a person: %w", err)
	}
	j.people[patient] = p
	return p, nil
}

// ruling is the decision for one person but for the resource.
func (j *judge) ruling(p consent.Person) (ruling, error) {
	if r, ok := j.rulings[p]; ok {
		return r, nil
	}
	state, err := j.snap.State(p)
	if err != nil {
		return ruling{}, fmt.Errorf("read a standing: %w", err)
	}
	r, err := j.g.rule(j, state.Standing)
	if err != nil {
		return ruling{}, err
	}
	j.rulings[p] = r
	return r, nil
}

// rule compiles a standing and gives its residuals for the judge's caller, from memory where it can. What is
// remembered is never used at or after its Until.
func (g *Guard) rule(j *judge, s *consent.Standing) (ruling, error) {
	pk := policyKey{s.Person, s.Version}
	rk := residualKey{pk, j.dir.Epoch, j.action, j.hash}
	kept := s.Version > 0 // a person without a standing is not stored, so nothing says when it changes
	now := j.viewers[0].Time
	if r, ok := g.residuals.Get(rk); kept && ok && (r.until.IsZero() || now.Before(r.until)) {
		return r, nil
	}
	policy, ok := g.policies.Get(pk)
	if !ok || !kept {
		compiled, err := consent.Compile(g.Base, s)
		if err != nil {
			return ruling{}, fmt.Errorf("compile a standing: %w", err)
		}
		policy = compiled
		if kept {
			g.policies.Add(pk, policy)
		}
	}
	r := ruling{policy: policy}
	for _, v := range j.viewers {
		residual := policy.For(v)
		r.residuals = append(r.residuals, residual)
		r.until = earlier(r.until, residual.Until())
	}
	if kept {
		g.residuals.Add(rk, r)
	}
	return r, nil
}

// earlier is the earlier of two times, of which zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// look decides what may be seen of a version: verdict, contained and inline parts, and references.
func (j *judge) look(v *Version) (sight, error) {
	if s, ok := j.looks[v]; ok {
		return s, nil
	}
	s, err := j.lookAnew(v)
	if err == nil && len(j.looks) < looksKept {
		if j.looks == nil {
			j.looks = map[*Version]sight{}
		}
		j.looks[v] = s
	}
	return s, err
}

// looksKept bounds how many decisions a judge remembers: a search asks of a row when it is found, and when it is shown.
const looksKept = 1000

func (j *judge) lookAnew(v *Version) (sight, error) {
	s, err := j.lookOnce(v)
	if err != nil || s.verdict.Sight == consent.Hidden || j.operator() {
		return s, err
	}
	asked := v
	if v.Deleted { // a scope's parameters are asked of what there was
		if asked, err = j.lastLiving(v.Ref); err != nil || asked == nil {
			return sight{}, err
		}
	}
	ok, err := j.scoped(asked, j.letter)
	if err != nil {
		return sight{}, err
	}
	if !ok {
		s.verdict = consent.Verdict{Why: consent.Reason{Step: consent.StepScope, Rule: -1}}
	}
	return s, nil
}

// lastLiving is the newest version of a resource that is no deletion.
func (j *judge) lastLiving(ref fhir.Ref) (*Version, error) {
	history, err := j.snap.History(ref)
	if err != nil {
		return nil, fmt.Errorf("read a history: %w", err)
	}
	for _, v := range history {
		if !v.Deleted {
			return v, nil
		}
	}
	return nil, nil //nolint:nilnil // there is none, which is no error
}

func (j *judge) lookOnce(v *Version) (sight, error) {
	s, err := j.decide(v.Facts)
	if err != nil || s.verdict.Sight == consent.Hidden || j.operator() || v.Deleted {
		return s, err
	}
	s.out = make([]bool, len(v.Facts.Cuts))
	for i := range v.Facts.Cuts {
		cut := &v.Facts.Cuts[i]
		switch cut.Kind { //nolint:exhaustive // the others are decided with their parts, or stay
		case fhir.CutNarrative, fhir.CutTag, fhir.CutSource:
			s.out[i] = true
		case fhir.CutLabel:
			// The confidentiality stays, what the thing is sensitive for goes (section 5, "Labels out").
			s.out[i] = !bytes.Contains(v.JSON[cut.Start:cut.End], []byte(confidentiality))
		case fhir.CutDisplay: // the words for somebody may stand where the one they name may be seen (row 23)
			if cut.Target == (fhir.Ref{}) || cut.Target == v.Ref || consent.AlwaysOpen(cut.Target.Type) {
				continue
			}
			visible, err := j.sees(cut.Target, 0)
			if err != nil {
				return sight{}, err
			}
			if !visible {
				s.out[i], s.own = true, true
			}
		case fhir.CutReference:
			if cut.Target == v.Ref || isAbout(v.Facts, cut.Target) || consent.AlwaysOpen(cut.Target.Type) {
				continue
			}
			visible, err := j.sees(cut.Target, 0)
			if err != nil {
				return sight{}, err
			}
			if !visible {
				s.out[i], s.own = true, true
				if v.Ref.Type == "Provenance" && isTarget(cut) {
					return sight{person: s.person, verdict: consent.Verdict{Why: s.verdict.Why}}, nil
				}
			}
		}
	}
	for i, part := range v.Facts.Parts {
		if i < 64 && s.verdict.Parts&(1<<i) != 0 {
			s.out[part.Cut], s.own = true, true
			if part.Whole {
				return sight{person: s.person, verdict: consent.Verdict{Why: s.verdict.Why}}, nil
			}
		}
	}
	if falls(v.Facts.Cuts, s.out) {
		return sight{person: s.person, verdict: consent.Verdict{Why: s.verdict.Why}}, nil
	}
	return s, nil
}

// decide joins the verdicts of all the people that a thing is about (section 7.3): all must permit.
func (j *judge) decide(f *consent.Facts) (sight, error) {
	none := consent.Reason{Step: consent.StepSubject, Rule: -1}
	switch {
	case j.operator():
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepOperator, Rule: -1}}}, nil
	case f.Ref.Type == "AuditEvent": // the trail is read through the trail; harvested ones by operators only
		return sight{verdict: consent.Verdict{Why: none}}, nil
	case len(f.About) == 0 && f.Open:
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepOpen, Rule: -1}}}, nil
	case len(f.About) == 0 && f.Sender != (fhir.Ref{}) && f.Sender == j.viewers[0].Org:
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepSender, Rule: -1}}}, nil
	case len(f.About) == 0 && f.Ref.Type == "Provenance" && len(targetsOf(f)) > 0:
		// It is about its targets: lookOnce and stands hide it unless all of them may be seen (row 25).
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepOpen, Rule: -1}}}, nil
	case len(f.About) == 0:
		return sight{verdict: consent.Verdict{Why: none}}, nil
	}
	all := sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Rule: -1}}}
	for _, patient := range f.About {
		p, err := j.person(patient)
		if err != nil {
			return sight{}, err
		}
		r, err := j.ruling(p)
		if err != nil {
			return sight{}, err
		}
		for _, residual := range r.residuals {
			v := residual.See(f)
			if v.Sight == consent.Hidden {
				return sight{verdict: v, person: p}, nil
			}
			all.verdict.Parts |= v.Parts
			all.verdict.Why = v.Why
			all.person = p
			if v.Sight == consent.Cut {
				all.verdict.Sight = consent.Cut
			}
		}
	}
	return all, nil
}

// What following references may cost one request: how deep a chain of things each of which cannot do without the
// next, and how many things in all.
const (
	referencesDeep = 16
	referencesMany = 20_000
)

// errTooMuch is the answer to a request that would follow more references than one request may.
var errTooMuch = fhir.Errorf(fhir.TooCostly, "the answer rests on more references than one request may follow: ask for less at once")

// sees reports whether the caller may see what is referred to. An absent thing and a hidden one are the same:
// not seen (section 10 row 23). A thing that is asked for while it is being decided counts as visible: optimism
// can only turn out false, so the answer is the greatest that is consistent. When it does turn out false, what was
// decided on the strength of it is forgotten and asked again; nothing else is ever decided twice.
func (j *judge) sees(ref fhir.Ref, depth int) (bool, error) {
	t, known := j.targets[ref]
	switch {
	case known && t.open:
		t.leaned = true
		j.targets[ref] = t
		return true, nil
	case known && t.visible:
		return true, nil
	case known && t.hidden, depth > referencesDeep:
		return false, nil
	}
	if j.followed++; j.followed > referencesMany {
		return false, errTooMuch
	}
	if err := j.ctx.Err(); err != nil {
		return false, err
	}
	if t.version == nil {
		v, err := j.snap.Current(ref)
		if err != nil {
			return false, fmt.Errorf("read what is referred to: %w", err)
		}
		if v == nil || v.Deleted {
			j.absent = append(j.absent, ref)
			j.targets[ref] = target{hidden: true}
			return false, nil
		}
		t.version = v
	}
	j.targets[ref] = target{version: t.version, open: true}
	mark := len(j.decided)
	visible, err := j.stands(t.version, depth)
	if err != nil {
		return false, err
	}
	leaned := j.targets[ref].leaned
	j.targets[ref] = target{version: t.version, hidden: !visible, visible: visible}
	if !visible && leaned {
		for _, other := range j.decided[mark:] {
			if o := j.targets[other]; o.visible {
				j.targets[other] = target{version: o.version}
			}
		}
		j.decided = j.decided[:mark]
	}
	j.decided = append(j.decided, ref)
	return visible, nil
}

// stands reports whether a thing that is referred to may be seen at all: the verdict, its parts, and the
// references that it cannot do without.
func (j *judge) stands(v *Version, depth int) (bool, error) {
	s, err := j.decide(v.Facts)
	if err != nil || s.verdict.Sight == consent.Hidden {
		return false, err
	}
	if j.operator() {
		return true, nil
	}
	// A thing that the token has no scope for is not pointed at either, whichever interaction shows the host.
	readable, err := j.scoped(v, 'r')
	if err == nil && !readable {
		readable, err = j.scoped(v, 's')
	}
	if err != nil || !readable {
		return false, err
	}
	out := make([]bool, len(v.Facts.Cuts))
	for i, part := range v.Facts.Parts {
		if i < 64 && s.verdict.Parts&(1<<i) != 0 {
			if part.Whole {
				return false, nil
			}
			out[part.Cut] = true
		}
	}
	for i := range v.Facts.Cuts {
		cut := &v.Facts.Cuts[i]
		if cut.Kind != fhir.CutReference || cut.Target == v.Ref || isAbout(v.Facts, cut.Target) || consent.AlwaysOpen(cut.Target.Type) || !needed(v, i) {
			continue
		}
		visible, err := j.sees(cut.Target, depth+1)
		if err != nil {
			return false, err
		}
		if !visible {
			if v.Ref.Type == "Provenance" && isTarget(cut) {
				return false, nil
			}
			out[i] = true
		}
	}
	return !falls(v.Facts.Cuts, out), nil
}

// needed reports whether leaving out a cut may take the host with it: it or something above it is required.
func needed(v *Version, i int) bool {
	for c := i; c >= 0; c = int(v.Facts.Cuts[c].Up) {
		if v.Facts.Cuts[c].Required {
			return true
		}
	}
	return v.Ref.Type == "Provenance"
}

// falls reports whether the cuts take with them something that the resource cannot do without, by emptying a
// required list as well as directly.
func falls(cuts []fhir.Cut, out []bool) bool {
	gone := make([]int32, len(cuts))
	for i, cut := range slices.Backward(cuts) { // what is inside comes after what holds it
		left := out[i] || (cut.Count > 0 && gone[i] == cut.Count)
		if !left {
			continue
		}
		if cut.Required {
			return true
		}
		if up := cut.Up; up >= 0 {
			gone[up]++
		}
	}
	return false
}

// isAbout reports whether a reference is to one of the people the thing is about. It stays: whoever may see the
// thing knows whose it is, whether or not the Patient resource is here or may be seen.
func isAbout(f *consent.Facts, ref fhir.Ref) bool {
	return slices.Contains(f.About, ref)
}

// isTarget reports whether a cut is one of Provenance.target: a Provenance is seen by those who see all of them.
func isTarget(cut *fhir.Cut) bool {
	return len(cut.Path) > len("Provenance.target") && cut.Path[:len("Provenance.target")] == "Provenance.target"
}

// within reports whether a thing is about the launch patient; a Provenance is about whom its targets are about.
func (j *judge) within(f *consent.Facts) (bool, error) {
	if f.Ref.Type != "Provenance" {
		return isAbout(f, j.c.Patient), nil
	}
	for _, ref := range targetsOf(f) {
		v, err := j.snap.Current(ref)
		if err != nil {
			return false, fmt.Errorf("read the target of a Provenance: %w", err)
		}
		if v != nil && isAbout(v.Facts, j.c.Patient) {
			return true, nil
		}
	}
	return false, nil
}

// targetsOf are the things on this server that a Provenance is about.
func targetsOf(f *consent.Facts) []fhir.Ref {
	var refs []fhir.Ref
	for i := range f.Cuts {
		if f.Cuts[i].Kind == fhir.CutReference && isTarget(&f.Cuts[i]) {
			refs = append(refs, f.Cuts[i].Target)
		}
	}
	return refs
}

// confidentiality is how a label of v3-Confidentiality is told from one that says what a thing is sensitive for.
const confidentiality = "v3-Confidentiality"

// scoped reports whether a scope of the token covers this very thing: its context, and the parameters of a
// granular scope, which are asked of the whole resource (section 9).
func (j *judge) scoped(v *Version, letter smart.Letter) (bool, error) {
	var entries []search.Entry
	for grant := range j.c.Scopes.Matching(v.Ref.Type, letter) {
		if grant.Context == smart.Patient && !v.Facts.Open {
			within, err := j.within(v.Facts)
			if err != nil {
				return false, err
			}
			if !within {
				continue
			}
		}
		if len(grant.Where) == 0 {
			return true, nil
		}
		if entries == nil {
			root, err := fhir.Walk(v.JSON)
			if err != nil {
				return false, fmt.Errorf("read a stored resource: %w", err)
			}
			entries = search.ExtractTree(v.Ref.Type, root)
		}
		plan := search.Plan{Type: v.Ref.Type, Where: grant.Where}
		if plan.Match(v.Ref, v.Updated, entries) {
			return true, nil
		}
	}
	return false, nil
}
