package guard

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
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
	content  []fhir.Ref         // Binaries of nobody that were there: likewise
	hosts    map[fhir.Ref][]*Version
	gathered map[*consent.Facts][]*consent.Facts // members, found before
	newest   map[*consent.Facts]*consent.Facts   // of older versions: those of the newest one
	hidBy    map[consent.Person]uint64           // for the trail: the steps by which anything was hidden, a bit each
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
	standing  *consent.Standing // what the policy was made of
	residuals []consent.Residual
	keys      string // the residuals' keys, one after the other
	until     time.Time
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
		rulings: map[consent.Person]ruling{}, hidBy: map[consent.Person]uint64{}, people: map[fhir.Ref]consent.Person{}, targets: map[fhir.Ref]target{},
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
		for i := range made {
			made[i].Glass = g.Glass.claimed(c)
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
	r := ruling{policy: policy, standing: s}
	for _, v := range j.viewers {
		residual := policy.For(v)
		key := residual.Key()
		r.residuals, r.keys = append(r.residuals, residual), r.keys+string(key[:])
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
		case fhir.CutPlace:
			if s.verdict.Place {
				s.out[i], s.own = true, true
			}
		case fhir.CutDisplay: // the words for somebody may stand where the one they name may be seen (row 23)
			if s.verdict.Place && locates(cut) {
				s.out[i], s.own = true, true
				continue
			}
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
		case fhir.CutReference, fhir.CutAttachment:
			if s.verdict.Place && locates(cut) {
				s.out[i], s.own = true, true
				continue
			}
			if cut.Target == v.Ref || isAbout(v.Facts, cut.Target) || consent.AlwaysOpen(cut.Target.Type) {
				continue
			}
			visible, err := j.leads(v, cut, 0)
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
	case PermitsAll:
		return sight{verdict: consent.Verdict{Sight: consent.Whole}}, nil
	case j.operator():
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepOperator, Rule: -1}}}, nil
	case f.Ref.Type == "AuditEvent": // the trail is read through the trail; harvested ones by operators only
		return sight{verdict: consent.Verdict{Why: none}}, nil
	case len(f.About) == 0 && f.Open:
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepOpen, Rule: -1}}}, nil
	case len(f.About) == 0 && !nobodys(f) && j.sent(f):
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepSender, Rule: -1}}}, nil
	case len(f.About) == 0 && f.Ref.Type == "Provenance" && len(targetsOf(f)) > 0:
		// It is about its targets: lookOnce and stands hide it unless all of them may be seen (row 25).
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepOpen, Rule: -1}}}, nil
	case nobodys(f):
		return j.decideContent(f)
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
			v, err := j.see(residual, f)
			if err != nil {
				return sight{}, err
			}
			if v.Sight == consent.Hidden {
				j.hidBy[p] |= 1 << v.Why.Step
				return sight{verdict: v, person: p}, nil
			}
			all.verdict.Parts |= v.Parts
			all.verdict.Place = all.verdict.Place || v.Place
			all.verdict.Why = v.Why
			all.person = p
			if v.Sight == consent.Cut {
				all.verdict.Sight = consent.Cut
			}
		}
	}
	return all, nil
}

// sent reports whether the caller's organisation sent a thing.
func (j *judge) sent(f *consent.Facts) bool {
	return f.Sender != (fhir.Ref{}) && f.Sender == j.viewers[0].Org
}

// locates reports whether a reference tells where somebody can be found: a place, or the practice that they are
// registered with (CONSENT rules section 14.17).
func locates(cut *fhir.Cut) bool {
	return cut.Target.Type == "Location" ||
		strings.HasPrefix(cut.Path, "Patient.generalPractitioner") || strings.HasPrefix(cut.Path, "Patient.managingOrganization")
}

// confidentiality is how a label of v3-Confidentiality is told from one that says what a thing is sensitive for.
const confidentiality = "v3-Confidentiality"
