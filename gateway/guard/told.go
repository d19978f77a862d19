package guard

import (
	"fmt"
	"time"

	"concord/consent"
	"concord/fhir"
)

// event begins the trail's record of what this caller does now (CONSENT rules section 11).
func (j *judge) event(interaction string, action byte) Event {
	at := j.viewers[0].Time
	return Event{
		ID: eventID(at), At: at, Interaction: interaction, Action: action,
		User: j.c.User, Name: j.c.Name, Org: j.viewers[0].Org, OrgName: j.c.orgName(j.dir, j.viewers[0].Org),
		Role: j.viewers[0].Role, Purpose: j.viewers[0].Purpose,
		Client: j.c.Client, Token: j.c.Token, Request: j.c.Request, Policy: j.g.Base.ID,
	}
}

// eventID is random, and begins with its time, so that one event can be found again in its person's trail.
func eventID(at time.Time) string { return fmt.Sprintf("%015x-%s", at.UnixMicro(), randomHex()[:24]) }

// eventTime is the time in an event's id, and whether it has that form.
func eventTime(id fhir.ID) (time.Time, bool) {
	var micro int64
	if len(id) != 40 || id[15] != '-' {
		return time.Time{}, false
	}
	if _, err := fmt.Sscanf(string(id[:15]), "%x", &micro); err != nil {
		return time.Time{}, false
	}
	return time.UnixMicro(micro).UTC(), true
}

func (c Caller) orgName(dir *consent.Directory, org fhir.Ref) string {
	if name := dir.Name(org); name != "" {
		return name
	}
	return c.OrgName
}

// told makes the events of a question about one resource: one for each person that it is about, and one about
// nobody when nothing is there.
func (j *judge) told(interaction string, ref fhir.Ref, current *Version, answer shown, seen bool) ([]Event, error) {
	e := j.event(interaction, 'R')
	e.Ref, e.Permit = ref, seen
	if current == nil {
		return []Event{e}, nil
	}
	if seen {
		e.Version, e.Count = answer.version.ID, 1
	} else {
		e.Withheld = 1
	}
	return j.perPerson(e, current.Facts, answer.sight)
}

// perPerson repeats an event for each person that a thing is about, each with the rules of theirs that decided.
func (j *judge) perPerson(e Event, f *consent.Facts, s sight) ([]Event, error) {
	if len(f.About) == 0 {
		return []Event{e}, nil
	}
	var events []Event
	for _, patient := range f.About {
		p, err := j.person(patient)
		if err != nil {
			return nil, err
		}
		one := e
		one.ID, one.Person = eventID(e.At), p
		if one.Reason == "" {
			one.Reason = s.verdict.Why.Step.String()
		}
		if p == s.person {
			one.Rules = j.decidedBy(p, s.verdict.Why)
		}
		events = append(events, one)
	}
	return events, nil
}

// decidedBy names the Consent that decided, when one did.
func (j *judge) decidedBy(p consent.Person, why consent.Reason) []string {
	r, ok := j.rulings[p]
	if !ok || why.Rule < 0 {
		return nil
	}
	return []string{r.policy.Rule(why.Rule).String()}
}
