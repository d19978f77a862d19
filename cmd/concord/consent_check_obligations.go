package main

import (
	"fmt"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// withheld reports whether an obligation has codes under a key that begins so.
func (d *decider) withheld(key string) bool {
	for _, obligation := range d.c.Expected.Obligations {
		if len(obligationCodes(obligation, key)) > 0 {
			return true
		}
	}
	return false
}

// oblige tries the obligations of a case: what has a code to redact must be hidden, what has one of those excepted must
// be seen. One of another kind has nothing here that could be asked, and is left.
func (d *decider) oblige(verdict *caseVerdict, v consent.Viewer, purposes []string) error {
	for _, obligation := range d.c.Expected.Obligations {
		if !strings.Contains(strings.ToLower(fmt.Sprint(obligation)), "redact") {
			continue
		}
		for key, want := range map[string]bool{"code": false, "except": true} {
			for _, text := range obligationCodes(obligation, key) {
				thing, err := d.coded(text)
				if err != nil {
					return err
				}
				if err := d.judge(&thing, v, purposes); err != nil {
					return err
				}
				if thing.seen != want {
					verdict.differ("something with %s: want %s, got %s", text, sight(want), sight(thing.seen))
					verdict.trace = append(verdict.trace, thing.trace...)
				}
			}
		}
	}
	return nil
}

// obligationCodes are the codes that stand anywhere in an obligation under a plural key that begins so.
func obligationCodes(v any, key string) []string {
	var all []string
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			all = append(all, obligationCodes(each, key)...)
		}
	case map[string]any:
		for name, value := range v {
			if strings.HasPrefix(name, key) && name != "code" {
				all = append(all, caseTexts(value)...)
				continue
			}
			all = append(all, obligationCodes(value, key)...)
		}
	}
	return all
}

// coded is an invented thing with a code: of that type, with that label, or with that clinical code.
func (d *decider) coded(text string) (caseThing, error) {
	system, code, _ := strings.Cut(text, "|")
	coding := []any{map[string]any{"system": system, "code": code}}
	switch {
	case fhir.KnownType(fhir.Type(code)):
		return d.probe(fhir.Type(code), nil)
	case system == care.SystemConfidentiality || system == care.SystemActCode:
		return d.probe("Observation", map[string]any{"meta": map[string]any{"security": coding}})
	default:
		return d.probe("Observation", map[string]any{"code": map[string]any{"coding": coding}})
	}
}
