package guard

import "encoding/binary"

// NumberedEvent is a HeldEvent whose person the store knows by a number of its own; 0 is nobody.
type NumberedEvent struct {
	Place, Person, At   int64 // At in microseconds
	Leaf, Salt, Content []byte
}

// PackEvents makes one blob of events of one batch. Beside one another they say most things for the second time: what
// is left of an event is little more than its random ids, its salt and its leaf.
func (c *Packer) PackEvents(events []NumberedEvent) []byte {
	room, _ := c.room.Get().(*[]byte)
	raw := binary.AppendUvarint((*room)[:0], uint64(len(events)))
	var last NumberedEvent
	for _, e := range events {
		raw = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(raw, e.Place-last.Place), e.Person), e.At-last.At)
		last = e
	}
	for _, e := range events { // what is random stands together, where nothing is looked for twice
		raw = appendOptional(appendOptional(raw, e.Leaf), e.Salt)
	}
	for _, e := range events {
		raw = appendOptional(raw, e.Content)
	}
	blob := c.pack(formatEvents, raw, c.events.Encode)
	if *room = raw; cap(raw) < roomMost {
		c.room.Put(room)
	}
	return blob
}

// UnpackEvents reads what PackEvents packed. The error is ErrPacked.
func (c *Packer) UnpackEvents(blob []byte) ([]NumberedEvent, error) {
	raw, err := c.Unpack(blob)
	if err != nil {
		return nil, err
	}
	r := parts{rest: raw}
	n := r.uint()
	if n > uint64(len(raw)) { // an event is longer than a byte
		return nil, ErrPacked
	}
	events := make([]NumberedEvent, n)
	var last NumberedEvent
	for i := range events {
		e := &events[i]
		e.Place, e.Person, e.At = last.Place+r.int(), r.int(), last.At+r.int()
		last = *e
	}
	for i := range events {
		events[i].Leaf, events[i].Salt = r.optional(), r.optional()
	}
	for i := range events {
		events[i].Content = r.optional()
	}
	if r.bad || len(r.rest) > 0 {
		return nil, ErrPacked
	}
	return events, nil
}

// appendOptional writes the length and one before the bytes; 0 for nil, which is what was erased.
func appendOptional(raw, part []byte) []byte {
	if part == nil {
		return append(raw, 0)
	}
	return append(binary.AppendUvarint(raw, uint64(len(part))+1), part...)
}

// optional reads what appendOptional wrote. The bytes are not copied.
func (p *parts) optional() []byte {
	n := p.uint()
	if n == 0 || n-1 > uint64(len(p.rest)) {
		p.bad = p.bad || n > 0
		return nil
	}
	part := p.rest[: n-1 : n-1]
	p.rest = p.rest[n-1:]
	return part
}
