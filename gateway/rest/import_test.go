package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/rest"
)

const twoPeople = `{"resourceType":"Patient","id":"imported-1"}
{"resourceType":"Patient","id":"imported-2","gender":"other"}
`

func importBody(h http.Handler, token, media, body string, more ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/fhir/$import", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", media)
	for i := 0; i+1 < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestImportIsForOperatorsAndTakesLines(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, rest.Limits{Bundle: 4000})
	const lines = "application/fhir+ndjson"
	for _, c := range []struct {
		name, token, media, body string
		status                   int
		says                     string
	}{
		{"an operator's lines are stored", "operator", lines, twoPeople, 200, `{"name":"new","valueInteger":2}`},
		{"the same again is left alone", "operator", lines, twoPeople, 200, `{"name":"unchanged","valueInteger":2}`},
		{"a faulty line is named, the others are stored", "operator", lines, "{}\n\n" + `{"resourceType":"Patient","id":"imported-3"}`, 200, `{"name":"line","valueInteger":1}`},
		{"a line without an id is refused", "operator", lines, `{"resourceType":"Patient"}`, 200, `an id`},
		{"one line that is stored twice is stored twice", "operator", lines, `{"resourceType":"Patient","id":"x"}` + "\n" + `{"resourceType":"Patient","id":"x","active":true}`, 200, `{"name":"new","valueInteger":2}`},
		{"Parameters are not kept", "operator", lines, `{"resourceType":"Parameters","id":"p"}`, 200, "Parameters are not kept"},
		{"nothing is nothing", "operator", lines, "", 200, `{"name":"new","valueInteger":0}`},
		{"a parameter of the type is no matter", "operator", lines + "; charset=utf-8", twoPeople, 200, `"unchanged","valueInteger":2`},
		{"staff do not import", "clinician", lines, twoPeople, 403, "operator"},
		{"nor does anybody without a token", "nobody", lines, twoPeople, 401, "token"},
		{"a resource is no list of lines", "operator", "application/fhir+json", twoPeople, 415, "ndjson"},
		{"a body may be too long", "operator", lines, strings.Repeat(twoPeople, 60), 413, "4000"},
	} {
		w := importBody(h, c.token, c.media, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d, and no %q in %s", c.name, w.Code, c.says, w.Body)
		}
	}
	if w := importBody(h, "operator", lines, twoPeople, "Prefer", "respond-async"); w.Code != http.StatusOK {
		t.Errorf("where nothing outlives its request, it is answered when it is done: %d", w.Code)
	}
	if w := importBody(h, "operator", "application/fhir+json", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"$import"}}]}`); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a Bundle: %d", w.Code)
	}
}

func TestImportsWaitForTheirTurnAndAreNotTooMany(t *testing.T) {
	t.Parallel()
	var begin []func(context.Context)
	now := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }
	n := 0
	newID := func() string { n++; return fmt.Sprintf("id-%d", n) }
	store := memory.New(now)
	g, err := guard.New(guard.Config{
		Store: store, Trail: store, Cache: memory.NewCache(1<<20, now), Base: consent.Default(), Now: now, NewID: newID, Secret: make([]byte, 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := rest.New(rest.Config{Guard: g, Auth: cast(t), Now: now, NewID: newID, Background: func(task func(context.Context)) { begin = append(begin, task) }})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, address string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, address, nil)
		r.Header.Set("Authorization", "Bearer operator")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	var where []string
	for {
		w := importBody(h, "operator", "application/fhir+ndjson", twoPeople, "Prefer", "return=minimal, respond-async")
		if w.Code == http.StatusTooManyRequests {
			break
		}
		if w.Code != http.StatusAccepted || len(where) > 100 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		where = append(where, w.Header().Get("Content-Location"))
	}
	if w := ask("GET", where[0]); w.Code != http.StatusAccepted || w.Header().Get("X-Progress") == "" {
		t.Errorf("one that waits: %d", w.Code)
	}
	begin[0](t.Context())
	if w := ask("GET", where[0]); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"new","valueInteger":2`) {
		t.Errorf("one that is done: %d %s", w.Code, w.Body)
	}
	if w := importBody(h, "operator", "application/fhir+ndjson", twoPeople, "Prefer", "respond-async"); w.Code != http.StatusAccepted {
		t.Errorf("when one is done another may come: %d", w.Code)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	begin[1](stopped)
	if w := ask("GET", where[1]); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "send it again") {
		t.Errorf("one that was cut off: %d %s", w.Code, w.Body)
	}
	if w := ask("DELETE", where[2]); w.Code != http.StatusAccepted {
		t.Errorf("one that is not wanted any more: %d", w.Code)
	}
	begin[2](t.Context())
	if w := ask("GET", where[2]); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one that was cancelled before its turn: %d %s", w.Code, w.Body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if w := ask(method, "/fhir/$import/unknown"); w.Code != http.StatusNotFound {
			t.Errorf("%s of one that there never was: %d", method, w.Code)
		}
	}
	if _, err := fhir.DecodeJSON(ask("GET", "/fhir/$import/unknown").Body.Bytes()); err != nil {
		t.Error(err)
	}
}
