package hl7v2

import (
	"bytes"

	"concord/fhir"
)

// byteOrderMark begins files of some senders, in front of the header.
const byteOrderMark = "\xef\xbb\xbf"

// Parse reads one message. A segment ends with a carriage return, as the standard says, or with a line feed or both,
// as files often have it; so a line end inside a field has to be escaped. The message keeps data, which must not be
// altered afterwards.
//
// Errors: Structure for what is no message, TooLong for what is beyond a limit, NotSupported for a character set that
// is not read here, Value for bytes that are not of the set that MSH-18 names. Each names segment and field.
func Parse(data []byte, limits Limits) (*Message, error) {
	limits = limits.withDefaults()
	if len(data) > limits.Size {
		return nil, tooLong(Path{}, "size", limits.Size)
	}
	m, rest, err := begin(data)
	if err != nil {
		return nil, err
	}
	m.segments = make([]Segment, 0, 16)
	starts := make([]int32, 0, min(len(data)/6+8, limits.Values))
	values := 0
	for len(rest) > 0 {
		s := Segment{enc: &m.encoding}
		s.text, s.end, rest = cutLine(rest)
		if len(m.segments) == limits.Segments {
			return nil, tooLong(Path{}, "segments", limits.Segments)
		}
		if err := m.checkName(s.text); err != nil {
			return nil, err
		}
		first := len(starts)
		var over *overflow
		var parts int
		if starts, parts, over = s.index(starts, limits); over != nil {
			return nil, m.overflowed(s, over)
		}
		if values += len(starts) - first + parts; values > limits.Values {
			return nil, tooLong(m.place(s), "values", limits.Values)
		}
		s.starts = starts[first:len(starts):len(starts)]
		m.segments = append(m.segments, s)
	}
	if err := m.readCharset(); err != nil {
		return nil, err
	}
	body := data[len(m.lead):]
	if i := bytes.IndexByte(body, escapeByte); i >= 0 {
		return nil, m.foreign(i, fhir.NotSupported, "a switch to another character set (ISO 2022) is not read here: send UNICODE UTF-8")
	}
	if i := m.encoding.text.check(body); i >= 0 {
		text := "bytes that are not of the character set of MSH-18: name the set there that the message is written in"
		if m.header(18).Empty() {
			text = "bytes that are not UTF-8, and MSH-18 names no character set: name it, such as 8859/1, or send UNICODE UTF-8"
		}
		return nil, m.foreign(i, fhir.Value, text)
	}
	return m, nil
}

// ParseHeader reads the first segment alone, so that a message that cannot be read as a whole can still be answered.
// Errors are those of Parse that concern MSH.
func ParseHeader(data []byte) (*Message, error) {
	const enough = 4 << 10
	m, rest, err := begin(data[:min(len(data), enough)])
	if err != nil {
		return nil, err
	}
	s := Segment{enc: &m.encoding}
	s.text, s.end, _ = cutLine(rest)
	var over *overflow
	if s.starts, _, over = s.index(nil, Limits{}.withDefaults()); over != nil {
		return nil, m.overflowed(s, over)
	}
	m.segments = []Segment{s}
	m.raw = data[:len(m.lead)+len(s.text)+len(s.end)]
	return m, nil
}

// begin reads what stands before the header, and the encoding characters.
func begin(data []byte) (*Message, []byte, error) {
	rest := bytes.TrimLeft(bytes.TrimPrefix(data, []byte(byteOrderMark)), "\r\n")
	m := &Message{raw: data, lead: data[:len(data)-len(rest)]}
	if isUTF16(data) {
		return nil, nil, errUTF16()
	}
	if !bytes.HasPrefix(rest, []byte("MSH")) {
		return nil, nil, at(fhir.Structure, Path{Segment: "MSH"}, "a message begins with MSH and its encoding characters: MSH|^~\\&|")
	}
	line, _, _ := cutLine(rest)
	var err error
	m.encoding, err = readEncoding(line)
	return m, rest, err
}

// cutLine takes one segment off: its text, the line ends after it (blank lines among them), and what follows.
func cutLine(data []byte) ([]byte, []byte, []byte) {
	end := lineEnd(data)
	next := end
	for next < len(data) && isLineEnd(data[next]) {
		next++
	}
	return data[:end], data[end:next], data[next:]
}

func isLineEnd(c byte) bool { return c == '\r' || c == '\n' }

func lineEnd(data []byte) int {
	end := bytes.IndexByte(data, '\r')
	if end < 0 {
		end = len(data)
	}
	if feed := bytes.IndexByte(data[:end], '\n'); feed >= 0 {
		return feed
	}
	return end
}

func (m *Message) checkName(text []byte) error {
	switch {
	case len(text) < nameLength || !isName(text) || len(text) > nameLength && text[nameLength] != m.encoding.Field:
		return m.lineFault("line %d of the message does not begin with the name of a segment: escape a line end inside a field as \\.br\\")
	case isHeader(text) && len(m.segments) > 0:
		return m.lineFault("line %d begins another message or batch: send each message alone")
	case string(text[:nameLength]) == "BTS" || string(text[:nameLength]) == "FTS":
		return m.lineFault("line %d ends a batch or file that did not begin: send each message alone")
	default:
		return nil
	}
}

func (m *Message) lineFault(format string) error {
	line := len(m.segments) + 1
	where := Path{}
	if line > 1 {
		where = m.place(m.segments[line-2])
	}
	err := at(fhir.Structure, where, format, line)
	err.Issues[0].Line = line
	return err
}

func (m *Message) overflowed(s Segment, over *overflow) error {
	where := m.place(s)
	where.Field = over.field
	return tooLong(where, over.limit, over.most)
}

// place names a segment that is the next one, or in the message already, for an error.
func (m *Message) place(s Segment) Path {
	p := Path{Segment: s.Name()}
	nth := 1
	for _, other := range m.segments {
		if len(s.text) > 0 && len(other.text) > 0 && &other.text[0] == &s.text[0] {
			break
		}
		if other.Name() == p.Segment {
			nth++
		}
	}
	if nth > 1 {
		p.Occurrence = nth
	}
	return p
}

// readCharset looks up MSH-18; its repetitions after the first are sets that escapes may switch to.
func (m *Message) readCharset() error {
	var known bool
	if m.encoding.text, known = charsetOf(string(m.segments[0].Field(18).leaf().raw)); !known {
		return errCharset()
	}
	return nil
}
