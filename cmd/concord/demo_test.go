package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"concord/gateway/issuer"
)

func TestDemoAnswersAndStopsWithinASecond(t *testing.T) {
	t.Parallel()
	s := startDemo(t, "--empty", "--data", t.TempDir())
	a := s.get(t, "/metadata", "")
	if a.status != http.StatusOK || a.field(t, "resourceType") != "CapabilityStatement" {
		t.Errorf("metadata: %d %s", a.status, a.body)
	}
	keys := strings.TrimSuffix(s.address, "/fhir") + "/issuer/.well-known/openid-configuration"
	response, err := http.Get(keys)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the issuer's discovery document: %d", response.StatusCode)
	}
	began := time.Now()
	if status := s.stop(); status != statusOK {
		t.Errorf("status %d\n%s", status, s.stderr)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v to stop", took)
	}
}

func TestDemoShowsEachPersonaHowToAsk(t *testing.T) {
	t.Parallel()
	s := startDemo(t)
	var lines []string
	for deadline := time.Now().Add(5 * time.Second); len(lines) < 6 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		lines = nil
		for line := range strings.Lines(s.said()) {
			if strings.HasPrefix(line, "curl ") {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) != 6 {
		t.Fatalf("%d lines to copy:\n%s", len(lines), s.said())
	}
	answers := map[string]bool{}
	for _, line := range lines {
		_, rest, _ := strings.Cut(line, "Bearer ")
		token, rest, _ := strings.Cut(rest, "'")
		_, path, _ := strings.Cut(rest, "/fhir")
		path, _, _ = strings.Cut(path, "'")
		a := s.get(t, path, token)
		if a.status != http.StatusOK && a.status != http.StatusNotFound {
			t.Errorf("%d for %s\n%s", a.status, line, a.body)
		}
		answers[string(a.body)] = true
	}
	if len(answers) != len(lines) {
		t.Errorf("%d personas get %d different answers", len(lines), len(answers))
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startDemo(t, "--empty", "--data", dir)
	signWith := func(dir, url, audience string) string {
		i, err := issuer.Open(dir, url)
		if err != nil {
			t.Fatal(err)
		}
		token, err := i.Sign(issuer.Claims{Subject: "x", Audience: audience, Scope: "system/*.cruds", ClientRoles: []string{"operator"}, Issued: time.Now(), Expires: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{
		"iss": demoIssuer, "aud": demoAudience, "exp": time.Now().Add(time.Hour).Unix(), "scope": "system/*.cruds",
	}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, token string }{
		{"none", ""},
		{"expired", must(t, "token", "--data", dir, "--scope", "user/*.rs", "--fhir-user", "Practitioner/x", "--expires=-1m")},
		{"forged", signWith(t.TempDir(), demoIssuer, demoAudience)},
		{"of a foreign issuer", signWith(dir, "https://elsewhere.invalid", demoAudience)},
		{"for another server", signWith(dir, demoIssuer, "https://elsewhere.invalid/fhir")},
		{"not signed", unsigned},
		{"no token at all", "abc"},
		{"too large", strings.Repeat("a", 20<<10)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/Patient/1", "/Nonsense/1", "/Patient"} { // 401 comes before routing
				a := s.get(t, path, c.token)
				if a.status != http.StatusUnauthorized || a.field(t, "resourceType") != "OperationOutcome" {
					t.Errorf("%s: %d %s", path, a.status, a.body)
				}
				if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer") {
					t.Errorf("%s: WWW-Authenticate is %q", path, got)
				}
			}
		})
	}
	if a := s.get(t, "/Patient/1", signWith(dir, demoIssuer, demoAudience)); a.status != http.StatusNotFound {
		t.Errorf("a good token: %d %s", a.status, a.body)
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startDemo(t, "--empty", "--data", dir)
	token := operatorToken(t, dir)
	made := first.do(t, http.MethodPost, "/Patient", token, `{"resourceType":"Patient","birthDate":"1980-02-03"}`)
	if made.status != http.StatusCreated {
		t.Fatalf("create: %d %s", made.status, made.body)
	}
	path := "/Patient/" + made.field(t, "id")
	before := first.get(t, path, token)
	if first.stop() != statusOK {
		t.Fatal(first.stderr)
	}
	second := startDemo(t, "--empty", "--data", dir)
	after := second.get(t, path, token)
	if after.status != http.StatusOK || string(after.body) != string(before.body) {
		t.Errorf("after a restart: %d %s", after.status, after.body)
	}
}

func TestTemporaryDirectoryIsRemoved(t *testing.T) {
	t.Parallel()
	s := startDemo(t, "--empty")
	var dir string
	for deadline := time.Now().Add(5 * time.Second); dir == "" && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		_, rest, _ := strings.Cut(s.said(), "--data ")
		dir, _, _ = strings.Cut(rest, " ")
	}
	if !exists(filepath.Join(dir, demoMarker)) {
		t.Fatalf("no demo in %q", dir)
	}
	s.stop()
	if exists(dir) {
		t.Errorf("%s is still there", dir)
	}
}

func TestDemoKeepsOffADirectoryThatServes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, serveMarker), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := concord(t, "demo", "--addr", "127.0.0.1:0", "--data", dir)
	if status != statusFailed || !strings.Contains(stderr, "concord serve") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestTwoProcessesDoNotShareADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startDemo(t, "--empty", "--data", dir)
	status, _, stderr := concord(t, "import", "--data", dir, "nothing.json")
	if status != statusFailed || !strings.Contains(stderr, "stop that one first") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestDemoDoesNotWaitForASilentClient(t *testing.T) {
	t.Parallel()
	s := startDemo(t, "--empty", "--data", t.TempDir())
	host := strings.TrimSuffix(strings.TrimPrefix(s.address, "http://"), "/fhir")
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // so that the request is under way
	began := time.Now()
	s.stop()
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v to stop", took)
	}
}
