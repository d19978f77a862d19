package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"concord/fhir"
	"concord/gateway"
)

// The imports that a node knows of at once, and for how long it knows what became of one.
const (
	mostImports = 8
	importKept  = time.Hour
)

// imports are those that were begun on this node. They are forgotten when it stops; what they stored is not.
type imports struct {
	mu   sync.Mutex
	jobs map[fhir.ID]*importJob
	turn sync.Mutex // one runs at a time
}

// importJob is one import. Its fields are read under the lock of imports.
type importJob struct {
	told   gateway.Imported
	ended  time.Time // zero: it runs, or waits for its turn
	err    error
	cancel context.CancelFunc // nil: it waits
	gone   bool               // it is not wanted any more
}

func (x *exchange) importLater(body []byte) error {
	d := x.door
	id := fhir.ID(d.NewID())
	job, err := d.imports.add(id, d.Now())
	if err != nil {
		return err
	}
	reading, log, request := x.reading, d.Log, x.id
	d.Background(func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		d.imports.turn.Lock()
		defer d.imports.turn.Unlock()
		d.imports.update(func() {
			if job.cancel = cancel; job.gone {
				cancel()
			}
		})
		told, err := gateway.ImportLines(ctx, reading, body, func(s gateway.Imported) { d.imports.update(func() { job.told = s }) })
		d.imports.update(func() { job.told, job.err, job.ended = told, err, d.Now() })
		if err != nil {
			log.ErrorContext(ctx, "import", slog.String("request_id", request), slog.String("cause", err.Error()))
		}
	})
	x.gin.Header("Content-Location", x.caller.Base+"/$import/"+string(id))
	x.head(http.StatusAccepted)
	return nil
}

// add enters a job, and forgets those that ended long ago.
func (i *imports) add(id fhir.ID, now time.Time) (*importJob, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	running := 0
	for old, job := range i.jobs {
		switch {
		case job.ended.IsZero():
			running++
		case now.Sub(job.ended) > importKept:
			delete(i.jobs, old)
		}
	}
	if running >= mostImports {
		return nil, fhir.Errorf(fhir.Throttled, "%d imports are waiting already: ask again when one of them is done", mostImports)
	}
	if i.jobs == nil {
		i.jobs = map[fhir.ID]*importJob{}
	}
	job := &importJob{}
	i.jobs[id] = job
	return job, nil
}

func (i *imports) update(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

// importStatus answers GET [base]/$import/[id]: 202 with how far it is, then what became of each line.
func importStatus(x *exchange) error {
	job, err := x.importJob()
	switch {
	case err != nil:
		return err
	case job.err != nil:
		return &fhir.Error{Kind: fhir.Transient, Err: job.err, Issues: []fhir.Issue{{
			Code: fhir.Transient, Diagnostics: "the import was cut off: send it again, what is stored already is left as it is",
		}}}
	case job.ended.IsZero():
		x.gin.Header("X-Progress", fmt.Sprintf("%d resources", job.told.Lines()))
		x.gin.Header("Retry-After", "1")
		x.head(http.StatusAccepted)
		return nil
	default:
		return x.send(http.StatusOK, importedParameters(job.told))
	}
}

// importCancel answers DELETE [base]/$import/[id]: what was stored stays.
func importCancel(x *exchange) error {
	if _, err := x.importJob(); err != nil {
		return err
	}
	x.door.imports.update(func() {
		job, ok := x.door.imports.jobs[x.ref.ID]
		if !ok {
			return
		}
		if job.gone = true; job.cancel != nil {
			job.cancel()
		}
	})
	x.head(http.StatusAccepted)
	return nil
}

// importJob is the job that the path names, as it is now.
func (x *exchange) importJob() (importJob, error) {
	if err := x.operatorsOnly(); err != nil {
		return importJob{}, err
	}
	x.door.imports.mu.Lock()
	defer x.door.imports.mu.Unlock()
	job, ok := x.door.imports.jobs[x.ref.ID]
	if !ok {
		return importJob{}, notFound()
	}
	return *job, nil
}
