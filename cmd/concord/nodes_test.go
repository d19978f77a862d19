package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord/cmd/concord/region"
)

const denyGoals = `{"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/amina"},"dateTime":"2026-11-21","performer":[{"reference":"Patient/amina"}],"policy":[{"uri":"urn:x"}],"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/larkfield-practice"}}],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}],"provision":[{"type":"deny","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"ETREAT"}]}]}}`

const wholeAmina = "/Patient/amina/$whole-person"

// Two nodes on one PostgreSQL and one Redis are one gateway: what one writes the other shows, a choice is in force on
// both at the next request with the cache warm, and neither needs Redis to be right.
func TestTwoNodesAreOneGateway(t *testing.T) {
	t.Parallel()
	database, cache := startPostgres(t), startRedis(t)
	outside := newIssuer(t)
	node := func() *server {
		variables := map[string]string{
			"CONCORD_ADDR": "127.0.0.1:0", "CONCORD_DATA": t.TempDir(), "CONCORD_CLOSED_NETWORK": "yes", "CONCORD_LOG_LEVEL": "error",
			"CONCORD_BASE_URL": "https://care.invalid/fhir",
			"CONCORD_ISSUER":   outside.url + "=" + hereAudience + ";trust=purpose,organization,operator",
			"CONCORD_SECRET":   strings.Repeat("ab", 32), "CONCORD_DATABASE": database.url,
			"CONCORD_VIEW_CACHE": cache.url, "CONCORD_VIEW_CACHE_KEY": "one=" + strings.Repeat("cd", 32), "CONCORD_VIEW_CACHE_TIMEOUT": "1s",
		}
		return start(t, func(name string) string { return variables[name] }, "serve")
	}
	a, b := node(), node()

	resources, err := region.Resources()
	if err != nil {
		t.Fatal(err)
	}
	files := lay(t, map[string]string{"region.ndjson": string(bytes.Join(resources, []byte("\n")))})
	said := must(t, "import", "--data", t.TempDir(), "--database", database.url, filepath.Join(files, "region.ndjson")) // while they serve
	if !strings.HasSuffix(said, " 0 unchanged, 0 skipped, 0 refused") {
		t.Fatal(said)
	}

	gp, amina := outside.persona(t, "gp"), outside.persona(t, "amina")
	view := func(s *server) string {
		t.Helper()
		got := s.get(t, wholeAmina, gp)
		if got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return string(got.body)
	}
	before := view(a)
	if view(b) != before || view(a) != before || !strings.Contains(before, `"resourceType":"Goal"`) {
		t.Fatal("the nodes show different views")
	}

	made := a.do(t, http.MethodPost, "/Consent", amina, denyGoals)
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.body)
	}
	hidden := view(b)
	if strings.Contains(hidden, `"resourceType":"Goal"`) {
		t.Error("a choice made on one node is not obeyed by the other")
	}
	choice := "/Consent/" + made.field(t, "id")
	if got := b.get(t, choice, amina); got.status != http.StatusOK || string(got.body) != string(made.body) {
		t.Errorf("what one node wrote, the other reads with %d", got.status)
	}
	if view(a) != hidden {
		t.Error("the nodes show different views after the choice")
	}
	if gone := b.do(t, http.MethodDelete, choice, amina, ""); gone.status >= 300 {
		t.Fatalf("%d %s", gone.status, gone.body)
	}
	if view(a) != before || view(b) != before {
		t.Error("a withdrawal on one node is not in force on both")
	}

	cache.end()
	again := a.do(t, http.MethodPost, "/Consent", amina, denyGoals)
	if view(b) != hidden || view(a) != hidden {
		t.Error("without Redis the views are other ones")
	}
	if err := cache.begin(); err != nil {
		t.Fatal(err)
	}
	b.do(t, http.MethodDelete, "/Consent/"+again.field(t, "id"), amina, "")
	if view(a) != before || view(b) != before {
		t.Error("after Redis is back, empty, the views are other ones")
	}

	database.end()
	for _, path := range []string{wholeAmina, "/Patient/amina"} {
		if got := a.get(t, path, gp); got.status != http.StatusServiceUnavailable || got.field(t, "resourceType") != "OperationOutcome" {
			t.Errorf("without PostgreSQL: %d %s", got.status, got.body)
		}
	}
	if got := b.do(t, http.MethodPost, "/Consent", amina, denyGoals); got.status != http.StatusServiceUnavailable {
		t.Errorf("a write without PostgreSQL: %d %s", got.status, got.body)
	}
	if got := ready(t, a); got != http.StatusServiceUnavailable {
		t.Errorf("readyz without PostgreSQL: %d", got)
	}
	if err := database.begin(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ready(t, a) != http.StatusOK || ready(t, b) != http.StatusOK; {
		if time.Now().After(deadline) {
			t.Fatal("they do not recover")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if view(a) != before || view(b) != before {
		t.Error("after PostgreSQL is back the views are other ones")
	}

	if status := a.stop(); status != statusOK {
		t.Errorf("it ended with %d\n%s", status, a.stderr)
	}
	if status := b.stop(); status != statusOK {
		t.Errorf("it ended with %d\n%s", status, b.stderr)
	}
	for _, s := range []*server{a, b} {
		if strings.Contains(s.stderr.String(), strings.Repeat("ab", 32)) || strings.Contains(s.stderr.String(), strings.Repeat("cd", 32)) {
			t.Error("a secret is in the log")
		}
	}
	if said := must(t, "trail", "verify", "--database", database.url); !strings.HasPrefix(said, "the trail is whole") {
		t.Error(said)
	}
}

// ready is the status of /readyz.
func ready(t *testing.T, s *server) int {
	t.Helper()
	response, err := http.Get(strings.TrimSuffix(s.address, "/fhir") + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
