package guard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// glassOpen is how long one window of break-glass lasts at most (CONSENT rules 14.6). It is renewed by asking again, with
// a reason.
const glassOpen = 12 * time.Hour

// purposeBTG is the purpose of use without which the glass is never broken.
const purposeBTG = "BTG"

// Glass says who may break the glass (CONSENT rules section 7). The zero Glass lets nobody.
type Glass struct {
	ACR   []string // values of the claim acr that a stepped-up session has
	Roles []string // codes of subject_role of those who may
}

// Offered reports whether break-glass is there for this caller, if they step up and say why: what is told on every
// response, whatever is hidden (section 10 row 33). It depends on the token and the configuration alone.
func (g Glass) Offered(c Caller) bool {
	return len(g.ACR) > 0 && c.class() == consent.Staff &&
		slices.ContainsFunc(c.Roles, func(role string) bool { return slices.Contains(g.Roles, role) })
}

// claimed reports whether a token claims break-glass with all that it needs of the session.
func (g Glass) claimed(c Caller) bool {
	return g.Offered(c) && slices.Contains(g.ACR, c.ACR) && slices.Equal(c.Purposes, []string{purposeBTG})
}

// BreakGlass is the demand to see one person's record against their choices, in an emergency.
type BreakGlass struct {
	Patient    fhir.Ref     // or, when it is zero:
	Identifier consent.Code // such as the NHS number,
	Birth      string       // with the birth date, YYYY-MM-DD
	Reason     consent.Code
	Text       string // why, in the caller's own words
}

// glassText bounds the caller's words: they stand in the trail.
const glassText = 2000

var (
	// errNoGlass is the same whatever is missing, so that it tells nothing of how the gateway is set up.
	errNoGlass = fhir.Errorf(fhir.Forbidden, "break-glass is for a member of staff in a role that is configured for it, by name, in a stepped-up session (acr), "+
		"with BTG as the only purpose of use of the token")
	errGlassReads = fhir.Errorf(fhir.Forbidden, "nothing is written with the purpose of use BTG: ask for a token with the purpose that the writing is for")
)

func (b BreakGlass) check() error {
	switch {
	case b.Reason.Code == "":
		return fhir.Errorf(fhir.Required, "reason is needed: a code that says why the glass is broken")
	case b.Text == "":
		return fhir.Errorf(fhir.Required, "text is needed: why the glass is broken, in your own words")
	case len(b.Text) > glassText:
		return fhir.Errorf(fhir.TooLong, "text may have at most %d bytes", glassText)
	case b.Patient != (fhir.Ref{}):
		return nil
	}
	return StartCare{Identifier: b.Identifier, Birth: b.Birth, Reason: b.Reason}.check()
}

// BreakGlass opens one person's record to the caller, for reading and for a while, whether or not anything is held of
// them: the answer does not tell. It is in the trail with high severity, where the person sees it and the privacy officer
// looks. What it opens and what it does not is for the decision to say (package consent). Errors: Forbidden when it is
// not for this caller; Required and Value for what is missing.
func (r Reading) BreakGlass(ctx context.Context, b BreakGlass) (Started, error) {
	if !r.g.Glass.claimed(r.c) {
		return Started{}, errNoGlass
	}
	if err := b.check(); err != nil {
		return Started{}, err
	}
	return anew(func() (Started, error) { return r.breakGlass(ctx, b) })
}

func (r Reading) breakGlass(ctx context.Context, b BreakGlass) (Started, error) {
	var change Change
	var opened Started
	want := Want{Refs: []fhir.Ref{b.Patient}}
	if b.Patient == (fhir.Ref{}) {
		want = Want{Keys: []string{consent.IdentityKey(b.Identifier, b.Birth)}}
	}
	err := r.g.Store.View(ctx, want, func(snap Snapshot) error {
		change = Change{}
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		v := j.viewers[0]
		if _, known := j.dir.Org(v.Org); !known {
			return errUnknownOrganisation
		}
		opened = Started{From: v.Time, Until: v.Time.Add(glassOpen)}
		e := j.event("break-glass", 'C')
		e.Ref, e.Permit, e.Reason, e.Note, e.Severity = b.Patient, true, b.Reason.Code, b.Text, SeverityHigh
		task, err := e.glassReview().resource(fhir.ID(randomHex()), instant(v.Time))
		if err != nil {
			return err
		}
		change.Put, change.If = []Put{r.g.reviewed(task, v.Time)}, []Expect{{Ref: task.Ref()}}
		p, err := j.whose(b, &change)
		if err != nil {
			return err
		}
		if p == "" { // nobody has that id: there is nothing to open, and it was asked
			change.Events = []Event{e}
			return nil
		}
		state, err := snap.State(p)
		if err != nil {
			return fmt.Errorf("read a standing: %w", err)
		}
		standing := state.Standing.Opened(consent.Opened{Who: consent.Party{Ref: r.c.User}, From: opened.From, To: opened.Until})
		standing.Person, standing.Version = p, state.Standing.Version+1
		change.Standings = map[consent.Person]*consent.Standing{p: standing}
		change.If = append(change.If, Expect{Person: p, Standing: state.Standing.Version})
		e.Person, e.Standing = p, state.Standing.Version
		change.Events = []Event{e}
		return nil
	})
	if err != nil {
		return Started{}, err
	}
	if _, err := r.g.Store.Commit(ctx, change); err != nil {
		return Started{}, err
	}
	return opened, nil
}

// ReviewGlass is the code of the Task by which the privacy officer looks whether the glass had to be broken (section 7).
const ReviewGlass = "break-glass"

// glassReview is the Task by which somebody looks at it afterwards. It names the event, which has the rest.
func (e Event) glassReview() review {
	return review{
		code: ReviewGlass, status: reviewReady, about: fhir.Ref{Type: "AuditEvent", ID: fhir.ID(e.ID)},
		reason: fmt.Sprintf("%s of %s broke the glass (%s): %s", e.User, e.Org, e.Reason, e.Note),
	}
}

// whose is the person of a demand. Somebody named by identity who is not known here comes into being, so that the window
// holds when their record comes; "" for an id that is nobody's.
func (j *judge) whose(b BreakGlass, change *Change) (consent.Person, error) {
	if b.Patient != (fhir.Ref{}) {
		return j.person(b.Patient)
	}
	key := consent.IdentityKey(b.Identifier, b.Birth)
	p, err := j.snap.Find(key)
	if err != nil {
		return "", fmt.Errorf("find a person: %w", err)
	}
	if p == "" {
		p = newPerson()
		change.Keys = map[string]consent.Person{key: p}
	}
	return p, nil
}

// glassed reports whether the caller claims break-glass: what they see is made afresh, and kept for nobody (14.6).
func (j *judge) glassed() bool {
	return slices.ContainsFunc(j.viewers, func(v consent.Viewer) bool { return v.Glass })
}

// readsOnly refuses every write of a token that carries the purpose BTG, by its shape alone.
func (c Caller) readsOnly() error {
	if slices.Contains(c.Purposes, purposeBTG) && c.class() != consent.Operator {
		return errGlassReads
	}
	return nil
}
