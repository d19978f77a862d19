package gateway

import (
	"bytes"
	"context"
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"

	"concord/fhir"
	"concord/gateway/guard"
)

// ImportBatch is how many resources are imported in one commit: enough to share its sync, few enough that one that
// is refused is soon found.
const ImportBatch = 200

// Import stores resources as the operator does (CONSENT rules 15.7): ids are kept, and what is stored already is left as
// it is, so that an import that was cut off is simply done again. They are stored in one commit; when something in it
// is refused each half is stored, and so the one is found. done is told what became of each: whether it was there
// already, or why it was refused. An error is a fault of ours, after which the rest was not tried.
func Import(ctx context.Context, operator guard.Reading, resources []*fhir.Resource, done func(i int, unchanged bool, refused error)) error {
	return importFrom(ctx, operator, resources, 0, done)
}

func importFrom(ctx context.Context, operator guard.Reading, resources []*fhir.Resource, first int, done func(int, bool, error)) error {
	if len(resources) == 0 {
		return nil
	}
	writes := make([]guard.Write, len(resources))
	for i, r := range resources {
		writes[i] = guard.Write{Do: guard.Import, Ref: r.Ref(), Resource: r}
	}
	written, err := operator.Commit(ctx, writes...)
	switch {
	case err == nil:
		for i, w := range written {
			done(first+i, w.Unchanged, nil)
		}
		return nil
	case len(resources) > 1 && (refused(err) || kindOf(err) == fhir.Throttled): // fewer people meet fewer others' writes
		half := len(resources) / 2
		if err := importFrom(ctx, operator, resources[:half], first, done); err != nil {
			return err
		}
		return importFrom(ctx, operator, resources[half:], first+half, done)
	case refused(err):
		done(first, false, err)
		return nil
	default:
		return err
	}
}

func kindOf(err error) fhir.Kind {
	if e, ok := errors.AsType[*fhir.Error](err); ok {
		return e.Kind
	}
	return fhir.Exception
}

// refused reports whether the error is about the resource, and not about the store.
func refused(err error) bool {
	switch kindOf(err) {
	case fhir.Transient, fhir.Exception, fhir.Throttled:
		return false
	default:
		return true
	}
}

// Imported is what became of the lines of an import.
type Imported struct {
	New, Unchanged, Refused int
	Refusals                []Refusal // the first of them
}

// Refusal is a line that was not stored, and why.
type Refusal struct {
	Line int // from 1
	Err  *fhir.Error
}

// maxRefusals bounds how many refusals are told in full.
const maxRefusals = 1000

// Lines are how many lines are done.
func (s *Imported) Lines() int { return s.New + s.Unchanged + s.Refused }

func (s *Imported) refuse(line int, err error) {
	s.Refused++
	told, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		told = fhir.Errorf(fhir.Invalid, "this cannot be read")
	}
	if len(s.Refusals) < maxRefusals {
		s.Refusals = append(s.Refusals, Refusal{line, told})
	}
}

// ImportLines imports a body of one resource a line (FHIR R4, Bulk Data: application/fhir+ndjson), each with its id. Bundles
// are stored as they are, like anything else; Parameters are not kept anywhere. progress is told now and then how far it has come. What it gives
// holds for the lines that were done also when it fails, which is a fault of ours.
func ImportLines(ctx context.Context, operator guard.Reading, body []byte, progress func(Imported)) (Imported, error) {
	var s Imported
	number := 0
	for len(body) > 0 {
		var lines [][]byte
		var numbers []int
		for len(body) > 0 && len(lines) < ImportBatch {
			var line []byte
			line, body, _ = bytes.Cut(body, []byte{'\n'})
			if number++; len(bytes.TrimSpace(line)) > 0 {
				lines, numbers = append(lines, line), append(numbers, number)
			}
		}
		resources, places := decodeLines(&s, lines, numbers)
		err := Import(ctx, operator, resources, func(i int, unchanged bool, refused error) {
			switch {
			case refused != nil:
				s.refuse(places[i], refused)
			case unchanged:
				s.Unchanged++
			default:
				s.New++
			}
		})
		progress(s)
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// decodeLines reads the lines on all processors, and gives those that can be read with their numbers.
func decodeLines(s *Imported, lines [][]byte, numbers []int) ([]*fhir.Resource, []int) {
	read, faults := make([]*fhir.Resource, len(lines)), make([]error, len(lines))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, line := range lines {
		group.Go(func() error {
			read[i], faults[i] = fhir.DecodeJSON(line)
			if faults[i] == nil && read[i].Type() == "Parameters" {
				faults[i] = fhir.Errorf(fhir.NotSupported, "Parameters are not kept")
			}
			return nil
		})
	}
	_ = group.Wait() // nothing of it fails
	var resources []*fhir.Resource
	var places []int
	for i, r := range read {
		if faults[i] != nil {
			s.refuse(numbers[i], faults[i])
			continue
		}
		resources, places = append(resources, r), append(places, numbers[i])
	}
	return resources, places
}
