package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"runtime"
	"runtime/debug"
	"sync"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// importer stores resources as the operator does, in as many rows as there are processors. All that names the same
// Patient first goes through the same row, in the order in which it was read: of two choices of one person the later
// counts.
type importer struct {
	into     sink
	refusals io.Writer
	progress meter

	seen  map[[16]byte]origin // by a hash of type and id: an import may be of millions; nil: nothing comes twice
	files []string
	rows  []*row
	wait  sync.WaitGroup

	mu    sync.Mutex // of all below
	fault error      // of ours, not of a resource: nothing more is stored

	stored, unchanged, skipped, refused int
}

// sink stores resources, and tells of each whether it was there already, or why it was refused. Its error is a fault
// after which nothing more is tried.
type sink func(ctx context.Context, resources []*fhir.Resource, done func(i int, unchanged bool, refused error)) error

// offline stores as the operator of the store itself.
func offline(operator guard.Reading) sink {
	return func(ctx context.Context, resources []*fhir.Resource, done func(int, bool, error)) error {
		return gateway.Import(ctx, operator, resources, done)
	}
}

// row is resources on their way into the store, one batch after another.
type row struct {
	batch []decoded
	full  chan []decoded
}

// origin is where a resource of this run came from.
type origin struct {
	file uint32
	sum  [12]byte
}

// newImporter starts the rows; finish ends them.
func newImporter(ctx context.Context, into sink, refusals io.Writer) *importer {
	i := &importer{into: into, refusals: refusals, seen: map[[16]byte]origin{}}
	for range runtime.GOMAXPROCS(0) {
		r := &row{full: make(chan []decoded)}
		i.rows = append(i.rows, r)
		i.wait.Go(func() {
			for batch := range r.full {
				i.store(ctx, batch)
			}
		})
	}
	return i
}

// take puts one resource into its row's batch, and hands the batch over when it is full. Two resources with one id in
// a run are one when they are equal to the byte; else the later is refused, or each run would change the store.
func (i *importer) take(d decoded) {
	switch {
	case d.err != nil:
		i.refuse(d.raw, d.err)
		return
	case d.skip:
		i.skipped++
		return
	}
	if i.seen != nil && i.cameBefore(d) {
		return
	}
	r := i.rows[rowOf(d.resource, len(i.rows))]
	if r.batch = append(r.batch, d); len(r.batch) == gateway.ImportBatch {
		r.full <- r.batch
		r.batch = nil
	}
}

// cameBefore deals with a resource whose id came before in this run.
func (i *importer) cameBefore(d decoded) bool {
	ref := d.resource.Ref().String()
	name, content := sha256.Sum256([]byte(ref)), sha256.Sum256(d.resource.JSON())
	from := origin{i.file(d.file), [12]byte(content[:12])}
	if before, ok := i.seen[[16]byte(name[:16])]; ok {
		if before.sum == from.sum {
			i.mu.Lock()
			i.unchanged++
			i.mu.Unlock()
			return true
		}
		i.refuse(d.raw, fhir.Errorf(fhir.Conflict, "another resource with this type and id came from %s: keep one of them", i.files[before.file]))
		return true
	}
	i.seen[[16]byte(name[:16])] = from
	return false
}

// file is the number of a file; those of one file come one after another.
func (i *importer) file(name string) uint32 {
	if n := len(i.files); n == 0 || i.files[n-1] != name {
		i.files = append(i.files, name)
	}
	return uint32(len(i.files) - 1) //nolint:gosec // there are not so many files
}

// rowOf chooses the row by the first Patient that the resource is or names. It need not be whom it is about: any
// choice is right for a thing that is no choice of a person, and those name one Patient.
func rowOf(r *fhir.Resource, rows int) int {
	var patient string
	switch r.Type() {
	case "Patient":
		patient = "Patient/" + string(r.Ref().ID)
	case "Consent":
		patient = r.Root().At("patient", "reference").Text()
	default:
		_, after, _ := bytes.Cut(r.JSON(), []byte(`"Patient/`))
		id, _, _ := bytes.Cut(after, []byte{'"'})
		patient = "Patient/" + string(id)
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, patient)
	return int(h.Sum32() % uint32(rows)) //nolint:gosec // a small number
}

// frugal makes the collector come sooner while an import fills memory with what is soon of no use, until what it
// gives is called.
func frugal() func() {
	before := debug.SetGCPercent(50)
	return func() { debug.SetGCPercent(before) }
}

// finish stores what is left and ends the rows. It returns the fault that ended the import, if one did.
func (i *importer) finish() error {
	for _, r := range i.rows {
		if len(r.batch) > 0 {
			r.full <- r.batch
		}
		close(r.full)
	}
	i.wait.Wait()
	return i.fault
}

// failed is the fault that ended the import, if one did.
func (i *importer) failed() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fault
}

func (i *importer) store(ctx context.Context, batch []decoded) {
	if i.failed() != nil {
		return
	}
	resources := make([]*fhir.Resource, len(batch))
	for n, d := range batch {
		resources[n] = d.resource
	}
	err := i.into(ctx, resources, func(n int, unchanged bool, refused error) {
		if refused != nil {
			i.refuse(batch[n].raw, refused)
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		if unchanged {
			i.unchanged++
		} else {
			i.stored++
		}
	})
	i.mu.Lock()
	defer i.mu.Unlock()
	if err != nil && i.fault == nil {
		i.fault = fmt.Errorf("store what was read: %w", err)
	}
	i.progress.show(i.stored + i.unchanged + i.refused)
}

// refuse prints each reason as "file: expression: line:col: reason".
func (i *importer) refuse(r raw, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
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
