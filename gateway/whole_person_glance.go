package gateway

import (
	"slices"

	"concord/fhir/care"
)

// line is one line at a glance: what it is called, and what of the record belongs on it.
type line struct {
	code, title string
	pick        func(p *person) []shown
}

// shown is one thing on a line.
type shown struct {
	t    *thing
	text string // in words; the dates follow
	says string // what it comes to; two things of one line that come to something else do not agree. "": nothing
	none bool   // it says that there is none
}

// The lines at a glance, in the order of the page: never more than twelve. CPR and advance decisions have a line each:
// they are never merged.
var lines = []line{
	{care.LineIdentity, "Who this is", (*person).identity},
	{care.LineCPR, "CPR recommendation", (*person).cpr},
	{care.LineADRT, "Advance decision to refuse treatment", (*person).advanceDecision},
	{care.LineRespect, "ReSPECT or treatment escalation plan", (*person).respect},
	{care.LineAllergies, "Allergies", (*person).allergies},
	{care.LineTimeCritical, "Time-critical medicines", (*person).timeCritical},
	{care.LineContingency, "What to do now if things change", (*person).contingency},
	{care.LineCommunication, "How to communicate", (*person).howToCommunicate},
	{care.LineCallTonight, "Whom to call tonight", (*person).callTonight},
	{care.LineKeyWorker, "Key worker", (*person).keyWorker},
	{care.LineDependants, "Who depends on this person", (*person).dependants},
}

// The constant words of the states.
var stateWords = map[string]string{
	care.StateRecorded:   "Recorded",
	care.StateNone:       "Recorded as none",
	care.StateNothing:    "Nothing this view can show",
	care.StateNotReached: "Source not reached",
}

// atAGlance is the first page for staff (STANDARDS section 9): one line each, references and no copies. The text
// holds all the lines, so that a reader who shows only the first text shows the page.
func (p *person) atAGlance() section {
	page := p.headed(care.AtAGlance)
	all := newNarrative()
	for _, l := range lines {
		items := l.pick(p)
		words := p.lineWords(l, items)
		all.open("p").strong(l.title).close("p").add(words)
		page.Section = append(page.Section, section{
			Extension: lineState(stateOf(items)),
			Title:     l.title,
			Code:      &concept{Coding: []coding{{System: care.SystemLine, Code: l.code}}},
			Text:      words.div(),
			Entry:     entries(items),
		})
	}
	page.Text = all.div()
	return page
}

// lineState is the coded state, so that a reader need not understand the words.
func lineState(state string) []extension {
	return []extension{{care.ExtensionLineState, coding{System: care.SystemLineState, Code: state, Display: stateWords[state]}}}
}

// entries are the references to what is on a line, each once.
func entries(items []shown) []reference {
	var refs []reference
	for _, item := range items {
		if r := (reference{item.t.ref.String()}); !slices.Contains(refs, r) {
			refs = append(refs, r)
		}
	}
	return refs
}

// lineWords is a line in words, with the dates of everything on it.
func (p *person) lineWords(l line, items []shown) *narrative {
	n := newNarrative()
	if len(items) == 0 {
		if l.code == care.LineIdentity && p.frame() {
			n.paragraph("You gave " + p.Whom.Identifier.Code + ", born " + p.Whom.Birth + ".")
		}
		return n.paragraph(nothingToShow)
	}
	if disagree(items) {
		n.paragraph("These do not agree. The newest stands first.")
	}
	n.open("ul")
	for _, item := range items {
		n.open("li").text(item.text)
		if item.t.ref.Type != "Patient" {
			p.tellDates(n, item.t)
		}
		n.close("li")
	}
	return n.close("ul")
}

// stateOf is one of the states of a line. "None" is said only when somebody said it and nobody said otherwise.
// A source that was not reached will have its own state when there are sources.
func stateOf(items []shown) string {
	if len(items) == 0 {
		return care.StateNothing
	}
	for _, item := range items {
		if !item.none {
			return care.StateRecorded
		}
	}
	return care.StateNone
}

// disagree reports whether two items come to different things.
func disagree(items []shown) bool {
	first := ""
	for _, item := range items {
		switch {
		case item.says == "":
		case first == "":
			first = item.says
		case item.says != first:
			return true
		}
	}
	return false
}

// find gives what is current and picked, newest first. Flags repeat what other things say: they count only where nothing else is.
func (p *person) find(picked func(*thing) bool) []*thing {
	found := p.among(func(t *thing) bool { return picked(t) && p.current(t) })
	if rest := slices.DeleteFunc(slices.Clone(found), func(t *thing) bool { return t.ref.Type == "Flag" }); len(rest) > 0 {
		return rest
	}
	return found
}

// among gives the things that are picked, newest first.
func (p *person) among(picked func(*thing) bool) []*thing {
	var found []*thing
	for _, t := range p.things {
		if picked(t) {
			found = append(found, t)
		}
	}
	newestFirst(found)
	return found
}

// none reports whether an observation says that there is none of what its line is about.
func none(t *thing) bool { return t.root.Get("valueBoolean").Text() == "false" }

// show gives each thing with its title and its value, and with what it comes to where the line needs that.
func (p *person) show(things []*thing, elements ...string) []shown {
	var items []shown
	for _, t := range things {
		name, _ := p.title(t)
		if none(t) {
			items = append(items, shown{t: t, text: name + ": recorded as none", says: "none", none: true})
			continue
		}
		parts := []string{name}
		for _, element := range elements {
			if w := p.words(t.root.Get(element)); w != name {
				parts = append(parts, w)
			}
		}
		items = append(items, shown{t: t, text: join(": ", parts...), says: "some"})
	}
	return items
}
