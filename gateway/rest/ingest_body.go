package rest

import (
	"io"

	"golang.org/x/sync/semaphore"

	"concord/fhir"
)

// maxLarge is how many bytes of bodies longer than the limit "bundle" all requests together hold at once: four of the
// longest, at least one.
func maxLarge(l Limits) int64 { return 4 * l.Letter }

// errLarge is told when the large bodies of others take all the room: nothing is wrong with this one.
var errLarge = fhir.Errorf(fhir.Throttled, "too many large bodies arrive at once: send it again in a moment")

// sentBody is a body in a local format.
type sentBody struct {
	bytes   []byte
	tooLong error // why it is not read, and only kept; nil: it is not too long
	room    *semaphore.Weighted
	held    int64
}

// leave gives the memory of a large one back.
func (s sentBody) leave() {
	if s.room != nil {
		s.room.Release(s.held)
	}
}

// sent reads such a body. One that is longer than "bundle" allows is read too, up to "letter", so that it can be kept whole
// though it is refused. The caller lets it leave.
func (x *exchange) sent() (sentBody, error) {
	limit, letter := x.door.Limits.bundle(), x.door.Limits.letter()
	from, err := x.unpacked(letter)
	if err != nil {
		return sentBody{}, err
	}
	head, err := io.ReadAll(io.LimitReader(from, limit.most+1))
	switch {
	case err != nil:
		return sentBody{}, letter.fault(err, x.torn())
	case int64(len(head)) <= limit.most:
		return sentBody{bytes: head}, nil
	case letter.most <= limit.most:
		return sentBody{}, letter.notKept()
	case !x.door.large.TryAcquire(letter.most):
		return sentBody{}, errLarge
	}
	s := sentBody{room: x.door.large, held: letter.most, tooLong: fhir.Errorf(fhir.TooLong,
		"the body, unpacked, is larger than %d bytes (limit bundle): it is kept whole for the operator of this server; divide it and send the parts", limit.most)}
	rest, err := io.ReadAll(from)
	s.bytes = append(head, rest...)
	if over := int64(len(s.bytes)) > letter.most; err != nil || over {
		s.leave()
		if err != nil && !letter.passed(err) {
			return sentBody{}, letter.fault(err, x.torn())
		}
		return sentBody{}, letter.notKept()
	}
	return s, nil
}

// notKept is the refusal of a body of which nothing is kept.
func (b bound) notKept() error {
	return fhir.Errorf(fhir.TooLong, "the body, unpacked, is larger than %d bytes (limit %s) and was NOT kept: divide it and send the parts", b.most, b.name)
}
