package main

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A backup is taken as the README says, while people write; what was acknowledged before it began is in it, it is whole,
// and a server starts on it.
func TestBackupOfAServerThatRuns(t *testing.T) {
	t.Parallel()
	dir, copied := t.TempDir(), t.TempDir()
	s := startDemo(t, "--data", dir)
	gp := must(t, "token", "--data", dir, "--persona", "gp")
	create := func() string {
		t.Helper()
		a := s.do(t, http.MethodPost, "/CarePlan", gp, benchPlan)
		if a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return a.field(t, "id")
	}
	before := create()
	var stop atomic.Bool
	writing := make(chan int)
	go func() {
		n := 0
		for ; !stop.Load(); n++ {
			r, err := http.NewRequest(http.MethodPost, s.address+"/CarePlan", strings.NewReader(benchPlan))
			if err != nil {
				break
			}
			r.Header.Set("Authorization", "Bearer "+gp)
			r.Header.Set("Content-Type", "application/fhir+json")
			if response, err := http.DefaultClient.Do(r); err == nil {
				_ = response.Body.Close()
			}
		}
		writing <- n
	}()
	time.Sleep(50 * time.Millisecond)
	// cp DIR/trail.* DIR/cursor-secret COPY/, and then sqlite3 DIR/concord.db "VACUUM INTO 'COPY/concord.db'".
	files := []string{"trail.pub", "trail.key", "trail.checkpoints", "cursor-secret", "issuer-key.pem", demoMarker}
	copyFiles(t, dir, copied, files...)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, databaseFile)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO ?", filepath.Join(copied, databaseFile)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	stop.Store(true)
	if n := <-writing; n == 0 {
		t.Error("nobody wrote during the backup")
	}
	after := create()
	if s.stop() != statusOK {
		t.Fatal(s.stderr)
	}
	if said := must(t, "check", "--data", copied); !strings.Contains(said, "the record is whole") || !strings.Contains(said, "the trail is whole") {
		t.Error(said)
	}
	restored := startDemo(t, "--data", copied)
	if a := restored.get(t, "/CarePlan/"+before, gp); a.status != http.StatusOK {
		t.Errorf("what was there before the backup: %d %s", a.status, a.body)
	}
	if a := restored.get(t, "/CarePlan/"+after, gp); a.status != http.StatusNotFound {
		t.Errorf("what was written after the backup: %d %s", a.status, a.body)
	}
	if a := restored.do(t, http.MethodPost, "/CarePlan", gp, benchPlan); a.status != http.StatusCreated {
		t.Errorf("a write after the restore: %d %s", a.status, a.body)
	}
	restored.stop()
	// The checkpoints that were kept apart know that there was more.
	copyFiles(t, dir, copied, "trail.checkpoints")
	if status, stdout, _ := concord(t, "trail", "verify", "--data", copied); status != statusFailed || !strings.Contains(stdout, "NOT AS IT WAS WRITTEN") {
		t.Errorf("an older database with newer checkpoints: %d %s", status, stdout)
	}
}

// copyFiles copies files as they are at this moment.
func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
