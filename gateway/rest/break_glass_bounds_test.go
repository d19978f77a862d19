package rest_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
	"concord/gateway/rest"
)

func TestBreakGlassIsRefusedAlikeToAllWhoMayNot(t *testing.T) {
	t.Parallel()
	w := glazed(t)
	first := ""
	for name, change := range map[string]func(*guard.Caller){
		"no step-up":        func(c *guard.Caller) { c.ACR = "" },
		"another role":      func(c *guard.Caller) { c.Roles = []string{care.RoleReception} },
		"another purpose":   func(c *guard.Caller) { c.Purposes = []string{"ETREAT"} },
		"the person":        func(c *guard.Caller) { *c = person(t, "p0") },
		"a backend":         func(c *guard.Caller) { c.User = fhir.Ref{} },
		"two purposes":      func(c *guard.Caller) { c.Purposes = []string{"BTG", "ETREAT"} },
		"nobody configured": func(*guard.Caller) {},
	} {
		doc := doctor(t)
		change(&doc)
		if name == "nobody configured" {
			w.rebuild(t, guard.Glass{}, nil)
		}
		body := w.status(t, doc, "403", "POST", "Patient/$break-glass", byNumber(0))
		if first == "" {
			first = body
		}
		if body != first {
			t.Errorf("%s is told otherwise: %s", name, body)
		}
	}
}

func TestNothingIsWrittenThroughBrokenGlass(t *testing.T) {
	t.Parallel()
	w := glazed(t, observation("o1", "44054006"))
	doc := doctor(t)
	w.breaks(t, doc)
	w.status(t, doc, "200", "GET", "Observation/o1")
	w.status(t, doc, "403", "POST", "Observation", observation("", "44054006"))
	w.status(t, doc, "403", "PUT", "Observation/o1", observation("o1", "38341003"))
	w.status(t, doc, "403", "DELETE", "Observation/o1")
	w.status(t, doc, "403", "DELETE", "Observation/absent")
	w.status(t, doc, "403", "POST", "Patient/$start-care", startCare(0).body)
}

func TestBrokenGlassWarmsNoCacheAndTakesNothingFromOne(t *testing.T) {
	t.Parallel()
	w := glazed(t, observation("o1", "44054006"))
	cache := &counted{}
	clock := func() time.Time { return w.now }
	var err error
	if w.guard, err = guard.New(guard.Config{
		Store: w.store, Trail: w.store, Cache: cache, Base: consent.Default(), Now: clock, NewID: w.guard.NewID,
		Secret: bytes.Repeat([]byte("k"), 32), Glass: w.guard.Glass,
	}); err != nil {
		t.Fatal(err)
	}
	if w.handler, err = rest.New(rest.Config{Guard: w.guard, Auth: w, Base: "http://twin/fhir", Now: clock, NewID: func() string { return "request" }}); err != nil {
		t.Fatal(err)
	}
	w.breaks(t, doctor(t))
	w.status(t, doctor(t), "200", "GET", "Patient/p0/$whole-person")
	if cache.asked != 0 {
		t.Errorf("the cache was asked %d times", cache.asked)
	}
	w.status(t, gp(t), "200", "GET", "Patient/p0/$whole-person")
	if cache.asked == 0 {
		t.Error("the cache is not asked at all: the test shows nothing")
	}
}

func TestTheOfferOfBreakGlassIsConstant(t *testing.T) {
	t.Parallel()
	w := glazed(t, observation("o1", "44054006"))
	treating := doctor(t)
	treating.Purposes, treating.ACR = []string{"TREAT"}, ""
	warning := func(who guard.Caller, path string) string {
		w.caller = who
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://twin/fhir/"+path, nil)
		r.Header.Set("Authorization", "Bearer x")
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		return rec.Header().Get("Warning")
	}
	first := warning(treating, "Observation/o1")
	if !strings.Contains(first, "break-glass") {
		t.Errorf("the offer: %q", first)
	}
	for _, path := range []string{"Observation/absent", "Observation?patient=Patient/p0", "Patient/nobody/$whole-person", "Nonsense/1", "Organization/hospital"} {
		if got := warning(treating, path); got != first {
			t.Errorf("%s offers %q", path, got)
		}
	}
	if got := warning(socialWorker(t), "Observation/o1"); got != "" {
		t.Errorf("somebody who may not is offered %q", got)
	}
	w.rebuild(t, guard.Glass{}, nil)
	if got := warning(treating, "Observation/o1"); got != "" {
		t.Errorf("offered though nobody may: %q", got)
	}
}

// counted is a cache that counts how often it is asked or given something.
type counted struct{ asked int }

func (c *counted) Get(context.Context, [32]byte) ([]byte, bool) { c.asked++; return nil, false }

func (c *counted) Put(context.Context, [32]byte, []byte, time.Time) { c.asked++ }
