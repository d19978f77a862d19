package guard

import (
	"errors"
	"fmt"

	"concord/fhir"
)

// Left is a thing that a record makes and that stays as it was.
type Left struct {
	Ref fhir.Ref
	Why Reason
}

// Reason is why a thing stays as it was.
type Reason string

// The reasons.
const (
	LeftThere Reason = "there" // its definition makes it only where it is not there yet
	LeftNewer Reason = "newer" // a message about a later time has told of it already
)

// arrival is one thing that a record makes, beside what is there.
type arrival struct {
	sent  *fhir.Resource // as the record says it
	made  *fhir.Resource // the same, or put into what its sender does not see
	prior *Version
	seen  *fhir.Resource // prior as its sender sees it; nil when there is nothing to see
	after *fhir.Resource // what will be there: seen itself when nothing changes
	why   Reason         // it is left as it is
	same  bool           // it is there already, as it comes, and its sender does not see it
}

// arrivals weigh what a record makes against what is there. What was deleted, or is somebody else's, is as good as none.
func (d *draft) arrivals(made Delivered) ([]arrival, error) {
	all := make([]arrival, 0, len(made.Resources))
	for i, r := range made.Resources {
		d.at = i
		a := arrival{sent: r, made: r, after: r}
		var err error
		if a.prior, err = d.current(r.Ref()); err != nil {
			return nil, err
		}
		if a.prior != nil && !a.prior.Deleted && a.prior.Facts.Sender == d.sender() {
			if err := d.weigh(&a, made); err != nil {
				return nil, d.failed(err, len(made.Resources))
			}
		}
		all = append(all, a)
	}
	return all, nil
}

// weigh puts one thing into what its sender sees of the version before. One that the sender does not see any more, as when the
// person denies it everything, is put into what it sent, and then decided as if all of that came for the first time: what
// a message does not speak of is not lost, and the answer does not tell.
func (d *draft) weigh(a *arrival, made Delivered) error {
	shown, visible, err := d.j.present(a.prior)
	if err != nil {
		return err
	}
	body := a.prior.JSON
	if visible {
		body = shown.body
	}
	before, err := fhir.Stored(body)
	if err != nil {
		return fmt.Errorf("read the version before: %w", err)
	}
	after, why, err := d.become(a, before, made)
	if _, refused := errors.AsType[*fhir.Error](err); refused && !visible { // with what others wrote there it is none: it stays
		after, err = before, nil
	}
	if err != nil {
		return err
	}
	if a.after = after; visible {
		a.seen, a.why = before, why
	} else {
		a.made, a.same = after, after == before
	}
	return nil
}

// become is what a thing becomes, and why it stays as it is if it does.
func (d *draft) become(a *arrival, before *fhir.Resource, made Delivered) (*fhir.Resource, Reason, error) {
	if made.Once[a.made.Ref()] {
		after, err := made.Put(a.made, before)
		return after, LeftThere, err
	}
	late, err := d.late(a.prior, made.Occurred)
	if err != nil || late {
		return before, LeftNewer, err
	}
	after, err := made.Put(a.made, before)
	return after, "", err
}
