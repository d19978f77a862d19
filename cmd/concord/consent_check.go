package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// consentCheckCommand is "concord consent check".
type consentCheckCommand struct {
	Files []string `arg:"" name:"file" help:"Files of cases, or directories of them."`
}

// caseRun is one run over files of cases.
type caseRun struct {
	p       *process
	passed  int
	failed  int
	skipped int
	unread  int
	kinds   map[string][]string // ids of the cases not run, by their kind
	reasons []string            // why each other case was not run
}

// Run decides every case of the files, prints each that differs with the way to its decision, names what it did not
// run, and ends with the counts. It fails when any case does, and when anything could not be read.
func (c consentCheckCommand) Run(p *process) error {
	r := &caseRun{p: p, kinds: map[string][]string{}}
	for _, name := range c.Files {
		files, err := caseFiles(name)
		if err != nil {
			r.misread("%v", err)
			continue
		}
		for _, file := range files {
			r.file(file)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
		ids := r.kinds[kind]
		r.print("not run, kind %s (%d): %s\n", kind, len(ids), strings.Join(ids, " "))
	}
	for _, reason := range r.reasons {
		r.print("not run, %s\n", reason)
	}
	r.print("%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	switch {
	case r.failed > 0:
		return errReported
	case r.unread > 0:
		return errUnread
	default:
		return nil
	}
}

func (r *caseRun) print(format string, args ...any) {
	_, _ = fmt.Fprintf(r.p.stdout, format, args...)
}

// misread says on the error stream what could not be read; the rest is run.
func (r *caseRun) misread(format string, args ...any) {
	r.unread++
	_, _ = fmt.Fprintf(r.p.stderr, "concord: "+format+"\n", args...)
}

// caseFiles are the files that a name on the command line means: itself, or every .json below it, in order.
func caseFiles(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var files []string
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".json" {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no .json file in this directory", name)
	}
	return files, err
}

// file runs the cases of one file.
func (r *caseRun) file(name string) {
	set, err := readCases(name)
	if err != nil {
		r.misread("%s: %v", name, err)
		return
	}
	seen := map[string]bool{}
	for i, raw := range set.cases {
		c, err := set.read(raw)
		switch {
		case err != nil:
			r.misread("%s: %s: %v", name, caseName(c, i), err)
		case seen[c.ID]:
			r.misread("%s: case %s stands there twice", name, c.ID)
		default:
			seen[c.ID] = true
			r.one(name, c)
		}
	}
}

// caseName is a case as messages name it, also when it has no id.
func caseName(c *consentCase, index int) string {
	if c == nil || c.ID == "" {
		return fmt.Sprintf("case number %d", index+1)
	}
	return "case " + c.ID
}

// one runs a case, or says why not.
func (r *caseRun) one(file string, c *consentCase) {
	run := caseKinds[c.Kind]
	switch {
	case run == nil:
		r.skipped++
		r.kinds[c.Kind] = append(r.kinds[c.Kind], c.ID)
		return
	case c.Agrees != nil && !*c.Agrees:
		r.skip(c, "its source decides otherwise than the rules here (agrees_with_recommended)")
		return
	}
	verdict, err := run(c)
	switch {
	case err != nil:
		r.misread("%s: case %s: %v", file, c.ID, err)
	case verdict.skip != "":
		r.skip(c, verdict.skip)
	case len(verdict.differs) > 0:
		r.failed++
		r.print("FAIL %s: %s\n", filepath.Base(file), c.ID)
		for _, line := range slices.Concat(verdict.differs, verdict.trace) {
			r.print("    %s\n", line)
		}
	default:
		r.passed++
	}
}

func (r *caseRun) skip(c *consentCase, reason string) {
	r.skipped++
	r.reasons = append(r.reasons, c.ID+": "+reason)
}

// caseVerdict is what came of a case: nothing when it agrees.
type caseVerdict struct {
	differs []string // what was wanted and what came, one line each
	trace   []string // how it was decided
	skip    string   // why it was not run
}

func (v *caseVerdict) differ(format string, args ...any) {
	v.differs = append(v.differs, fmt.Sprintf(format, args...))
}

// caseKinds are the kinds that are run. The others ask a whole server, or another's interfaces.
var caseKinds = map[string]func(*consentCase) (caseVerdict, error){
	"consent-decision":          (*consentCase).decide,
	"scope-parse":               (*consentCase).scopes,
	"scope-policy-intersection": (*consentCase).scopes,
}
