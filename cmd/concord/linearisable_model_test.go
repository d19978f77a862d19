package main

import "strings"

// The model against which histories are checked: a withdrawal is in force at the next request on every node. One family is one object: what decides about any of its things is one state, so a history
// that is linearisable here is so for each person, viewer and thing alone, and the answers about several things are of
// one moment too. It is written from the rules, and asks no code of ours.

// kinship is all that the answers about one family rest on. It is a value, so that states are compared by ==.
type kinship struct {
	in    facts
	glass [glassDoctors]bool // whose window is open
	rules [things]uint8      // by which label rules each thing was labelled last
	many  bool               // nodes: then not all need have the same label rules
}

// facts are what somebody can switch on and off.
type facts uint16

const (
	noGoals        facts = 1 << iota // the person denies the hospital goals
	noTreatment                      // the person denies all treatment, emergencies by name
	noTopic                          // the person denies the hospital and the hospice what is labelled with a topic
	goalsToCharity                   // the person shares goals with the charity
	noMeetings                       // the other person denies everybody appointments
	hospitalTeam                     // the hospital is in the person's care team
	hospiceTeam
	hospitalWith // the hospital is in the other person's care team
	hospiceWith
	allFacts = 1<<iota - 1
)

var factNames = []string{
	"deny goals", "deny treatment", "deny the topic", "permit goals", "the other's deny of meetings",
	"hospital in the team", "hospice in the team", "hospital in the other's team", "hospice in the other's team",
}

// String is the name of one fact.
func (f facts) String() string {
	var names []string
	for i, name := range factNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// The things of a family.
const (
	thePerson    = iota
	theGoal      // of the person
	theFinding   // of the person; the second rule set labels it with the topic
	thePlan      // of the person; it names the goal and the finding
	theMeeting   // an appointment of the person and the other
	theMention   // the goal's name in the plan
	things       = iota - 1
	glassDoctors = 3
)

// seen is a set of things.
type seen uint8

func those(things ...int) seen {
	var s seen
	for _, one := range things {
		s |= 1 << one
	}
	return s
}

func (s seen) has(thing int) bool { return s&(1<<thing) != 0 }

func (s seen) String() string {
	var names []string
	for i, name := range []string{"person", "goal", "finding", "plan", "meeting", "mention of the goal"} {
		if s.has(i) {
			names = append(names, name)
		}
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// Who reads.
const (
	hospital = iota
	hospice
	charity
	firstDoctor // and so many as glassDoctors
	viewers     = firstDoctor + glassDoctors
)

// The label rules: those that know the topic, and those that do not.
const (
	ruleless = iota
	topical
	ruleSets
)

// visible is how much of a thing an answer must show.
type visible uint8

const (
	mustHide visible = iota
	mayShow          // since nobody knows what it would be labelled with
	mustShow
)

// sees is whether a viewer sees a thing, on a node under some label rules.
func (f kinship) sees(viewer, thing int, under uint8) visible {
	if viewer >= firstDoctor {
		return visibleIf(thing != theMeeting && f.glass[viewer-firstDoctor] && f.in&noTreatment == 0)
	}
	if f.in&noTreatment != 0 {
		return mustHide
	}
	if viewer == charity {
		return visibleIf(thing == theGoal && f.in&goalsToCharity != 0)
	}
	team, with := hospitalTeam, hospitalWith
	if viewer == hospice {
		team, with = hospiceTeam, hospiceWith
	}
	switch {
	case f.in&team == 0,
		thing == theGoal && viewer == hospital && f.in&noGoals != 0,
		thing == theMeeting && (f.in&with == 0 || f.in&noMeetings != 0):
		return mustHide
	case f.in&noTopic != 0:
		return f.withoutTopic(thing, under)
	default:
		return mustShow
	}
}

func visibleIf(so bool) visible {
	if so {
		return mustShow
	}
	return mustHide
}

// withoutTopic is whether a thing is seen by whom the topic is denied. What the rules of the node label with it never is. What
// other rules have labelled since is hidden (section 5); but one of many nodes may remember what its own rules made of it.
func (f kinship) withoutTopic(thing int, under uint8) visible {
	gathers := []int{thing}
	if thing == thePlan {
		gathers = []int{thePlan, theGoal, theFinding}
	}
	s := mustShow
	for _, one := range gathers {
		if one == theFinding && under == topical {
			return mustHide
		}
		switch {
		case f.rules[one] == under:
		case !f.many:
			return mustHide
		default:
			s = mayShow
		}
	}
	return s
}

// allows reports whether a read may be answered so.
func (f kinship) allows(c call, saw seen) bool {
	var must, may seen
	for thing := range things {
		if !c.asked.has(thing) {
			continue
		}
		switch f.sees(c.viewer, thing, c.under) {
		case mustShow:
			must, may = must|those(thing), may|those(thing)
		case mayShow:
			may |= those(thing)
		case mustHide:
		}
	}
	if saw&c.through != c.through { // then there is no answer, and must not have to be one
		return saw == 0 && must&c.through != c.through
	}
	if c.asked.has(theMention) && saw.has(thePlan) {
		switch f.sees(c.viewer, theGoal, c.under) {
		case mustShow:
			must, may = must|those(theMention), may|those(theMention)
		case mayShow:
			may |= those(theMention)
		case mustHide:
		}
	}
	return saw&^may == 0 && must&^saw == 0
}
