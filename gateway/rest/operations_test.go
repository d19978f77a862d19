package rest_test

import (
	"slices"
	"strings"
	"testing"
)

func parametersOf(parts ...string) string {
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(parts, ",") + `]}`
}

func TestEverythingByPost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	h.must(t, 201, request{method: "POST", path: "Observation", body: strings.Replace(measured(p, "final", "1-1"), `"status"`, `"effectiveDateTime":"2025-03-04","status"`, 1)})
	h.must(t, 201, request{method: "POST", path: "Goal", body: `{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Patient/` + p + `"}}`})
	tests := []struct{ name, get, post string }{
		{"all", "", ""},
		{"empty Parameters", "", `{"resourceType":"Parameters"}`},
		{"some types", "?_type=Goal&_type=Observation", parametersOf(`{"name":"_type","valueCode":"Goal"}`, `{"name":"_type","valueCode":"Observation"}`)},
		{"a stretch of care", "?start=2025-04-01", parametersOf(`{"name":"start","valueDate":"2025-04-01"}`)},
		{"what is new", "?_since=2030-01-01T00:00:00Z", parametersOf(`{"name":"_since","valueInstant":"2030-01-01T00:00:00Z"}`)},
		{"a page", "?_count=2", parametersOf(`{"name":"_count","valueInteger":2}`)},
		{"what it does not know", "", parametersOf(`{"name":"shoe","valueInteger":2}`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"Patient/" + p + "/$everything", "Patient/$everything"} {
				get := h.must(t, 200, request{path: path + test.get})
				post := h.must(t, 200, request{method: "POST", path: path, body: test.post})
				if get.Body.String() != post.Body.String() {
					t.Errorf("GET %s gives %s, POST %s", path, get.Body, post.Body)
				}
			}
		})
	}
	strict := map[string]string{"Prefer": "handling=strict"}
	for _, q := range []request{
		{body: parametersOf(`{"name":"_count","valueString":"few"}`)},
		{body: parametersOf(`{"name":"_count"}`)},
		{body: `{"resourceType":"Patient"}`},
		{body: parametersOf(`{"name":"shoe","valueInteger":2}`), header: strict},
	} {
		q.method, q.path = "POST", "Patient/"+p+"/$everything"
		issue(t, h.must(t, 400, q))
	}
}

// Of many people each page holds some, and all pages together everything once.
func TestEverythingOfAllPatients(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var want []string
	for range 3 {
		p := h.patient(t)
		for range 3 {
			h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", "1-1")})
		}
		want = append(want, "Patient", "Observation", "Observation", "Observation")
	}
	for _, count := range []string{"1", "2", "3", "5", "100"} {
		if got := h.listed(t, "Patient/$everything?_count="+count); !slices.Equal(got, want) {
			t.Errorf("pages of %s give %v", count, got)
		}
	}
	if got := h.listed(t, "Patient/$everything?_count=2&_type=Goal"); len(got) != 0 {
		t.Errorf("no Goals are %v", got)
	}
	if got := h.listed(t, "Patient/$everything?_type=Patient"); len(got) != 3 {
		t.Errorf("the Patients are %v", got)
	}
	if w := h.must(t, 200, request{path: "Patient/$everything", token: "stranger"}); strings.Contains(w.Body.String(), `"entry"`) {
		t.Errorf("a stranger gets %s", w.Body)
	}
	issue(t, h.must(t, 403, request{path: "Patient/$everything", token: "reader"}))
	issue(t, h.must(t, 400, request{path: "Patient/$everything?_cursor=AAAA"}))
}

func TestLastNByPost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.patient(t)
	for _, code := range []string{"1-1", "1-1", "2-2"} {
		h.must(t, 201, request{method: "POST", path: "Observation", body: measured(p, "final", code)})
	}
	get := h.must(t, 200, request{path: "Observation/$lastn?patient=" + p + "&code=1-1&max=5"})
	post := h.must(t, 200, request{method: "POST", path: "Observation/$lastn", body: parametersOf(
		`{"name":"patient","valueString":"`+p+`"}`, `{"name":"code","valueString":"1-1"}`, `{"name":"max","valuePositiveInt":5}`)})
	if get.Body.String() != post.Body.String() || len(decode(t, get).Entry) != 2 {
		t.Errorf("GET gives %s, POST %s", get.Body, post.Body)
	}
}

func TestMetaIsAddedAndTakenAway(t *testing.T) { //nolint:tparallel // one change after another
	t.Parallel()
	h := newHouse(t)
	path := "Patient/" + h.patient(t)
	const system = `"system":"https://x.example/tags"`
	meta := func(text string) string { return parametersOf(`{"name":"meta","valueMeta":{` + text + `}}`) }
	steps := []struct {
		name, operation, meta string
		has, hasNot           []string // in what the operator sees
	}{
		{"a profile and a tag", "$meta-add", `"profile":["https://x.example/P"],"tag":[{` + system + `,"code":"a"}]`, []string{"https://x.example/P", `"a"`}, nil},
		{"another tag", "$meta-add", `"tag":[{` + system + `,"code":"b"}]`, []string{`"a"`, `"b"`, "https://x.example/P"}, nil},
		{"the same tag again", "$meta-add", `"tag":[{` + system + `,"code":"b"}]`, []string{`"a"`, `"b"`}, nil},
		{"a higher confidentiality", "$meta-add", `"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]`, []string{`"R"`, `"b"`}, nil},
		{"a tag goes", "$meta-delete", `"tag":[{` + system + `,"code":"a"}]`, []string{`"b"`, "https://x.example/P"}, []string{`"a"`}},
		{"the profile goes", "$meta-delete", `"profile":["https://x.example/P"]`, []string{`"b"`}, []string{"https://x.example/P"}},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			w := h.must(t, 200, request{method: "POST", path: path + "/" + step.operation, body: meta(step.meta)})
			if got := w.Body.String(); !strings.Contains(got, `"name":"return","valueMeta":{`) || strings.Contains(got, `"tag"`) || w.Header().Get("ETag") == "" {
				t.Errorf("the answer is %v %s", w.Header(), got)
			}
			stored := h.must(t, 200, request{path: path, token: "operator"}).Body.String()
			for _, text := range step.has {
				if strings.Count(stored, text) != 1 {
					t.Errorf("%s is not there once: %s", text, stored)
				}
			}
			for _, text := range step.hasNot {
				if strings.Contains(stored, text) {
					t.Errorf("%s is there still: %s", text, stored)
				}
			}
		})
	}
	h.must(t, 200, request{method: "PUT", path: path, body: `{"resourceType":"Patient","id":"` + strings.TrimPrefix(path, "Patient/") + `"}`})
	if stored := h.must(t, 200, request{path: path, token: "operator"}).Body.String(); !strings.Contains(stored, `"b"`) {
		t.Errorf("an update that could not see the tag took it away: %s", stored)
	}
	for _, operation := range []string{"$meta-add", "$meta-delete"} {
		good := meta(`"profile":["https://x.example/P"]`)
		hidden := h.must(t, 404, request{method: "POST", path: path + "/" + operation, body: good, token: "stranger"})
		absent := h.must(t, 404, request{method: "POST", path: "Patient/none/" + operation, body: good, token: "stranger"})
		if hidden.Body.String() != absent.Body.String() {
			t.Errorf("%s tells hidden from absent: %s, %s", operation, hidden.Body, absent.Body)
		}
		issue(t, h.must(t, 400, request{method: "POST", path: path + "/" + operation, body: `{"resourceType":"Parameters"}`}))
		issue(t, h.must(t, 403, request{method: "POST", path: path + "/" + operation, body: good, token: "reader"}))
	}
	issue(t, h.must(t, 400, request{method: "POST", path: path + "/$meta-delete", body: meta(`"security":[{"code":"R"}]`)}))
}

func TestMetaOfTypesAndOfAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(t, 201, request{method: "POST", path: "Patient", body: `{"resourceType":"Patient","meta":{"profile":["https://x.example/P"],"tag":[{"code":"x"}]}}`})
	h.bring(t, `{"resourceType":"Patient","id":"hidden","meta":{"profile":["https://x.example/hidden"]}}`)
	for path, want := range map[string]bool{"Patient/$meta": true, "$meta": true, "Goal/$meta": false} {
		got := h.must(t, 200, request{path: path}).Body.String()
		if strings.Contains(got, "https://x.example/P") != want || strings.Contains(got, "hidden") || strings.Contains(got, "tag") {
			t.Errorf("%s gives %s", path, got)
		}
	}
	h.must(t, 200, request{path: "Goal/$meta", header: map[string]string{"Accept": "application/fhir+xml"}})
	issue(t, h.must(t, 403, request{path: "Patient/$meta", token: "reader"}))
}

func TestWhatIsStoredIsValidated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := "Patient/" + h.patient(t)
	if code, text, _ := issue(t, h.must(t, 200, request{path: path + "/$validate"})); code != "informational" {
		t.Errorf("got %s (%s)", code, text)
	}
	issue(t, h.must(t, 400, request{path: path + "/$validate?profile=https://x.example/P"}))
	hidden := h.must(t, 404, request{path: path + "/$validate", token: "stranger"})
	if absent := h.must(t, 404, request{path: "Patient/none/$validate", token: "stranger"}); absent.Body.String() != hidden.Body.String() {
		t.Errorf("hidden %s, absent %s", hidden.Body, absent.Body)
	}
}
