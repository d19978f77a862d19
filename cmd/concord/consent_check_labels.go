package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// labelCodes reads labels: codings, "system|code", or a code whose system is known by the code.
func labelCodes(v any) []consent.Code {
	var all []consent.Code
	for _, text := range caseTexts(v) {
		c := consent.Code{System: care.SystemActCode, Code: text}
		if system, code, ok := strings.Cut(text, "|"); ok {
			c = consent.Code{System: system, Code: code}
		} else if len(text) == 1 && strings.Contains("ULMNRV", text) {
			c.System = care.SystemConfidentiality
		}
		all = append(all, c)
	}
	return all
}

// labelled is a resource with an id, and with the labels that the facts of the case give it.
func (w *caseWorld) labelled(raw json.RawMessage, id string) (*fhir.Resource, error) {
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("a resource is not JSON: %w", err)
	}
	typ, _ := fields["resourceType"].(string)
	if typ == "" {
		return nil, errors.New("a resource has no resourceType")
	}
	if text, _ := fields["id"].(string); text == "" {
		fields["id"] = id
	}
	text, _ := fields["id"].(string)
	if labels := w.labels[fhir.Ref{Type: fhir.Type(typ), ID: fhir.ID(text)}]; len(labels) > 0 {
		meta, _ := fields["meta"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
			fields["meta"] = meta
		}
		security, _ := meta["security"].([]any)
		for _, c := range labels {
			security = append(security, map[string]any{"system": c.System, "code": c.Code})
		}
		meta["security"] = security
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	return fhir.Stored(data)
}
