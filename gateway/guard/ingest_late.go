package guard

import (
	"fmt"
	"net/url"
	"time"

	"concord/fhir"
	"concord/fhir/search"
)

// The messages of one sender are ordered by their own times, not by when they came, so that one that waited among the dead
// letters does not undo what has happened since.

// fresh is how old a message may be without anybody asking whether a newer one came before it: what is under way for longer
// was held up.
const fresh = time.Minute

// notBeyond is a time that a message says, unless that was still to come when it arrived: a clock that was once wrong must not
// keep out all that comes late ever after.
func notBeyond(said, arrived time.Time) time.Time {
	if said.After(arrived.Add(fresh)) {
		return arrived
	}
	return said
}

// telling is the time of the message that told of a thing last, while this was its version. It is only remembered: the
// Provenances say the same, but to look through those of somebody with a long history, for every message of a system
// whose clock is wrong, would cost more than all the rest.
type telling struct {
	version  string
	occurred time.Time
}

const tellingsKept = 50_000

// late reports whether a message about a later time than this has told of a thing.
func (d *draft) late(prior *Version, occurred time.Time) (bool, error) {
	if occurred.IsZero() || d.j.viewers[0].Time.Sub(occurred) < fresh {
		return false, nil
	}
	if last, ok := d.j.g.tellings.Get(prior.Ref); ok && last.version == prior.ID {
		return occurred.Before(last.occurred), nil
	}
	plan, _, err := search.Parse("Provenance", url.Values{"target": {prior.Ref.String()}, "_count": {"1"}}, "", true)
	if err != nil {
		return false, fmt.Errorf("look what told of a thing: %w", err)
	}
	var last time.Time
	_, err = d.j.snap.Search(plan, Reach{All: true}, func(v *Version) (Seen, error) {
		if v.Facts.Sender != d.sender() {
			return Seen{}, nil
		}
		if kept, err := noteBeside(d.j.snap, v); err != nil || kept == nil {
			return Seen{}, err // a Provenance that people wrote says nothing of messages
		}
		root, err := fhir.Walk(v.JSON)
		if err != nil {
			return Seen{}, fmt.Errorf("read a Provenance: %w", err)
		}
		at, err := time.Parse(time.RFC3339Nano, root.Get("occurredDateTime").Text())
		if at = notBeyond(at, v.Updated); err == nil && at.After(last) {
			last = at
		}
		return Seen{}, nil // it is not the Provenance that is wanted, but its time
	})
	if err != nil {
		return false, fmt.Errorf("look what told of a thing: %w", err)
	}
	return occurred.Before(last), nil
}

// remember notes the time of a message that was taken in.
func (g *Guard) remember(t intake) {
	if t.occurred.IsZero() {
		return
	}
	for _, a := range t.arrivals {
		now := telling{occurred: t.occurred}
		switch put := t.draft.latest[a.made.Ref()]; {
		case a.why != "":
			continue
		case put != nil:
			now.version = put.ID
		case a.prior != nil:
			now.version = a.prior.ID
		}
		last, ok := g.tellings.Get(a.made.Ref())
		if !ok || last.version != now.version || last.occurred.Before(now.occurred) {
			g.tellings.Add(a.made.Ref(), now)
		}
	}
}
