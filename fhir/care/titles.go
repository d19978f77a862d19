package care

// Base is the address under which all our canonicals, code systems and extensions stand.
const Base = "https://concord.health/fhir"

// Title is what a section is called.
type Title struct {
	Section Section
	Code    string // of SystemSection; it is also how a sharing choice names the section in provision.class
	Title   string // as staff read it
	Plain   string // as the person and the carer read it
	Loinc   string // of SystemLoinc, for Composition.section.code; empty where LOINC has none that fits
}

// titles are in the order of the sections.
var titles = [NumSections]Title{
	{AtAGlance, "at-a-glance", "At a glance", "The most important things", LoincAlerts},
	{WhatMatters, "what-matters", "What matters to me", "What matters to me", LoincPreferences},
	{Communication, "communication", "How to reach and talk with me", "How to reach and talk with me", ""},
	{People, "people", "People around me", "People around me", LoincCareTeam},
	{Goals, "goals", "My strengths, goals and hopes", "My strengths, goals and hopes", LoincGoals},
	{Plan, "plan", "My care and support plan", "My care and support plan", LoincPlan},
	{Decisions, "decisions", "Decisions we made together", "Decisions we made together", ""},
	{Contingency, "contingency", "If things change", "If things change", ""},
	{Ahead, "ahead", "Looking ahead", "Looking ahead", LoincAdvanceDirectives},
	{Community, "community", "Community and social prescribing", "My community", ""},
	{Managing, "managing", "Managing my own health", "Managing my own health", ""},
	{Budget, "budget", "Personal budget", "My personal budget", ""},
	{Clinical, "clinical", "Clinical summary", "My health in short", ""},
	{Caring, "caring", "Caring for someone", "Caring for someone", ""},
	{Sharing, "sharing", "Sharing", "Who can see what", ""},
	{Identity, "identity", "Identity", "Who I am", ""},
	{Appointments, "appointments", "Appointments and visits", "My appointments and visits", ""},
}

// Title is what the section is called.
func (s Section) Title() Title {
	if s >= NumSections {
		return Title{Section: s}
	}
	return titles[s]
}

// String is the section's code.
func (s Section) String() string { return s.Title().Code }

// SectionByCode finds the section that has this code of SystemSection.
func SectionByCode(code string) (Section, bool) {
	for _, t := range titles {
		if t.Code == code {
			return t.Section, true
		}
	}
	return 0, false
}
