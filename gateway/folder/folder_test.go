package folder_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/folder"
)

// inbox is a watched folder with somebody behind it who notes what is taken.
type inbox struct {
	*testing.T
	dir    string
	log    bytes.Buffer
	taken  []string
	keys   []string
	answer func(name string) ([]gateway.Outcome, error)
	*folder.Folder
}

func newInbox(t *testing.T, files map[string]string) *inbox {
	t.Helper()
	b := &inbox{T: t, dir: t.TempDir(), answer: func(string) ([]gateway.Outcome, error) { return nil, nil }}
	for name, text := range files {
		b.put(name, text)
	}
	var err error
	b.Folder, err = folder.New(folder.Config{
		Dir: b.dir, Label: "inbox", Every: time.Hour, Size: 100, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Take: func(_ context.Context, key, name string, _ []byte) ([]gateway.Outcome, error) {
			b.taken, b.keys = append(b.taken, name), append(b.keys, key)
			return b.answer(name)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *inbox) put(name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// lies are all files, by their paths.
func (b *inbox) lies() []string {
	b.Helper()
	var all []string
	for _, dir := range []string{".", "done", "failed"} {
		entries, err := os.ReadDir(filepath.Join(b.dir, dir))
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range entries {
			if !e.IsDir() {
				all = append(all, filepath.Join(dir, e.Name()))
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestFilesGoWhereTheyBelong(t *testing.T) {
	t.Parallel()
	b := newInbox(t, map[string]string{
		"b.csv": "Nowak", "a.csv": "x", "c.csv": "x", "d.csv": strings.Repeat("x", 101), ".hidden": "x", "e.part": "x", "f.tmp": "x",
	})
	b.answer = func(name string) ([]gateway.Outcome, error) {
		switch name {
		case "b.csv":
			return []gateway.Outcome{{Number: 1}, {Number: 2, Err: &fhir.Error{Kind: fhir.Value, Issues: []fhir.Issue{
				{Code: fhir.Value, Line: 3, Col: 4, Diagnostics: "Born: no day of the calendar"}, {Code: fhir.Required},
			}}}}, nil
		case "c.csv":
			return nil, fhir.Errorf(fhir.Structure, "another table")
		default:
			return []gateway.Outcome{{Number: 1}}, nil
		}
	}
	if err := b.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.csv", "b.csv", "c.csv"}, b.taken); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		".hidden", "done/a.csv", "e.part", "f.tmp",
		"failed/b.csv", "failed/b.csv.faults.txt", "failed/c.csv", "failed/c.csv.faults.txt", "failed/d.csv", "failed/d.csv.faults.txt",
	}, b.lies()); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"b.csv": "record 2: line 3, column 4: Born: no day of the calendar\nrecord 2: required\n",
		"c.csv": "another table\n",
		"d.csv": "the file is larger than 100 bytes, and was not read: divide it\n",
	} {
		if told, err := os.ReadFile(filepath.Join(b.dir, "failed", name+".faults.txt")); err != nil || string(told) != want {
			t.Errorf("%s: %q, %v", name, told, err)
		}
	}
	if strings.Contains(b.log.String(), "Nowak") || strings.Contains(b.log.String(), "b.csv") {
		t.Errorf("the log tells of a file: %s", b.log.String())
	}
}

func TestAFaultThatPassesHoldsTheOrder(t *testing.T) {
	t.Parallel()
	b := newInbox(t, map[string]string{"1.csv": "x", "2.csv": "x"})
	for _, fault := range []error{errors.New("the disk is full"), &fhir.Error{Kind: fhir.Transient}} {
		b.answer = func(string) ([]gateway.Outcome, error) { return nil, fault }
		if err := b.Once(t.Context()); err == nil {
			t.Errorf("%v is not told", fault)
		}
	}
	if diff := cmp.Diff([]string{"1.csv", "1.csv"}, b.taken); diff != "" {
		t.Error(diff)
	}
	b.answer = func(string) ([]gateway.Outcome, error) { return nil, nil }
	if err := b.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"done/1.csv", "done/2.csv"}, b.lies()); diff != "" {
		t.Error(diff)
	}
}

func TestNoFileTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	b := newInbox(t, nil)
	b.answer = func(string) ([]gateway.Outcome, error) { return nil, fhir.Errorf(fhir.Structure, "another table") }
	for _, text := range []string{"x", "y", strings.Repeat("x", 101), strings.Repeat("y", 101)} {
		b.put("a.csv", text)
		if err := b.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if all := b.lies(); len(all) != 8 {
		t.Errorf("%d files of 4, and what is told of each: %v", len(all), all)
	}
}

func TestTheKeyIsNameAndContent(t *testing.T) {
	t.Parallel()
	b := newInbox(t, map[string]string{"a.csv": "x"})
	for _, again := range []struct{ name, text string }{{"a.csv", "x"}, {"a.csv", "y"}, {"b.csv", "x"}} {
		if err := b.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.put(again.name, again.text)
	}
	if err := b.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.keys[0] != b.keys[1] || b.keys[1] == b.keys[2] || b.keys[0] == b.keys[3] {
		t.Errorf("%q", b.keys)
	}
	if n := len(b.lies()); n < 3 {
		t.Errorf("a file took the place of another: %v", b.lies())
	}
}
