package rest_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/rest"
)

// newDesk is a house that takes the records of a ward in.
func newDesk(t *testing.T, limits rest.Limits) *house {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }
	n := 0
	newID := func() string { n++; return fmt.Sprintf("id-%04d", n) }
	store := memory.New(now)
	h := &house{}
	var err error
	h.guard, err = guard.New(guard.Config{
		Store: store, Trail: store, Cache: memory.NewCache(1<<20, now), Base: consent.Default(), Now: now, NewID: newID, Secret: make([]byte, 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.Handler, err = rest.New(rest.Config{Guard: h.guard, Auth: cast(t), Now: now, NewID: newID, Limits: limits, Local: local(t)}); err != nil {
		t.Fatal(err)
	}
	h.bring(t, `{"resourceType":"Organization","id":"practice","active":true,"name":"Mill Lane"}`)
	return h
}

func TestRecordsOfLocalSystemsComeInByHTTP(t *testing.T) {
	t.Parallel()
	h := newDesk(t, rest.Limits{Bundle: 2000, Letter: 10_000})
	table := map[string]string{"Content-Type": "text/csv"}
	with := func(name, value string) map[string]string {
		return map[string]string{"Content-Type": "text/csv", name: value}
	}
	two := stay("1") + strings.SplitAfter(stay("2"), "\r\n")[1]
	for _, c := range []struct {
		name, path, token, body string
		header                  map[string]string
		status                  int
		says                    string
	}{
		{"a record", "/ingest/stays", "clinician", stay("1"), table, 200, `"taken","valueInteger":1`},
		{"two records", "/ingest/stays", "clinician", two, table, 200, `"taken","valueInteger":2`},
		{"one of two is refused", "/ingest/stays", "clinician", two + "3,9990000003,,1980-01-01,y\r\n", table, 200, `"refused","valueInteger":1`},
		{"all are refused", "/ingest/stays", "clinician", "Stay,Number,Surname,Born,Problem\n3,9990000003,,1980-01-01,y\n", table, 400, "Surname"},
		{"no rows", "/ingest/stays", "clinician", "Stay,Number,Surname,Born,Problem\n", table, 200, `"taken","valueInteger":0`},
		{"another table", "/ingest/stays", "clinician", "a,b\n1,2\n", table, 400, "is the key of"},
		{"another media type", "/ingest/stays", "clinician", stay("1"), map[string]string{"Content-Type": "application/pdf"}, 415, "text/csv"},
		{"another definition", "/ingest/none", "clinician", stay("1"), table, 404, ""},
		{"no definition", "/ingest/", "clinician", stay("1"), table, 404, ""},
		{"another method", "/ingest/stays", "clinician", "", table, 405, ""},
		{"no token", "/ingest/stays", "none", stay("1"), table, 401, ""},
		{"scopes that do not cover it", "/ingest/stays", "reader", stay("1"), table, 403, "scopes"},
		{"an organisation that nobody knows", "/ingest/stays", "stranger", stay("1"), table, 403, "directory"},
		{"the operator, who imports", "/ingest/stays", "operator", stay("1"), table, 403, "imports"},
		{"what cannot be read, and scopes that do not cover it", "/ingest/stays", "reader", "a,b\n1,2\n", table, 403, "scopes"},
		{"what cannot be read, of an organisation that nobody knows", "/ingest/stays", "stranger", "a,b\n1,2\n", table, 403, "directory"},
		{"what cannot be read, by the operator", "/ingest/stays", "operator", "a,b\n1,2\n", table, 403, "imports"},
		{"too long", "/ingest/stays", "clinician", strings.Repeat(two, 40), table, 413, "kept whole"},
		{"too long, and scopes that do not cover it", "/ingest/stays", "reader", strings.Repeat(two, 40), table, 403, "scopes"},
		{"too long to be kept", "/ingest/stays", "clinician", strings.Repeat(two, 100), table, 413, "was NOT kept"},
		{"a key", "/ingest/stays", "clinician", stay("1"), with("Idempotency-Key", "k"), 200, `"taken"`},
		{"other content under the key", "/ingest/stays", "clinician", stay("2"), with("Idempotency-Key", "k"), 409, "another message"},
		{"a key that is too long", "/ingest/stays", "clinician", stay("1"), with("Idempotency-Key", strings.Repeat("k", 300)), 413, "Idempotency-Key"},
		{"the report as text", "/ingest/stays", "clinician", stay("1"), with("Accept", "text/plain"), 200, "stays 1.0.0: 1 records"},
		{"the report as a page", "/ingest/stays", "clinician", stay("1"), with("Accept", "text/html"), 200, "<html"},
		{"the report as JSON", "/ingest/stays", "clinician", stay("1"), with("Accept", "application/vnd.concord.report+json"), 200, `"definitions"`},
		{"within a Bundle", "/fhir", "clinician", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"/ingest/stays"}}]}`, nil, 200, `"40`},
	} {
		method := http.MethodPost
		if c.status == http.StatusMethodNotAllowed {
			method = http.MethodGet
		}
		w := h.ask(t, request{method: method, path: c.path, token: c.token, body: c.body, header: c.header})
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d, and no %q in %s", c.name, w.Code, c.says, w.Body)
		}
	}
}

func TestABodyThatIsTooLongIsKeptWholeForTheOperatorAlone(t *testing.T) {
	t.Parallel()
	h := newDesk(t, rest.Limits{Bundle: 2000, Letter: 10_000})
	long := stay("1") + strings.Repeat("2,9990000026,Ali,1990-01-01,x\r\n", 200)
	for _, c := range []struct {
		header map[string]string
		body   string
	}{
		{map[string]string{"Content-Type": "text/csv"}, long},
		{map[string]string{"Content-Type": "text/csv", "Content-Encoding": "gzip"}, packed(t, long)},
		{map[string]string{"Content-Type": "text/csv", "Content-Encoding": "gzip"}, packed(t, strings.Repeat(long, 100))},
	} {
		if w := h.ask(t, request{method: http.MethodPost, path: "/ingest/stays", token: "clinician", body: c.body, header: c.header}); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	list := h.ask(t, request{path: "Binary", token: "operator"}).Body.String()
	if n := strings.Count(list, `"resource"`); n != 1 {
		t.Fatalf("%d letters: %.300s", n, list)
	}
	if !strings.Contains(list, base64.StdEncoding.EncodeToString([]byte(long))) {
		t.Error("it is not kept as it came")
	}
	if w := h.ask(t, request{path: "Binary", token: "clinician"}); strings.Contains(w.Body.String(), `"resource"`) {
		t.Error("its sender reads it")
	}
}

func TestConversionStoresNothing(t *testing.T) {
	t.Parallel()
	h := newDesk(t, rest.Limits{})
	ask := func(parameters ...any) (int, string) {
		w := h.ask(t, request{method: http.MethodPost, path: "$convert", body: object("Parameters", "", "parameter", parameters)})
		return w.Code, w.Body.String()
	}
	name := map[string]any{"name": "definition", "valueCode": "stays"}
	for _, c := range []struct {
		name   string
		input  []any
		status int
		says   string
	}{
		{"text", []any{name, map[string]any{"name": "input", "valueString": stay("1")}}, 200, `"resourceType":"Patient"`},
		{"base64", []any{name, map[string]any{"name": "input", "valueBase64Binary": base64.StdEncoding.EncodeToString([]byte(stay("1")))}}, 200, `"report"`},
		{"a bad record", []any{name, map[string]any{"name": "input", "valueString": strings.Replace(stay("1"), "1980-01-01", "31 February", 1)}}, 400, "Born"},
		{"a resource without a record", []any{name, map[string]any{"name": "input", "resource": map[string]any{"resourceType": "Goal", "lifecycleStatus": "active", "description": map[string]any{"text": "x"}, "subject": map[string]any{"display": "x"}}}}, 422, "no record"},
		{"no definition", []any{map[string]any{"name": "input", "valueString": "x"}}, 400, "definition"},
		{"no input", []any{name}, 400, "input"},
		{"another definition", []any{map[string]any{"name": "definition", "valueCode": "none"}, map[string]any{"name": "input", "valueString": "x"}}, 400, "definition"},
	} {
		if status, body := ask(c.input...); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d, and no %q in %s", c.name, status, c.says, body)
		}
	}
	if w := h.ask(t, request{path: "Patient", token: "operator"}); strings.Contains(w.Body.String(), `"entry"`) {
		t.Errorf("something was stored: %s", w.Body)
	}
}

func TestWithoutDefinitionsThereIsNoSuchAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/ingest/stays", "$convert"} {
		if w := h.ask(t, request{method: http.MethodPost, path: path, body: `{"resourceType":"Parameters"}`}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
