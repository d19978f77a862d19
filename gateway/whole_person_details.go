package gateway

import (
	"concord/fhir"
	"concord/fhir/care"
)

// detail is one element worth telling of a thing, with the word before it.
type detail struct {
	label string
	path  []string
}

// details are told of every thing that has them, in this order. A thing has few of them.
var details = []detail{
	{"", []string{"valueString"}},
	{"", []string{"valueCodeableConcept"}},
	{"", []string{"valueQuantity"}},
	{"", []string{"valueInteger"}},
	{"", []string{"valueBoolean"}},
	{"", []string{"valueDateTime"}},
	{"", []string{"valueRange"}},
	{"", []string{"valuePeriod"}},
	{"", []string{"description"}},
	{"", []string{"summary"}},
	{"", []string{"relationship"}},
	{"", []string{"telecom"}},
	{"speaks", []string{"communication", "language"}},
	{"criticality", []string{"criticality"}},
	{"reaction", []string{"reaction", "manifestation"}},
	{"dose", []string{"dosageInstruction"}},
	{"dose", []string{"dosage"}},
	{"refuses", []string{"provision", "code"}},
	{"result", []string{"conclusion"}},
	{"risk", []string{"prediction", "outcome"}},
	{"expected", []string{"prognosisCodeableConcept"}},
	{"progress", []string{"achievementStatus"}},
	{"outcome", []string{"outcomeCodeableConcept"}},
	{"target", []string{"target", "dueDate"}},
	{"says", []string{"payload", "contentString"}},
	{"file", []string{"content", "attachment"}},
	{"by", []string{"owner"}},
	{"by", []string{"performer"}},
	{"said by", []string{"author"}},
	{"said by", []string{"asserter"}},
	{"said by", []string{"expressedBy"}},
	{"recorded by", []string{"recorder"}},
	{"asked by", []string{"requester"}},
	{"with", []string{"participant", "actor"}},
	{"at", []string{"serviceProvider"}},
	{"paid by", []string{"payor"}},
	{"note", []string{"note"}},
}

// told are our extensions that people read, with the word before each.
var told = []struct{ url, label string }{
	{care.ExtensionImportance, "importance of 10"},
	{care.ExtensionConfidence, "confidence of 10"},
	{care.ExtensionStageGoal, "step"},
	{care.ExtensionTrigger, "may be set off by"},
	{care.ExtensionEarlySign, "early sign"},
	{care.ExtensionCoping, "what helps"},
	{care.ExtensionWhatToDo, "what should happen"},
	{care.ExtensionWhomToCall, "call"},
	{care.ExtensionStrategy, "suggestion"},
	{care.ExtensionLifeSustaining, "covers life-sustaining treatment"},
	{care.ExtensionWitness, "witness"},
	{care.ExtensionDiscussedWith, "discussed with"},
	{care.ExtensionAwareOf, "known to"},
	{care.ExtensionMedicinePlace, "kept at"},
	{care.ExtensionAgreedWith, "agreed with"},
	{care.ExtensionConversation, "conversation"},
	{care.ExtensionReviewOwner, "review by"},
}

// tell writes one thing as an item of a list: what it is called, its details, its status and its dates.
func (p *person) tell(n *narrative, t *thing) {
	name, element := p.title(t)
	n.open("li").strong(name)
	for _, d := range details {
		if d.path[0] == element {
			continue
		}
		for value := range t.root.All(d.path...) {
			n.say(d.label, p.words(value))
		}
	}
	p.tellParts(n, t)
	for _, e := range told {
		for _, value := range t.extensions(e.url) {
			n.say(e.label, p.words(value))
		}
	}
	n.say("status", t.status())
	p.tellDates(n, t)
	n.close("li")
}

// tellParts writes the lists inside a thing that are things of their own: components and participants.
func (p *person) tellParts(n *narrative, t *thing) {
	for c := range t.root.All("component") {
		for _, name := range [...]string{"valueString", "valueCodeableConcept", "valueQuantity", "valueInteger", "valueBoolean"} {
			n.say(p.words(c.Get("code")), p.words(c.Get(name)))
		}
	}
	for m := range t.root.All("participant") {
		if m.Get("member").OK() {
			n.say(p.words(m.Get("role")), p.member(m))
		}
	}
}

// member is who a participant of a team is, and for whom they act.
func (p *person) member(m fhir.Node) string {
	return join(", ", p.words(m.Get("member")), p.words(m.Get("onBehalfOf")))
}

// tellDates writes when a thing was said and reviewed, when its review is due and where its paper is. What is
// overdue is shown as overdue.
func (p *person) tellDates(n *narrative, t *thing) {
	n.say("date", day(t.said))
	for _, value := range t.extensions(care.ExtensionReviewed) {
		n.say("reviewed", day(value.Text()))
	}
	for _, value := range t.extensions(care.ExtensionReviewDue) {
		due := value.Text()
		if overdue(due, p.Today) {
			n.say("review overdue since", day(due))
			continue
		}
		n.say("review due", day(due))
	}
	for _, value := range t.extensions(care.ExtensionWherePaper) {
		n.say("paper", value.Text())
	}
}
