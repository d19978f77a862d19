package definitions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/hl7v2"
)

// sample is a message that others published, with what another converter makes of it where that is known.
type sample struct {
	name    string
	data    []byte
	counted map[string]int // resources by type
}

// samples are all of them, by name.
func samples(t *testing.T) []sample {
	t.Helper()
	root := sharedFolder()
	plain, err := filepath.Glob(filepath.Join(root, "samples", "hl7v2", "*.hl7"))
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := filepath.Glob(filepath.Join(root, "samples", "hl7v2-l4h", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(plain) == 0 || len(wrapped) == 0 {
		t.Skip("needs the published messages: set CONCORD_SHARED")
	}
	var all []sample
	for _, path := range append(plain, wrapped...) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := sample{name: filepath.Base(path), data: data}
		if strings.HasSuffix(path, ".json") {
			var one struct {
				Message        string         `json:"message"`
				ExpectedCounts map[string]int `json:"expectedCounts"`
			}
			if err := json.Unmarshal(data, &one); err != nil {
				t.Fatal(err)
			}
			s.data, s.counted = []byte(one.Message), one.ExpectedCounts
		} else {
			s.counted = bundled(t, strings.TrimSuffix(path, ".hl7")+"-expected.json")
		}
		all = append(all, s)
	}
	return all
}

// bundled counts what is in a Bundle by type; a message without one has nothing to compare with.
func bundled(t *testing.T, path string) map[string]int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	n, err := fhir.Walk(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if err != nil {
		return nil
	}
	counted := map[string]int{}
	for r := range n.All("entry", "resource", "resourceType") {
		counted[r.Text()]++
	}
	return counted
}

// messages are the definitions of HL7 v2.
func messages(t testing.TB) []*mappings.Definition {
	t.Helper()
	var all []*mappings.Definition
	for _, name := range definitions.Names() {
		if !strings.HasPrefix(name, "hl7v2-") {
			continue
		}
		d, err := definitions.Load(name)
		if err != nil {
			t.Fatal(told(err))
		}
		all = append(all, d)
	}
	return all
}

// TestPublishedMessagesComeBackOrAreRefusedWhole maps each message that a definition takes, there and back, and asks of
// each other one which definition is missing.
func TestPublishedMessagesComeBackOrAreRefusedWhole(t *testing.T) {
	t.Parallel()
	all := messages(t)
	totals := make([]mappings.Totals, len(all))
	untaken, refused := 0, []string{}
	for _, s := range samples(t) {
		m, err := hl7v2.Parse(s.data, hl7v2.Limits{})
		if err != nil {
			t.Error(s.name, told(err))
			continue
		}
		if !bytes.Equal(m.Bytes(), s.data) {
			t.Error(s.name, "is printed with other bytes")
		}
		tree := m.Tree(hl7v2.GroupsOf(m)...)
		i := slices.IndexFunc(all, func(d *mappings.Definition) bool { return d.Takes(tree) })
		if i < 0 {
			untaken++
			reason(t, s.name, mappings.Untaken(all, tree), m)
			continue
		}
		result, err := all[i].ToFHIR(tree, mappings.Context{})
		if err != nil {
			totals[i].AddRefused(all[i])
			refused = append(refused, s.name+": "+placed(t, err))
			continue
		}
		totals[i].Add(result.Report(), s.name)
		if err := all[i].Prove(tree); err != nil {
			t.Error(s.name, told(err))
			continue
		}
		again, err := hl7v2.FromTree(thereAndBack(t, all[i], tree, mappings.Result.Kept))
		if err != nil {
			t.Fatal(told(err))
		}
		if !hl7v2.Equal(m, again) {
			t.Errorf("%s came back as\n%s", s.name, bytes.ReplaceAll(again.Bytes(), []byte("\r"), []byte("\n")))
		}
	}
	var account strings.Builder
	for _, total := range totals {
		head, _, _ := strings.Cut(total.Text(), "\n")
		fmt.Fprintln(&account, head)
	}
	slices.Sort(refused)
	fmt.Fprintf(&account, "no definition: %d messages\nrefused:\n  %s\n", untaken, strings.Join(refused, "\n  "))
	compare(t, filepath.Join("testdata", "hl7v2", "published.txt"), account.String())
}

// compare compares with a golden file, or writes it.
func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// reason checks that a message that is not taken is refused with the field that decides.
func reason(t *testing.T, name string, err error, m *hl7v2.Message) {
	t.Helper()
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		t.Error(name, "is taken by none, and nothing says why")
		return
	}
	faults := hl7v2.FaultsOf(err, "")
	if e.Kind != fhir.NotSupported || faults[0].Location.Segment != "MSH" || faults[0].Location.Field != 9 || len(m.Type()) == 3 && !strings.Contains(e.Issues[0].Diagnostics, m.Type()) {
		t.Errorf("%s: %+v", name, e.Issues[0])
	}
}

// placed are the places for which a message is refused. Each is one that ERR can name.
func placed(t *testing.T, err error) string {
	t.Helper()
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		t.Fatal(err)
	}
	var places []string
	for _, issue := range e.Issues {
		if _, err := hl7v2.ParsePath(issue.Expression); err != nil {
			t.Errorf("no place of a message: %+v", issue)
		}
		if !slices.Contains(places, issue.Expression) {
			places = append(places, issue.Expression)
		}
	}
	return strings.Join(places, " ")
}

// TestWhatOthersMakeOfPublishedMessagesIsExplained compares how many resources of each type another converter makes.
// Each difference has a line in a file: of a type that no definition makes, or of one message.
func TestWhatOthersMakeOfPublishedMessagesIsExplained(t *testing.T) {
	t.Parallel()
	all := messages(t)
	why := explained(t)
	used := map[string]bool{}
	for _, s := range samples(t) {
		m, err := hl7v2.Parse(s.data, hl7v2.Limits{})
		if err != nil {
			t.Fatal(told(err))
		}
		tree := m.Tree(hl7v2.GroupsOf(m)...)
		i := slices.IndexFunc(all, func(d *mappings.Definition) bool { return d.Takes(tree) })
		if i < 0 || s.counted == nil {
			continue
		}
		result, err := all[i].ToFHIR(tree, mappings.Context{})
		if err != nil {
			continue // in the account of the refused
		}
		made := map[string]int{}
		for _, one := range result.Made {
			made[string(one.Ref.Type)]++
		}
		for typ, n := range s.counted {
			if made[typ] == n {
				continue
			}
			line := explanation(why, s.name, typ, made[typ])
			if line == "" {
				t.Errorf("nothing explains why %s makes %d %s, and not %d", s.name, made[typ], typ, n)
			}
			used[line] = true
		}
	}
	for line := range why {
		if !used[line] {
			t.Errorf("the explanation of %s explains nothing", line)
		}
	}
}

// explanation finds the line that explains why a message makes so many of a type.
func explanation(why map[string]string, name, typ string, made int) string {
	if why[typ] != "" && made == 0 {
		return typ
	}
	for line := range why {
		pattern, of, ok := strings.Cut(line, " ")
		if matched, err := path.Match(pattern, name); ok && of == typ && matched && err == nil {
			return line
		}
	}
	return ""
}

// explained reads the file: "what: why", one a line.
func explained(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "hl7v2", "differences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if what, because, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(what, "#") {
			why[what] = because
		}
	}
	return why
}
