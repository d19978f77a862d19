package guard

import (
	"context"
	"fmt"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// Resolve gives the one resource that a conditional reference, or the condition of a write to come, means among what
// the caller may see (FHIR R4, http.html#trules); the zero Ref when there is none. Error: Multiple. It is a search,
// and is recorded as one.
func (r Reading) Resolve(ctx context.Context, plan search.Plan) (fhir.Ref, error) {
	plan.Count = 2
	var f found
	var events []Event
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 's')
		if err != nil {
			return err
		}
		if f, err = j.find(plan); err != nil {
			return fmt.Errorf("resolve a reference: %w", err)
		}
		events = f.events(j, plan)
		return nil
	})
	if err != nil {
		return fhir.Ref{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return fhir.Ref{}, unrecorded(err)
	}
	switch len(f.rows) {
	case 0:
		return fhir.Ref{}, nil
	case 1:
		return f.rows[0].version.Ref, nil
	default:
		return fhir.Ref{}, errSeveralMatch
	}
}
