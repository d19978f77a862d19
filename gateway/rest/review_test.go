package rest_test

import (
	"net/url"
	"strings"
	"testing"

	"concord/gateway/guard"
)

// What a conditional create could not see is looked at afterwards, by the operator alone: its answer, its trail and what is
// stored at once are those of one that there is nothing to see for.
func TestAHiddenMatchIsReviewed(t *testing.T) {
	t.Parallel()
	w := village(t)
	const path = "Task?code=" + guard.SystemReview + "|" + guard.ReviewMatch
	settle := func() {
		t.Helper()
		if _, err := w.guard.As(operator(t)).Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	create := func(i int) (string, int) {
		w.caller = emergency(t)
		before := len(w.store.changes)
		answer := w.ask(t, question{
			method: "POST", url: "http://twin/fhir/Patient", body: object("Patient", "", "identifier", list(identifier(i)), "birthDate", "1980-01-01"),
			headers: map[string]string{"If-None-Exist": "identifier=" + url.QueryEscape(nhs+"|"+number(i))},
		})
		if !strings.HasPrefix(answer, "201") {
			t.Fatal(answer)
		}
		last := w.store.changes[len(w.store.changes)-1]
		_, body, _ := strings.Cut(answer, "\n\n")
		return newID(body), 1000*(len(w.store.changes)-before) + 100*len(last.Put) + len(last.Events)
	}
	absent, work := create(7)
	if n := strings.Count(w.status(t, operator(t), "200", "GET", path+"&status=requested"), `"fullUrl"`); n != 1 {
		t.Errorf("%d questions are asked", n)
	}
	settle()
	if got := w.status(t, operator(t), "200", "GET", path); strings.Contains(got, `"fullUrl"`) {
		t.Errorf("there is something to review where nothing was hidden: %s", got)
	}
	hidden, hiddenWork := create(0)
	if work != hiddenWork {
		t.Errorf("a create beside what is hidden takes %d, and beside nothing %d", hiddenWork, work)
	}
	settle()
	got := w.status(t, operator(t), "200", "GET", path+"&status=ready")
	if !strings.Contains(got, "Patient/"+hidden) || !strings.Contains(got, `"Patient/p0"`) || strings.Contains(got, absent) {
		t.Errorf("what is to be reviewed: %s", got)
	}
	settle()
	for _, who := range []guard.Caller{emergency(t), gp(t), person(t, "p0")} {
		for _, q := range []string{path, "Task", "Task/_history"} {
			if got := w.status(t, who, "200", "GET", q); strings.Contains(got, `"fullUrl"`) {
				t.Errorf("%s sees %s", who.Subject, got)
			}
		}
	}
	if got := w.status(t, operator(t), "200", "GET", "Patient/p0/$everything"); strings.Contains(got, guard.SystemReview) {
		t.Error("the Task is in the person's record")
	}
	if _, err := w.guard.As(gp(t)).Settle(t.Context()); err == nil {
		t.Error("a clinician settles reviews")
	}
}

func TestAHarvestedConsentIsReviewed(t *testing.T) {
	t.Parallel()
	untyped := strings.Replace(sharing("odd", "patient-privacy", "permit"), `"type":"permit"`, `"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Goal"}]`, 1)
	w := village(t, sharing("plain", "patient-privacy", "permit"), untyped)
	got := w.status(t, operator(t), "200", "GET", "Task?code="+guard.SystemReview+"|"+guard.ReviewConsent)
	if strings.Count(got, `"fullUrl"`) != 1 || !strings.Contains(got, `"Consent/odd"`) {
		t.Errorf("what is to be reviewed: %s", got)
	}
}
