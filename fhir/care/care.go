// Package care is the table of the words of personalised care: the sections of a person's record, our profile
// canonicals, code systems, categories and extensions. The view's sections and section-level sharing choices
// are keyed by it. It knows resources, and nothing of who may see them.
//
// What is where:
//
//   - Section, Set and Titles: the sections, their titles, the titles in plain words and their codes.
//   - SectionsOf: which sections a resource belongs to, from its type, category and code; meta.profile may add.
//   - System...: code systems, ours under Base and those of others.
//   - Category...: codes of SystemCategory. One of them in category, code or type sorts a resource that has no
//     better code into its section; Words lists them together with the codes of others that do the same.
//   - Snomed..., Loinc...: the codes of others that the view or the demo content names.
//   - AboutMe...: the seven headings of About Me. Role... and Kind...: people's roles and kinds of organisation.
//   - Label...: the seals and the reasons for holding back, as meta.security.
//   - Extension...: our extensions; Extensions says of each where it stands and of what type it is.
//   - Profile...: canonicals of our profiles.
package care

import (
	"iter"
	"math/bits"
)

// Section is one section of the whole-person view (MISSION: "What the content is").
type Section uint8

// The sections, in the order of the table. AtAGlance and Sharing are laid out from other things: no resource
// belongs to them by its content, except Consent, which is in Sharing.
const (
	AtAGlance Section = iota
	WhatMatters
	Communication // how to reach and talk with me: needs, interpreter, adjustments
	People
	Goals // my strengths, goals and hopes
	Plan
	Decisions
	Contingency // if things change
	Ahead       // looking ahead
	Community
	Managing
	Budget
	Clinical
	Caring
	Sharing
	Identity     // who the person is: Patient. Shown in the frame, not as a section of its own
	Appointments // Appointment, Encounter: reception and narrowed proxies see these
	NumSections
)

// Set is a set of sections, one bit each.
type Set uint32

// All is the set of every section.
const All Set = 1<<NumSections - 1

// In makes the set of these sections.
func In(sections ...Section) Set {
	var set Set
	return set.With(sections...)
}

// With is the set and these sections.
func (s Set) With(sections ...Section) Set {
	for _, one := range sections {
		s |= 1 << one
	}
	return s
}

// Without is the set but for these sections.
func (s Set) Without(sections ...Section) Set {
	for _, one := range sections {
		s &^= 1 << one
	}
	return s
}

// Has reports whether the section is in the set.
func (s Set) Has(section Section) bool { return s&(1<<section) != 0 }

// Union is what is in either set.
func (s Set) Union(other Set) Set { return s | other }

// Intersect is what is in both sets.
func (s Set) Intersect(other Set) Set { return s & other }

// Meets reports whether the sets have a section in common.
func (s Set) Meets(other Set) bool { return s&other != 0 }

// Within reports whether every section of the set is in the other.
func (s Set) Within(other Set) bool { return s&^other == 0 }

// Empty reports whether there is nothing in the set.
func (s Set) Empty() bool { return s == 0 }

// Len is how many sections are in the set.
func (s Set) Len() int { return bits.OnesCount32(uint32(s)) }

// Each gives the sections of the set in their order.
func (s Set) Each() iter.Seq[Section] {
	return func(yield func(Section) bool) {
		for one := range NumSections {
			if s.Has(one) && !yield(one) {
				return
			}
		}
	}
}
