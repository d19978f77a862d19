package tabular

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"concord/fhir"
)

// Charset is how a file writes its letters.
type Charset string

// The character sets that files come in. The empty one is found from the bytes.
const (
	UTF8        Charset = "UTF-8"
	Windows1252 Charset = "Windows-1252"
	UTF16LE     Charset = "UTF-16LE"
	UTF16BE     Charset = "UTF-16BE"
)

var marks = map[Charset]string{UTF8: "\xef\xbb\xbf", UTF16LE: "\xff\xfe", UTF16BE: "\xfe\xff"}

// encoding is how x/text knows the character set.
func (c Charset) encoding() encoding.Encoding {
	switch c {
	case Windows1252:
		return charmap.Windows1252
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	default:
		return encoding.Nop
	}
}

// decode gives the text of a file in UTF-8, the character set that it was in, and whether a byte order mark stood in
// front. Without a mark, zeros in every other byte are UTF-16, bytes that are UTF-8 are UTF-8, and all else is
// Windows-1252, which is what spreadsheets of the west write. The error names the line and column of the first letter that
// is none: a name that was read in another character set would be another name.
func decode(data []byte, said Charset) ([]byte, Charset, bool, error) {
	is, mark := said, false
	for c, m := range marks {
		if bytes.HasPrefix(data, []byte(m)) && (said == "" || said == c) {
			is, mark, data = c, true, data[len(m):]
			break
		}
	}
	if is == "" {
		is = guess(data)
	}
	switch is {
	case UTF8:
		if at := notUTF8(data); at >= 0 {
			return nil, is, mark, letterFault(data, at, "this letter is not UTF-8: save the whole file in one character set, best as UTF-8")
		}
		return data, is, mark, nil
	case Windows1252, UTF16LE, UTF16BE:
	default:
		return nil, is, mark, fhir.Errorf(fhir.NotSupported, "the character set is one of UTF-8, Windows-1252, UTF-16LE and UTF-16BE")
	}
	text, err := is.encoding().NewDecoder().Bytes(data)
	if err != nil {
		return nil, is, mark, fhir.Errorf(fhir.Structure, "the file has bytes that are not %s: save it as UTF-8", is)
	}
	if at := bytes.IndexFunc(text, is.lacks); at >= 0 {
		return nil, is, mark, letterFault(text, at, "this letter is not %s: save the file as UTF-8", is)
	}
	return text, is, mark, nil
}

// lacks reports whether a letter came of bytes that mean nothing. Windows-1252 leaves five bytes open, which others read as
// control characters: a file with them is of another code page.
func (c Charset) lacks(r rune) bool {
	return r == utf8.RuneError || c == Windows1252 && r >= 0x80 && r < 0xa0
}

// notUTF8 is where the first byte stands that is not UTF-8, or -1.
func notUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// letterFault is a fault at a byte of a text, by its line and the letter in it.
func letterFault(text []byte, at int, format string, args ...any) *fhir.Error {
	line := 1 + bytes.Count(text[:at], []byte{'\n'})
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	return fault(line, 1+utf8.RuneCount(text[start:at]), format, args...)
}

// guess looks at the zeros of the first letters: in UTF-16 every letter of the west has one. A file that has more letters of
// several bytes in UTF-8 than bytes that are not UTF-8 was meant as UTF-8, and is damaged.
func guess(data []byte) Charset {
	head := data[:min(len(data), 64)]
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1] > len(head)/4:
		return UTF16LE
	case zeros[0] > len(head)/4:
		return UTF16BE
	case meantUTF8(data):
		return UTF8
	default:
		return Windows1252
	}
}

func meantUTF8(data []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case size > 1:
			good++
		case r == utf8.RuneError:
			bad++
		}
		i += size
	}
	return bad == 0 || good > bad
}

// encode is decode turned round. A letter that the character set does not have is an error: nothing is replaced.
func encode(text []byte, c Charset, mark bool) ([]byte, error) {
	out, err := c.encoding().NewEncoder().Bytes(text)
	if err != nil {
		return nil, fhir.Errorf(fhir.Value, "the table has letters that %s does not have: write it in UTF-8", c)
	}
	if mark {
		out = append([]byte(marks[c]), out...)
	}
	return out, nil
}
