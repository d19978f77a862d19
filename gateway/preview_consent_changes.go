package gateway

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// changeGroup is the things of one section that change in the same way for somebody.
type changeGroup struct {
	section care.Section
	effect  guard.Effect
	things  []guard.ForeseenChange
}

// effects in the order in which a reader wants them.
var effects = []guard.Effect{guard.EffectHidden, guard.EffectLess, guard.EffectOtherwise, guard.EffectMore, guard.EffectShown}

// effectWords say what happens to one thing and to several.
var effectWords = map[guard.Effect][2]string{
	guard.EffectHidden:    {"would be hidden", "would be hidden"},
	guard.EffectShown:     {"would be shown", "would be shown"},
	guard.EffectLess:      {"would be shown with less in it", "would be shown with less in them"},
	guard.EffectMore:      {"would be shown with more in it", "would be shown with more in them"},
	guard.EffectOtherwise: {"would be shown with other parts left out", "would be shown with other parts left out"},
}

// grouped sorts changes by effect and section. A thing of several sections stands in the first of them.
func grouped(changes []guard.ForeseenChange) []changeGroup {
	var groups []changeGroup
	for _, effect := range effects {
		for section := range care.NumSections {
			g := changeGroup{section: section, effect: effect}
			for _, c := range changes {
				if c.Effect == effect && c.Section == section {
					g.things = append(g.things, c)
				}
			}
			if len(g.things) > 0 {
				groups = append(groups, g)
			}
		}
	}
	return groups
}

func (g changeGroup) words(class consent.ViewerClass) string {
	title := g.section.Title().Title
	if plain(class) {
		title = g.section.Title().Plain
	}
	return countWords(len(g.things)) + " of “" + title + "” " + effectWords[g.effect][min(len(g.things), 2)-1] + g.sharedWords()
}

// sharedWords says where others have a say too.
func (g changeGroup) sharedWords() string {
	if slices.ContainsFunc(g.things, func(c guard.ForeseenChange) bool { return c.Shared }) {
		return ", as far as this choice goes: some of it is about other people too, whose choices count as well"
	}
	return ""
}

func countWords(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func (g changeGroup) parts() parameter {
	parts := []parameter{
		{Name: "section", ValueCoding: &coding{System: care.SystemSection, Code: g.section.String()}},
		inCode("effect", string(g.effect)), inNumber("count", len(g.things)),
	}
	for _, c := range g.things {
		parts = append(parts, inReference("thing", c.Ref.String()))
	}
	return inParts("change", parts...)
}
