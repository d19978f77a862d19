package hl7v2

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"concord/fhir"
)

const (
	ascii       = "ASCII"
	unicodeUTF8 = "UNICODE UTF-8"
)

// charset turns the bytes of a message into text and back. It is ASCII, UTF-8, or a table of single bytes.
type charset struct {
	name  string           // of HL7 table 0211; "" when MSH-18 says nothing: UTF-8, of which ASCII is a part
	table *charmap.Charmap // of ISO 8859
}

// latin are the single-byte sets of HL7 table 0211. Sets whose characters may hold the byte of a separator (UTF-16,
// GB 18030, BIG-5, ISO 2022) are not read: what a field is would depend on who reads.
var latin = map[string]*charmap.Charmap{
	"8859/1": charmap.ISO8859_1, "8859/2": charmap.ISO8859_2, "8859/3": charmap.ISO8859_3,
	"8859/4": charmap.ISO8859_4, "8859/5": charmap.ISO8859_5, "8859/6": charmap.ISO8859_6,
	"8859/7": charmap.ISO8859_7, "8859/8": charmap.ISO8859_8, "8859/9": charmap.ISO8859_9,
	"8859/15": charmap.ISO8859_15,
}

// charsetOf finds the set that MSH-18 names, also under names that are often sent for it.
func charsetOf(named string) (charset, bool) {
	name := strings.ToUpper(strings.TrimSpace(named))
	switch name {
	case "":
		return charset{}, true
	case ascii, "US-ASCII", "ISO IR6":
		return charset{name: ascii}, true
	case unicodeUTF8, "UTF-8", "UTF8", "UNICODE":
		return charset{name: unicodeUTF8}, true
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "ISO-"), "ISO ")
	name = strings.Replace(name, "8859-", "8859/", 1)
	table, ok := latin[name]
	return charset{name: name, table: table}, ok
}

// check finds the first byte that the set does not have, or -1.
func (c charset) check(text []byte) int {
	if c.table != nil || c.name != ascii && utf8.Valid(text) {
		return -1
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || c.name == ascii && r >= utf8.RuneSelf {
			return i
		}
		i += size
	}
	return -1
}

// decode gives the text; false when the bytes are none of this set. ISO 8859 has bytes that mean nothing: those
// become the replacement character, since refusing a whole message for one of them would hold up care.
func (c charset) decode(raw []byte) (string, bool) {
	if c.table == nil {
		return string(raw), c.check(raw) < 0
	}
	for i, b := range raw {
		if b >= utf8.RuneSelf {
			out := append(make([]byte, 0, 2*len(raw)), raw[:i]...)
			for _, b := range raw[i:] {
				out = utf8.AppendRune(out, c.table.DecodeByte(b))
			}
			return string(out), true
		}
	}
	return string(raw), true
}

// appendRune writes one character; false when the set does not have it.
func (c charset) appendRune(out []byte, r rune) ([]byte, bool) {
	if r < utf8.RuneSelf {
		return utf8.AppendRune(out, r), true
	}
	if c.table != nil {
		b, ok := c.table.EncodeRune(r)
		return append(out, b), ok
	}
	return utf8.AppendRune(out, r), c.name != ascii
}

// isUTF16 reports whether every other byte of the beginning is a zero, or it says that they are.
func isUTF16(data []byte) bool {
	head := data[:min(len(data), 8)]
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || bytes.Contains(head, []byte("H\x00S\x00")) || bytes.Contains(head, []byte("S\x00H\x00"))
}

func errUTF16() error {
	return at(fhir.NotSupported, inMSH18, "the message is in UTF-16, which is not read here: send UNICODE UTF-8")
}

var inMSH18 = Path{Segment: "MSH", Field: 18}

func errCharset() error {
	return at(fhir.NotSupported, inMSH18,
		"this character set is not read here: send UNICODE UTF-8, ASCII or 8859/1 to 8859/9 and 8859/15")
}
