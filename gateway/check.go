package gateway

import (
	"context"
	"fmt"
	"reflect"
	"runtime"

	"golang.org/x/sync/errgroup"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// Kept is a store as its operator looks after it.
type Kept interface {
	guard.Store
	guard.Maintainer
}

// Tally is how much was looked at, and found.
type Tally struct{ Versions, People, Findings int }

// Check looks through a whole store and tells what is not as it should be: bodies that cannot be read strictly or are
// of another version; facts, index entries and standings other than those made of the bodies now; versions that are
// about somebody else than their Patients; tables that say other things than versions and standings. It changes nothing. The
// trail is verified apart. An error means that it could not look.
func Check(ctx context.Context, store Kept, tell func(guard.Finding)) (Tally, error) {
	c := &checkup{store: store, tell: tell}
	return c.run(ctx, func([]guard.Derived, []*consent.Standing) error { return nil }, store.Inspect)
}

// checkup is a Check or a Reindex under way.
type checkup struct {
	store Kept
	tell  func(guard.Finding)
	tally Tally
}

func (c *checkup) find(f guard.Finding) {
	c.tally.Findings++
	c.tell(f)
}

// run looks at versions, then at standings, which rest on them, then at tables, which rest on both.
func (c *checkup) run(ctx context.Context, amend func([]guard.Derived, []*consent.Standing) error, tables func(context.Context, func(guard.Finding)) error) (Tally, error) {
	if err := c.versions(ctx, amend); err != nil {
		return c.tally, fmt.Errorf("look at the versions: %w", err)
	}
	if err := c.standings(ctx, amend); err != nil {
		return c.tally, fmt.Errorf("look at the standings: %w", err)
	}
	if err := tables(ctx, c.find); err != nil {
		return c.tally, fmt.Errorf("look at the tables: %w", err)
	}
	return c.tally, nil
}

// together is how many versions are looked at at once, and amended in one transaction.
const together = 256

// versions makes anew what is derived of each version. One chunk is amended when it is read whole, so that nothing
// is written while the store reads.
func (c *checkup) versions(ctx context.Context, amend func([]guard.Derived, []*consent.Standing) error) error {
	after := guard.Position(0)
	for {
		var chunk []guard.Held
		err := c.store.Each(ctx, guard.Part{After: after}, func(h guard.Held) error {
			if chunk = append(chunk, h); len(chunk) == together {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough { //nolint:errorlint // Each gives the error of use itself
			return err
		}
		if len(chunk) == 0 {
			return nil
		}
		after = chunk[len(chunk)-1].Position
		wrong, err := c.chunk(ctx, chunk)
		if err != nil {
			return err
		}
		if len(wrong) > 0 {
			if err := amend(wrong, nil); err != nil {
				return err
			}
		}
	}
}

// errEnough ends a walk over versions.
var errEnough = fmt.Errorf("enough for now")

// chunk gives the derived data of those versions of which something else is kept.
func (c *checkup) chunk(ctx context.Context, chunk []guard.Held) ([]guard.Derived, error) {
	derived, faults := make([]guard.Derived, len(chunk)), make([]error, len(chunk))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, h := range chunk {
		if faults[i] = h.Fault; h.Fault == nil && h.Version.Facts != nil {
			group.Go(func() error {
				derived[i], faults[i] = derive(h)
				return nil
			})
		}
	}
	_ = group.Wait() // nothing of it fails
	var wrong []guard.Derived
	for i, h := range chunk {
		c.tally.Versions++
		f := guard.Finding{Ref: h.Version.Ref, Version: h.Version.ID}
		switch {
		case h.Fault != nil:
			f.Problem = "it cannot be read"
		case h.Version.Facts == nil:
			f.Problem = "it has no facts"
		case faults[i] == errOther: //nolint:errorlint // it is given as it is
			f.Problem = "its body is that of another version"
		case faults[i] != nil:
			f.Problem = "its body does not read strictly"
		case !sameFacts(derived[i].Facts, h.Version.Facts):
			f.Problem = "its facts are not those of its body"
		case h.Current && !sameIndex(derived[i], h):
			f.Problem = "its index entries are not those of its body"
		default:
			continue
		}
		c.find(f)
		if h.Fault == nil && faults[i] == nil && h.Version.Facts != nil {
			wrong = append(wrong, derived[i])
		}
	}
	return wrong, c.about(ctx, chunk)
}

// sameIndex compares what a version is found by.
func sameIndex(d guard.Derived, h guard.Held) bool {
	return len(d.Index) == len(h.Index) && (len(d.Index) == 0 || reflect.DeepEqual(d.Index, h.Index))
}

// about finds current versions that are kept as about others than the persons of the Patients that they name.
func (c *checkup) about(ctx context.Context, chunk []guard.Held) error {
	return c.store.View(ctx, guard.Want{}, func(snap guard.Snapshot) error {
		for _, h := range chunk {
			if !h.Current || h.Fault != nil || h.Version.Facts == nil || h.Version.Ref.Type == "Provenance" {
				continue
			}
			people := map[consent.Person]bool{}
			for _, p := range h.People {
				people[p] = true
			}
			named := map[consent.Person]bool{}
			for _, patient := range h.Version.Facts.About {
				p, err := snap.Person(patient)
				if err != nil {
					return err
				}
				named[p] = true
			}
			if !reflect.DeepEqual(people, named) {
				c.find(guard.Finding{Ref: h.Version.Ref, Version: h.Version.ID, Problem: "it is kept as about others than the Patients that it names"})
			}
		}
		return nil
	})
}

// refOf is the first of a person's Patients, by which the operator can find them.
func refOf(s *consent.Standing) fhir.Ref {
	if s == nil || len(s.Patients) == 0 {
		return fhir.Ref{}
	}
	return s.Patients[0].Ref
}
