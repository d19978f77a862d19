package rest_test

import (
	"net/http"
	"testing"
)

// Section 10 row 26: of staff, only the privacy officer of those who look after the person reads what was chosen.
func TestOfStaffOnlyThePrivacyOfficerReadsChoices(t *testing.T) {
	t.Parallel()
	h := labelled(t)
	for _, path := range []string{"Consent/choice", "Consent/choice/_history"} {
		if got := h.ask(t, request{path: path, token: "officer"}); got.Code != http.StatusOK {
			t.Errorf("%s: the privacy officer gets %d", path, got.Code)
		}
		if got := h.ask(t, request{path: path, token: "clinician"}); got.Code != http.StatusNotFound {
			t.Errorf("%s: a clinician gets %d", path, got.Code)
		}
		if got := h.ask(t, request{path: path, token: "officer elsewhere"}); got.Code != http.StatusNotFound {
			t.Errorf("%s: a stranger's privacy officer gets %d", path, got.Code)
		}
	}
	h.bring(t, finding("other", ordinary))
	if got := h.ask(t, request{path: "Condition/other", token: "officer"}); got.Code != http.StatusNotFound {
		t.Errorf("the privacy officer reads what is not a choice: %d", got.Code)
	}
	h.ask(t, request{method: http.MethodDelete, path: "Consent/choice", token: "officer"})
	if got := h.ask(t, request{path: "Consent/choice", token: "operator"}); got.Code != http.StatusOK {
		t.Errorf("the privacy officer took a choice away: %d", got.Code)
	}
}
