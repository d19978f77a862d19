package guard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// The trail as its person may read it: AuditEvents (FHIR R4 AuditEvent; BALP), made from the trail when asked.
// They name role and organisation, not the human being; they never show another patient, a query, or a thing
// that is held back from the person (CONSENT rules sections 10 row 25 and 14.16).

// looksShown bounds how many events one page holds, and looksRead how many of the trail are read for it.
const (
	looksShown = 200
	looksRead  = 1000
)

// auditEvent is the read of one AuditEvent by the person it is about.
func (r Reading) auditEvent(ctx context.Context, ref fhir.Ref) (Disclosed, error) {
	at, ok := eventTime(ref.ID)
	if !ok || r.c.class() != consent.Self {
		return Disclosed{}, errAbsent
	}
	looks, _, err := r.looked(ctx, search.Mark{Updated: at}, looksRead, func(e Event) bool { return e.ID == string(ref.ID) })
	if err != nil {
		return Disclosed{}, err
	}
	if len(looks) == 0 {
		return Disclosed{}, errAbsent
	}
	return Disclosed{body: looks[0].json, modified: looks[0].at, etag: `W/"1"`}, nil
}

// searchAuditEvents answers AuditEvent searches by the person: their own log, newest first. Only the person's
// own patient parameter and _count say anything here; everything else is left out, with a warning.
func (r Reading) searchAuditEvents(ctx context.Context, plan search.Plan, warnings []fhir.Issue) (Disclosed, error) {
	after := search.Mark{}
	if plan.After != nil {
		after = *plan.After
	}
	own := true
	for _, c := range plan.Where {
		switch c.Param {
		case "patient", "entity":
			own = own && slices.ContainsFunc(c.Any, func(v search.Value) bool { return v.Text == r.c.User.String() })
		default:
			warnings = append(warnings, fhir.Issue{
				Code: fhir.NotSupported, Warning: true,
				Diagnostics: "the parameter " + c.Param + " is not used on a person's own access log: use patient and _count",
			})
		}
	}
	b := bundle{Type: "searchset", Links: []link{{"self", selfLink(r.c.Base, plan)}}}
	if own && r.c.class() == consent.Self {
		looks, next, err := r.looked(ctx, after, min(plan.Count, looksShown), func(Event) bool { return true })
		if err != nil {
			return Disclosed{}, err
		}
		for _, l := range looks {
			b.Entries = append(b.Entries, entry{FullURL: r.c.Base + "/AuditEvent/" + l.id, Resource: l.json, Mode: "match"})
		}
		if next != nil {
			b.Links = append(b.Links, link{"next", nextLink(r.c.Base, plan, r.cursor(selfLink("", plan), *next))})
		}
	}
	return Disclosed{body: b.warn(warnings).json()}, nil
}

// look is one event of the log, ready to be shown.
type look struct {
	id   string
	at   time.Time
	json []byte
}

// looked gives the caller's own log after a mark: events of the person that the caller is, which concern nothing
// that is held back from them, at most limit. next is where to go on; nil when there is no more. It reads at most
// looksRead of the trail for one answer, so a page may be short, or empty, and still have a next one.
func (r Reading) looked(ctx context.Context, after search.Mark, limit int, want func(Event) bool) ([]look, *search.Mark, error) {
	var person consent.Person
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		var err error
		person, err = snap.Person(r.c.User)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("resolve a person: %w", err)
	}
	if person == "" {
		return nil, nil, nil
	}
	before := time.Time{}
	if !after.Updated.IsZero() {
		before = after.Updated.Add(time.Microsecond) // others of the same instant may be left
	}
	events, err := r.g.Trail.Looked(ctx, person, before, looksRead)
	if err != nil {
		return nil, nil, fmt.Errorf("read the trail: %w", err)
	}
	more := len(events) == looksRead
	if i := slices.IndexFunc(events, func(e Event) bool { return e.ID == string(after.ID) }); after.ID != "" && i >= 0 {
		events = events[i+1:]
	}
	var looks []look
	var next *search.Mark
	err = r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		looks, next = nil, nil
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 'r')
		if err != nil {
			return err
		}
		for _, e := range events {
			if !want(e) {
				continue
			}
			concerns, err := j.concernsSeen(e)
			if err != nil {
				return err
			}
			if concerns && len(looks) == limit { // there is one more that may be seen
				last := looks[limit-1]
				next = &search.Mark{Updated: last.at, ID: fhir.ID(last.id)}
				return nil
			}
			if concerns {
				looks = append(looks, look{e.ID, e.At, auditEvent(e, r.c.User)})
			}
		}
		if more && len(events) > 0 {
			last := events[len(events)-1]
			next = &search.Mark{Updated: last.At, ID: fhir.ID(last.ID)}
		}
		return nil
	})
	return looks, next, err
}

// concernsSeen reports whether an event concerns anything that the person may see: the view of the whole, or at
// least one of the resources that it names.
func (j *judge) concernsSeen(e Event) (bool, error) {
	refs := e.Refs
	if e.Ref.ID != "" && e.Ref.Type != "Patient" {
		refs = append(slices.Clone(refs), e.Ref)
	}
	if len(refs) == 0 {
		return true, nil
	}
	for _, ref := range refs {
		history, err := j.snap.History(ref)
		if err != nil {
			return false, fmt.Errorf("read a history: %w", err)
		}
		if len(history) == 0 {
			continue
		}
		s, err := j.look(history[0])
		if err != nil {
			return false, err
		}
		if s.verdict.Sight != consent.Hidden {
			return true, nil
		}
	}
	return false, nil
}

// auditEvent writes one event as the person may read it.
func auditEvent(e Event, patient fhir.Ref) []byte {
	out := []byte(`{"resourceType":"AuditEvent","id":`)
	out = appendString(out, e.ID)
	if e.Severity == SeverityHigh {
		out = append(out, `,"type":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110113","display":"Security Alert"},"subtype":[`...)
	} else {
		out = append(out, `,"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest","display":"RESTful Operation"},"subtype":[`...)
	}
	if e.Interaction == "break-glass" {
		out = append(out, `{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110127","display":"Emergency Override Started"},`...)
	}
	out = append(out, `{"system":"http://hl7.org/fhir/restful-interaction","code":`...)
	out = appendString(out, interactionCode(e.Interaction))
	out = append(out, `,"display":`...)
	out = appendString(out, e.Interaction)
	out = append(out, `}],"action":`...)
	out = appendString(out, string(e.Action))
	out = append(out, `,"recorded":`...)
	out = appendString(out, instant(e.At))
	outcome, desc := "0", "allowed"
	if !e.Permit {
		outcome, desc = "8", "refused"
	}
	out = append(out, `,"outcome":"`+outcome+`","outcomeDesc":"`+desc+`"`...)
	if e.Purpose != "" {
		out = append(out, `,"purposeOfEvent":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":`...)
		out = appendString(out, e.Purpose)
		out = append(out, `}]}]`...)
	}
	out = append(out, `,"agent":[{`...)
	if e.Role != "" {
		out = append(out, `"role":[{"text":`...)
		out = appendString(out, e.Role)
		out = append(out, `}],`...)
	}
	if e.User == patient {
		out = append(out, `"who":{"reference":`...)
		out = appendString(out, patient.String())
		out = append(out, `,"display":"you"},`...)
	} else if who := whoOf(e); who != "" {
		out = append(out, `"who":{"display":`...)
		out = appendString(out, who)
		out = append(out, `},`...)
	}
	out = append(out, `"requestor":true}`...)
	if e.Org != (fhir.Ref{}) {
		out = append(out, `,{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleClass","code":"PROV"}]},"who":{"reference":`...)
		out = appendString(out, e.Org.String())
		if e.OrgName != "" {
			out = append(out, `,"display":`...)
			out = appendString(out, e.OrgName)
		}
		out = append(out, `},"requestor":false}`...)
	}
	out = append(out, `],"source":{"observer":{"display":"Concord gateway"}},"entity":[{"what":{"reference":`...)
	out = appendString(out, patient.String())
	out = append(out, `},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1","display":"Person"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}}`...)
	if e.Ref.ID != "" && e.Ref != patient {
		out = append(out, `,{"what":{"reference":`...)
		out = appendString(out, e.Ref.String())
		out = append(out, `},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"}}`...)
	}
	for _, rule := range e.Rules {
		out = append(out, `,{"what":{"reference":`...)
		out = appendString(out, rule)
		out = append(out, `},"description":"the sharing choice that decided"}`...)
	}
	return append(out, `]}`...)
}

// whoOf names role and organisation, as the person reads it.
func whoOf(e Event) string {
	switch {
	case e.User.Type == "RelatedPerson":
		return "a carer of yours"
	case e.Role != "" && e.OrgName != "":
		return e.Role + " at " + e.OrgName
	case e.OrgName != "":
		return e.OrgName
	default:
		return e.Role
	}
}

// interactionCode is the code of an interaction in restful-interaction; our operations are "operation".
func interactionCode(interaction string) string {
	switch interaction {
	case "read", "vread", "update", "patch", "delete", "create", "history-instance", "history-type", "history-system", "search-type":
		return interaction
	case "import":
		return "create"
	default:
		return "operation"
	}
}
