package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"concord/fhir"
)

// This is the one file that knows status codes of refusals.

// row says how a kind of error is answered. A fixed row always has the same bytes, whatever the error says.
type row struct {
	status int
	text   string // the diagnostics when the error brings none, and always when fixed
	fixed  bool
}

// rows turns a kind into a response (FHIR R4 http.html, status codes of each interaction; RFC 9110).
var rows = map[fhir.Kind]row{
	// What came cannot be read or may not be so: sending it again unaltered will not help.
	fhir.Invalid:   {status: http.StatusBadRequest, text: "the request does not follow the specification"},
	fhir.Structure: {status: http.StatusBadRequest, text: "the body is not a resource"},
	fhir.Required:  {status: http.StatusBadRequest, text: "something that must be there is missing"},
	fhir.Value:     {status: http.StatusBadRequest, text: "a value is not one that may stand there"},
	// A search parameter, header or option; routes, types and methods have their own codes below.
	fhir.NotSupported: {status: http.StatusBadRequest, text: "this is not supported here"},
	// FHIR R4 names 422 for content that is well-formed but breaks a rule of the server's.
	fhir.BusinessRule: {status: http.StatusUnprocessableEntity, text: "a rule of the exchange refuses this"},
	fhir.TooLong:      {status: http.StatusRequestEntityTooLarge, text: "this is larger or deeper than the server takes"},
	// It can be asked, and not at once: what to leave out is said.
	fhir.TooCostly: {status: http.StatusBadRequest, text: "this asks for more than one request may"},
	// Absent and hidden are one answer: no word of the error, and no id, gets into it (section 10 row 1).
	fhir.NotFound: {status: http.StatusNotFound, text: "there is nothing here that you may see", fixed: true},
	// Only those who could see the last version are told of a deletion.
	fhir.Deleted: {status: http.StatusGone, text: "this has been deleted", fixed: true},
	// With If-Match it is 412, which the writes say themselves (FHIR R4 http.html#concurrency).
	fhir.Conflict: {status: http.StatusConflict, text: "somebody else has changed this: read it again, and repeat your change"},
	// FHIR R4 http.html#ccreate and the other conditional interactions: the condition is not selective enough.
	fhir.Multiple: {status: http.StatusPreconditionFailed, text: "the condition fits more than one resource that you may see"},
	// The token is missing or bad; or it is good, and not enough (RFC 6750 3.1).
	fhir.Login:     {status: http.StatusUnauthorized, text: "a bearer token is needed"},
	fhir.Forbidden: {status: http.StatusForbidden, text: "the token does not allow this"},
	// Try again later: ours is busy, or something we depend on does not answer.
	fhir.Throttled: {status: http.StatusTooManyRequests, text: "too much at once: try again in a moment"},
	fhir.Transient: {status: http.StatusServiceUnavailable, text: "the server cannot answer just now: try again in a moment"},
	// A fault of ours. The caller gets the request id, the log the cause.
	fhir.Exception: {status: http.StatusInternalServerError, text: "the server failed; its log knows why under this request id: ", fixed: true},
}

// retryAfter is how many seconds a caller should wait after a 429 or 503.
const retryAfter = "2"

// refusal is an error whose status its kind alone does not tell.
type refusal struct {
	told   *fhir.Error
	status int
	allow  string // the Allow header
}

func (r *refusal) Error() string { return r.told.Error() }

// Unwrap gives the error for the caller.
func (r *refusal) Unwrap() error { return r.told }

// notFound is the answer for what cannot exist. Its bytes are those of any other 404 about data.
func notFound() error { return fhir.Errorf(fhir.NotFound, "no such id") }

// noSuchRoute: FHIR R4 http.html#create, "not a FHIR end-point".
func noSuchRoute() error {
	return &refusal{told: fhir.Errorf(fhir.NotSupported, "no interaction of this server has this address: see /fhir/metadata"), status: http.StatusNotFound}
}

// noSuchType: FHIR R4 http.html#create, "resource type not supported" is a 404.
func noSuchType() error {
	return &refusal{told: fhir.Errorf(fhir.NotSupported, "this is not a resource type of FHIR R4 that has an address; type names are case sensitive"), status: http.StatusNotFound}
}

// methodNotAllowed names the methods that the address does have (RFC 9110 15.5.6).
func methodNotAllowed(allow []string) error {
	if slices.Contains(allow, http.MethodGet) {
		allow = append(allow, http.MethodHead)
	}
	slices.Sort(allow)
	return &refusal{
		told:   fhir.Errorf(fhir.NotSupported, "this address does not take this method; the Allow header names those it takes"),
		status: http.StatusMethodNotAllowed, allow: strings.Join(slices.Compact(allow), ", "),
	}
}

// noUpdateAsCreate is the answer to an update of what is absent or hidden (FHIR R4 http.html#upsert: ids are ours).
func noUpdateAsCreate() error {
	return &refusal{
		told:   fhir.Errorf(fhir.NotSupported, "there is nothing here that you may update, and ids are given by the server: create it with POST"),
		status: http.StatusMethodNotAllowed, allow: "DELETE, GET, HEAD, PATCH",
	}
}

// preconditionFailed: the caller said If-Match, so a conflict is a failed precondition (FHIR R4 http.html#concurrency).
func preconditionFailed(err *fhir.Error) error {
	return &refusal{told: err, status: http.StatusPreconditionFailed}
}

// unsupportedMedia: the body is in a form that is not read here (FHIR R4 http.html#mime-type).
func unsupportedMedia(text string) error {
	return &refusal{told: fhir.Errorf(fhir.NotSupported, "%s", text), status: http.StatusUnsupportedMediaType}
}

// notAcceptable: the answer was asked for in a form that is not written here (FHIR R4 http.html#mime-type).
func notAcceptable() error {
	return &refusal{told: fhir.Errorf(fhir.NotSupported, "answers are written as application/fhir+json or application/fhir+xml, FHIR version 4.0"), status: http.StatusNotAcceptable}
}

// fault is the error as the caller may see it: what is not meant for callers is an Exception.
func fault(err error) *fhir.Error {
	var told *fhir.Error
	switch {
	case errors.As(err, &told):
		return told
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &fhir.Error{Kind: fhir.Transient, Err: err}
	default:
		return &fhir.Error{Kind: fhir.Exception, Err: err}
	}
}

// Status is the HTTP status code by which an error is answered.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status
	}
	if row, ok := rows[fault(err).Kind]; ok {
		return row.status
	}
	return http.StatusInternalServerError
}

// outcome is the body of the response to an error.
func outcome(err error, request string) []byte {
	told := fault(err)
	r, ok := rows[told.Kind]
	if !ok || told.Kind == fhir.Exception {
		return fhir.Errorf(fhir.Exception, "%s%s", rows[fhir.Exception].text, request).Outcome()
	}
	if r.fixed || len(told.Issues) == 0 {
		return fhir.Errorf(told.Kind, "%s", r.text).Outcome()
	}
	return told.Outcome()
}

// refuse answers with the error. When part of a response is on its way already, the log alone hears of it.
func (x *exchange) refuse(err error) {
	if errors.Is(err, context.DeadlineExceeded) {
		err = &fhir.Error{Kind: fhir.Transient, Err: err, Issues: []fhir.Issue{{
			Code: fhir.Transient, Diagnostics: "the request took longer than the " + x.door.Limits.Time.String() + " that one may take (limit time): ask for less at once, or try again",
		}}}
	}
	x.err = err
	if x.gin.Writer.Written() {
		return
	}
	h := x.gin.Writer.Header()
	h.Del("ETag")
	h.Del("Last-Modified")
	h.Del("Content-Type")
	h.Del("Content-Disposition")
	h.Del("Location")
	status := Status(err)
	switch status {
	case http.StatusUnauthorized:
		challenge := `Bearer realm="fhir"`
		if x.gin.GetHeader("Authorization") != "" {
			challenge += `, error="invalid_token"`
		}
		h.Set("WWW-Authenticate", challenge)
	case http.StatusForbidden:
		h.Set("WWW-Authenticate", `Bearer realm="fhir", error="insufficient_scope"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter)
	}
	if r, ok := errors.AsType[*refusal](err); ok && r.allow != "" {
		h.Set("Allow", r.allow)
	}
	x.tell(status, outcome(err, x.id))
}

// ours reports whether an error is a fault of the server, of which the log should have the cause. A caller who
// went away is not.
func ours(err error) bool {
	return err != nil && Status(err) >= http.StatusInternalServerError && !errors.Is(err, context.Canceled)
}

// kindWord is the error's kind for the log.
func kindWord(err error) string {
	if err == nil {
		return "success"
	}
	return string(fault(err).Kind)
}
