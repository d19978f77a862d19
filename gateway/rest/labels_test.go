package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"concord/fhir/care"
)

const (
	sensitive = "86406008" // HIV infection
	ordinary  = "38341003"
)

// labelled is a house with a patient of the practice, who denies it what is sensitive for HIV.
func labelled(t *testing.T, more ...string) *house {
	t.Helper()
	h := newHouse(t)
	h.bring(t, object("Organization", "hospital", "name", "The hospital", "active", true, "type", kind(care.KindHealth)))
	h.bring(t, object("Patient", "amina", "generalPractitioner", list(reference("Organization/practice"))))
	h.bring(t, object("CareTeam", "team", "status", "active", "subject", reference("Patient/amina"), "participant", list(
		map[string]any{"member": reference("Organization/practice")}, map[string]any{"member": reference("Organization/hospital")})))
	h.bring(t, labelChoice("deny", care.SystemActCode, "HIV"))
	for _, body := range more {
		h.bring(t, body)
	}
	return h
}

func labelChoice(kind, system, code string) string {
	return object("Consent", "choice", "status", "active", "patient", reference("Patient/amina"), "dateTime", "2026-01-01",
		"scope", map[string]any{"coding": list(map[string]any{"system": care.SystemConsentScope, "code": "patient-privacy"})},
		"category", list(map[string]any{"coding": list(map[string]any{"system": "http://loinc.org", "code": "59284-0"})}),
		"performer", list(reference("Patient/amina")), "policyRule", concept("OPTIN"), "provision", map[string]any{
			"type":          kind,
			"actor":         list(map[string]any{"role": map[string]any{"coding": list(map[string]any{"system": care.SystemParticipation, "code": "IRCP"})}, "reference": reference("Organization/practice")}),
			"securityLabel": list(map[string]any{"system": system, "code": code}),
		})
}

func finding(id, code string) string {
	return object("Condition", id, "subject", reference("Patient/amina"), "code", concept(code))
}

// A thing that gathers others, or is about them, is as sensitive as they are.
func TestWhatGathersSensitiveThingsIsHiddenWithThem(t *testing.T) {
	t.Parallel()
	me := reference("Patient/amina")
	tests := []struct{ name, path, body string }{
		{"the finding itself", "Condition/c", finding("c", sensitive)},
		{"a plan that addresses it", "CarePlan/x", object("CarePlan", "x", "status", "active", "intent", "plan", "subject", me, "addresses", list(reference("Condition/c")))},
		{"a plan with a goal that addresses it", "CarePlan/x", object("CarePlan", "x", "status", "active", "intent", "plan", "subject", me, "goal", list(reference("Goal/g")))},
		{"a goal that addresses it", "Goal/g", ""},
		{"a list with it", "List/x", object("List", "x", "status", "current", "mode", "working", "subject", me, "entry", list(map[string]any{"item": reference("Condition/c")}))},
		{"a document with it", "Composition/x", object("Composition", "x", "status", "final", "type", text("letter"), "subject", me, "date", "2026-01-01", "title", "A letter",
			"author", list(reference("Practitioner/okafor")), "section", list(map[string]any{"title": "A", "section": list(map[string]any{"title": "B", "entry": list(reference("Condition/c"))})}))},
		{"a report with a sensitive result", "DiagnosticReport/x", object("DiagnosticReport", "x", "status", "final", "code", text("tests"), "subject", me, "result", list(reference("Observation/o")))},
		{"a note by its words", "Observation/w", object("Observation", "w", "status", "final", "code", text("a note"), "subject", me, "note", list(map[string]any{"text": "HIV positive since 2019"}))},
		{"a plan by what it contains", "CarePlan/x", object("CarePlan", "x", "status", "active", "intent", "plan", "subject", me, "addresses", list(reference("#in")),
			"contained", list(json.RawMessage(finding("in", sensitive))))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			goal := object("Goal", "g", "lifecycleStatus", "active", "description", text("feel well"), "subject", me, "addresses", list(reference("Condition/c")))
			result := object("Observation", "o", "status", "final", "code", concept(sensitive), "subject", me)
			h := labelled(t, finding("c", sensitive), finding("other", ordinary), goal, result)
			if tt.body != "" {
				h.bring(t, tt.body)
			}
			for _, path := range []string{tt.path, tt.path + "/_history"} {
				hidden, absent := h.ask(t, request{path: path}), h.ask(t, request{path: strings.Replace(path, "/", "/none-", 1)})
				if hidden.Code != http.StatusNotFound || hidden.Body.String() != strings.ReplaceAll(absent.Body.String(), "none-", "") {
					t.Errorf("%s: %d\n%s\n%s", path, hidden.Code, hidden.Body, absent.Body)
				}
			}
			if got := h.ask(t, request{path: "Condition/other"}); got.Code != http.StatusOK {
				t.Errorf("what is not sensitive: %d", got.Code)
			}
			if got := h.ask(t, request{path: tt.path, token: "operator"}); got.Code != http.StatusOK {
				t.Errorf("it is not there at all: %d %s", got.Code, got.Body)
			}
		})
	}
}

// Section 2.5: an older version is judged by its own labels and by those of the newest.
func TestAnOlderVersionWearsTheLabelsOfTheNewest(t *testing.T) {
	t.Parallel()
	h := labelled(t, finding("c", ordinary), finding("d", sensitive))
	h.bring(t, finding("c", sensitive))
	h.bring(t, finding("d", ordinary))
	if got := h.ask(t, request{path: "Condition/c/_history"}); got.Code != http.StatusNotFound {
		t.Errorf("what became sensitive shows what it was: %d\n%s", got.Code, got.Body)
	}
	got := h.ask(t, request{path: "Condition/d/_history"})
	if got.Code != http.StatusOK || strings.Contains(got.Body.String(), sensitive) || !strings.Contains(got.Body.String(), ordinary) {
		t.Errorf("what was sensitive once: %d\n%s", got.Code, got.Body)
	}
}

func TestWordsAloneHideNoContingencyPlan(t *testing.T) {
	t.Parallel()
	plan := func(id, category string) string {
		return object("CarePlan", id, "status", "active", "intent", "plan", "subject", reference("Patient/amina"), "description", "he takes antiretrovirals at nine",
			"category", list(map[string]any{"coding": list(map[string]any{"system": care.SystemCategory, "code": category})}))
	}
	h := labelled(t, plan("tonight", care.CategoryContingency), plan("ordinary", care.CategoryCareAndSupport))
	if got := h.ask(t, request{path: "CarePlan/tonight"}); got.Code != http.StatusOK {
		t.Errorf("a word hides the contingency plan: %d", got.Code)
	}
	if got := h.ask(t, request{path: "CarePlan/ordinary"}); got.Code != http.StatusNotFound {
		t.Errorf("a word does not hide another plan: %d", got.Code)
	}
}

// labels are those of what is stored, as the operator reads it.
func (h *house) labels(t *testing.T, path string) string {
	t.Helper()
	var r struct {
		Meta struct {
			Security []struct{ Code string }
		}
	}
	if err := json.Unmarshal(h.ask(t, request{path: path, token: "operator"}).Body.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, c := range r.Meta.Security {
		codes = append(codes, c.Code)
	}
	return strings.Join(codes, " ")
}

func TestClientsRaiseLabelsAndNeverLowerThem(t *testing.T) {
	t.Parallel()
	with := func(labels ...string) string {
		var all []any
		for _, l := range labels {
			system, code, _ := strings.Cut(l, "|")
			all = append(all, map[string]any{"system": system, "code": code})
		}
		pairs := []any{"subject", reference("Patient/amina"), "code", concept(ordinary)}
		if len(all) > 0 {
			pairs = append(pairs, "meta", map[string]any{"security": all})
		}
		return object("Condition", "c", pairs...)
	}
	c, a, ours := care.SystemConfidentiality+"|", care.SystemActCode+"|", care.SystemLabel+"|"
	tests := []struct {
		name         string
		stored, sent string
		want         string
	}{
		{"labels left out stay", with(c+"R", a+"PSY"), with(), "R PSY"},
		{"a lower confidentiality is not taken", with(c+"R", a+"PSY"), with(c + "N"), "R PSY"},
		{"a higher one is, and the lower goes", with(c+"N", a+"PSY"), with(c + "R"), "PSY R"},
		{"another topic joins", with(c + "R"), with(c+"R", a+"SEX"), "R SEX"},
		{"a first label is taken", with(), with(a + "SEX"), "SEX"},
		{"a seal is its sender's to set", with(c + "R"), with(c+"R", ours+care.LabelSealed), "R"},
		{"so is the word that it was looked at", with(c + "R"), with(c+"R", care.SystemReviewed+"|abc"), "R"},
		{"a restriction of purpose cannot be widened", with(care.SystemPurpose + "|TREAT"), with(care.SystemPurpose+"|TREAT", care.SystemPurpose+"|HRESCH"), "TREAT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := labelled(t, tt.stored)
			if got := h.ask(t, request{method: http.MethodPut, path: "Condition/c", body: tt.sent}); got.Code != http.StatusOK {
				t.Fatalf("update: %d %s", got.Code, got.Body)
			}
			if got := h.labels(t, "Condition/c"); got != tt.want {
				t.Errorf("labels %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNobodyIsShownWhatAThingIsSensitiveFor(t *testing.T) {
	t.Parallel()
	h := labelled(t, object("Condition", "c", "subject", reference("Patient/amina"), "code", concept(ordinary), "meta", map[string]any{"security": list(
		map[string]any{"system": care.SystemConfidentiality, "code": "R"}, map[string]any{"system": care.SystemActCode, "code": "PSY"},
		map[string]any{"system": care.SystemTopic, "code": care.TopicSafeguarding}, map[string]any{"system": care.SystemReviewed, "code": "abc"})}))
	for _, path := range []string{"Condition/c", "Condition/c/_history", "Condition?_id=c", "Condition/c/$meta"} {
		body := h.ask(t, request{path: path}).Body.String()
		if !strings.Contains(body, `"R"`) || strings.Contains(body, "PSY") || strings.Contains(body, care.TopicSafeguarding) || strings.Contains(body, "abc") {
			t.Errorf("%s: %s", path, body)
		}
	}
	// Nor can it be asked for: the parameter is left out, and the answer says so; strictly it is refused.
	found := h.ask(t, request{path: "Condition?_security=" + care.SystemActCode + "|HIV"})
	if !strings.Contains(found.Body.String(), `"c"`) || strings.Contains(found.Body.String(), "HIV") {
		t.Errorf("a search by a label: %s", found.Body)
	}
	strict := h.ask(t, request{path: "Condition?_security=" + care.SystemActCode + "|HIV", header: map[string]string{"Prefer": "handling=strict"}})
	if strict.Code != http.StatusBadRequest {
		t.Errorf("a strict search by a label: %d", strict.Code)
	}
}

// updated is the time in meta, which differs between two houses.
var updated = regexp.MustCompile(`"lastUpdated":"[^"]*"`)

// Row 14: whoever refers to a hidden thing is answered as if it were not there, though it is sensitive.
func TestReferringToAHiddenSensitiveThingTellsNothing(t *testing.T) {
	t.Parallel()
	answer := func(more ...string) string {
		h := labelled(t, more...)
		sent := object("CarePlan", "", "status", "active", "intent", "plan", "subject", reference("Patient/amina"), "addresses", list(reference("Condition/c")))
		got := h.ask(t, request{method: http.MethodPost, path: "CarePlan", body: sent})
		place := strings.TrimPrefix(got.Header().Get("Location"), "http://gateway.example/fhir/")
		parts := strings.Split(place, "/")
		if got.Code != http.StatusCreated || len(parts) < 2 {
			t.Fatalf("create: %d %s", got.Code, got.Body)
		}
		again := h.ask(t, request{path: parts[0] + "/" + parts[1]})
		id := strings.NewReplacer(parts[1], "ID", parts[len(parts)-1], "VERSION")
		return fmt.Sprintln(id.Replace(updated.ReplaceAllString(got.Body.String(), "")), again.Code, id.Replace(updated.ReplaceAllString(again.Body.String(), "")))
	}
	if hidden, absent := answer(finding("c", sensitive)), answer(); hidden != absent {
		t.Errorf("referring to it tells that it is there:\n%s\n%s", hidden, absent)
	}
}
