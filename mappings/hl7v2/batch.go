package hl7v2

import (
	"bytes"
	"strconv"

	"concord/fhir"
)

// File is a file of messages: in batches or not, with file and batch headers or without (HL7 v2.5.1, 2.10.3). Parts in
// their order are the whole of it, byte for byte.
type File struct {
	Parts []Part
	lead  []byte
}

// Part is one message, or one of the segments that stand around messages.
type Part struct {
	Name    string   // "MSH" for a message, else FHS, BHS, BTS or FTS
	Raw     []byte   // as it came, with what ends it. It must not be altered
	Line    int      // which segment of the file it begins with, from 1
	Message *Message // nil for a segment around messages, and where Err says why
	Err     error    // what is wrong with this part; the parts after it are none the worse
}

// FileLimits bound what one file may hold. A zero field takes its default.
type FileLimits struct {
	Size     int // bytes; 1 GiB
	Messages int // 1,000,000
	Message  Limits
}

// ParseFile cuts a file into its parts and reads each message. A message that cannot be read is a Part with its
// fault; so is a trailer whose count is not that of what came, as when a part of the file is missing. The file keeps
// data, which must not be altered afterwards.
//
// Errors, of the file as a whole: TooLong, and Structure when it begins with no header.
func ParseFile(data []byte, limits FileLimits) (*File, error) {
	size, most := orUsual(limits.Size, 1<<30), orUsual(limits.Messages, 1_000_000)
	if len(data) > size {
		return nil, tooLong(Path{}, "size", size)
	}
	rest := bytes.TrimLeft(bytes.TrimPrefix(data, []byte(byteOrderMark)), "\r\n")
	f := &File{lead: data[:len(data)-len(rest)]}
	if isUTF16(data) {
		return nil, errUTF16()
	}
	if !isHeader(rest) {
		return nil, at(fhir.Structure, Path{}, "a file of messages begins with MSH, BHS or FHS")
	}
	c := counting{messages: -1, batches: -1}
	for line := 1; len(rest) > 0; {
		part, lines := cutPart(rest)
		part.Line = line
		if len(f.Parts) == most {
			return nil, tooLong(Path{}, "messages", most)
		}
		if part.Name == "MSH" {
			part.Message, part.Err = Parse(part.Raw, limits.Message)
		} else if err := c.around(part); err != nil {
			part.Err = err
		}
		c.count(part.Name)
		f.Parts = append(f.Parts, part)
		rest, line = rest[len(part.Raw):], line+lines
	}
	if err := c.open(); err != nil {
		last := &f.Parts[len(f.Parts)-1]
		last.Err = orError(last.Err, err)
	}
	return f, nil
}

// Bytes prints the file. A message that was changed is printed as it is now.
func (f *File) Bytes() []byte {
	out := bytes.Clone(f.lead)
	for _, p := range f.Parts {
		if p.Message != nil {
			out = append(out, p.Message.Bytes()...)
			continue
		}
		out = append(out, p.Raw...)
	}
	return out
}

// cutPart takes a segment around messages, or a message up to the next header or trailer, and counts its lines.
func cutPart(data []byte) (Part, int) {
	text, end, _ := cutLine(data)
	name := string(text[:min(len(text), nameLength)])
	size, lines := len(text)+len(end), 1
	if name == "MSH" {
		for size < len(data) && !standsAround(data[size:]) {
			text, end, _ = cutLine(data[size:])
			size += len(text) + len(end)
			lines++
		}
	}
	return Part{Name: name, Raw: data[:size]}, lines
}

func standsAround(line []byte) bool {
	return isHeader(line) || bytes.HasPrefix(line, []byte("BTS")) || bytes.HasPrefix(line, []byte("FTS"))
}

// counting compares what the trailers say with what came. -1: no batch, or file, is open.
type counting struct{ messages, batches int }

func (c *counting) count(name string) {
	switch name {
	case "FHS":
		c.batches = 0
	case "BHS":
		c.messages = 0
		if c.batches >= 0 {
			c.batches++
		}
	case "MSH":
		if c.messages >= 0 {
			c.messages++
		}
	case "BTS":
		c.messages = -1
	case "FTS":
		c.batches = -1
	}
}

// around checks a segment that stands around messages, before it is counted.
func (c *counting) around(p Part) error {
	text, _, _ := cutLine(p.Raw)
	first := Path{Segment: p.Name, Field: 1}
	switch p.Name {
	case "FHS", "BHS":
		if c.messages >= 0 || p.Name == "FHS" && c.batches >= 0 {
			return at(fhir.Structure, Path{Segment: p.Name}, "it begins before the one before it has ended: a part of the file may be missing")
		}
		_, err := readEncoding(text)
		return err
	case "BTS":
		return agrees(text, c.messages, first)
	case "FTS":
		return agrees(text, c.batches, first)
	default:
		return at(fhir.Structure, Path{}, "a segment stands outside all messages")
	}
}

// agrees compares the count of a trailer, when it has one.
func agrees(trailer []byte, came int, where Path) error {
	if came < 0 {
		return at(fhir.Structure, Path{Segment: where.Segment}, "it ends what did not begin: a part of the file may be missing")
	}
	if len(trailer) <= nameLength+1 {
		return nil
	}
	said, _, _ := bytes.Cut(trailer[nameLength+1:], trailer[nameLength:nameLength+1])
	n, err := strconv.Atoi(string(bytes.TrimSpace(said)))
	if len(said) > 0 && (err != nil || n != came) {
		return at(fhir.Value, where, "the trailer counts other than the %d that came: a part of the file may be missing", came)
	}
	return nil
}

func (c *counting) open() error {
	if c.messages < 0 && c.batches < 0 {
		return nil
	}
	return at(fhir.Structure, Path{}, "the file ends before its batch does: a part of it may be missing")
}

func orError(first, otherwise error) error {
	if first != nil {
		return first
	}
	return otherwise
}
