package sqlite_test

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
	"sync"
	"testing"

	"concord/gateway/sqlite"
	"concord/gateway/storetest"
)

// harmless are the scans that are none of a table: of a list that was bound, of a subquery's few rows, of the one
// row of values, or of a partial index or a table that is read whole on purpose.
var harmless = regexp.MustCompile(`^SCAN (\w+ VIRTUAL TABLE INDEX|CONSTANT ROW|\(subquery-\d+\)|\d+ CONSTANT ROWS?|thing USING (COVERING )?INDEX thing_entry|writer$|e$|filed$)`)

// TestStore runs the suite, and then looks at how SQLite does each statement that it was asked: never by going
// through a table.
func TestStore(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	texts := map[string]bool{}
	for _, text := range sqlite.VerifyStatements() {
		texts[text] = true
	}
	c := written(t)
	db, err := sql.Open("sqlite", c.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after all of the suite
		for text := range texts {
			switch word, _, _ := strings.Cut(text, " "); word {
			case "select", "insert", "update", "delete":
				explain(t, db, text)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	storetest.Run(t, func(t *testing.T) storetest.Both {
		s := open(t, config(t.TempDir()).Portions(3))
		t.Cleanup(func() {
			mu.Lock()
			defer mu.Unlock()
			for _, text := range s.Statements() {
				texts[text] = true
			}
		})
		return s
	})
}

func explain(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	args := make([]any, parameters(text))
	rows, err := db.QueryContext(context.WithoutCancel(t.Context()), "explain query plan "+text, args...)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(detail, "SCAN") && !harmless.MatchString(detail) {
			t.Errorf("%s: %s", text, detail)
		}
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}

// parameters counts the parameters of a statement, numbered ones once.
func parameters(text string) int {
	numbered := 0
	for _, n := range []string{"?1", "?2", "?3"} {
		if strings.Contains(text, n) {
			numbered++
		}
	}
	if numbered > 0 {
		return numbered
	}
	return strings.Count(text, "?")
}
