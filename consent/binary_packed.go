package consent

import (
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"time"
	"unsafe"
)

// The first bytes of values (MessagePack, formats). Small numbers, short texts and short lists have theirs in it.
const (
	codeFix    = 0x80 // up to here a number is its own code
	codeList   = 0x90 // and up to 15 more
	codeString = 0xa0 // and up to 31 more
	codeNil    = 0xc0
	codeFalse  = 0xc2
	codeTrue   = 0xc3
	codeBytes  = 0xc4 // one byte of length; then two, four
	codeTime96 = 0xc7
	codeUint   = 0xcc // one byte; then two, four, eight
	codeInt    = 0xd0 // as for uint
	codeTime32 = 0xd6
	codeTime64 = 0xd7
	codeLong   = 0xd9 // a text with one byte of length; then two, four
	codeLists  = 0xdc // two bytes of length; then four
	codeMaps   = 0xde
	codeMinus  = 0xe0 // from here on a small negative number
)

// appendLength begins a list, or a text.
func appendLength(out []byte, n int, code byte) []byte {
	switch {
	case code == codeList && n < 16:
		return append(out, code|byte(n)) //nolint:gosec // fits, as the case says
	case code == codeList && n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(out, codeLists), uint16(n)) //nolint:gosec // fits, as the case says
	case code == codeList:
		return binary.BigEndian.AppendUint32(append(out, codeLists+1), uint32(n)) //nolint:gosec // nothing here has four thousand million
	case n <= math.MaxUint8:
		return append(out, code, byte(n)) //nolint:gosec // fits, as the case says
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(out, code+1), uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(out, code+2), uint32(n)) //nolint:gosec // as above
	}
}

func appendText(out []byte, s string) []byte {
	if len(s) < 32 {
		return append(append(out, codeString|byte(len(s))), s...) //nolint:gosec // fits, as the case says
	}
	return append(appendLength(out, len(s), codeLong), s...)
}

func appendUint(out []byte, n uint64) []byte {
	switch {
	case n < codeFix:
		return append(out, byte(n))
	case n <= math.MaxUint8:
		return append(out, codeUint, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(out, codeUint+1), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(out, codeUint+2), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(out, codeUint+3), n)
	}
}

func appendInt(out []byte, n int64) []byte {
	switch {
	case n >= 0:
		return appendUint(out, uint64(n))
	case n >= -32:
		return append(out, byte(n)) //nolint:gosec // fits, as the case says
	default:
		return binary.BigEndian.AppendUint64(append(out, codeInt+3), uint64(n)) //nolint:gosec // the bits are what is kept
	}
}

// appendTime writes the extension "timestamp" of MessagePack; the zero time is nil.
func appendTime(out []byte, t time.Time) []byte {
	sec, nsec := t.Unix(), uint64(t.Nanosecond()) //nolint:gosec // under a thousand million
	switch {
	case t.IsZero():
		return append(out, codeNil)
	case sec < 0 || sec >= 1<<34:
		out = binary.BigEndian.AppendUint32(append(out, codeTime96, 12, 0xff), uint32(nsec)) //nolint:gosec // fits, as the case says
		return binary.BigEndian.AppendUint64(out, uint64(sec))                               //nolint:gosec // fits, as the case says
	case nsec > 0 || sec > math.MaxUint32:
		return binary.BigEndian.AppendUint64(append(out, codeTime64, 0xff), nsec<<34|uint64(sec))
	default:
		return binary.BigEndian.AppendUint32(append(out, codeTime32, 0xff), uint32(sec))
	}
}

// depthMost bounds how many lists stand within each other in what is read.
const depthMost = 64

var errPacked = errors.New("the stored bytes are not what this program writes")

// packed is bytes that are read from a place on. After the first fault it is bad, at the end, and everything is zero.
// The place moves and not the text: to store a pointer for every value cost a third of the reading.
type packed struct {
	all   string
	at    int
	depth int
	bad   bool
}

// read reads a value from all of the bytes, which it keeps: the texts are parts of them.
func read(data []byte, s *shape, v reflect.Value) error {
	in := &packed{all: unsafe.String(unsafe.SliceData(data), len(data))} //nolint:gosec // nobody changes what was read from a store
	s.read(in, v)
	if in.bad || in.at != len(in.all) {
		return errPacked
	}
	return nil
}

// fail gives up.
func (in *packed) fail() { in.bad, in.at = true, len(in.all) }

// left is how many bytes there are yet.
func (in *packed) left() uint64 { return uint64(len(in.all) - in.at) } //nolint:gosec // never behind the end

// take gives the next n bytes.
func (in *packed) take(n uint64) string {
	if n > in.left() {
		in.fail()
		return ""
	}
	from := in.at
	in.at += int(n) //nolint:gosec // no more than are left
	return in.all[from:in.at]
}

// code is the first byte of the next value; nil when there is none.
func (in *packed) code() byte {
	if in.at == len(in.all) {
		in.bad = true
		return codeNil
	}
	in.at++
	return in.all[in.at-1]
}

// next is the same without taking it.
func (in *packed) next() byte {
	if in.at == len(in.all) {
		return codeNil
	}
	return in.all[in.at]
}

// number is the next bytes as a number.
func (in *packed) number(size uint64) uint64 {
	var n uint64
	for _, b := range []byte(in.take(size)) {
		n = n<<8 | uint64(b)
	}
	return n
}

// none passes over a nil, and says whether there was one.
func (in *packed) none() bool {
	if in.at == len(in.all) || in.all[in.at] != codeNil {
		return false
	}
	in.at++
	return true
}

func (in *packed) bool() bool {
	code := in.code()
	in.bad = in.bad || code != codeTrue && code != codeFalse
	return code == codeTrue
}

func (in *packed) uint() uint64 {
	switch code := in.code(); {
	case code < codeFix:
		return uint64(code)
	case code >= codeUint && code <= codeUint+3:
		return in.number(1 << (code - codeUint))
	default:
		in.bad = true
		return 0
	}
}

func (in *packed) int() int64 {
	if next := in.next(); next < codeInt || next > codeInt+3 && next < codeMinus {
		return int64(in.uint()) //nolint:gosec // the bits are what was kept
	}
	code := in.code()
	if code >= codeMinus {
		return int64(int8(code)) //nolint:gosec // a small negative number
	}
	size := uint64(1) << (code - codeInt)
	shift := 64 - 8*size
	return int64(in.number(size)<<shift) >> shift //nolint:gosec // keeps the sign
}

// text is a string, or bytes: they are a slice of what is read.
func (in *packed) text() string {
	switch code := in.code(); {
	case code >= codeString && code < codeNil:
		return in.take(uint64(code - codeString))
	case code >= codeLong && code < codeLists:
		return in.take(in.number(1 << (code - codeLong)))
	case code >= codeBytes && code < codeTime96:
		return in.take(in.number(1 << (code - codeBytes)))
	default:
		in.bad = true
		return ""
	}
}

// length begins a list, and gives how many values are in it: never more than bytes are left. Leave ends it.
func (in *packed) length() int {
	var n uint64
	switch code := in.code(); {
	case code >= codeList && code < codeString:
		n = uint64(code - codeList)
	case code == codeLists || code == codeLists+1:
		n = in.number(2 << (code - codeLists))
	default:
		in.bad = true
	}
	if in.depth++; n > in.left() || in.depth > depthMost {
		in.fail()
	}
	if in.bad {
		return 0
	}
	return int(n)
}

func (in *packed) leave() { in.depth-- }

func (in *packed) time() time.Time {
	switch in.code() {
	case codeNil:
		return time.Time{}
	case codeTime32:
		in.take(1)
		return time.Unix(int64(in.number(4)), 0).UTC() //nolint:gosec // four bytes
	case codeTime64:
		in.take(1)
		n := in.number(8)
		return time.Unix(int64(n&(1<<34-1)), int64(n>>34)).UTC()
	case codeTime96:
		in.take(2)
		nsec := in.number(4)
		return time.Unix(int64(in.number(8)), int64(nsec)).UTC() //nolint:gosec // the bits are what was kept
	default:
		in.bad = true
		return time.Time{}
	}
}

// pass passes over a value of a later version, whatever it is.
func (in *packed) pass() {
	switch code := in.code(); {
	case code < codeFix, code >= codeMinus, code == codeNil, code == codeFalse, code == codeTrue:
	case code < codeList:
		in.passAll(2 * uint64(code-codeFix))
	case code < codeString:
		in.passAll(uint64(code - codeList))
	case code < codeNil:
		in.take(uint64(code - codeString))
	case code >= codeBytes && code < codeTime96:
		in.take(in.number(1 << (code - codeBytes)))
	case code >= codeTime96 && code < codeTime96+3: // extensions with a length
		in.take(in.number(1<<(code-codeTime96)) + 1)
	case code == 0xca, code == 0xcb: // floats
		in.take(4 << (code - 0xca))
	case code >= codeUint && code < codeInt:
		in.take(1 << (code - codeUint))
	case code >= codeInt && code < codeInt+4:
		in.take(1 << (code - codeInt))
	case code >= 0xd4 && code < codeLong: // extensions of fixed length
		in.take(1<<(code-0xd4) + 1)
	case code >= codeLong && code < codeLists:
		in.take(in.number(1 << (code - codeLong)))
	case code == codeLists, code == codeLists+1:
		in.passAll(in.number(2 << (code - codeLists)))
	case code == codeMaps, code == codeMaps+1:
		in.passAll(2 * in.number(2<<(code-codeMaps)))
	default:
		in.bad = true
	}
}

func (in *packed) passAll(n uint64) {
	if in.depth++; in.depth > depthMost {
		in.fail()
	}
	for ; n > 0 && !in.bad; n-- {
		in.pass()
	}
	in.leave()
}
