package gateway

import (
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// labelled lists what the labels that the draft denies by would hide (CONSENT rules 14.21), a parameter for each label:
// a rule or a word decides what is labelled, so that a person should look. The things are those that the one who asks
// sees; Preview gives their labels to the person alone.
func labelled(p guard.Preview) []parameter {
	if p.Draft == nil {
		return nil
	}
	var criteria []labelCriterion
	for i := range p.Draft.Readings {
		criteria = deniedLabels(&p.Draft.Readings[i], criteria)
	}
	var all []parameter
	for _, c := range criteria {
		parts := []parameter{{Name: "code", ValueCoding: &coding{System: c.code.System, Code: c.code.Code}}}
		things := c.hidden(p)
		for _, t := range things {
			parts = append(parts, inReference("thing", t.Ref.String()))
		}
		words := countWords(len(things)) + " with this label would be hidden from somebody. Labels are set by rules: look whether they are the ones you mean."
		all = append(all, inParts("label", append(parts, inText("text", words))...))
	}
	return all
}

// labelCriterion is a label that a deny names, and which things have it.
type labelCriterion struct {
	code consent.Code
	has  func(consent.Labels) bool
}

// deniedLabels adds the labels that a deny, or one inside it, names.
func deniedLabels(v *consent.Provision, all []labelCriterion) []labelCriterion {
	add := func(code consent.Code, has func(consent.Labels) bool) {
		if !slices.ContainsFunc(all, func(c labelCriterion) bool { return c.code == code }) {
			all = append(all, labelCriterion{code, has})
		}
	}
	if !v.Permit {
		for _, level := range v.Levels {
			add(level.Code(), func(l consent.Labels) bool { return l.Level >= level })
		}
		for _, topic := range v.Topics {
			for _, code := range topic.Codes() {
				add(code, func(l consent.Labels) bool { return l.Topics.Covers(topic) })
			}
		}
		for _, code := range v.Labels {
			add(code, func(l consent.Labels) bool { return slices.Contains(l.Other, code) })
		}
	}
	for i := range v.Provisions {
		all = deniedLabels(&v.Provisions[i], all)
	}
	return all
}

// hidden are the things with the label of which somebody would see less, each once.
func (c labelCriterion) hidden(p guard.Preview) []guard.ForeseenChange {
	var things []guard.ForeseenChange
	known := map[fhir.Ref]bool{}
	for _, v := range p.Viewers {
		for _, change := range v.Changes {
			if !known[change.Ref] && loses(change) && c.has(change.Labels) {
				known[change.Ref] = true
				things = append(things, change)
			}
		}
	}
	return things
}
