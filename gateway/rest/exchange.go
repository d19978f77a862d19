package rest

import (
	"context"
	"net/url"
	"regexp"
	"slices"

	"github.com/gin-gonic/gin"

	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway/guard"
)

// exchange is one request on its way through the door.
type exchange struct {
	*interaction // what is asked for; nil until it is known

	door        *door
	gin         *gin.Context
	id          string    // X-Request-Id
	ref         fhir.Ref  // from the path; the id is empty where the path names none
	compartment fhir.Type // from the path: the type of what is searched in
	version     string    // from the path
	definition  string    // from the path
	caller      guard.Caller
	reading     guard.Reading
	query       url.Values // of the address
	prefer      preference
	form        form
	within      *entry // the entry of a Bundle that this request is; nil: it came by itself
	err         error  // why it was refused, for the log
}

func (x *exchange) context() context.Context { return x.gin.Request.Context() }

// identify asks who calls, and completes the caller with what the request itself says.
func (x *exchange) identify() error {
	if x.within != nil { // asked already, of the Bundle
		x.caller = x.within.caller
		x.reading = x.door.Guard.As(x.caller)
		return nil
	}
	caller, err := x.door.Auth.Caller(x.context(), x.gin.Request)
	if err != nil {
		return err
	}
	if caller.Base, err = x.base(); err != nil {
		return err
	}
	caller.Request = x.id
	x.caller = caller
	x.offerGlass()
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
	return x.allowed(t, x.letters)
}

// allowed asks whether the scopes have all the letters for the type; for the empty type, for any type at all.
func (x *exchange) allowed(t fhir.Type, letters string) error {
	for _, letter := range []byte(letters) {
		if t == "" && slices.ContainsFunc(x.caller.Scopes.Grants(), func(g smart.Grant) bool { return g.Letters.Has(smart.Letter(letter)) }) {
			continue
		}
		if t == "" {
			return fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow this interaction: it needs a scope with %c", letter)
		}
		if !x.caller.Scopes.Allows(t, smart.Letter(letter)) {
			return fhir.Errorf(fhir.Forbidden, "the token's scopes do not allow this interaction: it needs %s.%c", t, letter)
		}
	}
	return nil
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
