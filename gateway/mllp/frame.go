package mllp

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"concord/fhir"
)

// The bytes that frame a message. None of them stands in a message: HL7 v2 escapes control characters.
const (
	startBlock     = 0x0b
	endBlock       = 0x1c
	carriageReturn = '\r'
)

// headLength is how much is kept of a frame that is longer than anything that is kept: enough for its MSH.
const headLength = 4 << 10

// frames reads one message after the other. What stands between frames is skipped and counted: line noise, keep-alive
// bytes, and the rest of what was cut off.
type frames struct {
	in     *bufio.Reader
	most   int
	counts *counts
	begun  func() error         // called when a frame begins
	grow   func(size int) error // called before a frame takes so many bytes of memory, 0: none any more; nil: there are always enough
}

func newFrames(in io.Reader, most int, c *counts, begun func() error) *frames {
	return &frames{in: bufio.NewReaderSize(in, 16<<10), most: most, counts: c, begun: begun}
}

// frameError is a frame that is not taken. Unless there was no room for it, the next one can be read.
type frameError struct {
	frame []byte // all of it; nil when it was too long, and is gone
	head  []byte // how it begins
	err   *fhir.Error
}

func (f *frameError) Error() string { return f.err.Error() }

func (f *frameError) Unwrap() error { return f.err }

var errUnended = fhir.Errorf(fhir.Structure, "the frame does not end with <FS><CR>: a message has no FS in it, and a CR follows the one at the end")

// next reads one frame. Errors are io.EOF between frames, io.ErrUnexpectedEOF within one, *frameError, and those of
// the connection.
//
// A frame that another one begins in, or that the connection ends in, was cut off. It is counted and forgotten: nobody
// was told that it arrived, so that its sender sends it again, and what came of it is the beginning of what will come.
func (f *frames) next() ([]byte, error) {
	if err := f.skip(); err != nil {
		return nil, err
	}
	if err := f.begun(); err != nil {
		return nil, err
	}
	b := block{frames: f}
	for {
		chunk, err := f.in.ReadSlice(endBlock)
		if i := bytes.LastIndexByte(chunk, startBlock); i >= 0 {
			f.counts.malformed.Add(1)
			b, chunk = block{frames: f, data: b.data[:0]}, chunk[i+1:]
		}
		if full := b.add(chunk); full != nil {
			return nil, full
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		var after byte
		if err == nil {
			after, err = f.in.ReadByte()
		}
		switch {
		case err != nil && b.stray: // its sender waits for an answer, or has gone
			return b.ended()
		case err != nil:
			return nil, f.within(err)
		case after == carriageReturn:
			return b.ended()
		}
		b.stray = true // this FS may be a part of what the frame holds: a message cut short here could pass for a whole one
		if err := f.in.UnreadByte(); err != nil {
			return nil, err
		}
		if after == startBlock || after == '\n' {
			return b.ended()
		}
	}
}

// skip reads up to the beginning of a frame.
func (f *frames) skip() error {
	for {
		noise, err := f.in.ReadSlice(startBlock)
		n := len(noise)
		if err == nil {
			n--
		}
		f.counts.garbage.Add(uint64(max(n, 0)))
		if err == nil || !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// within is the end of the connection, or a fault of it, in the middle of a frame.
func (f *frames) within(err error) error {
	f.counts.malformed.Add(1)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// block is a frame on its way in.
type block struct {
	*frames
	data  []byte
	over  bool // it is too long: data is its head
	stray bool // an FS stands in it
}

// add takes more of the frame. The error is that there is no room for it.
func (b *block) add(chunk []byte) error {
	size := len(b.data) + len(chunk)
	switch {
	case b.over:
		return nil
	case size > b.most+1: // the end block counts not
		b.over = true
		if b.grow != nil {
			_ = b.grow(0) // what gives back is never refused
		}
		b.data = bytes.Clone(append(b.data[:min(len(b.data), headLength)], chunk...)[:min(size, headLength)]) // lets the rest go
		return nil
	case size > cap(b.data):
		room := min(max(size, 2*cap(b.data)), b.most+1)
		if b.grow != nil && room > smallFrame {
			if err := b.grow(room); err != nil {
				return b.refused(err)
			}
		}
		b.data = append(make([]byte, 0, room), b.data...)
	}
	b.data = append(b.data, chunk...)
	return nil
}

// ended is the whole frame.
func (b *block) ended() ([]byte, error) {
	whole := bytes.TrimSuffix(b.data, []byte{endBlock})
	switch {
	case b.over:
		return nil, b.refused(fhir.Errorf(fhir.TooLong,
			"the message is larger than %d bytes and was NOT kept: send what is in it in smaller messages, or documents apart", b.most))
	case b.stray:
		b.counts.malformed.Add(1)
		return nil, &frameError{frame: whole, head: whole[:min(len(whole), headLength)], err: errUnended}
	default:
		return whole, nil
	}
}

// refused is why the frame is not taken. Anything but a word for its sender is an error of the connection.
func (b *block) refused(err error) error {
	told, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		return err
	}
	b.counts.malformed.Add(1)
	return &frameError{head: b.data[:min(len(b.data), headLength)], err: told}
}

// appendFrame puts a message into a frame.
func appendFrame(out, message []byte) []byte {
	out = append(append(out, startBlock), message...)
	return append(out, endBlock, carriageReturn)
}
