package definitions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/hl7v2"
)

// TestGoldenMessages maps the message of each file with the definition that the file is named after, and compares the
// resources and the report.
func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "hl7v2", "*.txtar"))
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
			m, err := hl7v2.Parse(bytes.ReplaceAll(archive.Files[0].Data, []byte("\n"), []byte("\r")), hl7v2.Limits{})
			if err != nil {
				t.Fatal(told(err))
			}
			tree := m.Tree(hl7v2.GroupsOf(m)...)
			if err := d.Prove(tree); err != nil {
				t.Error(told(err))
			}
			got := golden(t, d, tree)
			if *update {
				archive.Files = append(archive.Files[:1], got...)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(archive.Files[1:], got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMessagesThatAreNotKeptLoseWhatTheReportSays holds the same definitions to their laws for a hospital that keeps
// nothing.
func TestMessagesThatAreNotKeptLoseWhatTheReportSays(t *testing.T) {
	t.Parallel()
	for _, kept := range messages(t) {
		source, err := definitions.Source(kept.Name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := mappings.Load(bytes.Replace(source, []byte("keep: true"), []byte("keep: false"), 1), os.DirFS("."))
		if err != nil {
			t.Fatal(told(err))
		}
		for seed := range uint64(30) {
			if err := d.Prove(d.Generate(seed)); err != nil {
				t.Fatal(kept.Name, seed, told(err))
			}
		}
	}
}
