package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // partial dates are read in a zone that must be there

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir/care"
)

// moment is when the request is made: an instant, or the start of a date.
func (q *caseRequest) moment() (time.Time, error) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, q.Time, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("not a case: request.time %q is no date or time", q.Time)
}

// classesOfRole says what kind of caller the words of a case mean, other than staff.
var classesOfRole = map[string]consent.ViewerClass{
	"patient": consent.Self, "self": consent.Self, "person": consent.Self, "subject": consent.Self,
	"proxy": consent.Proxy, "carer": consent.Proxy, "caregiver": consent.Proxy, "parent": consent.Proxy, "guardian": consent.Proxy,
	"relatedperson": consent.Proxy, "related-person": consent.Proxy, "family": consent.Proxy, "delegate": consent.Proxy,
	"app": consent.System, "system": consent.System, "backend": consent.System, "client": consent.System, "device": consent.System,
	"service": consent.System, "application": consent.System,
}

// clinicalWords are the words of cases for those who treat, besides those that tokens carry.
var clinicalWords = map[string]bool{
	"practitioner": true, "provider": true, "hcp": true, "clinical": true, "specialist": true, "consultant": true, "surgeon": true,
	"psychiatrist": true, "healthcare-professional": true, "health-professional": true, "dentist": true, "physiotherapist": true,
}

// errRefused says that a request is one that the gateway refuses before it decides anything.
var errRefused = errors.New("refused by its shape")

// viewer is who asks in a case, but for the purpose. A request that would be refused by its shape is errRefused.
func (c *consentCase) viewer(world *caseWorld) (consent.Viewer, error) {
	q := &c.Request
	v := consent.Viewer{
		Class: consent.Staff, OrgKind: consent.OrgHealth, Role: care.RoleClinician, Related: true, Directory: world.directory,
		Self: world.same(caseParties(q.Actor)), Patient: world.patient,
	}
	v.Orgs = world.orgs(slices.Concat(caseParties(q.Organisation), caseParties(q.Organization)), v.Self)
	for _, org := range v.Orgs {
		if org.Ref.Type == "Organization" {
			v.Org = org.Ref
			break
		}
	}
	if entry, ok := world.directory.Org(v.Org); ok && entry.Kind != consent.OrgUnknown {
		v.OrgKind = entry.Kind
	}
	v.Groups = world.groupsOf(v.Self, v.Orgs)
	q.classify(&v, world)
	var err error
	if v.Action, err = q.action(); err != nil {
		return v, err
	}
	if scopes := strings.Join(caseTexts(q.Scopes), " "); scopes != "" {
		if v.Scopes, err = smart.Parse(scopes); err != nil {
			return v, errRefused
		}
	}
	return v, nil
}

// classify reads the role word, or goes by the type of the actor where there is none.
func (q *caseRequest) classify(v *consent.Viewer, world *caseWorld) {
	words := caseTexts(q.Role)
	if len(words) == 0 {
		for _, me := range v.Self {
			switch {
			case me.Ref.Type == "RelatedPerson", me.Ref.Type == "Patient" && me.Ref != world.patient:
				v.Class = consent.Proxy
			case me.Ref.Type == "Patient":
				v.Class = consent.Self
			case me.Ref.Type == "Device":
				v.Class = consent.System
			}
		}
		return
	}
	v.Role = consent.RoleOf(words)
	for _, word := range words {
		_, code, _ := strings.Cut("|"+word[strings.LastIndexByte(word, '|')+1:], "|")
		code = strings.ToLower(code)
		if class, ok := classesOfRole[code]; ok {
			v.Class = class
			return
		}
		if v.Role == "" {
			v.Role = consent.RoleOf([]string{code})
		}
		if v.Role == "" && clinicalWords[code] {
			v.Role = care.RoleClinician
		}
	}
}

// caseActions are the words for what is done, of consentaction and of interactions.
var caseActions = map[string]consent.Action{
	"access": consent.Access, "read": consent.Access, "vread": consent.Access, "search": consent.Access, "history": consent.Access, "export": consent.Access,
	"disclose": consent.Disclose, "use": consent.Use, "collect": consent.Collect, "create": consent.Collect,
	"correct": consent.Correct, "update": consent.Correct, "patch": consent.Correct, "delete": consent.Correct, "write": consent.Correct,
}

// action is what is done: as the case says, else what its interaction does.
func (q *caseRequest) action() (consent.Action, error) {
	var action consent.Action
	for _, word := range caseTexts(q.Action) {
		known := caseActions[strings.ToLower(word[strings.LastIndexByte(word, '|')+1:])]
		if known == 0 {
			return 0, fmt.Errorf("not a case: request.action %q is none of consentaction", word)
		}
		action |= known
	}
	if action != 0 {
		return action, nil
	}
	switch asked := q.asked(); asked.letter {
	case smart.Create:
		return consent.Collect, nil
	case smart.Update, smart.Delete:
		return consent.Correct, nil
	default:
		return consent.Access, nil
	}
}

// purposes are the codes of the purposes, all of which have to pass. Where a case names none, the person and those
// who act for them come at their own request (CONSENT rules section 4); of others nothing is presumed.
func (c *consentCase) purposes(v *consent.Viewer) []string {
	var codes []string
	for _, text := range caseTexts(c.Request.Purpose) {
		codes = append(codes, text[strings.LastIndexByte(text, '|')+1:])
	}
	switch {
	case len(codes) > 0:
		return codes
	case v.Class == consent.Self:
		return []string{"PATRQT"}
	case v.Class == consent.Proxy:
		return []string{"FAMRQT"}
	default:
		return []string{""}
	}
}
