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
// Windows-1252, which is what spreadsheets of the west write.
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
		if !utf8.Valid(data) {
			return nil, is, mark, fhir.Errorf(fhir.Structure, "the file is not UTF-8: say its character set")
		}
		return data, is, mark, nil
	case Windows1252, UTF16LE, UTF16BE:
	default:
		return nil, is, mark, fhir.Errorf(fhir.NotSupported, "the character set is one of UTF-8, Windows-1252, UTF-16LE and UTF-16BE")
	}
	text, err := is.encoding().NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, is, mark, fhir.Errorf(fhir.Structure, "the file has bytes that are not %s: say its character set", is)
	}
	return text, is, mark, nil
}

// guess looks at the zeros of the first letters: in UTF-16 every letter of the west has one.
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
	case utf8.Valid(data):
		return UTF8
	default:
		return Windows1252
	}
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
