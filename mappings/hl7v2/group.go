package hl7v2

import "slices"

// Group says which segments of a message belong together: an OBR with the OBX that follow it. The standard draws this
// in the abstract message of each structure; only groups that come more than once are told here, so that a PID is
// found in the same place of every message.
type Group struct {
	Name string // of the node in a Tree, such as "ORDER_OBSERVATION"
	// Begin are the segments that begin a group, in the order in which they stand at its head: each of them may be
	// missing, and one that does not come after the one before it begins the next group.
	Begin []string
	// Bare says that the head may be missing as a whole: a group within begins this one then. Senders leave out an RGS
	// that groups nothing, or an OBR before results that nobody ordered.
	Bare   bool
	Holds  []string // segments that continue it; any other ends it
	Groups []Group  // within it
}

// begins is the place of the segment among those that begin the group, or -1.
func (g *Group) begins(s Segment) int { return slices.IndexFunc(g.Begin, s.named) }

// opens reports whether the segment begins the group, by itself or as the first of a group within.
func (g *Group) opens(s Segment) bool {
	return g.begins(s) >= 0 || g.Bare && slices.ContainsFunc(g.Groups, func(inner Group) bool { return inner.begins(s) >= 0 })
}

// holds reports whether the segment continues the group, or begins one within it.
func (g *Group) holds(s Segment) bool {
	return slices.ContainsFunc(g.Holds, s.named) ||
		slices.ContainsFunc(g.Groups, func(inner Group) bool { return inner.begins(s) >= 0 })
}

// Parts that several structures have.
var (
	notes       = []string{"NTE"}
	observation = Group{Name: "OBSERVATION", Begin: []string{"OBX"}, Holds: []string{"NTE", "PRT"}}
	procedure   = Group{Name: "PROCEDURE", Begin: []string{"PR1"}, Holds: []string{"ROL", "PRT"}}
	insurance   = Group{Name: "INSURANCE", Begin: []string{"IN1"}, Holds: []string{"IN2", "IN3", "ROL"}}
	visit       = []Group{observation, procedure, insurance}
	orders      = []Group{{
		Name: "ORDER_OBSERVATION", Bare: true, Begin: []string{"ORC", "OBR"}, Holds: []string{"NTE", "ROL", "PRT", "TQ1", "TQ2", "CTD", "FT1", "CTI"},
		Groups: []Group{observation, {Name: "SPECIMEN", Begin: []string{"SPM"}}},
	}}
	merge    = []Group{{Name: "PATIENT", Begin: []string{"PID"}, Holds: []string{"PD1", "MRG", "PV1", "DB1"}}}
	document = []Group{{Name: "COMMON_ORDER", Begin: []string{"ORC", "OBR"}, Holds: []string{"NTE", "TQ1", "TQ2"}}, observation}
	schedule = []Group{{
		Name: "RESOURCES", Begin: []string{"RGS"}, Bare: true,
		Groups: []Group{
			{Name: "SERVICE", Begin: []string{"AIS"}, Holds: notes},
			{Name: "GENERAL_RESOURCE", Begin: []string{"AIG"}, Holds: notes},
			{Name: "LOCATION_RESOURCE", Begin: []string{"AIL"}, Holds: notes},
			{Name: "PERSONNEL_RESOURCE", Begin: []string{"AIP"}, Holds: notes},
		},
	}}
	referral = []Group{
		{Name: "PROVIDER_CONTACT", Begin: []string{"PRD"}, Holds: []string{"CTD"}},
		procedure, insurance,
		{Name: "OBSERVATION", Begin: []string{"OBR"}, Holds: notes, Groups: []Group{{Name: "RESULTS_NOTES", Begin: []string{"OBX"}, Holds: notes}}},
	}
)

// GroupsOf gives the groups of a message by MSH-9: those of ADT, ORU, MDM, SIU and REF (HL7 v2.5.1, chapters 3, 7, 9, 10
// and 11). Of other messages it gives none.
func GroupsOf(m *Message) []Group {
	switch m.Type() {
	case "ADT":
		switch m.Event() {
		case "A18", "A30", "A34", "A35", "A36", "A37", "A39", "A40", "A41", "A42":
			return merge
		}
		return visit
	case "ORU":
		return orders
	case "MDM":
		return document
	case "SIU":
		return schedule
	case "REF":
		return referral
	default:
		return nil
	}
}
