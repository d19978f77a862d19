package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// PostgreSQL is backed up with its own tools while a node serves, as the README says, and a node starts on what was restored.
func TestBackupOfPostgreSQL(t *testing.T) {
	t.Parallel()
	database := startPostgres(t)
	outside := newIssuer(t)
	node := func(data, url string) *server {
		variables := map[string]string{
			"CONCORD_ADDR": "127.0.0.1:0", "CONCORD_DATA": data, "CONCORD_CLOSED_NETWORK": "yes", "CONCORD_LOG_LEVEL": "error",
			"CONCORD_ISSUER": outside.url + "=" + hereAudience + ";trust=operator", "CONCORD_SECRET": strings.Repeat("ab", 32),
			"CONCORD_DATABASE": url, "CONCORD_VIEW_CACHE": "memory",
		}
		return start(t, func(name string) string { return variables[name] }, "serve")
	}
	data := t.TempDir()
	first := node(data, database.url)
	token := outside.operator(t)
	made := first.do(t, http.MethodPost, "/Patient", token, `{"resourceType":"Patient","birthDate":"1970-01-02"}`)
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.body)
	}
	tool := func(name string, args ...string) {
		t.Helper()
		cmd := asPostgres(t, database.dir, filepath.Join(database.programs, name), append([]string{"-h", database.dir, "-U", "concord"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	file := filepath.Join(database.dir, "backup")
	tool("pg_dump", "--format=custom", "--file="+file, "postgres")
	after := first.do(t, http.MethodPost, "/Patient", token, `{"resourceType":"Patient"}`)
	if first.stop() != statusOK {
		t.Fatal(first.stderr)
	}
	tool("createdb", "restored")
	tool("pg_restore", "--no-owner", "-d", "restored", file)

	restored := strings.Replace(database.url, "/postgres?", "/restored?", 1)
	second := node(t.TempDir(), restored)
	if a := second.get(t, "/Patient/"+made.field(t, "id"), token); a.status != http.StatusOK || string(a.body) != string(made.body) {
		t.Errorf("what was there before the backup: %d %s", a.status, a.body)
	}
	if a := second.get(t, "/Patient/"+after.field(t, "id"), token); a.status != http.StatusNotFound {
		t.Errorf("what was written after it: %d %s", a.status, a.body)
	}
	if a := second.do(t, http.MethodPost, "/Patient", token, `{"resourceType":"Patient"}`); a.status != http.StatusCreated {
		t.Errorf("a write after the restore: %d %s", a.status, a.body)
	}
	second.stop()
	if said := must(t, "trail", "verify", "--database", restored); !strings.HasPrefix(said, "the trail is whole") {
		t.Error(said)
	}
	// The node's own checkpoints know that there was more.
	status, stdout, _ := concord(t, "trail", "verify", "--database", restored, "--checkpoints", filepath.Join(data, "checkpoints"))
	if status != statusFailed || !strings.Contains(stdout, "NOT AS IT WAS WRITTEN") {
		t.Errorf("an older database with newer checkpoints: %d %s", status, stdout)
	}
}
