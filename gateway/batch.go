package gateway

import (
	"bytes"
	"context"
	"sync"

	"concord/fhir"
)

// Request is one entry of a Bundle of type batch or transaction, as it asks (FHIR R4, http.html#transaction).
type Request struct {
	FullURL         string
	Method          string
	URL             string // relative to the base, as it stands
	IfMatch         string
	IfNoneMatch     string
	IfModifiedSince string
	IfNoneExist     string
	Resource        fhir.Node // missing when the entry has none
}

// maxBundleValues bounds the values in a Bundle, and so the memory that reading it takes.
const maxBundleValues = 1 << 19

// Requests reads a Bundle of type batch or transaction: its kind and its entries, in their order. The Bundle is read
// strictly, all but the resources in it, which are read when each is dealt with: one that cannot be read
// is then the fault of its own entry.
//
// Errors: Structure, Invalid and Required for what is no such Bundle, TooLong beyond most entries.
func Requests(body []byte, most int) (string, []Request, error) {
	if bytes.Count(body, []byte{','})+bytes.Count(body, []byte{'['}) > maxBundleValues {
		return "", nil, fhir.Errorf(fhir.TooLong, "the Bundle holds more than %d values: divide it", maxBundleValues)
	}
	root, err := fhir.Walk(body)
	if err != nil {
		return "", nil, err
	}
	frame := splice(nil, root, fhir.Definition{}, func(n fhir.Node, _ fhir.Definition) []byte {
		if n.Name() == "resource" && n.Kind() == fhir.Object && n.Parent().Parent().Name() == "entry" {
			return []byte(`{"resourceType":"Parameters"}`) // stands for any
		}
		return nil
	})
	if _, err := fhir.DecodeJSON(frame); err != nil {
		return "", nil, err
	}
	kind := root.Get("type").Text()
	if root.Get("resourceType").Text() != "Bundle" || (kind != "batch" && kind != "transaction") {
		return "", nil, &fhir.Error{Kind: fhir.Invalid, Issues: []fhir.Issue{{
			Code: fhir.Invalid, Expression: "Bundle.type", Diagnostics: "the body must be a Bundle of type batch or transaction",
		}}}
	}
	if n := root.Get("entry").Len(); n > most {
		return "", nil, fhir.Errorf(fhir.TooLong, "the Bundle has more than %d entries (limit entries): divide it", most)
	}
	var all []Request
	for e := range root.Get("entry").Each() {
		asked := e.Get("request")
		if !asked.OK() {
			return "", nil, AtEntry(len(all), fhir.Errorf(fhir.Required, "an entry of a batch or transaction needs a request"))
		}
		all = append(all, Request{
			FullURL: e.Get("fullUrl").Text(), Method: asked.Get("method").Text(), URL: asked.Get("url").Text(),
			IfMatch: asked.Get("ifMatch").Text(), IfNoneMatch: asked.Get("ifNoneMatch").Text(),
			IfModifiedSince: asked.Get("ifModifiedSince").Text(), IfNoneExist: asked.Get("ifNoneExist").Text(),
			Resource: e.Get("resource"),
		})
	}
	return kind, all, nil
}

// Batch answers each entry on its own, several at once but never more than parallel. When ctx ends, those that were
// not begun are left out.
func Batch(ctx context.Context, entries, parallel int, answer func(i int)) {
	places := make(chan struct{}, max(parallel, 1))
	var wait sync.WaitGroup
	for i := range entries {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			wait.Wait()
			return
		}
		wait.Go(func() {
			defer func() { <-places }()
			answer(i)
		})
	}
	wait.Wait()
}
