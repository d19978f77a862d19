package postgres

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func TestTheNewestMigrationIsKnown(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	last := files[len(files)-1]
	if !strings.HasPrefix(last, fmt.Sprintf("migrations/%05d_", newest)) || len(files) != newest {
		t.Errorf("the newest is %s, and newest is %d", last, newest)
	}
}
