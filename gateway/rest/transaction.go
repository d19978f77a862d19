package rest

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// transaction answers POST [base] with a Bundle (FHIR R4 http.html#transaction): a transaction as one change, a batch entry by
// entry. Each entry needs the scope that it would need by itself.
func transaction(x *exchange) error {
	if x.within != nil {
		return noSuchRoute() // one Bundle does not hold another
	}
	body, err := x.document(x.door.Limits.bundle())
	if err != nil {
		return err
	}
	kind, requests, err := gateway.Requests(body, x.door.Limits.Entries)
	if err != nil {
		return err
	}
	answers := make([]told, len(requests))
	if kind == "batch" {
		gateway.Batch(x.context(), len(requests), x.door.Limits.Parallel, func(i int) { answers[i] = x.single(requests[i]) })
	} else if err := x.together(requests, answers); err != nil {
		return err
	}
	out := []byte(`{"resourceType":"Bundle","type":"` + kind + `-response"`)
	for i, t := range answers {
		if t.status == 0 { // the time was up before its turn came
			t = refusedEntry(&fhir.Error{Kind: fhir.Transient}, x.id)
		}
		if i == 0 {
			out = append(out, `,"entry":[`...)
		} else {
			out = append(out, ',')
		}
		out = t.append(out)
	}
	if len(answers) > 0 {
		out = append(out, ']')
	}
	return x.send(http.StatusOK, append(out, '}'))
}

// together does the writes of a transaction, all or none, and then its reads. What only reads is answered as it would
// be by itself: it changes nothing, so it refuses nothing.
func (x *exchange) together(requests []gateway.Request, answers []told) error {
	var steps []gateway.Step
	var reads []int
	for i, q := range requests {
		step, writes, err := x.step(q)
		switch {
		case err != nil:
			return gateway.AtEntry(i, err)
		case writes:
			step.Entry = i
			steps = append(steps, step)
		default:
			reads = append(reads, i)
		}
	}
	if len(steps) > 0 {
		written, err := gateway.Transaction(x.context(), x.reading, x.caller.Base, requests, steps)
		if errors.Is(err, guard.ErrVersion) {
			return preconditionFailed(fault(err))
		}
		if err != nil {
			return err
		}
		for i, step := range steps {
			answers[step.Entry] = x.toldOf(step, written[i])
		}
	}
	for _, i := range reads {
		answers[i] = x.single(requests[i])
	}
	return nil
}

// step reads an entry of a transaction by its shape alone: what it asks for, and whether the token's scopes allow that. The
// second result says whether it writes.
func (x *exchange) step(q gateway.Request) (gateway.Step, bool, error) {
	address, err := relative(q.URL, x.caller.Base)
	if err != nil {
		return gateway.Step{}, false, err
	}
	path, query, _ := strings.Cut(address, "?")
	y := &exchange{door: x.door, gin: x.gin, caller: x.caller}
	if err := y.locate(q.Method, path); err != nil {
		if fault(err).Kind == fhir.NotFound {
			err = fhir.Errorf(fhir.Invalid, "request.url has an id of a wrong form")
		}
		return gateway.Step{}, false, err
	}
	if err := y.inScope(); err != nil {
		return gateway.Step{}, false, err
	}
	step := gateway.Step{Ref: y.ref}
	if step.IfMatch, err = versionIn(q.IfMatch); err != nil {
		return step, false, err
	}
	if y.conditional {
		step.Condition = "?" + query
	}
	switch y.code {
	case "create":
		step.Do = guard.Create
		if q.IfNoneExist != "" {
			step.Condition = q.IfNoneExist
			err = y.allowed(y.ref.Type, "s")
		}
	case "update":
		step.Do = guard.Update
	case "delete":
		step.Do = guard.Delete
	case "patch":
		step.Do = guard.Patch
		step.Patch, err = patchOf(q.Resource)
	default:
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			return step, false, fhir.Errorf(fhir.NotSupported, "an operation cannot be part of a transaction here: send it by itself or in a batch")
		}
		return step, false, nil
	}
	return step, true, err
}

// toldOf is the answer to a write of a transaction.
func (x *exchange) toldOf(step gateway.Step, w guard.Written) told {
	if step.Do == guard.Delete {
		return told{status: http.StatusNoContent}
	}
	t := told{
		status: http.StatusOK, location: w.Ref.String() + "/_history/" + w.Version,
		etag: `W/"` + w.Version + `"`, modified: w.Updated,
	}
	if w.Created {
		t.status = http.StatusCreated
	}
	switch x.prefer.body {
	case "representation":
		if w.Body.Len() > 0 {
			var b bytes.Buffer
			_, _ = w.Body.WriteTo(&b) // a buffer takes everything
			t.resource = b.Bytes()
		}
	case "OperationOutcome":
		t.outcome = stored
	}
	return t
}
