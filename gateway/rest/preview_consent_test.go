package rest_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// part is a parameter of an answer, as far as these tests read it.
type part struct {
	Name           string          `json:"name"`
	ValueString    string          `json:"valueString"`
	ValueCode      string          `json:"valueCode"`
	ValueInteger   int             `json:"valueInteger"`
	ValueReference refTo           `json:"valueReference"`
	ValueCoding    codingOf        `json:"valueCoding"`
	Resource       json.RawMessage `json:"resource"`
	Part           []part          `json:"part"`
}

type (
	refTo    struct{ Reference string }
	codingOf struct{ System, Code string }
)

func (p part) get(name string) part {
	for _, one := range p.Part {
		if one.Name == name {
			return one
		}
	}
	return part{}
}

func (p part) all(name string) []part {
	return slices.DeleteFunc(slices.Clone(p.Part), func(one part) bool { return one.Name != name })
}

func answerOf(t *testing.T, body string) part {
	t.Helper()
	var answer struct {
		Type      string `json:"resourceType"`
		Parameter []part `json:"parameter"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Type != "Parameters" {
		t.Fatalf("not Parameters: %v\n%s", err, body)
	}
	if _, err := fhir.DecodeJSON([]byte(body)); err != nil {
		t.Fatalf("the answer is no resource: %v\n%s", err, body)
	}
	return part{Part: answer.Parameter}
}

func draftOf(consent string, more ...any) string {
	params := []any{map[string]any{"name": "consent", "resource": json.RawMessage(consent)}}
	return object("Parameters", "", "parameter", append(params, more...))
}

// preview asks as the person p0 what a draft changes.
func (w *twin) preview(t *testing.T, draft string, more ...any) part {
	t.Helper()
	return answerOf(t, w.status(t, person(t, "p0"), "200", "POST", "Patient/p0/$preview-consent", draftOf(draft, more...)))
}

// said finds in an answer what would change for somebody: by thing, the effect.
func (p part) said(kind, who, org, purpose string) (effects map[string]string, found bool) {
	for _, v := range p.all("viewer") {
		if (kind == "" || v.get("kind").ValueCode == kind) && v.get("who").ValueReference.Reference == who &&
			v.get("organization").ValueReference.Reference == org && v.get("purpose").ValueCode == purpose {
			effects = map[string]string{}
			for _, change := range v.all("change") {
				for _, thing := range change.all("thing") {
					effects[thing.ValueReference.Reference] = change.get("effect").ValueCode
				}
			}
			return effects, true
		}
	}
	return nil, false
}

const allergy = `{"resourceType":"AllergyIntolerance","id":"nuts","patient":{"reference":"Patient/p0"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005"}]}}`

const hospitalTeam = `{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"Patient/p0"},"participant":[{"member":{"reference":"Organization/hospital"}}]}`

// inEmergency is the word on emergencies that a deny needs.
func inEmergency(kind string) any {
	return list(map[string]any{"type": kind, "purpose": purposes("ETREAT")})
}

func TestAPreviewSaysWhatAChoiceHidesAndFromWhom(t *testing.T) {
	t.Parallel()
	w := village(t, allergy, observation("o1", "44054006"), hospitalTeam)
	got := w.preview(t, sharing("", "patient-privacy", "deny", "actor", recipient("Organization/hospital"), "provision", inEmergency("permit")))
	hospital, ok := got.said("", "", "Organization/hospital", "TREAT")
	if !ok || hospital["AllergyIntolerance/nuts"] != "hidden" || hospital["Observation/o1"] != "hidden" {
		t.Errorf("the hospital: %v, %v", hospital, ok)
	}
	if emergency, ok := got.said("", "", "Organization/hospital", "ETREAT"); !ok || len(emergency) != 0 {
		t.Errorf("the hospital in an emergency: %v, %v", emergency, ok)
	}
	if practice, ok := got.said("", "", "Organization/practice", "TREAT"); !ok || len(practice) != 0 {
		t.Errorf("the practice: %v, %v", practice, ok)
	}
	warning := got.get("warning")
	if warning.get("code").ValueCode != "allergies" || !strings.Contains(warning.get("text").ValueString, "The hospital") {
		t.Errorf("the warning: %+v", warning)
	}
	if got.get("question").Name != "" {
		t.Error("asked about emergencies, in which everything is shared")
	}
	w.status(t, gp(t), "200", "GET", "Observation/o1")
	if body := w.status(t, person(t, "p0"), "200", "GET", "Consent"); strings.Contains(body, `"resourceType":"Consent"`) {
		t.Error("a preview wrote the draft")
	}
}

func TestAPreviewAsksWhatHoldsInAnEmergency(t *testing.T) {
	t.Parallel()
	w := village(t, allergy)
	all := w.preview(t, sharing("", "patient-privacy", "deny", "provision", inEmergency("deny")))
	options := all.get("question").all("option")
	if len(options) != 2 || options[0].get("code").ValueCode != "share" {
		t.Errorf("sharing is not offered first: %+v", all.get("question"))
	}
	if stranger, ok := all.said("emergency", "", "", "ETREAT"); !ok || stranger["AllergyIntolerance/nuts"] != "hidden" {
		t.Errorf("an emergency doctor: %v %v", stranger, ok)
	}
	// Without the word on emergencies it cannot be saved: the same issue, and the question.
	silent := sharing("", "patient-privacy", "deny")
	refused := w.status(t, person(t, "p0"), "422", "POST", "Consent", silent)
	asked := w.status(t, person(t, "p0"), "422", "POST", "Patient/p0/$preview-consent", draftOf(silent))
	issue := regexp.MustCompile(`"diagnostics":"a deny of treatment[^}]*}`).FindString(refused)
	if issue == "" || !strings.Contains(asked, issue) || !strings.Contains(asked, "Even if you cannot speak?") {
		t.Errorf("refused by the write:\n%s\nby the preview:\n%s", refused, asked)
	}
}

func TestAPreviewWarnsOfWhatIsNotRecordedYet(t *testing.T) {
	t.Parallel()
	w := village(t)
	got := w.preview(t, sharing("", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "provision", inEmergency("permit")))
	var codes []string
	for _, warning := range got.all("warning") {
		codes = append(codes, warning.get("code").ValueCode)
		if text := warning.get("text").ValueString; !strings.Contains(text, "should any of it be recorded") || !strings.Contains(text, "The practice") || strings.Contains(text, "emergency") {
			t.Errorf("the words: %s", text)
		}
	}
	if strings.Join(codes, " ") != "allergies advance-decisions contingency communication" {
		t.Errorf("warned of %v", codes)
	}
	goals := w.preview(t, sharing("", "patient-privacy", "permit", "provision", list(map[string]any{
		"type": "deny", "provision": inEmergency("permit"), "class": list(map[string]any{"system": care.SystemSection, "code": "goals"}),
	})))
	if goals.get("warning").Name != "" || goals.get("question").Name != "" {
		t.Errorf("hiding goals is no hazard: %+v", goals)
	}
}

func TestAPreviewListsWhatALabelWouldHide(t *testing.T) {
	t.Parallel()
	drink := map[string]any{"security": list(map[string]any{"system": care.SystemActCode, "code": "ETHUD"})}
	w := village(t, observation("o1", "44054006"), observation("o2", "38341003", "meta", drink))
	got := w.preview(t, sharing("", "patient-privacy", "permit", "provision", list(map[string]any{
		"type": "deny", "actor": recipient("Organization/practice"), "provision": inEmergency("deny"),
		"securityLabel": list(map[string]any{"system": care.SystemActCode, "code": "SUD"}),
	})))
	labels := got.all("label")
	if len(labels) != 1 || labels[0].get("code").ValueCoding.Code != "SUD" {
		t.Fatalf("the labels: %+v", labels)
	}
	if things := labels[0].all("thing"); len(things) != 1 || things[0].ValueReference.Reference != "Observation/o2" {
		t.Errorf("what it would hide: %+v", things)
	}
}

func TestAPreviewOfAnEndAndOfAReplacement(t *testing.T) {
	t.Parallel()
	no := sharing("no", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "provision", inEmergency("permit"))
	w := village(t, observation("o1", "44054006"), no)
	w.status(t, gp(t), "404", "GET", "Observation/o1")
	end := strings.Replace(no, `"status":"active"`, `"status":"inactive"`, 1)
	if practice, ok := w.preview(t, end).said("", "", "Organization/practice", "TREAT"); !ok || practice["Observation/o1"] != "shown" {
		t.Errorf("ending the choice: %v %v", practice, ok)
	}
	permit := sharing("", "patient-privacy", "permit", "actor", recipient("Organization/practice"))
	if practice, ok := w.preview(t, permit).said("", "", "Organization/practice", "TREAT"); !ok || len(practice) != 0 {
		t.Errorf("a permit beside a deny: %v %v", practice, ok)
	}
	replacing := w.preview(t, permit, map[string]any{"name": "replaces", "valueReference": reference("Consent/no")})
	if practice, ok := replacing.said("", "", "Organization/practice", "TREAT"); !ok || practice["Observation/o1"] != "shown" {
		t.Errorf("a permit instead of the deny: %v %v", practice, ok)
	}
	w.status(t, person(t, "p0"), "201", "POST", "Consent", string(replacing.get("consent").Resource))
	w.status(t, gp(t), "200", "GET", "Observation/o1")
}

func TestAPreviewIsForThoseWhoMayWriteTheChoice(t *testing.T) {
	t.Parallel()
	w := village(t, observation("o1", "44054006"), hospitalTeam,
		`{"resourceType":"RelatedPerson","id":"rel","active":true,"patient":{"reference":"Patient/p0"}}`)
	draft := draftOf(sharing("", "patient-privacy", "deny", "provision", inEmergency("deny")))
	ask := func(who guard.Caller, want, path string) string { return w.status(t, who, want, "POST", path, draft) }
	other := strings.ReplaceAll(draft, "Patient/p0", "Patient/nobody")
	hidden, _ := w.as(t, worker(t, "charity", care.RoleLinkWorker, "TREAT", "user/*.cruds"), "POST", "Patient/p0/$preview-consent", draft)
	absent, _ := w.as(t, worker(t, "charity", care.RoleLinkWorker, "TREAT", "user/*.cruds"), "POST", "Patient/nobody/$preview-consent", other)
	if hidden != absent || hidden != "404" {
		t.Errorf("a hidden person %s, an absent one %s", hidden, absent)
	}
	ask(person(t, "p1"), "404", "Patient/p0/$preview-consent")
	ask(relative(t, "rel"), "404", "Patient/p0/$preview-consent")
	ask(person(t, "p0"), "400", "Patient/p1/$preview-consent")
	body := ask(gp(t), "200", "Patient/p0/$preview-consent")
	if strings.Contains(body, "hospital") || !strings.Contains(body, "Organization/practice") {
		t.Errorf("staff learn of others than their own organisation:\n%s", body)
	}
	colleague := draftOf(sharing("", "patient-privacy", "deny", "actor", recipient("Practitioner/nurse"), "provision", inEmergency("deny")))
	if body := w.status(t, gp(t), "200", "POST", "Patient/p0/$preview-consent", colleague); strings.Contains(body, "Practitioner/nurse") {
		t.Errorf("staff learn what a colleague sees:\n%s", body)
	}
	narrow := person(t, "p0")
	narrow.Scopes = scopes(t, "patient/*.rs")
	ask(narrow, "403", "Patient/p0/$preview-consent")
	held := village(t, observation("secret", "44054006", "meta", label(care.LabelNotYetTold)), hospitalTeam)
	if body := held.status(t, person(t, "p0"), "200", "POST", "Patient/p0/$preview-consent", draft); strings.Contains(body, "secret") {
		t.Errorf("the person learns of what is held back:\n%s", body)
	}
}
