package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
)

// careEnded is how long a relationship lasts that a visit opened and that has ended (CONSENT rules section 14.2).
const careEnded = 24 * time.Hour

// The statuses of Encounters, by what they do to a relationship.
const (
	underWay = " arrived triaged in-progress onleave "
	isOver   = " finished cancelled "
)

// care is the change by which visits that a record tells of open or end the relationship of their sender with the
// person; nil when there is nothing to change. It is found by number and birth date as with StartCare, whether or not anything is held
// of the person, and an end ends only what the same visit began.
func (d *draft) care(made []*fhir.Resource, care Care) (*Change, error) {
	if care != CareByVisits {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	keys, begun := keysAmong(made), false
	for _, r := range made {
		visit := visitOf(r)
		if len(keys) == 0 || visit == visitUntold || visit == visitBegun && begun { // there is one relationship, however many visits
			continue
		}
		begun = begun || visit == visitBegun
		if err := d.mayStartCare(); err != nil {
			return nil, err
		}
		change, err := d.visit(r.Ref(), keys[0], visit)
		if err != nil || change != nil {
			return change, err
		}
	}
	return nil, nil //nolint:nilnil // as above
}

// visit is what a resource says of a visit.
type visit uint8

const (
	visitUntold visit = iota // it is none, or one that is planned
	visitBegun
	visitOver
	visitWrong // there was none
)

func visitOf(r *fhir.Resource) visit {
	status := " " + r.Root().Get("status").Text() + " "
	switch {
	case r.Type() != "Encounter":
		return visitUntold
	case strings.Contains(underWay, status):
		return visitBegun
	case strings.Contains(isOver, status):
		return visitOver
	case status == " entered-in-error ":
		return visitWrong
	default:
		return visitUntold
	}
}

// mayStartCare demands what $start-care demands, but that a person at work asks: the door's own configuration says that
// the visits of this system count.
func (d *draft) mayStartCare() error {
	v := d.j.viewers[0]
	if v.OrgKind != consent.OrgHealth || (v.Class != consent.Staff && v.Class != consent.System) {
		return fhir.Errorf(fhir.Forbidden, "visits open a relationship with regulated health organisations only: leave care out of this door")
	}
	if slices.ContainsFunc(d.j.viewers, func(v consent.Viewer) bool { return !consent.DirectCare(v.Purpose) }) {
		return fhir.Errorf(fhir.Forbidden, "visits open a relationship for individual care only: the purpose of the door must be TREAT or one below it")
	}
	return nil
}

// keysAmong are the identity keys of the one Patient of a record; none when there are several.
func keysAmong(made []*fhir.Resource) []string {
	var keys []string
	patients := 0
	for _, r := range made {
		if r.Type() != "Patient" {
			continue
		}
		patients++
		if gives := consent.FactsOf(r, fhir.Ref{}).Gives.Patient; gives != nil {
			keys = gives.Keys()
		}
	}
	if patients != 1 {
		return nil
	}
	return keys
}

// visit opens or ends the relationship of one visit with the person who has the identity key.
func (d *draft) visit(encounter fhir.Ref, key string, now visit) (*Change, error) {
	p, err := d.j.snap.Find(key)
	if err != nil {
		return nil, fmt.Errorf("find a person: %w", err)
	}
	change := &Change{}
	if p == "" {
		p = newPerson()
		change.Keys = map[string]consent.Person{key: p}
		change.If = append(change.If, Expect{Key: key})
	}
	state, err := d.j.snap.State(p)
	if err != nil {
		return nil, fmt.Errorf("read a standing: %w", err)
	}
	v := d.j.viewers[0]
	e := d.j.event("start-care", 'C')
	tie := consent.Tie{Kind: consent.TieStarted, Who: consent.Party{Ref: v.Org}, From: encounter, Period: consent.Span{From: v.Time}}
	at := slices.IndexFunc(state.Standing.Ties, func(t consent.Tie) bool { return t.Kind == consent.TieStarted && t.From == encounter })
	if at >= 0 {
		tie.Who, tie.Period = state.Standing.Ties[at].Who, state.Standing.Ties[at].Period
	}
	over := !tie.Period.To.IsZero()
	switch {
	case now == visitBegun && at >= 0 && !over, now != visitBegun && at < 0, now == visitOver && over, over && !tie.Period.To.After(v.Time) && now == visitWrong:
		return nil, nil //nolint:nilnil // it is so already, or was never begun
	case now == visitBegun:
		tie.Period = consent.Span{From: v.Time}
	case now == visitOver:
		e, tie.Period.To = d.j.event("end-care", 'U'), v.Time.Add(careEnded)
	default:
		e, tie.Period.To = d.j.event("end-care", 'U'), v.Time
	}
	standing := state.Standing.Started(tie)
	standing.Person, standing.Version = p, state.Standing.Version+1
	change.Standings = map[consent.Person]*consent.Standing{p: standing}
	change.If = append(change.If, Expect{Person: p, Standing: state.Standing.Version})
	e.Person, e.Permit, e.Ref, e.Standing = p, true, encounter, state.Standing.Version
	change.Events = []Event{e}
	return change, nil
}

// EndCare ends at once the relationships that visits opened which turn out to be wrong. The visits are the caller's own; of
// any other nothing is ended, and nothing said.
func (r Reading) EndCare(ctx context.Context, encounters ...fhir.Ref) error {
	for _, encounter := range encounters {
		if err := r.endCare(ctx, encounter); err != nil {
			return err
		}
	}
	return nil
}

func (r Reading) endCare(ctx context.Context, encounter fhir.Ref) error {
	for range commitTries {
		change, err := r.careWrong(ctx, encounter)
		if err != nil || change == nil {
			return err
		}
		if _, err := r.g.Store.Commit(ctx, *change); err != ErrConflict { //nolint:errorlint // stores return ErrConflict itself
			return err
		}
	}
	return errBusy
}

// careWrong is the change that ends the relationship of one visit; nil when there is none.
func (r Reading) careWrong(ctx context.Context, encounter fhir.Ref) (*Change, error) {
	var change *Change
	err := r.g.Store.View(ctx, Want{Refs: []fhir.Ref{encounter}}, func(snap Snapshot) error {
		change = nil
		d := newDraft()
		var err error
		if d.j, err = r.g.judge(ctx, r.c, snap, consent.Access, 'r'); err != nil {
			return err
		}
		visit, err := d.current(encounter)
		if err != nil || visit == nil || !d.j.operator() && visit.Facts.Sender != d.sender() || len(visit.Facts.About) != 1 {
			return err
		}
		patient, err := d.current(visit.Facts.About[0])
		if err != nil || patient == nil || patient.Facts.Gives.Patient == nil {
			return err
		}
		keys := patient.Facts.Gives.Patient.Keys()
		if len(keys) == 0 {
			return nil
		}
		change, err = d.visit(encounter, keys[0], visitWrong)
		return err
	})
	return change, err
}
