package mappings

import (
	"fmt"
	"slices"
	"strings"

	"concord/fhir"
)

// quickSeeds is how many generated records a definition is proved on when it is loaded.
const quickSeeds = 6

// proveQuickly is the part of the proof that needs records: a few generated ones go there and back.
func (d *Definition) proveQuickly() error {
	for seed := range uint64(quickSeeds) {
		if err := d.Prove(d.Generate(seed)); err != nil {
			return err
		}
	}
	return nil
}

// Prove holds the laws of the definition against one record:
//
//   - what it makes is FHIR R4;
//   - back and forth: the record that comes back differs from the one that went in exactly in the fields that the
//     report says are lost, and in none when all is kept;
//   - forth and back: the resources made of the record that came back are the same, byte for byte, unless a field that
//     rules read is lost.
//
// The error is a *fhir.Error that names the first law that fails, and where; for a refused record it is ToFHIR's.
func (d *Definition) Prove(t *Tree) error {
	result, err := d.ToFHIR(t, Context{})
	if err != nil {
		return err
	}
	resources, err := result.Resources()
	if err != nil {
		return d.broken("what it makes is not FHIR R4", issuesOf(err))
	}
	again, _, err := d.FromFHIR(resources, result.Kept())
	if err != nil {
		return err
	}
	lost := map[string]bool{}
	for _, f := range result.Report().Fields {
		if f.Back == Lost {
			lost[f.Path], lost[first(anyRepeat(f.Path))] = true, true
		}
	}
	var issues []fhir.Issue
	for _, diff := range Differences(t, again) {
		if !lost[diff.Path] && t.alone(diff.Path, again) {
			continue
		}
		elsewhere := diff.Added && lostIn(lost, first(anyRepeat(diff.Path))) // a lost field's repeat moved up
		if !lost[diff.Path] && !elsewhere && (!diff.Added || !d.adds(diff.Path)) {
			issues = append(issues, fhir.Issue{Code: fhir.Invalid, Diagnostics: "the field does not come back, and the report does not say so: " + diff.Path})
		}
	}
	if len(issues) > 0 {
		return d.broken("a record did not come back", issues)
	}
	gone := func(m mark) bool { return m.state == failed || m.state == oneWay }
	if !d.Keep && slices.ContainsFunc(result.run.marks, gone) {
		return nil // a field that rules read is lost, and what rested on it with it: the report says so
	}
	return d.proveAgain(again, result)
}

// lostIn reports whether a field is lost, or a component of it, so that it comes back as its first component alone.
func lostIn(lost map[string]bool, path string) bool {
	for l := range lost {
		if strings.HasPrefix(l, path) {
			return true
		}
	}
	return false
}

// alone reports whether a field only lost its components, or got some: HL7 v2 writes "5.1" as "5" where it is alone.
func (t *Tree) alone(path string, again *Tree) bool {
	p, err := ParsePath(path)
	if err != nil || t.format != HL7v2 {
		return false
	}
	was, is := t.At(p).Leaf(), again.At(p).Leaf()
	return was.OK() && is.OK() && was.Text() == is.Text()
}

// first is a path without the components "1" at its end: of a field that has no other they are left out.
func first(path string) string {
	for strings.HasSuffix(path, "[]1[]") {
		path = strings.TrimSuffix(path, "1[]")
	}
	return path
}

// adds reports whether a rule that goes out only writes the field: the record need not have had it.
func (d *Definition) adds(path string) bool {
	return slices.ContainsFunc(d.leaves, func(l *leaf) bool {
		if l.way != wayOut && !l.adds {
			return false
		}
		paths := []Path{l.local}
		for _, c := range l.when {
			paths = append(paths, c.path) // which a constant brings back
		}
		return slices.ContainsFunc(paths, func(p Path) bool {
			return p.text != "" && strings.HasSuffix(anyRepeat(path), strings.TrimPrefix(anyRepeat(p.text), "[]"))
		})
	})
}

// anyRepeat is a path without its indices.
func anyRepeat(path string) string {
	p, err := ParsePath(path)
	if err != nil {
		return path
	}
	names := []string{""}
	for _, st := range p.steps {
		names = append(names, st.name)
	}
	return strings.Join(names, "[]") + "[]"
}

// proveAgain makes the resources again from the record that came back.
func (d *Definition) proveAgain(again *Tree, first Result) error {
	second, err := d.ToFHIR(again, Context{})
	if err != nil {
		return d.broken("the record that came back is refused", issuesOf(err))
	}
	if len(second.Made) != len(first.Made) {
		return d.broken("the record that came back makes other resources", nil)
	}
	for i, m := range second.Made {
		if string(m.JSON) != string(first.Made[i].JSON) {
			return d.broken("the record that came back makes another "+m.Name, nil)
		}
	}
	return nil
}

// broken says which law does not hold. Places are dropped: they are of a generated record, not of the file.
func (d *Definition) broken(law string, issues []fhir.Issue) error {
	if len(issues) == 0 {
		issues = []fhir.Issue{{Code: fhir.Invalid, Diagnostics: law}}
	}
	for i := range issues {
		issues[i].Diagnostics = fmt.Sprintf("%s %s: %s: %s", d.Name, d.Version, law, issues[i].Diagnostics)
		issues[i].Line, issues[i].Col = 0, 0
	}
	return &fhir.Error{Kind: fhir.Invalid, Issues: issues}
}
