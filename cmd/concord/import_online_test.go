package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/fhir"
)

// importFrom runs an import into a server, and gives its summary and refusals.
func importFrom(t *testing.T, s *server, token string, paths ...string) (int, string, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := concord(t, append([]string{"import", "--url", s.address, "--token-file", file}, paths...)...)
	return status, strings.TrimSpace(stdout), stderr
}

func TestImportIntoAServerThatRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startDemo(t, "--empty", "--data", dir)
	token := operatorToken(t, dir)
	files := lay(t, map[string]string{
		"family.json":   family,
		"many.ndjson":   manyPatients(450),
		"pretty.json":   "{\n \"resourceType\": \"Patient\",\n \"id\": \"pretty\"\n}",
		"broken.ndjson": `{"resourceType":"Patient","id":"b1","gender":"FEMALE"}`,
	})
	status, summary, refusals := importFrom(t, s, token, files)
	if want := "454 new, 0 unchanged, 0 skipped, 1 refused"; summary != want || status != statusFailed {
		t.Errorf("status %d, %q, want %q\n%s", status, summary, want, refusals)
	}
	if !strings.Contains(refusals, "broken.ndjson: Patient.gender: 1:") {
		t.Errorf("the refusal: %s", refusals)
	}
	if _, again, _ := importFrom(t, s, token, files); again != "0 new, 454 unchanged, 0 skipped, 1 refused" {
		t.Errorf("the second time: %q", again)
	}
	if a := s.get(t, "/Goal/g1", token); a.status != http.StatusOK || !strings.Contains(string(a.body), "Patient/0c6bd1d6-6a5b-4f0a-8a86-3cf0a1f4f0e1") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.get(t, "/Patient/pretty", token); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	gp := must(t, "token", "--data", dir, "--fhir-user", "Practitioner/x", "--scope", "user/*.cruds")
	if status, _, stderr := importFrom(t, s, gp, files); status != statusFailed || !strings.Contains(stderr, "operator's: 403") {
		t.Errorf("without the operator's token: %d %s", status, stderr)
	}
	if status, _, stderr := importFrom(t, s, "no token", files); status != statusFailed || !strings.Contains(stderr, "401") || strings.Contains(stderr, "no token") {
		t.Errorf("with a bad token: %d %s", status, stderr)
	}
}

func TestImportAnswersAtOnceWhenAskedTo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startDemo(t, "--empty", "--data", dir)
	token := operatorToken(t, dir)
	send := func(method, address, token, body string) answer {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/fhir+ndjson")
		r.Header.Set("Prefer", "respond-async")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer{response.StatusCode, response.Header, text}
	}
	begun := send("POST", s.address+"/$import", token, manyPatients(300)+"{\n\n"+`{"resourceType":"Patient","id":"last"}`)
	where := begun.header.Get("Content-Location")
	if begun.status != http.StatusAccepted || !strings.HasPrefix(where, s.address+"/$import/") {
		t.Fatalf("%d %q %s", begun.status, where, begun.body)
	}
	gp := must(t, "token", "--data", dir, "--fhir-user", "Practitioner/x", "--scope", "user/*.cruds")
	if a := send("GET", where, gp, ""); a.status != http.StatusForbidden {
		t.Errorf("somebody else asks how it goes: %d", a.status)
	}
	var done answer
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if done = send("GET", where, token, ""); done.status != http.StatusAccepted {
			break
		}
		if !strings.HasSuffix(done.header.Get("X-Progress"), " resources") || time.Now().After(deadline) {
			t.Fatalf("it is not done: %v", done.header)
		}
	}
	var told importAnswer
	if err := json.Unmarshal(done.body, &told); err != nil || done.status != http.StatusOK {
		t.Fatalf("%d %v %s", done.status, err, done.body)
	}
	last := told.Parameter[len(told.Parameter)-1]
	if told.Parameter[0].ValueInteger != 301 || last.Name != "refusal" || last.Part[0].ValueInteger != 301 {
		t.Errorf("%s", done.body)
	}
	if a := send("DELETE", where, token, ""); a.status != http.StatusAccepted {
		t.Errorf("cancel: %d", a.status)
	}
	if a := send("GET", s.address+"/$import/unknown", token, ""); a.status != http.StatusNotFound {
		t.Errorf("an import that there is not: %d", a.status)
	}
	if a := s.do(t, "POST", "/$import", token, `{"resourceType":"Patient"}`); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("a body of another type: %d", a.status)
	}
}

// A server that is busy, gone for a moment, or answers with half of a body is asked again; one that lies is not believed.
func TestOnlineImportTriesAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	unsteady := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch asked.Add(1) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			panic(http.ErrAbortHandler)
		case 3:
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"resourceType"`)
		default:
			n, _ := json.Marshal(bytes.Count(body, []byte("\n")))
			_, _ = io.WriteString(w, `{"resourceType":"Parameters","parameter":[{"name":"new","valueInteger":`+string(n)+`},{"name":"unchanged","valueInteger":0},{"name":"refused","valueInteger":0}]}`)
		}
	}))
	t.Cleanup(unsteady.Close)
	token := filepath.Join(lay(t, map[string]string{"token": "x"}), "token")
	o, err := newOnline(unsteady.URL, token)
	if err != nil {
		t.Fatal(err)
	}
	o.wait = func(context.Context, int) error { return nil }
	r, err := fhir.DecodeJSON([]byte(`{"resourceType":"Patient","id":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	if err := o.put(t.Context(), []*fhir.Resource{r, r}, func(int, bool, error) { stored++ }); err != nil || stored != 2 || asked.Load() != 4 {
		t.Errorf("%d stored, %d asked: %v", stored, asked.Load(), err)
	}
	if err := (importAnswer{}).each(1, func(int, bool, error) {}); err == nil {
		t.Error("an answer that names no line is believed")
	}
}

func TestPackedFilesAreThoseFiles(t *testing.T) {
	t.Parallel()
	pack := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	const noID = `{"resourceType":"Patient","gender":"other"}`
	plain := filepath.Join(lay(t, map[string]string{"in/a.json": noID, "in/b.ndjson": noID + "\n" + noID, "in/c.json": family}), "in")
	packed := filepath.Join(lay(t, map[string]string{
		"in/a.json.gz": pack(noID), "in/b.ndjson.gz": pack(noID + "\n" + noID), "in/c.json.gz": pack(family), "in/d.json.gz": "not gzip", "in/e.ndjson.gz": pack(noID)[:20],
	}), "in")
	data := t.TempDir()
	if got, want := must(t, "import", "--data", data, plain), "6 new, 0 unchanged, 0 skipped, 0 refused"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	_, summary, refusals := concord(t, "import", "--data", data, packed)
	if got, want := strings.TrimSpace(summary), "0 new, 6 unchanged, 0 skipped, 2 refused"; got != want {
		t.Errorf("%q, want %q\n%s", got, want, refusals)
	}
	if !strings.Contains(refusals, "d.json.gz: Resource: 1:1: cannot be read") || !strings.Contains(refusals, "e.ndjson.gz: Resource: 1:1: cannot be read") {
		t.Error(refusals)
	}
}
