package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// Relabelling labels what a store holds anew when its rules have changed (CONSENT rules section 5). Until a version is
// done it meets every label deny and no label permit, so it does not matter when this comes to it. It may be cut off at
// any time, and goes on where it was; several nodes may do it at once.
type Relabelling struct {
	Store  guard.Relabeller
	Labels *consent.Labeller
	Log    *slog.Logger
	// Again is how long after it is done it looks whether another node has written under other rules meanwhile, and the
	// longest wait after a fault; 0: 5 minutes.
	Again time.Duration
}

// Run labels until ctx ends. A node that starts decides which rules are in force: one that began earlier with others
// leaves the store to it.
func (r Relabelling) Run(ctx context.Context) {
	again, wait := r.Again, time.Second
	if again <= 0 {
		again = 5 * time.Minute
	}
	begun := false
	for ctx.Err() == nil {
		n, err := r.once(ctx, begun)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.Log.LogAttrs(ctx, slog.LevelWarn, "label_anew", slog.Any("error", err))
			wait = min(2*wait, again)
		default:
			begun, wait = true, again
			if n > 0 {
				r.Log.LogAttrs(ctx, slog.LevelInfo, "labelled_anew", slog.Int("versions", n))
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// Once labels all that is there, and gives how many versions had to be.
func (r Relabelling) Once(ctx context.Context) (int, error) { return r.once(ctx, false) }

// relabelTogether is how many steps of the feed share a transaction.
const relabelTogether = 100

func (r Relabelling) once(ctx context.Context, begun bool) (int, error) {
	done, err := r.Store.Labelled(ctx)
	if err != nil {
		return 0, fmt.Errorf("read how far labels are made: %w", err)
	}
	if done.Rules != r.Labels.Epoch() {
		if begun {
			return 0, nil // another node has come since, with other rules
		}
		done = guard.Labelled{Rules: r.Labels.Epoch()}
	}
	total := 0
	for {
		entries, last, err := r.Store.Follow(ctx, done.Through, relabelTogether)
		if err != nil {
			return total, fmt.Errorf("follow the feed: %w", err)
		}
		if len(entries) == 0 {
			return total, nil
		}
		anew, err := r.anew(ctx, entries)
		if err != nil {
			return total, err
		}
		done.Through = last
		if err := r.Store.Relabel(ctx, anew, done); err != nil {
			return total, fmt.Errorf("label anew: %w", err)
		}
		total += len(anew)
	}
}

// anew labels those of the versions that another rule set labelled.
func (r Relabelling) anew(ctx context.Context, entries []guard.Entry) ([]guard.Relabelled, error) {
	var found []*guard.Version
	var living []*guard.Version // what a deletion deleted
	err := r.Store.View(ctx, guard.Want{}, func(snap guard.Snapshot) error {
		found, living = nil, nil
		for _, e := range entries {
			history, err := snap.History(e.Ref)
			if err != nil {
				return fmt.Errorf("read a history: %w", err)
			}
			i := slices.IndexFunc(history, func(v *guard.Version) bool { return v.ID == e.Version })
			if i < 0 || history[i].Facts == nil || history[i].Facts.Labels.Rules == r.Labels.Epoch() {
				continue
			}
			v, of := history[i], history[i]
			for _, older := range history[i:] {
				if of.Deleted {
					of = older
				}
			}
			found, living = append(found, v), append(living, of)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	anew := make([]guard.Relabelled, 0, len(found))
	for i, v := range found {
		facts, err := relabelled(r.Labels, v.Facts, living[i])
		if err != nil { // it stays as it is: hidden by every deny. Check names it
			r.Log.LogAttrs(ctx, slog.LevelError, "label_version", slog.String("type", string(v.Ref.Type)), slog.Any("error", err))
			continue
		}
		anew = append(anew, guard.Relabelled{Ref: v.Ref, Version: v.ID, Facts: facts})
	}
	return anew, nil
}

// relabelled is the facts of a version with the labels that its content has by other rules. Nothing else changes: what a
// thing gives to standings was decided when it was written. A deletion has the labels of what it deleted.
func relabelled(labels *consent.Labeller, stored *consent.Facts, of *guard.Version) (*consent.Facts, error) {
	next := *stored
	if of.Deleted { // there never was anything
		next.Labels.Rules = labels.Epoch()
		return &next, nil
	}
	body, err := fhir.Stored(of.JSON)
	if err != nil {
		return nil, fmt.Errorf("read a stored body: %w", err)
	}
	fresh := consent.FactsOf(body, stored.Sender)
	labels.Label(body, fresh)
	next.Labels, next.Links, next.Purposes = fresh.Labels, fresh.Links, fresh.Purposes
	next.Labels.Blind = stored.Labels.Blind
	if len(next.Parts) == len(fresh.Parts) {
		next.Parts = slices.Clone(next.Parts)
		for i := range next.Parts {
			next.Parts[i].Labels = fresh.Parts[i].Labels
		}
	}
	return &next, nil
}
