package definitions_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/tabular"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// TestGolden maps the record of each file with the definition that the file is named after, and compares the
// resources and the report.
func TestGolden(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			d, err := definitions.Load(name)
			if err != nil {
				t.Fatal(told(err))
			}
			record := read(t, archive.Files[0])
			got := golden(t, d, record)
			if *update {
				archive.Files = append(archive.Files[:1], got...)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(archive.Files[1:], got); diff != "" {
				t.Error(diff)
			}
			if err := d.Prove(record); err != nil {
				t.Error(told(err))
			}
		})
	}
}

func read(t *testing.T, file txtar.File) *mappings.Tree {
	t.Helper()
	if strings.HasSuffix(file.Name, ".json") {
		records, err := tabular.ReadJSON(file.Data)
		if err != nil {
			t.Fatal(err)
		}
		return records[0].Tree
	}
	table, err := tabular.ReadCSV(file.Data, tabular.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	return table.Records[0].Tree
}

func golden(t *testing.T, d *mappings.Definition, record *mappings.Tree) []txtar.File {
	t.Helper()
	result, err := d.ToFHIR(record, mappings.Context{Message: "message-1", Recorded: time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(told(err))
	}
	if _, err := result.Resources(); err != nil {
		t.Fatal(told(err))
	}
	var files []txtar.File
	for _, m := range result.Made {
		var b bytes.Buffer
		if err := json.Indent(&b, m.JSON, "", "  "); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
		files = append(files, txtar.File{Name: m.Ref.String() + ".json", Data: b.Bytes()})
	}
	report := result.Report().Totals("").Text()
	return append(files, txtar.File{Name: "report.txt", Data: []byte(report)})
}
