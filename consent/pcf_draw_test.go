package consent_test

import (
	"encoding/json"

	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// consentDrawer draws Consents as JSON: of what a profile can say, or of more.
type consentDrawer struct {
	level consent.PCF
	wild  bool // also what no profile can say
}

func (d consentDrawer) draw(t *rapid.T) *fhir.Resource {
	root := d.provision(t)
	if !d.wild {
		root["provision"] = d.children(t, 1)
		if d.level == consent.PCFBasic {
			delete(root, "provision")
		}
	} else {
		root["provision"] = d.children(t, 2)
	}
	if list, _ := root["provision"].([]any); len(list) == 0 {
		delete(root, "provision")
	}
	coding := func(system, code string) map[string]any {
		return map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}}
	}
	data, err := json.Marshal(map[string]any{
		"resourceType": "Consent", "id": "c", "status": "active", "scope": coding(care.SystemConsentScope, "patient-privacy"),
		"category": []any{coding(care.SystemLoinc, "59284-0")}, "patient": map[string]any{"reference": "Patient/p"},
		"dateTime": "2026-01-01", "performer": []any{map[string]any{"reference": "Patient/p"}},
		"organization":    []any{map[string]any{"reference": "Organization/o"}},
		"sourceReference": map[string]any{"reference": "DocumentReference/d"},
		"policy":          []any{map[string]any{"uri": "https://example.org/policy"}}, "provision": root,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := fhir.DecodeJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (d consentDrawer) children(t *rapid.T, deep int) []any {
	all := []any{}
	for range rapid.IntRange(0, 2).Draw(t, "exceptions") {
		p := d.provision(t)
		if deep > 1 {
			if inside := d.children(t, deep-1); len(inside) > 0 {
				p["provision"] = inside
			}
		}
		all = append(all, p)
	}
	return all
}

// provision draws the elements of one level. An exception has one of data of each meaning, as the profile wants.
func (d consentDrawer) provision(t *rapid.T) map[string]any {
	p := map[string]any{"type": rapid.SampledFrom([]string{"permit", "deny"}).Draw(t, "type")}
	codings := func(system string, from ...string) []any {
		var all []any
		for _, code := range rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 2, rapid.ID[string]).Draw(t, "codes") {
			all = append(all, map[string]any{"system": system, "code": code})
		}
		return all
	}
	if rarely(t, "actor") {
		role := "IRCP"
		if d.wild {
			role = rapid.SampledFrom([]string{"IRCP", "PRCP", "CST", "AUT", "WHAT"}).Draw(t, "role")
		}
		p["actor"] = []any{map[string]any{
			"role":      map[string]any{"coding": []any{map[string]any{"system": care.SystemParticipation, "code": role}}},
			"reference": map[string]any{"reference": rapid.SampledFrom(who).Draw(t, "who").String()},
		}}
	}
	if rarely(t, "purpose") {
		p["purpose"] = codings(care.SystemPurpose, "TREAT", "BTG", "HPAYMT")
		if d.level != consent.PCFBasic || d.wild {
			p["purpose"] = codings(care.SystemPurpose, "TREAT", "ETREAT", "BTG", "HRESCH")
		}
	}
	if rarely(t, "period") {
		p["period"] = map[string]any{"end": rapid.SampledFrom([]string{"2026-05-31", "2026-06-30"}).Draw(t, "end")}
	}
	if (d.level != consent.PCFBasic || d.wild) && rarely(t, "data") {
		data := []any{map[string]any{"meaning": "instance", "reference": map[string]any{"reference": rapid.SampledFrom(things).Draw(t, "thing").String()}}}
		if rapid.Bool().Draw(t, "more data") {
			data = append(data, map[string]any{"meaning": "authoredby", "reference": map[string]any{"reference": rapid.SampledFrom(who[:3]).Draw(t, "author").String()}})
		}
		p["data"] = data
	}
	if (d.level != consent.PCFBasic || d.wild) && rarely(t, "dataPeriod") {
		p["dataPeriod"] = map[string]any{"start": "2026-05-31"}
	}
	if (d.level == consent.PCFAdvanced || d.wild) && rarely(t, "label") {
		p["securityLabel"] = codings(care.SystemConfidentiality, "N", "R")
	}
	if d.wild {
		if rarely(t, "class") {
			p["class"] = codings("http://hl7.org/fhir/resource-types", "Observation", "AllergyIntolerance")
		}
		if rarely(t, "action") {
			p["action"] = []any{map[string]any{"coding": codings("http://terminology.hl7.org/CodeSystem/consentaction", "access", "correct")}}
		}
	}
	return p
}
