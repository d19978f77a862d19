package consent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"concord/fhir"
	"concord/fhir/care"
)

// PCF is one of the three content profiles of IHE Privacy Consent on FHIR 1.1.
type PCF string

// The profiles, each of which can say more than the one before.
const (
	PCFBasic        PCF = "basic"        // who, for which of four purposes, until when
	PCFIntermediate PCF = "intermediate" // and which data, by date, author, encounter or one by one; one level of exceptions
	PCFAdvanced     PCF = "advanced"     // and which labels
)

// profile is the canonical of the profile.
func (level PCF) profile() string {
	name := map[PCF]string{PCFBasic: "Basic", PCFIntermediate: "Intermediate", PCFAdvanced: "Advanced"}[level]
	return "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consent" + name
}

// Note is a statement of something in a Consent that could not be carried over, or was carried over with another
// meaning. It holds no data of anybody.
type Note struct {
	At   string // the element: "Consent.provision.provision[0].class"
	Text string
}

// ExportPCF writes a Consent by one of the profiles of IHE PCF. What the profile cannot express is left out only where
// that shares less: a deny without one of its criteria denies more, a permit that cannot be said in full is not said.
// Every such change is in the notes. A Consent that cannot be said without sharing more is refused, as a *fhir.Error
// of kind BusinessRule, with the notes that say why: whoever receives it would go by their own defaults otherwise.
func ExportPCF(r *fhir.Resource, level PCF) (*fhir.Resource, []Note, error) {
	w := &pcfWriter{level: level}
	said, ok := w.consent(r)
	if !ok {
		return nil, w.notes, fhir.Errorf(fhir.BusinessRule, "this Consent cannot be said in the %s profile of IHE PCF without sharing more than it does", level)
	}
	data, err := json.Marshal(said)
	if err != nil {
		return nil, w.notes, fmt.Errorf("write a Consent: %w", err)
	}
	out, err := fhir.DecodeJSON(data)
	return out, w.notes, err
}

type pcfWriter struct {
	level PCF
	notes []Note
	quiet bool // what is said a second time is not noted again
}

func (w *pcfWriter) note(at, text string) {
	if !w.quiet {
		w.notes = append(w.notes, Note{at, text})
	}
}

// consent writes the whole; false when it cannot be said.
func (w *pcfWriter) consent(r *fhir.Resource) (map[string]any, bool) {
	rule := RuleOf(r)
	if rule == nil || r.Type() != "Consent" {
		w.note("Consent.scope", "it is no sharing choice: the profiles are for those alone")
		return nil, false
	}
	said, err := fieldsOf(r)
	if err != nil {
		return nil, false
	}
	if rule.Research {
		w.note("Consent.scope", "the profiles know the scope patient-privacy alone, and research is another")
		return nil, false
	}
	if _, ok := said["modifierExtension"]; ok {
		w.note("Consent.modifierExtension", "nobody but its author can say what it changes")
		return nil, false
	}
	if reason, ok := w.typed(said, rule); !ok {
		w.note("Consent.provision", reason)
		return nil, false
	}
	provision, _ := said["provision"].(map[string]any)
	root, ok := w.root(provision)
	if !ok {
		return nil, false
	}
	said["provision"] = root
	w.frame(said)
	return said, true
}

func fieldsOf(r *fhir.Resource) (map[string]any, error) {
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(r.JSON()))
	d.UseNumber()
	return fields, d.Decode(&fields)
}

// typed gives a root without a type the one that its policy means, where there is one reading (section 3.2).
func (w *pcfWriter) typed(said map[string]any, rule *Rule) (string, bool) {
	provision, ok := said["provision"].(map[string]any)
	switch {
	case !ok:
		return "it has no provision: what its policyRule means is left to each reader", false
	case len(rule.Readings) != 1 || rule.Readings[0].Untyped:
		return "its root has no type, and what it means has more than one reading", false
	case provision["type"] != nil:
		return "", true
	}
	provision["type"] = "deny"
	if rule.Readings[0].Permit {
		provision["type"] = "permit"
	}
	if code, _ := baseIn(said); code == "EMRGONLY" {
		list, _ := provision["provision"].([]any)
		provision["provision"] = append(list, map[string]any{
			"type": "permit", "purpose": []any{map[string]any{"system": care.SystemPurpose, "code": "ETREAT"}},
		})
	}
	return "", true
}

// baseIn is base, of fields.
func baseIn(said map[string]any) (string, bool) {
	data, err := json.Marshal(said)
	if err != nil {
		return "", false
	}
	r, err := fhir.Stored(data)
	if err != nil {
		return "", false
	}
	return base(r.Root())
}

// frame writes what stands around the provision, and notes what the profile demands and the Consent has not.
func (w *pcfWriter) frame(said map[string]any) {
	for _, name := range []string{"text", "implicitRules"} {
		delete(said, name) // a narrative may say what the rest no longer does
	}
	for _, lost := range []struct{ name, text string }{
		{"policyRule", "left out: the type of the root says it"},
		{"verification", "left out: the profiles do not use it"},
		{"extension", "left out, with the choices that it may say are replaced: end those by hand where this one goes"},
	} {
		if said[lost.name] != nil {
			delete(said, lost.name)
			w.note("Consent."+lost.name, lost.text)
		}
	}
	if policies, _ := said["policy"].([]any); len(policies) == 0 {
		said["policy"] = []any{map[string]any{"uri": Default().ID}}
		w.note("Consent.policy", "the profiles demand one: the base policy of this service is named")
	}
	for _, need := range [][]string{{"category"}, {"dateTime"}, {"performer"}, {"organization"}, {"sourceReference", "sourceAttachment"}} {
		if !slices.ContainsFunc(need, func(name string) bool { return said[name] != nil }) {
			w.note("Consent."+need[0], "the profiles demand it, and the Consent has none: add it before it is sent")
		}
	}
	meta, _ := said["meta"].(map[string]any)
	kept := map[string]any{"profile": []any{w.level.profile()}}
	if meta["security"] != nil {
		kept["security"] = meta["security"]
	}
	said["meta"] = kept
}
