package mllp

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"

	"concord/fhir"
)

// smallFrame is how many bytes of each frame are taken without asking: messages without documents are smaller.
const smallFrame = 64 << 10

// errCrowded is told when large frames of others have taken all the room for too long: nothing is wrong with this one.
var errCrowded = fhir.Errorf(fhir.Throttled, "too many large messages arrive at once: send it again later")

// room is the memory for the large frames of all connections together. What is made of a frame while it is handled takes
// about as much again.
type room struct {
	share *semaphore.Weighted // of it that one peer may take
	left  *semaphore.Weighted // for all
	wait  time.Duration       // before a frame is given up: long enough for another one to be handled
}

// newRooms are the rooms of peers, of one memory. Where there are several no one takes more than half, but for one frame that
// is longer: a peer that begins large messages and does not end them keeps itself out first.
func newRooms(l Limits, peers int) []*room {
	all, share := semaphore.NewWeighted(int64(l.Memory)), l.Memory
	if peers > 1 {
		share = max(l.Memory/2, l.Frame+1)
	}
	rooms := make([]*room, peers)
	for i := range rooms {
		rooms[i] = &room{share: semaphore.NewWeighted(int64(share)), left: all, wait: l.Read}
	}
	return rooms
}

// place is what one frame holds of a room. The zero place holds nothing, and may grow without bound.
type place struct {
	room *room
	held int64
}

// fits takes room for a frame of so many bytes, when there is some.
func (p *place) fits(size int) bool {
	more := int64(size) - p.held
	if p.room == nil || more <= 0 {
		return true
	}
	if !p.room.share.TryAcquire(more) {
		return false
	}
	if !p.room.left.TryAcquire(more) {
		p.room.share.Release(more)
		return false
	}
	p.held += more
	return true
}

// await takes it as soon as there is some: meanwhile nothing is read from the connection. Of two frames that wait for each
// other the older gives up in the end, so that the other can go on. The error is errCrowded, or that of ctx.
func (p *place) await(ctx context.Context, size int) error {
	waiting, cancel := context.WithTimeout(ctx, p.room.wait)
	defer cancel()
	more := int64(size) - p.held
	if p.room.share.Acquire(waiting, more) != nil {
		return crowded(ctx)
	}
	if p.room.left.Acquire(waiting, more) != nil {
		p.room.share.Release(more)
		return crowded(ctx)
	}
	p.held += more
	return nil
}

func crowded(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errCrowded
}

// leave gives the room back.
func (p *place) leave() {
	if p.held > 0 {
		p.room.left.Release(p.held)
		p.room.share.Release(p.held)
		p.held = 0
	}
}
