package guard

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/bits"
	"slices"
	"strings"
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
		Role: j.viewers[0].Role, Purpose: j.purposes(),
		Client: j.c.Client, Token: j.c.Token, Request: j.c.Request, Policy: j.g.Base.ID,
		Labels: j.g.Base.Labels,
	}
}

// purposes are all that the token carries: each of them had to be permitted.
func (j *judge) purposes() string {
	all := make([]string, 0, len(j.viewers))
	for _, v := range j.viewers {
		all = append(all, v.Purpose)
	}
	return strings.Join(all, " ")
}

// eventID is random, and begins with its time, so that one event can be found again in its person's trail.
func eventID(at time.Time) string {
	var b [40]byte
	micro := at.UnixMicro()
	for i := 14; i >= 0; i-- {
		b[i] = "0123456789abcdef"[micro&15]
		micro >>= 4
	}
	b[15] = '-'
	var random [12]byte
	_, _ = rand.Read(random[:]) // does not fail
	hex.Encode(b[16:], random[:])
	return string(b[:])
}

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
		return []Event{e}, j.feign(ref)
	}
	if seen {
		e.Version, e.Count = answer.version.ID, 1
		return j.perPerson(e, current.Facts, answer.sight)
	}
	e.Withheld = 1
	events, err := j.perPerson(e, current.Facts, answer.sight)
	if err != nil {
		return nil, err
	}
	return events, j.feign(ref)
}

// feign searches for what content is attached to, where it was not asked: a Binary that is absent, or hidden for another
// reason, is as much work as one that is hidden with its hosts (section 10 row 29).
func (j *judge) feign(ref fhir.Ref) error {
	if ref.Type != "Binary" || ref.ID == "" || j.operator() {
		return nil
	}
	_, err := j.hostsOf(&consent.Facts{Ref: ref})
	return err
}

// perPerson repeats an event for each person that a thing is about, each with the rules of theirs that decided.
func (j *judge) perPerson(e Event, f *consent.Facts, s sight) ([]Event, error) {
	people, err := j.peopleOf(f)
	if err != nil || len(people) == 0 {
		return []Event{e}, err
	}
	var events []Event
	for _, p := range people {
		one := e
		one.ID, one.Person, one.Standing = eventID(e.At), p, j.epoch(p)
		if one.Reason == "" {
			one.Reason = s.verdict.Why.Step.String()
		}
		if s.verdict.Why.Step != consent.StepNone {
			one.Step = s.verdict.Why.Step.String()
		}
		if p == s.person {
			one.Rules = j.decidedBy(p, s.verdict.Why)
		}
		events = append(events, one)
	}
	return events, nil
}

// peopleOf are the people that a thing is about; for a Provenance those that its targets are about, for
// content those that what it is attached to is about.
func (j *judge) peopleOf(f *consent.Facts) ([]consent.Person, error) {
	about := f.About
	if nobodys(f) {
		hosts, err := j.hostsOf(f)
		if err != nil {
			return nil, err
		}
		for _, host := range hosts {
			about = append(slices.Clip(about), host.Facts.About...)
		}
	}
	if f.Ref.Type == "Provenance" {
		for _, ref := range targetsOf(f) {
			v, err := j.snap.Current(ref)
			if err != nil {
				return nil, fmt.Errorf("read the target of a Provenance: %w", err)
			}
			if v != nil {
				about = append(slices.Clip(about), v.Facts.About...)
			}
		}
	}
	var people []consent.Person
	for _, patient := range about {
		p, err := j.person(patient)
		if err != nil {
			return nil, err
		}
		if p != "" && !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	return people, nil
}

// decidedBy names the Consent that decided, when one did.
func (j *judge) decidedBy(p consent.Person, why consent.Reason) []string {
	r, ok := j.rulings[p]
	if !ok || why.Rule < 0 {
		return nil
	}
	if int(why.Rule) >= len(r.standing.Rules) {
		return nil
	}
	rule := &r.standing.Rules[why.Rule]
	if rule.Version == "" { // it was stored before versions were kept with rules
		return []string{rule.Ref.String()}
	}
	return []string{rule.Ref.String() + "/_history/" + rule.Version}
}

// hiddenBy names the steps by which anything of a person's was hidden from the caller in this request.
func (j *judge) hiddenBy(p consent.Person) string {
	var names []string
	for left := j.hidBy[p]; left != 0; left &= left - 1 {
		names = append(names, consent.Step(bits.TrailingZeros64(left)).String()) //nolint:gosec // below 64
	}
	return strings.Join(names, " ")
}

// epoch is the version of a person's standing in this snapshot, on which whatever was decided for them rests; 0 when
// there is none, or it cannot be read now.
func (j *judge) epoch(p consent.Person) int64 {
	if r, ok := j.rulings[p]; ok {
		return r.standing.Version
	}
	state, err := j.snap.State(p)
	if err != nil {
		return 0
	}
	return state.Standing.Version
}
