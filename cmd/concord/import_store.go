package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"concord/fhir"
	"concord/gateway/guard"
)

// importBatch is how many resources are stored in one commit: enough to share its sync.
const importBatch = 200

// importer stores resources as the operator does (CONSENT rules 15.7): ids are kept, and what is stored already
// is left as it is.
type importer struct {
	operator guard.Reading
	refusals io.Writer
	progress meter

	batch []decoded
	seen  map[fhir.Ref]origin
	fault error // of ours, not of a resource: nothing more is stored

	stored, unchanged, skipped, refused int
}

// origin is where a resource of this run came from.
type origin struct {
	file string
	sum  [sha256.Size]byte
}

func newImporter(operator guard.Reading, refusals io.Writer) *importer {
	return &importer{operator: operator, refusals: refusals, seen: map[fhir.Ref]origin{}}
}

// take puts one resource into the batch, and stores the batch when it is full. Two resources with one id in a
// run are one when they are equal to the byte; else the later is refused, or each run would change the store.
func (i *importer) take(ctx context.Context, d decoded) {
	if i.fault != nil {
		return
	}
	switch {
	case d.err != nil:
		i.refuse(d.raw, d.err)
		return
	case d.skip:
		i.skipped++
		return
	}
	from := origin{file: d.file, sum: sha256.Sum256(d.resource.JSON())}
	if before, ok := i.seen[d.resource.Ref()]; ok {
		if before.sum == from.sum {
			i.unchanged++
			return
		}
		i.refuse(d.raw, fhir.Errorf(fhir.Conflict, "another resource with this type and id came from %s: keep one of them", before.file))
		return
	}
	i.seen[d.resource.Ref()] = from
	if i.batch = append(i.batch, d); len(i.batch) == importBatch {
		i.flush(ctx)
	}
}

// finish stores what is left, and returns the fault that ended the import, if one did.
func (i *importer) finish(ctx context.Context) error {
	i.flush(ctx)
	return i.fault
}

func (i *importer) flush(ctx context.Context) {
	if i.fault == nil && len(i.batch) > 0 {
		i.commit(ctx, i.batch)
	}
	i.batch = i.batch[:0]
	i.progress.show(i.stored + i.unchanged + i.refused)
}

// commit stores a batch whole. When something in it is refused it stores each half, and so finds the one.
func (i *importer) commit(ctx context.Context, batch []decoded) {
	writes := make([]guard.Write, len(batch))
	for n, d := range batch {
		writes[n] = guard.Write{Do: guard.Import, Ref: d.resource.Ref(), Resource: d.resource}
	}
	written, err := i.operator.Commit(ctx, writes...)
	switch {
	case err == nil:
		for _, w := range written {
			if w.Unchanged {
				i.unchanged++
			} else {
				i.stored++
			}
		}
	case !refusal(err):
		i.fault = fmt.Errorf("store what was read: %w", err)
	case len(batch) == 1:
		i.refuse(batch[0].raw, err)
	default:
		half := len(batch) / 2
		i.commit(ctx, batch[:half])
		if i.fault == nil {
			i.commit(ctx, batch[half:])
		}
	}
}

// refusal reports whether the error is about the resource, and not about the store.
func refusal(err error) bool {
	e, ok := errors.AsType[*fhir.Error](err)
	return ok && e.Kind != fhir.Transient && e.Kind != fhir.Exception && e.Kind != fhir.Throttled
}

// refuse prints each reason as "file: expression: line:col: reason".
func (i *importer) refuse(r raw, err error) {
	i.refused++
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok || len(e.Issues) == 0 {
		e = fhir.Errorf(fhir.Invalid, "%v", err)
	}
	for _, issue := range e.Issues {
		if issue.Warning {
			continue
		}
		at := r.at.plus(issue.Line, issue.Col)
		fmt.Fprintf(i.refusals, "%s: %s: %d:%d: %s\n", r.file, r.expression(issue.Expression), at.line, at.col, issue.Diagnostics)
	}
}
