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
	"concord/mappings/hl7v2"
	"concord/mappings/tabular"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// TestGolden maps the record of each file with the definition that the file is named after, and compares the
// resources and the report.
func TestGolden(t *testing.T) {
	t.Parallel()
	tables, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	messages, errMessages := filepath.Glob(filepath.Join("testdata", "hl7v2", "*.txtar"))
	if err != nil || errMessages != nil || len(tables) == 0 || len(messages) == 0 {
		t.Fatal("no golden files", err, errMessages)
	}
	for _, path := range append(tables, messages...) {
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
			again := thereAndBack(t, d, record, mappings.Result.Kept)
			if diff := cmp.Diff(printed(t, record), printed(t, again)); diff != "" {
				t.Errorf("it came back otherwise: %s", diff)
			}
		})
	}
}

// read reads the record of a golden file by what its name ends with.
func read(t *testing.T, file txtar.File) *mappings.Tree {
	t.Helper()
	switch filepath.Ext(file.Name) {
	case ".hl7":
		return parsed(t, bytes.ReplaceAll(file.Data, []byte("\n"), []byte("\r")))
	case ".json":
		records, err := tabular.ReadJSON(file.Data)
		if err != nil {
			t.Fatal(err)
		}
		return records[0].Tree
	default:
		table, err := tabular.ReadCSV(file.Data, tabular.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		return table.Records[0].Tree
	}
}

// printed is a record in the bytes of its format; tables are compared whole elsewhere.
func printed(t *testing.T, record *mappings.Tree) string {
	t.Helper()
	switch record.Format() {
	case mappings.HL7v2:
		m, err := hl7v2.FromTree(record)
		if err != nil {
			t.Fatal(told(err))
		}
		return string(m.Bytes())
	case mappings.JSON:
		return string(tabular.JSON(record))
	default:
		return ""
	}
}

// parsed reads a message as the definitions take it.
func parsed(t testing.TB, data []byte) *mappings.Tree {
	t.Helper()
	m, err := hl7v2.Parse(data, hl7v2.Limits{})
	if err != nil {
		t.Fatal(told(err))
	}
	return m.Tree(hl7v2.GroupsOf(m)...)
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
