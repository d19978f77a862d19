package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/rest"
)

// tokens stands for a verifier: the token is the caller's name here.
type tokens map[string]guard.Caller

func (c tokens) Caller(_ context.Context, r *http.Request) (guard.Caller, error) {
	name, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch name {
	case "panic":
		panic("of George's blood test")
	case "issuer-down":
		return guard.Caller{}, &fhir.Error{Kind: fhir.Transient}
	case "broken":
		return guard.Caller{}, fmt.Errorf("read the keys: %w", context.Canceled)
	}
	if caller, ok := c[name]; ok {
		return caller, nil
	}
	return guard.Caller{}, fhir.Errorf(fhir.Login, "the token cannot be accepted")
}

// house is a door with a gateway behind it, on a memory store, with the clock and the ids given.
type house struct {
	http.Handler
	guard *guard.Guard
	log   *bytes.Buffer
	clock *atomic.Int64
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return newHouseWith(t, rest.Limits{})
}

// newHouseWith makes one with limits: of the door, and of searches.
func newHouseWith(t testing.TB, limits rest.Limits, searches ...guard.Limits) *house {
	t.Helper()
	h := &house{log: &bytes.Buffer{}, clock: &atomic.Int64{}}
	h.clock.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMilli())
	now := func() time.Time { return time.UnixMilli(h.clock.Add(1000)).UTC() }
	var ids atomic.Int64
	newID := func() string { return fmt.Sprintf("id-%04d", ids.Add(1)) }
	store := memory.New(now)
	var err error
	h.guard, err = guard.New(guard.Config{
		Store: store, Trail: store, Cache: memory.NewCache(1<<20, now), Base: consent.Default(),
		Now: now, NewID: newID, Secret: make([]byte, 32), Build: "test", Limits: append(searches, guard.Limits{})[0],
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Handler, err = rest.New(rest.Config{
		Guard: h.guard, Auth: cast(t), Now: now, NewID: newID, Build: "test", Issuers: []string{"https://issuer.example"},
		Log: slog.New(slog.NewJSONHandler(h.log, nil)), Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.bring(t, fmt.Sprintf(`{"resourceType":"Organization","id":"practice","active":true,"name":"Mill Lane","type":[{"coding":[{"system":%q,"code":%q}]}]}`,
		care.SystemKind, care.KindHealth))
	h.bring(t, `{"resourceType":"Practitioner","id":"okafor","name":[{"family":"Okafor"}]}`)
	return h
}

// cast are the callers of these tests.
func cast(t testing.TB) tokens {
	t.Helper()
	scopes := func(s string) smart.Scopes {
		parsed, err := smart.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	staff := guard.Caller{
		User: fhir.Ref{Type: "Practitioner", ID: "okafor"}, Org: fhir.Ref{Type: "Organization", ID: "practice"},
		Roles: []string{care.RoleClinician}, Purposes: []string{"TREAT"}, Scopes: scopes("user/*.cruds"),
	}
	reader := staff
	reader.Scopes = scopes("user/Observation.rs")
	writer := staff
	writer.Scopes = scopes("user/*.cud")
	stranger := staff
	stranger.User, stranger.Org = fhir.Ref{Type: "Practitioner", ID: "stranger"}, fhir.Ref{Type: "Organization", ID: "elsewhere"}
	officer, foreign := staff, stranger
	officer.Roles, foreign.Roles = []string{care.RolePrivacy}, []string{care.RolePrivacy}
	return tokens{
		"officer": officer, "officer elsewhere": foreign,
		"clinician": staff, "reader": reader, "writer": writer, "stranger": stranger,
		"operator": {Client: "import", Operator: true, Scopes: scopes("system/*.cruds")},
	}
}

// bring stores a resource as an operator's import does.
func (h *house) bring(t testing.TB, body string) {
	t.Helper()
	r, err := fhir.DecodeJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.guard.As(cast(t)["operator"]).Commit(t.Context(), guard.Write{Do: guard.Import, Ref: r.Ref(), Resource: r})
	if err != nil {
		t.Fatal(err)
	}
}

// request is one HTTP request of a test; what is empty takes the usual value.
type request struct {
	method string // GET
	path   string // below /fhir, unless it starts with a slash
	token  string // "none": no token; else clinician
	body   string
	header map[string]string
}

func (h *house) ask(t testing.TB, q request) *httptest.ResponseRecorder {
	t.Helper()
	if q.method == "" {
		q.method = http.MethodGet
	}
	if !strings.HasPrefix(q.path, "/") {
		q.path = "/fhir/" + q.path
	}
	r, err := http.NewRequestWithContext(t.Context(), q.method, q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "gateway.example"
	if q.token == "" {
		q.token = "clinician"
	}
	if q.token != "none" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// issue is the first issue of an OperationOutcome, which must be one that can be read.
func issue(t testing.TB, w *httptest.ResponseRecorder) (code, diagnostics string, expression []string) {
	t.Helper()
	var outcome struct {
		ResourceType string
		Issue        []struct {
			Severity, Code, Diagnostics string
			Expression                  []string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &outcome); err != nil || outcome.ResourceType != "OperationOutcome" || len(outcome.Issue) == 0 {
		t.Fatalf("status %d: not an OperationOutcome: %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/fhir+json") {
		t.Errorf("an OperationOutcome came as %q", got)
	}
	return outcome.Issue[0].Code, outcome.Issue[0].Diagnostics, outcome.Issue[0].Expression
}
