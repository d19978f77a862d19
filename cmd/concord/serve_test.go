package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestServeTellsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	variables := map[string]string{
		"CONCORD_SECRET": "hunter2-hunter2", "CONCORD_LOG_LEVEL": "loud", "CONCORD_DATABASE": "mysql://me:hunter2@db",
		"CONCORD_VIEW_CACHE_KEY": "first=hunter2 hunter2",
	}
	var stdout, stderr buffer
	status := run(t.Context(), []string{
		"serve", "--addr", "nowhere", "--base-url", "care.invalid", "--issuer", "https://one.invalid", "--issuer", "two=aud",
		"--base-policy", "anything", "--closed-network", "perhaps", "--view-cache", "redis://me:hunter2@:6379", "--view-cache-timeout", "soon", "--drain", "never",
	}, &stdout, &stderr, func(name string) string { return variables[name] })
	if status != statusUsage {
		t.Errorf("status %d", status)
	}
	said := stderr.String()
	for _, want := range []string{
		"--addr (CONCORD_ADDR)", "--data (CONCORD_DATA)", "--base-url (CONCORD_BASE_URL)", "--issuer (CONCORD_ISSUER): must be", "\"two\"",
		"--base-policy (CONCORD_BASE_POLICY)", "--closed-network (CONCORD_CLOSED_NETWORK)", "--view-cache (CONCORD_VIEW_CACHE)",
		"--view-cache-timeout (CONCORD_VIEW_CACHE_TIMEOUT)", "--view-cache-key (CONCORD_VIEW_CACHE_KEY): must be ID=HEX", "--view-cache-key (CONCORD_VIEW_CACHE_KEY): must be 32 bytes",
		"--database (CONCORD_DATABASE)", "--drain (CONCORD_DRAIN)", "--log-level (CONCORD_LOG_LEVEL)", "--secret (CONCORD_SECRET)",
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
	c := serveCommand{Secret: "hunter2", Database: "postgres://me:hunter2@db", ViewCache: "redis://:hunter2@r", ViewCacheKey: []Secret{"a=hunter2"}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(format, c); strings.Contains(text, "hunter2") {
			t.Errorf("%s prints %s", format, text)
		}
	}
	var help buffer
	run(t.Context(), []string{"serve", "--help"}, &help, &help, func(name string) string {
		switch name {
		case "CONCORD_SECRET", "CONCORD_DATABASE", "CONCORD_VIEW_CACHE", "CONCORD_VIEW_CACHE_KEY":
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
	outside := newIssuer(t)
	variables := map[string]string{
		"CONCORD_ADDR": "127.0.0.1:0", "CONCORD_DATA": t.TempDir(), "CONCORD_CLOSED_NETWORK": "yes",
		"CONCORD_ISSUER": outside.url + "=https://here.invalid;trust=operator https://down.invalid=https://here.invalid",
		"CONCORD_SECRET": strings.Repeat("ab", 32), "CONCORD_VIEW_CACHE": "memory",
	}
	s := start(t, func(name string) string { return variables[name] }, "serve")
	token := outside.operator(t)
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

// Which settings of storage go together.
func TestServeWantsAChoiceOfStorageThatHoldsTogether(t *testing.T) {
	t.Parallel()
	key := "k=" + strings.Repeat("ab", 32)
	for _, c := range []struct {
		name string
		args []string
		want string // empty: all is well
	}{
		{"no cache was chosen", nil, "--view-cache (CONCORD_VIEW_CACHE): is needed"},
		{"memory", []string{"--view-cache", "memory"}, ""},
		{"memory of no size", []string{"--view-cache", "memory", "--view-cache-mb", "0"}, "--view-cache-mb"},
		{"memory with a key", []string{"--view-cache", "memory", "--view-cache-key", key}, "--view-cache-key"},
		{"Redis", []string{"--view-cache", "redis://r", "--view-cache-key", key}, ""},
		{"Redis alone", []string{"--view-cache", "redis://r", "--view-cache-key", key, "--view-cache-mb", "0"}, ""},
		{"Redis with less than nothing before it", []string{"--view-cache", "redis://r", "--view-cache-key", key, "--view-cache-mb=-1"}, "--view-cache-mb"},
		{"Redis without a key", []string{"--view-cache", "redis://r"}, "--view-cache-key (CONCORD_VIEW_CACHE_KEY): is needed"},
		{"break-glass", []string{"--view-cache", "memory", "--glass-acr", "urn:mfa", "--glass-role", "clinician"}, ""},
		{"break-glass for nobody", []string{"--view-cache", "memory", "--glass-acr", "urn:mfa"}, "--glass-acr (CONCORD_GLASS_ACR): goes with --glass-role"},
		{"PostgreSQL", []string{"--view-cache", "memory", "--database", "postgres://x", "--secret", strings.Repeat("ab", 32)}, ""},
		{"PostgreSQL, and each node its own secret", []string{"--view-cache", "memory", "--database", "postgres://x"}, "--secret (CONCORD_SECRET): is needed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var line commands
			parser, err := kong.New(&line)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(append([]string{"serve", "--data", "d", "--issuer", "https://x.invalid=y"}, c.args...)); err != nil {
				t.Fatal(err)
			}
			switch _, err := line.Serve.settings(); {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%q is not said: %v", c.want, err)
			}
		})
	}
}

func TestServeKeepsOffADemo(t *testing.T) {
	t.Parallel()
	dir := demoData(t)
	status, _, stderr := concord(t, "serve", "--addr", "127.0.0.1:0", "--data", dir, "--issuer", "https://x.invalid=y", "--view-cache", "memory")
	if status != statusFailed || !strings.Contains(stderr, "demo") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// tamper rewrites what the trail says.
const tamper = `UPDATE events SET packed = x'7b7d'`

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
