package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord/gateway/issuer"
)

func TestServeTellsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"CONCORD_SECRET": "hunter2-hunter2", "CONCORD_LOG_LEVEL": "loud"}
	var stdout, stderr buffer
	status := run(t.Context(), []string{
		"serve", "--addr", "nowhere", "--base-url", "care.invalid", "--issuer", "https://one.invalid", "--issuer", "two=aud",
		"--base-policy", "anything", "--closed-network", "perhaps", "--view-cache-mb", "0",
	}, &stdout, &stderr, func(name string) string { return variables[name] })
	if status != statusUsage {
		t.Errorf("status %d", status)
	}
	said := stderr.String()
	for _, want := range []string{
		"--addr (CONCORD_ADDR)", "--data (CONCORD_DATA)", "--base-url (CONCORD_BASE_URL)", "--issuer (CONCORD_ISSUER): must be", "\"two\"",
		"--base-policy (CONCORD_BASE_POLICY)", "--closed-network (CONCORD_CLOSED_NETWORK)", "--view-cache-mb (CONCORD_VIEW_CACHE_MB)",
		"--log-level (CONCORD_LOG_LEVEL)", "--secret (CONCORD_SECRET)",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said", want)
		}
	}
	if strings.Contains(said, "hunter2") {
		t.Error("the secret is printed")
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	c := serveCommand{Secret: "hunter2"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(format, c); strings.Contains(text, "hunter2") {
			t.Errorf("%s prints %s", format, text)
		}
	}
	var help buffer
	run(t.Context(), []string{"serve", "--help"}, &help, &help, func(name string) string {
		if name == "CONCORD_SECRET" {
			return "hunter2"
		}
		return ""
	})
	if text := help.String(); strings.Contains(text, "hunter2") || !strings.Contains(text, "CONCORD_SECRET") || !strings.Contains(text, "CONCORD_ISSUER") {
		t.Errorf("help:\n%s", text)
	}
}

func TestServeTakesItsSettingsFromTheEnvironment(t *testing.T) {
	t.Parallel()
	keys := t.TempDir()
	var handler http.Handler
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(outside.Close)
	tokens, err := issuer.Open(keys, outside.URL)
	if err != nil {
		t.Fatal(err)
	}
	if handler, err = tokens.Handler(); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{
		"CONCORD_ADDR": "127.0.0.1:0", "CONCORD_DATA": t.TempDir(), "CONCORD_CLOSED_NETWORK": "yes",
		"CONCORD_ISSUER": outside.URL + "=https://here.invalid;trust=operator https://down.invalid=https://here.invalid",
		"CONCORD_SECRET": strings.Repeat("ab", 32),
	}
	s := start(t, func(name string) string { return variables[name] }, "serve")
	token, err := tokens.Sign(issuer.Claims{
		Subject: "x", Audience: "https://here.invalid", Scope: "system/*.cruds", ClientRoles: []string{"operator"},
		Issued: time.Now(), Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.do(t, http.MethodPost, "/Patient", token, `{"resourceType":"Patient"}`); a.status != http.StatusCreated {
		t.Errorf("create: %d %s", a.status, a.body)
	}
	if status, _, stderr := concord(t, "token", "--data", variables["CONCORD_DATA"], "--scope", "user/*.rs"); status != statusFailed {
		t.Errorf("a token for a directory that serves: %d %s", status, stderr)
	}
	if s.stop() != statusOK {
		t.Error(s.stderr)
	}
}

func TestServeKeepsOffADemo(t *testing.T) {
	t.Parallel()
	dir := demoData(t)
	status, _, stderr := concord(t, "serve", "--addr", "127.0.0.1:0", "--data", dir, "--issuer", "https://x.invalid=y")
	if status != statusFailed || !strings.Contains(stderr, "demo") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// tamper rewrites what the trail says.
const tamper = `UPDATE event SET content = x'7b7d' WHERE place = 0`

func TestTrailVerify(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	files := lay(t, map[string]string{"p.json": `{"resourceType":"Patient","id":"p"}`, "q.json": `{"resourceType":"Patient","id":"q"}`})
	for _, name := range []string{"p.json", "q.json"} {
		must(t, "import", "--data", data, filepath.Join(files, name))
	}
	if said := must(t, "trail", "verify", "--data", data); !strings.HasPrefix(said, "the trail is whole") {
		t.Error(said)
	}
	if status, _, stderr := concord(t, "trail", "verify", "--data", t.TempDir()); status != statusFailed || !strings.Contains(stderr, "no database") {
		t.Errorf("an empty directory: %d %s", status, stderr)
	}

	db, err := sql.Open("sqlite", filepath.Join(data, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), tamper); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := concord(t, "trail", "verify", "--data", data)
	if status != statusFailed || stderr == "" || strings.Contains(stdout, "is whole") {
		t.Errorf("tampered: status %d\n%s%s", status, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(data, databaseFile)); err != nil {
		t.Error(err)
	}
}
