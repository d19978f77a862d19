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

// headLength is how much is kept of a frame that is not taken: enough for its MSH.
const headLength = 4 << 10

// frames reads one message after the other. What stands between frames is skipped and counted: line noise, keep-alive
// bytes, and the rest of what was cut off.
type frames struct {
	in     *bufio.Reader
	most   int
	counts *counts
	begun  func() error // called when a frame begins
}

func newFrames(in io.Reader, most int, c *counts, begun func() error) *frames {
	return &frames{in: bufio.NewReaderSize(in, 16<<10), most: most, counts: c, begun: begun}
}

// frameError is a frame that arrived and is not taken. The next one can be read.
type frameError struct {
	head []byte // how it begins
	err  *fhir.Error
}

func (f *frameError) Error() string { return f.err.Error() }

func (f *frameError) Unwrap() error { return f.err }

// next reads one frame. Errors are io.EOF between frames, io.ErrUnexpectedEOF within one, *frameError, and those of
// the connection.
func (f *frames) next() ([]byte, error) {
	if err := f.skip(); err != nil {
		return nil, err
	}
	if err := f.begun(); err != nil {
		return nil, err
	}
	var frame []byte
	over := false
	for {
		chunk, err := f.in.ReadSlice(endBlock)
		if i := bytes.LastIndexByte(chunk, startBlock); i >= 0 { // the one before was cut off: its sender sends it again
			f.counts.malformed.Add(1)
			chunk, frame, over = chunk[i+1:], nil, false
		}
		switch {
		case over:
		case len(frame)+len(chunk) > f.most+1: // the end block counts not
			over = true
			frame = append(frame, chunk[:min(len(chunk), headLength)]...)
			frame = bytes.Clone(frame[:min(len(frame), headLength)]) // lets the rest go
		default:
			frame = append(frame, chunk...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, within(err)
		}
		break
	}
	if err := f.closed(); err != nil {
		return nil, f.refused(err, frame)
	}
	if over {
		f.counts.malformed.Add(1)
		return nil, &frameError{frame, fhir.Errorf(fhir.TooLong,
			"the message is larger than the limit \"size\" allows (%d bytes): send documents apart, or ask for a higher limit", f.most)}
	}
	return frame[:len(frame)-1], nil
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

var errUnended = fhir.Errorf(fhir.Structure, "the frame does not end with <FS><CR>: a message has no FS in it, and a CR follows the one at the end")

// closed reads the carriage return that ends a frame. Without it the end block may be a part of what the frame holds,
// and a message cut short there could pass for a whole one.
func (f *frames) closed() error {
	c, err := f.in.ReadByte()
	if err != nil {
		return within(err)
	}
	if c == carriageReturn {
		return nil
	}
	if err := f.in.UnreadByte(); err != nil {
		return err
	}
	return errUnended
}

func (f *frames) refused(err error, frame []byte) error {
	if err != errUnended { //nolint:errorlint // closed returns it itself
		return err
	}
	f.counts.malformed.Add(1)
	return &frameError{bytes.Clone(frame[:min(len(frame), headLength)]), errUnended}
}

func within(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendFrame puts a message into a frame.
func appendFrame(out, message []byte) []byte {
	out = append(append(out, startBlock), message...)
	return append(out, endBlock, carriageReturn)
}
