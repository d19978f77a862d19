package rest

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"concord/fhir"
	"concord/gateway/guard"
)

// exchange is one request on its way through the door.
type exchange struct {
	*interaction // what is asked for; nil until it is known

	door    *door
	gin     *gin.Context
	id      string   // X-Request-Id
	ref     fhir.Ref // from the path; the id is empty where the path names none
	version string   // from the path
	caller  guard.Caller
	reading guard.Reading
	query   url.Values // of the address
	prefer  preference
	err     error // why it was refused, for the log
}

func (x *exchange) context() context.Context { return x.gin.Request.Context() }

// identify asks who calls, and completes the caller with what the request itself says.
func (x *exchange) identify() error {
	caller, err := x.door.Auth.Caller(x.context(), x.gin.Request)
	if err != nil {
		return err
	}
	if caller.Base, err = x.base(); err != nil {
		return err
	}
	caller.Request = x.id
	x.caller = caller
	x.reading = x.door.Guard.As(caller)
	return nil
}

// inScope asks the token's scopes about the shape of the request. Nothing has been looked up yet, so the
// answer depends on no data.
func (x *exchange) inScope() error {
	if x.open {
		return nil
	}
	t := x.ref.Type
	if x.scope != "" {
		t = x.scope
	}
	if x.caller.Scopes.Allows(t, x.letter) {
		return nil
	}
	return fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow this interaction: it needs %s.%c", t, x.letter)
}

// hostForm is what may stand in a Host header that goes into links.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]{1,255}$`)

// base is the address of the service for links, without a slash at the end.
func (x *exchange) base() (string, error) {
	if x.door.Base != "" {
		return x.door.Base, nil
	}
	r := x.gin.Request
	if !hostForm.MatchString(r.Host) {
		return "", fhir.Errorf(fhir.Invalid, "the Host header is not the name or address of a host")
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + "/fhir", nil
}

// show writes what the guard disclosed, or 304 when the caller has it already. The decision was made and
// recorded before: a validator that matches says nothing about what is hidden (section 10 row 2).
func (x *exchange) show(d guard.Disclosed) error {
	x.validators(d.ETag(), d.Modified())
	if unchanged(x.gin.Request.Header, d.ETag(), d.Modified()) {
		x.head(http.StatusNotModified)
		return nil
	}
	x.disclose(http.StatusOK, d)
	return nil
}

func (x *exchange) disclose(status int, d guard.Disclosed) {
	if d.Len() == 0 {
		x.head(status)
		return
	}
	x.announce(status, d.Len())
	if x.gin.Request.Method == http.MethodHead {
		return
	}
	_, _ = d.WriteTo(x.gin.Writer) // the caller is gone: there is nobody left to tell
}

// tell writes a body of our own, which holds no patient data.
func (x *exchange) tell(status int, body []byte) {
	x.announce(status, len(body))
	if x.gin.Request.Method == http.MethodHead {
		return
	}
	_, _ = x.gin.Writer.Write(body) // as in disclose
}

func (x *exchange) announce(status, length int) {
	h := x.gin.Writer.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/fhir+json; charset=utf-8")
	}
	h.Set("Content-Length", strconv.Itoa(length))
	x.head(status)
}

func (x *exchange) head(status int) {
	x.gin.Writer.WriteHeader(status)
	x.gin.Writer.WriteHeaderNow()
}

// validators sets the headers by which a caller asks again (FHIR R4 http.html#versions).
func (x *exchange) validators(etag string, modified time.Time) {
	h := x.gin.Writer.Header()
	if etag != "" {
		h.Set("ETag", etag)
	}
	if !modified.IsZero() {
		h.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	}
}
