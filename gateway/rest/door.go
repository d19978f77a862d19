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
	"golang.org/x/sync/semaphore"

	"concord/consent"
	"concord/fhir"
	"concord/gateway"
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
	Limits  Limits           // zero: the defaults
	Local   *gateway.Local   // definitions of local systems; nil: none, and then neither /ingest nor $convert

	// Background runs what outlives its request, and who gave it waits for that at the end; nil: nothing outlives one.
	Background func(task func(context.Context))
}

// interaction is one row of the door: a method and a path, the scope that it needs, and who answers.
// Segments of the path in braces stand for what the caller names.
type interaction struct {
	code        string // the word of the RESTful interaction, or the operation's name with its $
	method      string
	path        string
	on          fhir.Type // an operation on this type only; empty: all types
	scope       fhir.Type // whose scope is asked when it is not that of the type in the path
	letters     string    // the letters of SMART scopes that it needs, all of them; none: each entry is asked for itself
	conditional bool      // on what a search of the address fits
	takes       string    // the parameters of the address that it knows, with spaces between them; "*": any
	open        bool      // needs no token
	answer      func(*exchange) error
}

// interactions are all that this door answers. The CapabilityStatement is made from the same rows.
func interactions() []interaction {
	const get, post, put, remove, change = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch
	return []interaction{
		{code: "capabilities", method: get, path: "metadata", open: true, answer: capabilities},
		{code: "smart-configuration", method: get, path: smartPath, open: true, answer: smartConfiguration},

		{code: "transaction", method: post, path: "", answer: transaction}, // and batch
		{code: "search-system", method: get, path: "", letters: "s", takes: "*", answer: searchType},
		{code: "search-system", method: post, path: "_search", letters: "s", takes: "*", answer: searchType},
		{code: "history-system", method: get, path: "_history", letters: "s", takes: historyTakes, answer: changes},

		// Beside the FHIR service. Each thing that a record makes is asked of the scopes when it is known.
		{code: "ingest", method: post, path: ingestPath + "/{definition}", answer: ingest},
		{code: "$convert", method: post, path: "$convert", answer: convert},
		{code: "$convert", method: get, path: "{type}/{id}/$convert", letters: "r", takes: "definition", answer: convertStored},
		{code: "$replay", method: post, path: "{type}/{id}/$replay", on: "Task", letters: "u", answer: replay},
		{code: "$retract", method: post, path: "{type}/{id}/$retract", on: "Provenance", letters: "r", answer: retract},

		{code: "$import", method: post, path: "$import", letters: "c", answer: importLines},
		{code: "$import", method: get, path: "$import/{id}", letters: "c", answer: importStatus},
		{code: "$import", method: remove, path: "$import/{id}", letters: "c", answer: importCancel},

		{code: "read", method: get, path: "{type}/{id}", letters: "r", answer: read},
		{code: "vread", method: get, path: "{type}/{id}/_history/{vid}", letters: "r", answer: vread},
		{code: "history-instance", method: get, path: "{type}/{id}/_history", letters: "r", takes: historyTakes, answer: history},
		{code: "history-type", method: get, path: "{type}/_history", letters: "s", takes: historyTakes, answer: changes},
		{code: "search-type", method: get, path: "{type}", letters: "s", takes: "*", answer: searchType},
		{code: "search-type", method: post, path: "{type}/_search", letters: "s", takes: "*", answer: searchType},
		{code: "search-compartment", method: get, path: "{within}/{id}/{type}", letters: "s", takes: "*", answer: searchCompartment},
		{code: "search-compartment", method: post, path: "{within}/{id}/{type}/_search", letters: "s", takes: "*", answer: searchCompartment},
		{code: "create", method: post, path: "{type}", letters: "c", answer: create},
		{code: "update", method: put, path: "{type}/{id}", letters: "u", answer: update},
		{code: "patch", method: change, path: "{type}/{id}", letters: "u", answer: patchInstance},
		{code: "delete", method: remove, path: "{type}/{id}", letters: "d", answer: erase},
		// A condition is a search, and what an update does not find it creates.
		{code: "update", method: put, path: "{type}", letters: "ucs", conditional: true, takes: "*", answer: conditionalUpdate},
		{code: "patch", method: change, path: "{type}", letters: "us", conditional: true, takes: "*", answer: conditionalPatch},
		{code: "delete", method: remove, path: "{type}", letters: "ds", conditional: true, takes: "*", answer: conditionalErase},

		{code: "$whole-person", method: get, path: "{type}/{id}/$whole-person", on: "Patient", letters: "r", answer: wholePerson},
		{code: "$whole-person", method: post, path: "{type}/$whole-person", on: "Patient", letters: "r", answer: wholePersonFrame},
		{code: "$start-care", method: post, path: "{type}/$start-care", on: "Patient", scope: "Encounter", letters: "c", answer: startCare},
		{code: "$preview-consent", method: post, path: "{type}/{id}/$preview-consent", on: "Patient", scope: "Consent", letters: "c", answer: previewConsent},
		{code: "$break-glass", method: post, path: "{type}/$break-glass", on: "Patient", letters: "r", answer: breakGlass},
		{code: "$break-glass", method: post, path: "{type}/{id}/$break-glass", on: "Patient", letters: "r", answer: breakGlass},
		{code: "$explain-access", method: get, path: "{type}/{id}/$explain-access", on: "Patient", scope: "Consent", letters: "r", takes: explainTakes, answer: explainAccess},
		{code: "$explain-access", method: post, path: "{type}/{id}/$explain-access", on: "Patient", scope: "Consent", letters: "r", answer: explainAccess},
		{code: "$everything", method: get, path: "{type}/{id}/$everything", on: "Patient", letters: "r", takes: everythingTakes, answer: everything},
		{code: "$everything", method: post, path: "{type}/{id}/$everything", on: "Patient", letters: "r", takes: everythingTakes, answer: everything},
		{code: "$everything", method: get, path: "{type}/$everything", on: "Patient", letters: "rs", takes: everythingTakes, answer: everythingOfAll},
		{code: "$everything", method: post, path: "{type}/$everything", on: "Patient", letters: "rs", takes: everythingTakes, answer: everythingOfAll},
		{code: "$lastn", method: get, path: "{type}/$lastn", on: "Observation", letters: "s", takes: "*", answer: lastN},
		{code: "$lastn", method: post, path: "{type}/$lastn", on: "Observation", letters: "s", takes: "*", answer: lastN},
		{code: "$meta", method: get, path: "{type}/{id}/$meta", letters: "r", answer: meta},
		{code: "$meta", method: get, path: "{type}/$meta", letters: "s", answer: metaOf},
		{code: "$meta", method: get, path: "$meta", letters: "s", answer: metaOf},
		{code: "$meta-add", method: post, path: "{type}/{id}/$meta-add", letters: "u", answer: metaAdd},
		{code: "$meta-delete", method: post, path: "{type}/{id}/$meta-delete", letters: "u", answer: metaDelete},
		{code: "$validate", method: get, path: "{type}/{id}/$validate", letters: "r", takes: "mode profile", answer: validateStored},
		{code: "$validate", method: post, path: "{type}/$validate", letters: "c", takes: "mode profile", answer: validate},
		{code: "$validate", method: post, path: "{type}/{id}/$validate", letters: "u", takes: "mode profile", answer: validate},
	}
}

// door is the handler with what it was given.
type door struct {
	Config
	engine       http.Handler
	routes       []route
	capabilities []byte
	smart        []byte
	rules        published
	imports      imports
	large        *semaphore.Weighted // the memory for large bodies of local formats
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
	c.Limits = c.Limits.withDefaults()
	d := &door{Config: c, routes: routes(interactions()), large: semaphore.NewWeighted(maxLarge(c.Limits))}
	var err error
	if d.capabilities, err = capabilityStatement(c, interactions()); err != nil {
		return nil, err
	}
	if d.smart, err = smartDocument(c); err != nil {
		return nil, err
	}
	if d.rules, err = publish(consent.SharingRules()); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	d.engine = engine
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
	x.form, _ = formOf(x.gin.Request.URL.Query(), x.gin.Request.Header.Values("Accept")) // of a refusal too
	refused := x.find()
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
