package guard

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"concord/consent"
	"concord/fhir"
)

// Delivery is one record of a local system, to be taken in whole or not at all, once (CONSENT rules 15.12).
type Delivery struct {
	// Key names the record among all that the caller's organisation sends. The same key with the same Digest again changes
	// nothing; with another Digest it is refused. Empty: it is taken each time that it comes.
	Key    string
	Digest string
	// Make maps the record, at a time. The ids come from id, by what names a thing in the local system: the same thing has the same id
	// whenever this organisation sends it, and nobody can guess it. Make may be called more than once; its error refuses the record.
	Make func(at time.Time, id func(typ, system, key string) fhir.ID) (Delivered, error)
	// Care says whether visits open and end a relationship with the person (section 14.2).
	Care Care
}

// Delivered is what a record makes.
type Delivered struct {
	Resources []*fhir.Resource  // what is the person's first: others refer to it
	Once      map[fhir.Ref]bool // those that are made only where they are not there yet: Put leaves them as they are
	Occurred  time.Time         // when it was so; zero: nobody knows
	Local     []byte            // what goes back to the same sender alone (Sent.Local)
	// Put gives what is to be stored of one of the resources that is there already, as its sender sees it: that itself when
	// nothing changes.
	Put func(made, there *fhir.Resource) (*fhir.Resource, error)
	// Provenance is that of what the record is the reason for; its id does not matter.
	Provenance func(targets []fhir.Ref) (*fhir.Resource, error)
}

// Care says what a visit that a sender tells of does.
type Care uint8

// What visits do.
const (
	CareUntouched Care = iota
	CareByVisits       // an Encounter under way opens a relationship, its end lets that end a day later
)

// Ingested is what became of a Delivery.
type Ingested struct {
	Refs       []fhir.Ref // of what it made
	Left       []Left     // those of them that it did not touch
	Provenance fhir.Ref   // zero: it is the reason for nothing, or came without a Key and all of it was there already
	Replayed   bool       // it was taken in before: nothing was done
}

// Refusals of records.
var (
	errOtherContent = fhir.Errorf(fhir.Conflict, "another message came under this key before: give each message a key of its own")
	errNoOperator   = fhir.Errorf(fhir.Forbidden, "records are taken in from the organisation that sends them; the operator imports resources instead")
)

// Ingest takes in what a local system sends, as the caller that its door acts as: what the record makes is created, or
// updated where the same organisation sent it before, in one commit with a Provenance and a note of the key. Each thing
// is decided as any other write of this caller.
//
// Errors are those of Make and of Commit; Conflict for a key that had other content.
func (r Reading) Ingest(ctx context.Context, v Delivery) (Ingested, error) {
	v.Make = once(v.Make)
	for range commitTries {
		t, err := r.intake(ctx, v)
		if err != nil {
			return Ingested{}, r.denied(ctx, t.draft, err)
		}
		if t.done.Replayed {
			return t.done, nil
		}
		switch err := r.settleIntake(ctx, t); err {
		case nil:
			if t.opening == nil {
				r.g.remember(t)
				return t.done, nil
			}
		case ErrConflict: //nolint:errorlint // stores return ErrConflict itself
		default:
			return Ingested{}, err
		}
	}
	return Ingested{}, errBusy
}

// making is what Delivery.Make is.
type making = func(at time.Time, id func(typ, system, key string) fhir.ID) (Delivered, error)

// once makes what a record makes one time, however often it is decided: it rests on nothing that is stored. A commit that was overtaken,
// or that waits for care to begin, would map and check everything again.
func once(produce making) making {
	var made Delivered
	var err error
	done := false
	return func(at time.Time, id func(typ, system, key string) fhir.ID) (Delivered, error) {
		if !done {
			made, err = produce(at, id)
			done = true
		}
		return made, err
	}
}

// intake is a Delivery as it was decided in one snapshot.
type intake struct {
	draft    *draft
	done     Ingested
	arrivals []arrival
	occurred time.Time
	opening  *Change // care that begins or ends, which comes first: what follows may rest on it
}

// settleIntake commits care that begins, else what the record made.
func (r Reading) settleIntake(ctx context.Context, t intake) error {
	if t.opening == nil {
		return r.commit(ctx, t.draft)
	}
	_, err := r.g.Store.Commit(ctx, *t.opening)
	return err
}

func (r Reading) intake(ctx context.Context, v Delivery) (intake, error) {
	var t intake
	if err := r.c.readsOnly(); err != nil {
		return t, err
	}
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		t = intake{draft: newDraft()}
		d := t.draft
		var err error
		if d.j, err = r.g.judge(ctx, r.c, snap, consent.Access, 'r'); err != nil {
			return err
		}
		if d.j.operator() {
			return errNoOperator
		}
		if _, known := d.j.dir.Org(d.sender()); !known {
			return errUnknownOrganisation
		}
		note := d.note(v)
		if t.done, err = d.received(note, v); err != nil || t.done.Replayed {
			return err
		}
		made, err := v.Make(d.j.viewers[0].Time, d.idFor)
		if err != nil {
			return err
		}
		made.Occurred = notBeyond(made.Occurred, d.j.viewers[0].Time)
		all, err := d.arrivals(made)
		if err != nil {
			return err
		}
		t.arrivals, t.occurred = all, made.Occurred
		after := make([]*fhir.Resource, len(all))
		for i, a := range all {
			if after[i] = a.after; a.seen == nil {
				after[i] = a.sent // what others wrote there opens no care
			}
			t.done.Refs = append(t.done.Refs, a.made.Ref())
			if a.why != "" {
				t.done.Left = append(t.done.Left, Left{a.made.Ref(), a.why})
			}
		}
		if t.opening, err = d.care(after, v.Care); err != nil || t.opening != nil {
			return err
		}
		if t.done.Provenance, err = d.deliver(all, made, note, v); err != nil {
			return err
		}
		d.finish()
		return nil
	})
	return t, err
}

// idFor is the id of a thing that the caller's organisation sends. It is the organisation's own: what others sent under
// the same name has another, and is not touched.
func (d *draft) idFor(typ, system, key string) fhir.ID {
	return d.j.g.derivedID("thing", d.sender().String(), typ, system, key)
}

// derivedID is an id that needs the server's secret to be told from a random one.
func (g *Guard) derivedID(parts ...string) fhir.ID {
	h := hmac.New(sha256.New, g.Secret)
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:", len(part)) // a hash takes everything
		_, _ = io.WriteString(h, part)
	}
	return fhir.ID(hex.EncodeToString(h.Sum(nil)[:16]))
}
