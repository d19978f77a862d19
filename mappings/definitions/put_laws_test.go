package definitions_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
)

// sameIDs gives every thing of one kind the same id, so that what one record made is there when the next one comes.
var sameIDs = mappings.Context{ID: func(typ, system, _ string) fhir.ID {
	return fhir.ID(strings.ToLower(typ) + "-" + system[strings.LastIndexByte(system, '/')+1:])
}}

// foreign is what others may have added: no rule of any definition governs it.
const foreign = `"language":"cy","extension":[{"url":"https://elsewhere.example/note","valueString":"added elsewhere"}]`

func TestWhatARecordDoesNotShowSurvives(t *testing.T) {
	t.Parallel()
	for _, name := range definitions.Names() {
		d, err := definitions.Load(name)
		if err != nil {
			t.Fatal(told(err))
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				before, ok := madeOf(t, d, d.Generate(rapid.Uint64().Draw(t, "before")))
				if !ok {
					return
				}
				now := silenced(rapid.Uint64().Draw(t, "silence"), d.Generate(rapid.Uint64().Draw(t, "now")))
				result, err := d.ToFHIR(now, sameIDs)
				if err != nil {
					return
				}
				putLaws(t, d, now, result, before)
			})
		})
	}
}

// madeOf are the resources of a record by their references, with what others added to some.
func madeOf(t *rapid.T, d *mappings.Definition, record *mappings.Tree) (map[fhir.Ref]*fhir.Resource, bool) {
	result, err := d.ToFHIR(record, sameIDs)
	if err != nil {
		return nil, false
	}
	all := map[fhir.Ref]*fhir.Resource{}
	for _, m := range result.Made {
		body := m.JSON
		if rapid.Bool().Draw(t, "foreign") && !bytes.Contains(body, []byte(`"extension":[`)) {
			body = append(bytes.TrimSuffix(bytes.Clone(body), []byte("}")), ","+foreign+"}"...)
		}
		if all[m.Ref], err = fhir.DecodeJSON(body); err != nil {
			t.Fatal(told(err))
		}
	}
	return all, true
}

// silenced is a record of which some fields are left out, and some say in HL7 v2 that there is nothing.
func silenced(seed uint64, record *mappings.Tree) *mappings.Tree {
	random := rand.New(rand.NewPCG(seed, 0))
	b := mappings.NewBuilder(record.Format(), record.Len())
	var walk func(n mappings.Node)
	walk = func(n mappings.Node) {
		for c := range n.Children() {
			e := mappings.Entry{Name: c.Name(), Text: c.Text(), Kind: c.Kind(), Listed: c.Listed()}
			what := random.IntN(12)
			switch {
			case what == 0 && c.Name() != "MSH" && n.Name() != "MSH":
			case what == 1 && e.Kind == mappings.Text && record.Format() == mappings.HL7v2 && n.Name() != "MSH":
				b.Add(mappings.Entry{Name: e.Name, Kind: mappings.Null})
			case e.Kind == mappings.Group:
				b.Open(e)
				walk(c)
				b.Close()
			default:
				b.Add(e)
			}
		}
	}
	walk(record.Root())
	return b.Tree()
}

func putLaws(t *rapid.T, d *mappings.Definition, now *mappings.Tree, result mappings.Result, before map[fhir.Ref]*fhir.Resource) {
	seen := map[fhir.Ref]bool{}
	for _, m := range result.Made {
		made, err := fhir.DecodeJSON(m.JSON)
		if err != nil {
			t.Fatal(told(err))
		}
		if same, err := result.Put(m.Ref, made); err != nil || !seen[m.Ref] && same != made {
			t.Fatalf("put of what was made is something else: %s\n%s", m.JSON, same.JSON())
		}
		prior := before[m.Ref]
		if seen[m.Ref] || prior == nil || result.Once(m.Ref) {
			continue
		}
		seen[m.Ref] = true
		once, err := result.Put(m.Ref, prior)
		if err != nil {
			t.Fatalf("%s\nbefore: %s\nmade: %s", told(err), prior.JSON(), m.JSON)
		}
		told := fmt.Sprintf("\nbefore: %s\nmade: %s\nafter: %s", prior.JSON(), m.JSON, once.JSON())
		if twice, err := result.Put(m.Ref, once); err != nil || twice != once {
			t.Fatalf("put again changes it: %s%s", twice.JSON(), told)
		}
		wasWrong := bytes.Contains(prior.JSON(), []byte(`"entered-in-error"`)) // it says nothing any more
		if !wasWrong && bytes.Contains(prior.JSON(), []byte("elsewhere.example")) != bytes.Contains(once.JSON(), []byte("elsewhere.example")) {
			t.Fatalf("what others added is gone%s", told)
		}
		for _, diff := range mappings.Differences(back(t, d, made), back(t, d, once)) {
			if d.Format != mappings.HL7v2 || !mayDiffer(diff, now) {
				t.Fatalf("%s is %q instead of %q%s", diff.Path, diff.Right, diff.Left, told)
			}
		}
	}
}

// back is the record that one resource makes.
func back(t *rapid.T, d *mappings.Definition, r *fhir.Resource) *mappings.Tree {
	record, _, err := d.FromFHIR([]*fhir.Resource{r}, mappings.Kept{})
	if err != nil {
		t.Fatal(told(err))
	}
	return record
}

// mayDiffer reports whether the message does not speak of a field, or it is one of those that stay beside what is said.
func mayDiffer(diff mappings.Difference, now *mappings.Tree) bool {
	path := diff.Path
	at := strings.IndexByte(path, '-')
	if at < 0 {
		return false
	}
	segment := path[:at]
	if dot := strings.LastIndexByte(segment, '.'); dot >= 0 {
		segment = segment[dot+1:]
	}
	segment, _, _ = strings.Cut(segment, "[")
	field := path[at+1:]
	if end := strings.IndexAny(field, ".["); end >= 0 {
		field = field[:end]
	}
	switch segment {
	case "ROL", "PRT", "PRD": // the message speaks of the roles that it names
		return true
	}
	switch segment + "-" + field {
	case "PID-3", "MRG-1", "NK1-33": // names are united
		return true
	case "MSH-9", "OBR-25": // a status that the message does not know is said once
		return true
	}
	p, err := mappings.ParsePath(path[:at+1] + field)
	if err != nil {
		return false
	}
	return !spoken(now.At(p))
}

// spoken reports whether the message says anything in a field, if only that there is nothing.
func spoken(n mappings.Node) bool {
	said := n.Kind() == mappings.Null || n.Text() != ""
	for c := range n.Children() {
		said = said || spoken(c)
	}
	return said
}
