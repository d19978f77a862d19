package search_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/search"
)

const document = `{"resourceType":"DocumentReference","id":"1","meta":{"versionId":"2","tag":[{"code":"t"}]},"text":{"status":"generated","div":"<div/>"},
	"_status":{"id":"s"},"status":"current","custodian":{"display":"c"},"description":"d","content":[{"attachment":{"contentType":"text/plain","data":"QQ=="},"format":{"code":"f"}}],
	"context":{"period":{"start":"2024"},"related":[{"display":"r"}]}}`

func TestSummarise(t *testing.T) {
	t.Parallel()
	const tag = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`
	const head = `{"resourceType":"DocumentReference","id":"1","meta":{"versionId":"2","tag":[{"code":"t"},` + tag + `]},`
	for _, test := range []struct {
		name, query, json, want string
	}{
		{"asked for nothing it is whole", "", document, document},
		{
			"a summary leaves out what the standard does not mark, within elements too", "_summary=true", document,
			head + `"_status":{"id":"s"},"status":"current","description":"d","content":[{"attachment":{"contentType":"text/plain"},"format":{"code":"f"}}],"context":{"period":{"start":"2024"}}}`,
		},
		{
			"the text comes with what is mandatory", "_summary=text", document,
			head + `"text":{"status":"generated","div":"<div/>"},"_status":{"id":"s"},"status":"current","content":[{"attachment":{"contentType":"text/plain","data":"QQ=="},"format":{"code":"f"}}]}`,
		},
		{
			"the elements come with what is mandatory", "_elements=custodian", document,
			head + `"_status":{"id":"s"},"status":"current","custodian":{"display":"c"},"content":[{"attachment":{"contentType":"text/plain","data":"QQ=="},"format":{"code":"f"}}]}`,
		},
		{
			"a choice of types is asked for by its name", "_elements=multipleBirth", `{"resourceType":"Patient","id":"1","multipleBirthInteger":2,"birthDate":"2024"}`,
			`{"resourceType":"Patient","id":"1","multipleBirthInteger":2,"meta":{"tag":[` + tag + `]}}`,
		},
		{
			"what modifies the meaning is kept", "_elements=name", `{"resourceType":"Patient","id":"1","active":false,"deceasedBoolean":true,"modifierExtension":[{"url":"http://x"}],"gender":"male"}`,
			`{"resourceType":"Patient","id":"1","active":false,"deceasedBoolean":true,"modifierExtension":[{"url":"http://x"}],"meta":{"tag":[` + tag + `]}}`,
		},
		{
			"data leaves out the text", "_summary=data", `{"resourceType":"Patient","meta":{},"text":{"status":"empty"},"gender":"male"}`,
			`{"resourceType":"Patient","meta":{"tag":[` + tag + `]},"gender":"male"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := resource(t, test.json)
			if got := string(parse(t, r.Type(), test.query).Summarise(r.Root())); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// Every official example is still JSON of its type when summarised, keeps its id, and is tagged once.
func TestOfficialExamplesSummarised(t *testing.T) {
	t.Parallel()
	examples(t, func(name string, r *fhir.Resource) {
		for _, query := range []string{"_summary=true", "_summary=text", "_summary=data", "_elements=identifier"} {
			data := parse(t, r.Type(), query).Summarise(r.Root())
			again, err := fhir.Stored(data)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, query, err)
			}
			if again.Ref() != r.Ref() || strings.Count(string(data), "SUBSETTED") != 1+strings.Count(string(r.JSON()), "SUBSETTED") {
				t.Errorf("%s: %s: %s", name, query, again.Ref())
			}
		}
	})
}

// A resource with every element at its top keeps in a summary what the standard marks, and in an element list what
// it demands.
func TestSummariesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(shared(t, "fhir-r4", "structure-definitions"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var definition struct {
			ID       string
			Snapshot struct {
				Element []struct {
					Path                  string
					IsSummary, IsModifier bool
					Min                   int
				}
			}
		}
		if err := json.Unmarshal(data, &definition); err != nil {
			t.Fatal(err)
		}
		if !fhir.KnownType(fhir.Type(definition.ID)) {
			continue
		}
		count++
		body := `{"resourceType":"` + definition.ID + `"`
		summary, vital := map[string]bool{}, map[string]bool{}
		for _, e := range definition.Snapshot.Element[1:] {
			member := strings.TrimPrefix(e.Path, definition.ID+".")
			if strings.Contains(member, ".") {
				continue
			}
			if stem, ok := strings.CutSuffix(member, "[x]"); ok {
				member = stem + "Period"
			}
			if member == "meta" || member == "id" {
				continue
			}
			body += `,"` + member + `":{"x":1}`
			vital[member] = e.Min > 0 || e.IsModifier
			summary[member] = e.IsSummary || vital[member]
		}
		root, err := fhir.Walk([]byte(body + "}"))
		if err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]map[string]bool{"_summary=true": summary, "_elements=nothing": vital} {
			got, err := fhir.Walk(parse(t, fhir.Type(definition.ID), query).Summarise(root))
			if err != nil {
				t.Fatal(err)
			}
			for member, kept := range want {
				if got.Get(member).OK() != kept {
					t.Errorf("%s of %s: kept %t", query, definition.ID+"."+member, !kept)
				}
			}
		}
	}
	if count < 140 {
		t.Errorf("%d types only", count)
	}
}

func FuzzSummarise(f *testing.F) {
	f.Add(document, "_summary=true")
	f.Add(`{"resourceType":"Patient","link":[null,1,{}],"meta":[],"name":{}}`, "_elements=name,link")
	f.Fuzz(func(t *testing.T, body, query string) {
		r, err := fhir.Stored([]byte(body))
		if err != nil {
			return
		}
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		p, _, err := search.Parse(r.Type(), q, base, false)
		if err != nil {
			return
		}
		if _, err := fhir.Walk(p.Summarise(r.Root())); err != nil {
			t.Fatalf("no longer JSON: %v", err)
		}
	})
}
