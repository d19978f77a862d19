package gateway

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"concord/fhir"
	"concord/fhir/patch"
	"concord/gateway/guard"
)

// Step is one writing entry of a transaction, with its address as the door read it.
type Step struct {
	Entry     int // its place in the Bundle
	Do        guard.Do
	Ref       fhir.Ref // of the address: without an id for Create, and where a condition stands instead
	Condition string   // the query of the address, or If-None-Exist; empty: unconditional
	IfMatch   string   // versionId
	Patch     *patch.Patch
}

// transactionTries bounds how often a transaction starts again because what its conditions fit has changed.
const transactionTries = 3

// Transaction writes the steps, all or none (FHIR R4, http.html#trules): first deletes, then creates, then updates and
// patches. References to the fullUrl of another entry, and conditional references, become references to resources
// of this server before anything is decided. base is its own address, without a slash at the end. What became of
// the steps is given in their order.
//
// The error is that of one entry, and names it.
func Transaction(ctx context.Context, r guard.Reading, base string, requests []Request, steps []Step) ([]guard.Written, error) {
	order := make([]int, len(steps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(turn(steps[a]), turn(steps[b])) })
	for try := 1; ; try++ {
		writes, err := prepare(ctx, r, base, requests, steps)
		if err != nil {
			return nil, err
		}
		inTurn := make([]guard.Write, len(steps))
		for i, step := range order {
			inTurn[i] = writes[step]
		}
		done, err := r.Commit(ctx, inTurn...)
		if err == nil {
			written := make([]guard.Written, len(steps))
			for i, step := range order {
				written[step] = done[i]
			}
			return written, nil
		}
		if guard.Moved(err) && try < transactionTries {
			continue
		}
		return nil, ofStep(err, steps, order)
	}
}

// turn is when a step is dealt with. Among creates a Patient comes first, since others are about them, and
// Provenance last, since it is about others.
func turn(s Step) int {
	switch {
	case s.Do == guard.Delete:
		return 0
	case s.Do == guard.Create && s.Ref.Type == "Patient":
		return 1
	case s.Do == guard.Create && s.Ref.Type == "Provenance":
		return 3
	case s.Do == guard.Create:
		return 2
	default:
		return 4
	}
}

// ofStep names the entry that was refused. What is absent or hidden is a rule of the transaction that does not hold:
// a 404 of the whole would read as if there were no transactions here.
func ofStep(err error, steps []Step, order []int) error {
	at := 0
	if failed, ok := errors.AsType[*guard.FailedError](err); ok {
		at = failed.Write
	}
	var told *fhir.Error
	if !errors.As(err, &told) {
		return err
	}
	if told.Kind == fhir.NotFound || told.Kind == fhir.NotSupported {
		text := "there is no such resource to change, or none that you may see"
		told = fhir.Errorf(fhir.BusinessRule, "%s", text)
	}
	return AtEntry(steps[order[at]].Entry, told)
}

// prepare makes the writes of the steps, in their order: conditions are looked up, ids are given, references set.
func prepare(ctx context.Context, r guard.Reading, base string, requests []Request, steps []Step) ([]guard.Write, error) {
	w := &rewriting{ctx: ctx, reading: r, base: base, targets: map[string]fhir.Ref{}, found: map[string]fhir.Ref{}}
	writes := make([]guard.Write, len(steps))
	for i, step := range steps {
		var err error
		if writes[i], err = settle(ctx, r, step); err != nil {
			return nil, AtEntry(step.Entry, err)
		}
		url := requests[step.Entry].FullURL
		if url == "" || writes[i].Ref.ID == "" {
			continue
		}
		if _, twice := w.targets[url]; twice {
			return nil, AtEntry(step.Entry, fhir.Errorf(fhir.BusinessRule, "another entry has the same fullUrl"))
		}
		w.targets[url] = writes[i].Ref
	}
	for i, step := range steps {
		if step.Do == guard.Delete || step.Do == guard.Patch {
			continue
		}
		var err error
		if writes[i].Resource, err = w.resource(requests[step.Entry], step); err != nil {
			return nil, AtEntry(step.Entry, err)
		}
	}
	return writes, nil
}

// settle gives a step the id that it will have, so that others can refer to it: that of what its condition fits now,
// or a new one. The commit asks the condition again, and fails when it fits something else by then.
func settle(ctx context.Context, r guard.Reading, step Step) (guard.Write, error) {
	w := guard.Write{Do: step.Do, Ref: step.Ref, IfMatch: step.IfMatch}
	if step.Patch != nil {
		w.Patch = step.Patch.Apply
	}
	if step.Condition != "" {
		plan, err := Condition(r, step.Ref.Type, step.Condition)
		if err != nil {
			return w, err
		}
		found, err := r.Resolve(ctx, *plan)
		if err != nil {
			return w, err
		}
		w.Match = plan
		w.Ref.ID = found.ID
	}
	if w.Ref.ID == "" && (step.Do == guard.Create || step.Do == guard.Update) {
		w.Ref = r.Reserve(step.Ref.Type)
	}
	return w, nil
}
