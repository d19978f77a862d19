package consent

import (
	"strings"

	"concord/fhir"
	"concord/fhir/care"
)

// givesOf is what a resource adds to the standing of the people it is about, or to the directory. A resource
// entered in error adds nothing.
func givesOf(r *fhir.Resource) Gives {
	root := r.Root()
	var g Gives
	if root.Get("status").Text() == "entered-in-error" {
		return g
	}
	if g.Ties = tiesOf(r); len(g.Ties) > 0 {
		g.Of = beneficiaries(r)
	}
	switch r.Type() {
	case "Consent":
		g.Rule = RuleOf(r)
	case "Patient":
		g.Patient = patientOf(r)
	case "Organization", "Practitioner", "PractitionerRole", "Group":
		g.Entry = entryOf(r)
	}
	return g
}

// beneficiaries are the Patients whom the ties of a resource connect: its own subjects, of a Task the one it is
// for. What it contains or points to makes nobody else known to anybody.
func beneficiaries(r *fhir.Resource) []fhir.Ref {
	if r.Type() == "Task" {
		return patientsAt(r.Root(), [][]string{{"for"}})
	}
	return ownSubjects(r)
}

// current are the statuses in which a resource connects people (CONSENT rules section 7, base policy).
var current = map[fhir.Type]string{
	"CareTeam":       " active ",
	"Task":           " requested received accepted ready in-progress on-hold ",
	"ServiceRequest": " active on-hold ",
	"Encounter":      " arrived triaged in-progress onleave ",
	"EpisodeOfCare":  " active onhold ",
	"CarePlan":       " active on-hold ",
}

func isCurrent(t fhir.Type, n fhir.Node) bool {
	return strings.Contains(current[t], " "+n.Get("status").Text()+" ")
}

// options are the intents of a ServiceRequest that asks nobody for anything yet.
var options = map[string]bool{"proposal": true, "plan": true, "option": true}

func tiesOf(r *fhir.Resource) []Tie {
	root, t := r.Root(), r.Type()
	switch t {
	case "RelatedPerson":
		return relatedTies(r)
	case "Patient":
		return makeTies(TieGeneral, r.Ref(), Span{}, partiesAt(root, root, [][]string{{"generalPractitioner"}, {"managingOrganization"}}))
	}
	if !isCurrent(t, root) {
		return nil
	}
	period := periodOf(root.Get("period"))
	switch t {
	case "CareTeam":
		return teamTies(r.Ref(), root, root, period)
	case "CarePlan":
		return planTies(r.Ref(), root)
	case "Task":
		asked := periodOf(root.At("restriction", "period"))
		return append(makeTies(TieReferral, r.Ref(), asked, partiesAt(root, root, [][]string{{"owner"}})),
			makeTies(TieRequest, r.Ref(), asked, partiesAt(root, root, [][]string{{"requester"}}))...)
	case "ServiceRequest":
		if options[root.Get("intent").Text()] {
			return nil
		}
		return append(makeTies(TieReferral, r.Ref(), Span{}, partiesAt(root, root, [][]string{{"performer"}})),
			makeTies(TieRequest, r.Ref(), Span{}, partiesAt(root, root, [][]string{{"requester"}}))...)
	case "Encounter":
		ties := makeTies(TieEncounter, r.Ref(), period, partiesAt(root, root, [][]string{{"serviceProvider"}}))
		for participant := range root.All("participant") {
			if both, ok := period.and(periodOf(participant.Get("period"))); ok {
				ties = append(ties, makeTies(TieEncounter, r.Ref(), both, partiesAt(root, participant, [][]string{{"individual"}}))...)
			}
		}
		return ties
	case "EpisodeOfCare":
		return makeTies(TieEncounter, r.Ref(), period, partiesAt(root, root, [][]string{{"managingOrganization"}, {"careManager"}}))
	default:
		return nil
	}
}

// teamTies are those of the members of a CareTeam, each while both the team and the membership last.
func teamTies(from fhir.Ref, root, team fhir.Node, period Span) []Tie {
	var ties []Tie
	for participant := range team.All("participant") {
		both, ok := period.and(periodOf(participant.Get("period")))
		if !ok {
			continue
		}
		var roles []string
		for code := range participant.All("role", "coding", "code") {
			roles = append(roles, code.Text())
		}
		members := makeTies(TieCareTeam, from, both, partiesAt(root, participant, [][]string{{"member"}, {"onBehalfOf"}}))
		for i := range members {
			members[i].Role = strings.Join(roles, " ")
		}
		ties = append(ties, members...)
	}
	return ties
}

// planTies are those of CareTeams that stand inside a current CarePlan.
func planTies(from fhir.Ref, root fhir.Node) []Tie {
	var ties []Tie
	for contained := range root.All("contained") {
		if typeOf(contained) == "CareTeam" && isCurrent("CareTeam", contained) {
			ties = append(ties, teamTies(from, root, contained, periodOf(contained.Get("period")))...)
		}
	}
	return ties
}

// relatedTies is the tie of a RelatedPerson, by reference and by every identifier.
func relatedTies(r *fhir.Resource) []Tie {
	root := r.Root()
	if root.Get("active").Text() == "false" {
		return nil
	}
	tie := Tie{Kind: TieRelated, From: r.Ref(), Period: periodOf(root.Get("period"))}
	var roles []string
	for code := range root.All("relationship", "coding", "code") {
		roles = append(roles, code.Text())
	}
	tie.Role = strings.Join(roles, " ")
	for extension := range root.All("extension") {
		if extension.Get("url").Text() == care.ExtensionParental && extension.Get("valueBoolean").Text() == "true" {
			tie.Parental = true
		}
	}
	who := []Party{{Ref: r.Ref()}}
	for identifier := range root.All("identifier") {
		if code := identifierOf(identifier); code != (Code{}) {
			who = append(who, Party{Ref: r.Ref(), Identifier: code})
		}
	}
	ties := make([]Tie, 0, len(who))
	for _, p := range who {
		tie.Who = p
		ties = append(ties, tie)
	}
	return ties
}

func makeTies(kind TieKind, from fhir.Ref, period Span, who []Party) []Tie {
	var ties []Tie
	for _, p := range who {
		ties = append(ties, Tie{Kind: kind, Who: p, From: from, Period: period})
	}
	return ties
}
