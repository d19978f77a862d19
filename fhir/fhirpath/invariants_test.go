package fhirpath_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/fhirpath"
)

// structure is what an official StructureDefinition says of the rules on its elements.
type structure struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Snapshot struct {
		Element []struct {
			Path       string `json:"path"`
			Constraint []struct {
				Key, Severity, Expression string
			} `json:"constraint"`
		} `json:"element"`
	} `json:"snapshot"`
}

// rule is one invariant, with the path that leads to the elements it is about.
type rule struct {
	key, severity      string
	context, condition *fhirpath.Expression
}

func TestOfficialInvariantsHoldForOfficialExamples(t *testing.T) {
	t.Parallel()
	rules := officialRules(t)
	files, err := filepath.Glob(filepath.Join(shared(t, "fhir-r4", "examples"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no examples:", err)
	}
	env := fhirpath.Env{Now: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)}
	checked := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := fhir.Stored(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range rules[string(r.Type())] {
			found, err := rule.context.Evaluate(env, fhirpath.Of(r))
			if err != nil {
				t.Fatalf("%s: %s: %v", filepath.Base(file), rule.key, err)
			}
			for _, v := range found {
				checked++
				env.Resource, env.Root = fhirpath.Of(r), fhirpath.Of(r)
				if fault := rule.broken(env, v); fault != nil {
					t.Errorf("%s: %s at %s: %v: %s", filepath.Base(file), rule.key, v.Path(), fault, rule.condition)
				}
			}
		}
	}
	if checked < 18_000 {
		t.Errorf("only %d rules were checked", checked)
	}
}

// broken says why a rule does not hold. What cannot be told breaks no rule: bdl-8 says nothing without fullUrl.
func (r rule) broken(env fhirpath.Env, v fhirpath.Value) error {
	found, err := r.condition.Evaluate(env, v)
	if err != nil {
		return err
	}
	if len(found) == 1 && r.severity == "error" {
		if ok, is := found[0].Boolean(); is && !ok {
			return errors.New("it does not hold")
		}
	}
	return nil
}

func officialRules(t *testing.T) map[string][]rule {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared(t, "fhir-r4", "structure-definitions"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no definitions:", err)
	}
	rules := map[string][]rule{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s structure
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		for _, element := range s.Snapshot.Element {
			context, err := fhirpath.Compile(strings.ReplaceAll(element.Path, "[x]", ""))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range element.Constraint {
				condition, err := fhirpath.Compile(c.Expression)
				if err != nil {
					t.Errorf("%s: %s: %v", c.Key, c.Expression, err)
					continue
				}
				rules[s.Name] = append(rules[s.Name], rule{c.Key, c.Severity, context, condition})
			}
		}
	}
	return rules
}

func TestOfficialSearchParametersCompile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(shared(t, "fhir-r4", "search-parameters", "all.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	column := -1
	for i, name := range strings.Split(lines[0], "\t") {
		if name == "expression" {
			column = i
		}
	}
	if column < 0 {
		t.Fatalf("there is no column of expressions in %q", lines[0])
	}
	for _, line := range lines[1:] {
		fields := strings.Split(line, "\t")
		if column >= len(fields) || fields[column] == "" {
			continue
		}
		if _, err := fhirpath.Compile(fields[column]); err != nil {
			t.Errorf("%s: %v", fields[column], err)
		}
	}
}
