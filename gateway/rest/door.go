// Package rest is the FHIR door: it turns an HTTP request into one call on the exchange, and what comes back
// into an HTTP response (FHIR R4 http.html). It knows paths, headers and status codes. It does not know consent,
// tokens or storage: patient data reaches it only as guard.Disclosed, decided and recorded already.
package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway/guard"
)

// Auth turns the token of a request into who asks. A *fhir.Error of kind Login becomes a 401.
type Auth interface {
	Caller(ctx context.Context, r *http.Request) (guard.Caller, error)
}

// Config is what the door needs. Guard, Auth, Now and NewID must be set.
type Config struct {
	Guard   *guard.Guard
	Auth    Auth
	Base    string           // address of the service as callers know it, ending in /fhir; empty: from the Host header
	Issuers []string         // whose tokens are accepted, for smart-configuration
	Now     func() time.Time // for the duration in the request log
	NewID   func() string    // request ids
	Log     *slog.Logger     // one line a request; nil: none
	Build   string           // software version
}

// interaction is one row of the door: a method and a path, the scope that it needs, and who answers.
// Segments of the path in braces stand for what the caller names.
type interaction struct {
	code   string // the word of the RESTful interaction, or the operation's name with its $
	method string
	path   string
	on     fhir.Type    // an operation on this type only; empty: all types
	scope  fhir.Type    // whose scope is asked when it is not that of the type in the path
	letter smart.Letter // the letter of a SMART scope that allows it
	open   bool         // needs no token
	answer func(*exchange) error
}

// interactions are all that this door answers. The CapabilityStatement is made from the same rows.
func interactions() []interaction {
	const get, post, put, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []interaction{
		{code: "capabilities", method: get, path: "metadata", open: true, answer: capabilities},
		{code: "smart-configuration", method: get, path: smartPath, open: true, answer: smartConfiguration},

		{code: "read", method: get, path: "{type}/{id}", letter: 'r', answer: read},
		{code: "vread", method: get, path: "{type}/{id}/_history/{vid}", letter: 'r', answer: vread},
		{code: "history-instance", method: get, path: "{type}/{id}/_history", letter: 'r', answer: history},
		{code: "search-type", method: get, path: "{type}", letter: 's', answer: searchType},
		{code: "search-type", method: post, path: "{type}/_search", letter: 's', answer: searchType},
		{code: "create", method: post, path: "{type}", letter: 'c', answer: create},
		{code: "update", method: put, path: "{type}/{id}", letter: 'u', answer: update},
		{code: "delete", method: remove, path: "{type}/{id}", letter: 'd', answer: erase},

		{code: "$whole-person", method: get, path: "{type}/{id}/$whole-person", on: "Patient", letter: 'r', answer: wholePerson},
		{code: "$whole-person", method: post, path: "{type}/$whole-person", on: "Patient", letter: 'r', answer: wholePersonFrame},
		{code: "$start-care", method: post, path: "{type}/$start-care", on: "Patient", scope: "Encounter", letter: 'c', answer: startCare},
	}
}

// deadline is how long one request may take.
const deadline = 30 * time.Second

// door is the handler with what it was given.
type door struct {
	Config
	routes       []route
	capabilities []byte
	smart        []byte
}

// New makes the door. The handler answers under /fhir, and /.well-known/smart-configuration.
func New(c Config) (http.Handler, error) {
	if c.Guard == nil || c.Auth == nil || c.Now == nil || c.NewID == nil {
		return nil, errors.New("rest: Guard, Auth, Now and NewID must be set")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Base = strings.TrimSuffix(c.Base, "/")
	d := &door{Config: c, routes: routes(interactions())}
	var err error
	if d.capabilities, err = capabilityStatement(c, interactions()); err != nil {
		return nil, err
	}
	if d.smart, err = smartDocument(c); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	// gin cannot hold {type} beside metadata, _search and $operations: it only brings the path here, and
	// route.go finds the row.
	engine.NoRoute(d.serve)
	engine.Any("/fhir/*path", d.serve)
	return engine, nil
}

// answer takes one request through the door. The order of the checks is what a caller may learn from them
// (section 10 row 32 of the consent rules): the token first, then the shape of the request, then, in the guard,
// data.
func (d *door) answer(x *exchange) error {
	refused := d.find(x)
	if refused != nil || !x.open {
		if err := x.identify(); err != nil {
			return err
		}
	}
	if refused != nil {
		return refused
	}
	if err := x.inScope(); err != nil {
		return err
	}
	if err := x.negotiate(); err != nil {
		return err
	}
	return x.interaction.answer(x)
}
