package guard

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/fhir/search"
)

// Something that a person should look at becomes a Task that is about nobody and came from nobody, so that the operator
// alone sees it. It is found with Task?code=[SystemReview]|[code]&status=ready, and done with when the operator
// deletes it or completes it.

// SystemReview is the system of the codes of such Tasks.
const SystemReview = care.Base + "/CodeSystem/review"

// What there is to look at.
const (
	// ReviewMatch: a conditional create found nothing that its author may see, and there was something (CONSENT rules section
	// 10 row 12). It is asked for each of them alike, in the same commit, and answered later by Settle: neither the answer
	// to the author nor the work that it takes tells whether anything was hidden.
	ReviewMatch = "conditional-create"
	// ReviewConsent: a harvested sharing choice cannot be read in one way (section 3.2).
	ReviewConsent = "harvested-consent"
)

// The statuses of such a Task: asked, and to be looked at by a person.
const (
	reviewAsked = "requested"
	reviewReady = "ready"
)

// review is one such Task.
type review struct {
	id        fhir.ID // empty: a new one
	code      string
	status    string
	about     fhir.Ref // not in Task.focus, which would make it a thing of the person's
	condition string   // ReviewMatch: the search
	reason    string
}

// isReview reports whether facts are those of a Task that says it is such a one: people who look at them must not be
// given others' words to look at.
func isReview(f *consent.Facts) bool {
	return f.Ref.Type == "Task" && slices.ContainsFunc(f.Codes, func(c consent.Code) bool { return c.System == SystemReview })
}

// reviewInput names an input of the Task.
type reviewInput struct {
	Type      reviewWord `json:"type"`
	Reference *reviewRef `json:"valueReference,omitempty"`
	Text      string     `json:"valueString,omitempty"`
}

type reviewWord struct {
	Text string `json:"text"`
}

type reviewRef struct {
	Reference string `json:"reference"`
}

// resource writes the Task.
func (v review) resource(id fhir.ID, authored string) (*fhir.Resource, error) {
	inputs := []reviewInput{{Type: reviewWord{"about"}, Reference: &reviewRef{v.about.String()}}}
	if v.condition != "" {
		inputs = append(inputs, reviewInput{Type: reviewWord{"condition"}, Text: v.condition})
	}
	task := map[string]any{
		"resourceType": "Task", "id": string(id), "status": v.status, "intent": "order", "authoredOn": authored, "input": inputs,
		"code": map[string]any{"coding": []any{map[string]any{"system": SystemReview, "code": v.code}}},
	}
	if v.reason != "" {
		task["description"] = v.reason
	}
	body, err := json.Marshal(task)
	if err != nil {
		return nil, fmt.Errorf("write a review: %w", err)
	}
	r, err := fhir.DecodeJSON(body)
	if err != nil {
		return nil, fmt.Errorf("write a review: %w", err)
	}
	return r, nil
}

// reviewed is a version of such a Task.
func (g *Guard) reviewed(task *fhir.Resource, at time.Time) Put {
	version := randomHex()
	r := task.Stamp(fhir.Meta{ID: task.Ref().ID, Version: version, Updated: at})
	v := &Version{Ref: r.Ref(), ID: version, Updated: at, JSON: r.JSON(), Facts: g.facts(r, fhir.Ref{})}
	return Put{Version: v, Index: search.Extract(r)}
}

// review asks for one with the commit. Its id is made apart from those that callers see.
func (d *draft) review(v review) error {
	now := d.j.viewers[0].Time
	r, err := v.resource(cmp.Or(v.id, fhir.ID(randomHex())), instant(now))
	if err != nil {
		return err
	}
	d.change.Put = append(d.change.Put, d.j.g.reviewed(r, now))
	d.change.If = append(d.change.If, Expect{Ref: r.Ref()})
	return nil
}

// reviewMatch asks whether what a conditional create found nothing of is there after all. The operator finds everything.
func (d *draft) reviewMatch(created fhir.Ref, plan *search.Plan) error {
	if d.j.operator() {
		return nil
	}
	return d.review(review{code: ReviewMatch, status: reviewAsked, about: created, condition: string(plan.Type) + "?" + plan.Self})
}

// reviewConsent asks for somebody to look at a harvested choice that is in force and not plain.
func (d *draft) reviewConsent(facts *consent.Facts) error {
	rule := facts.Gives.Rule
	if rule == nil || !rule.Active {
		return nil
	}
	reason, wanted := rule.NeedsReview()
	if !wanted {
		return nil
	}
	return d.review(review{code: ReviewConsent, status: reviewReady, about: facts.Ref, reason: reason})
}
