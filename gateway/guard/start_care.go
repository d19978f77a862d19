package guard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// careStarted is how long a declared relationship lasts (CONSENT rules section 14.2).
const careStarted = 72 * time.Hour

// StartCare opens a relationship between the caller's organisation and a person named by identifier and birth
// date, whether or not anything is held of them: the answer does not tell (sections 14.1 and 14.2). It is in
// the trail, where the person sees it. Errors: Forbidden when the caller is not staff of a regulated health
// organisation acting for individual care; Value for an identity that cannot be one.
func (r Reading) StartCare(ctx context.Context, s StartCare) (Started, error) {
	if err := s.check(); err != nil {
		return Started{}, err
	}
	return anew(func() (Started, error) { return r.startCare(ctx, s) })
}

// anew decides again while what a decision rested on changes under it.
func anew(decide func() (Started, error)) (Started, error) {
	for range commitTries {
		started, err := decide()
		if err != ErrConflict { //nolint:errorlint // stores return ErrConflict itself
			return started, err
		}
	}
	return Started{}, errBusy
}

func (s StartCare) check() error {
	if s.Identifier.System == "" || s.Identifier.Code == "" {
		return fhir.Errorf(fhir.Required, "identifier needs a system and a value, such as the NHS number")
	}
	if _, err := time.Parse(time.DateOnly, s.Birth); err != nil {
		return fhir.Errorf(fhir.Value, "birthDate must be a whole date, YYYY-MM-DD")
	}
	if s.Reason.Code == "" {
		return fhir.Errorf(fhir.Required, "reason is needed: a code that says why care begins")
	}
	return nil
}

func (r Reading) startCare(ctx context.Context, s StartCare) (Started, error) {
	var change Change
	var started Started
	key := consent.IdentityKey(s.Identifier, s.Birth)
	err := r.g.Store.View(ctx, Want{Keys: []string{key}}, func(snap Snapshot) error {
		change = Change{}
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		v := j.viewers[0]
		if v.Class != consent.Staff || v.OrgKind != consent.OrgHealth || v.Org == (fhir.Ref{}) {
			return fhir.Errorf(fhir.Forbidden, "care is started by staff of a regulated health organisation that this gateway knows")
		}
		if slices.ContainsFunc(j.viewers, func(v consent.Viewer) bool { return !consent.DirectCare(v.Purpose) }) {
			return fhir.Errorf(fhir.Forbidden, "care is started for individual care only: the token's purpose of use must be TREAT or one below it")
		}
		p, err := snap.Find(key)
		if err != nil {
			return fmt.Errorf("find a person: %w", err)
		}
		if p == "" {
			p = newPerson()
			change.Keys = map[string]consent.Person{key: p}
		}
		state, err := snap.State(p)
		if err != nil {
			return fmt.Errorf("read a standing: %w", err)
		}
		started = Started{From: v.Time, Until: v.Time.Add(careStarted)}
		standing := state.Standing.Started(consent.Tie{
			Kind: consent.TieStarted, Who: consent.Party{Ref: v.Org},
			From:   fhir.Ref{Type: "Encounter", ID: fhir.ID(eventID(v.Time))},
			Period: consent.Span{From: started.From, To: started.Until},
		})
		standing.Person, standing.Version = p, state.Standing.Version+1
		change.Standings = map[consent.Person]*consent.Standing{p: standing}
		change.If = []Expect{{Person: p, Standing: state.Standing.Version}}
		e := j.event("start-care", 'C')
		e.Person, e.Permit, e.Reason, e.Standing = p, true, s.Reason.Code, state.Standing.Version
		change.Events = []Event{e}
		return nil
	})
	if err != nil {
		return Started{}, err
	}
	if _, err := r.g.Store.Commit(ctx, change); err != nil {
		return Started{}, err
	}
	return started, nil
}

// errBusy is the answer when others kept changing what a write rested on.
var errBusy = fhir.Errorf(fhir.Throttled, "others are changing the same record at this moment: try again")

// commitTries is how often a write is decided anew when what it rested on changed under it.
const commitTries = 8
