package rest

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
)

// entry is one entry of a batch or transaction on its way through the door: a request of its own, by the caller of
// the Bundle, whose answer becomes part of the Bundle's.
type entry struct {
	caller   guard.Caller
	modified time.Time // of what was answered: more precise than its header
}

// entryKey finds the entry in the context of its request. Nothing that comes from outside can set it.
type entryKey struct{}

func withEntry(ctx context.Context, e *entry) context.Context {
	return context.WithValue(ctx, entryKey{}, e)
}

// told is what became of an entry (FHIR R4 bundle.html, Bundle.entry.response).
type told struct {
	status   int
	location string
	etag     string
	modified time.Time
	resource []byte
	outcome  []byte
}

// append writes the entry of the answer.
func (t told) append(out []byte) []byte {
	out = append(out, '{')
	if t.resource != nil {
		out = append(append(append(out, `"resource":`...), t.resource...), ',')
	}
	out = append(out, `"response":{"status":`...)
	out = quoted(out, strconv.Itoa(t.status)+" "+http.StatusText(t.status))
	if t.location != "" {
		out = quoted(append(out, `,"location":`...), t.location)
	}
	if t.etag != "" {
		out = quoted(append(out, `,"etag":`...), t.etag)
	}
	if !t.modified.IsZero() {
		out = quoted(append(out, `,"lastModified":`...), t.modified.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	if t.outcome != nil {
		out = append(append(out, `,"outcome":`...), t.outcome...)
	}
	return append(out, "}}"...)
}

func quoted(out []byte, s string) []byte {
	out, _ = jsontext.AppendQuote(out, s) // what is not UTF-8 is replaced
	return out
}

// caught is an answer that is kept instead of being sent.
type caught struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is that of http.ResponseWriter.
func (c *caught) Header() http.Header { return c.header }

// WriteHeader is that of http.ResponseWriter.
func (c *caught) WriteHeader(status int) { c.status = status }

// Write is that of http.ResponseWriter.
func (c *caught) Write(b []byte) (int, error) { return c.body.Write(b) }

// single sends one entry through the door as a request of its own: what it may do, and what becomes of it, is as if it
// had come by itself.
func (x *exchange) single(q gateway.Request) told {
	path, err := relative(q.URL, x.caller.Base)
	if err != nil {
		return refusedEntry(err, x.id)
	}
	body, media, err := entryBody(q)
	if err != nil {
		return refusedEntry(err, x.id)
	}
	within := &entry{caller: x.caller}
	r, err := http.NewRequestWithContext(withEntry(x.context(), within), q.Method, "/fhir/"+path, bytes.NewReader(body))
	if err != nil {
		return refusedEntry(fhir.Errorf(fhir.Invalid, "request.url cannot be read: check its percent encoding"), x.id)
	}
	for name, value := range map[string]string{
		"Content-Type": media, "Accept": "application/fhir+json", "Prefer": x.gin.GetHeader("Prefer"), "X-Request-Id": x.id,
		"If-Match": q.IfMatch, "If-None-Match": q.IfNoneMatch, "If-Modified-Since": q.IfModifiedSince, "If-None-Exist": q.IfNoneExist,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	c := &caught{header: http.Header{}, status: http.StatusOK}
	x.door.engine.ServeHTTP(c, r)
	t := told{
		status: c.status, etag: c.header.Get("ETag"), modified: within.modified,
		location: strings.TrimPrefix(c.header.Get("Location"), x.caller.Base+"/"),
	}
	isOutcome := bytes.HasPrefix(c.body.Bytes(), []byte(`{"resourceType":"OperationOutcome"`))
	switch {
	case c.body.Len() == 0:
	case c.status >= http.StatusBadRequest, isOutcome && q.Method != http.MethodGet:
		t.outcome = c.body.Bytes()
	default:
		t.resource = c.body.Bytes()
	}
	return t
}

// refusedEntry is the answer to an entry that is no request.
func refusedEntry(err error, id string) told {
	return told{status: Status(err), outcome: outcome(err, id)}
}

// relative is the address of an entry below the base. A Bundle within a Bundle has none.
func relative(url, base string) (string, error) {
	path := strings.TrimPrefix(strings.TrimPrefix(url, base+"/"), "/")
	if strings.Contains(path, "://") && !strings.Contains(strings.SplitN(path, "://", 2)[0], "?") {
		return "", fhir.Errorf(fhir.Invalid, "request.url is relative to the base of this server")
	}
	if before, _, _ := strings.Cut(path, "?"); before == "" {
		return "", fhir.Errorf(fhir.NotSupported, "a Bundle cannot hold another batch or transaction, and the server as a whole cannot be searched in one")
	}
	return path, nil
}

// entryBody is the body of an entry's request, with its media type. A JSON Patch comes in a Binary.
func entryBody(q gateway.Request) ([]byte, string, error) {
	if !q.Resource.OK() {
		return nil, "", nil
	}
	if q.Method == http.MethodPatch && q.Resource.Get("resourceType").Text() == "Binary" {
		data, err := binaryData(q.Resource)
		return data, q.Resource.Get("contentType").Text(), err
	}
	return q.Resource.Bytes(), "application/fhir+json", nil
}
