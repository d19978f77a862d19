package main

import (
	"strings"

	"concord/consent"
	"concord/fhir"
)

// caseTexts reads what may be a text, a coding, or a list of them, to texts: codings as "system|code".
func caseTexts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, each := range v {
			all = append(all, caseTexts(each)...)
		}
		return all
	case map[string]any:
		if inner, ok := v["coding"]; ok {
			return caseTexts(inner)
		}
		code, ok := v["code"].(string)
		if !ok {
			return nil
		}
		if system, ok := v["system"].(string); ok {
			return []string{system + "|" + code}
		}
		return []string{code}
	default:
		return nil
	}
}

// caseParties reads whom a case names: a reference or "system|value" as text, an object with a reference, identifiers
// or both, or a list of any.
func caseParties(v any) []consent.Party {
	switch v := v.(type) {
	case string:
		if r, ok := fhir.ParseRef(v); ok {
			return []consent.Party{{Ref: r}}
		}
		if system, value, ok := strings.Cut(v, "|"); ok {
			return []consent.Party{{Identifier: consent.Code{System: system, Code: value}}}
		}
	case []any:
		var all []consent.Party
		for _, each := range v {
			all = append(all, caseParties(each)...)
		}
		return all
	case map[string]any:
		if value, ok := v["value"].(string); ok {
			system, _ := v["system"].(string)
			return []consent.Party{{Identifier: consent.Code{System: system, Code: value}}}
		}
		all := caseParties(v["reference"])
		for _, name := range []string{"identifier", "identifiers"} {
			for _, p := range caseParties(v[name]) {
				if len(all) > 0 {
					p.Ref = all[0].Ref
				}
				all = append(all, p)
			}
		}
		return all
	}
	return nil
}

// memberParties reads members: parties, or Group.member and CareTeam.participant.
func memberParties(v any) []consent.Party {
	list, ok := v.([]any)
	if !ok {
		return caseParties(v)
	}
	var all []consent.Party
	for _, each := range list {
		if object, ok := each.(map[string]any); ok && object["reference"] == nil && object["value"] == nil {
			all = append(all, caseParties(object["entity"])...)
			all = append(all, caseParties(object["member"])...)
			continue
		}
		all = append(all, caseParties(each)...)
	}
	return all
}
