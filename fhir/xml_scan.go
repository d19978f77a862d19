package fhir

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxAttributes bounds the attributes of one tag, which are compared each with each.
const maxAttributes = 64

type xmlTokenKind uint8

const (
	xmlEnd      xmlTokenKind = iota // of the document
	xmlOpen                         // a start tag, or that of an empty element
	xmlClose                        // an end tag
	xmlText                         // characters, with their references unresolved
	xmlCDATA                        // a CDATA section
	xmlAside                        // a comment
	xmlInstruct                     // a processing instruction
)

// xmlToken is a piece of markup. Its bytes are those from start to the scanner's position.
type xmlToken struct {
	kind  xmlTokenKind
	start int
	name  string // of a tag, with its prefix
	attrs []xmlAttribute
	empty bool // the element ends with its start tag
}

// xmlAttribute is an attribute of a start tag; space is its namespace once that has been looked up.
type xmlAttribute struct {
	space, name, value string
	start              int
}

// xmlScanner reads the markup of XML 1.0 and nothing of what it means. It takes less than the standard allows: no
// document type, hence no entities but the five, and names of ASCII letters, which all of FHIR and XHTML have.
type xmlScanner struct {
	all string
	pos int
}

// fault is an *Error of one issue at an offset. The text goes to the caller and quotes nothing.
func (s *xmlScanner) fault(offset int, text string) error { return s.refuse(Structure, offset, text) }

// limit is a fault of size: what the standard allows and this server does not.
func (s *xmlScanner) limit(offset int, text string) error { return s.refuse(TooLong, offset, text) }

func (s *xmlScanner) refuse(code Kind, offset int, text string) error {
	line, col := place([]byte(s.all), offset)
	return single(Issue{Code: code, Diagnostics: text, Line: line, Col: col})
}

// begin refuses bytes that no XML has, and passes the XML declaration.
func (s *xmlScanner) begin() error {
	for i, r := range s.all {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s.all[i:]); n == 1 {
				return s.fault(i, "the bytes are not UTF-8 here")
			}
		}
		if !xmlChar(r) {
			return s.fault(i, "XML cannot hold this character (XML 1.0 2.2)")
		}
	}
	s.pos = len(s.all) - len(strings.TrimPrefix(s.all, "\ufeff"))
	if rest := s.all[s.pos:]; !strings.HasPrefix(rest, "<?xml") || len(rest) == 5 || !xmlSpace(rest[5]) {
		return nil
	}
	start := s.pos
	s.pos += len("<?xml")
	attrs, err := s.attributes()
	if err != nil {
		return err
	}
	if !s.skip("?>") {
		return s.fault(s.pos, "the XML declaration does not end as it should")
	}
	names := []string{"version", "encoding", "standalone"}
	for _, a := range attrs {
		i := slices.Index(names, a.name)
		right := i == 0 && a.value == "1.0" || i == 1 && strings.EqualFold(a.value, "UTF-8") || i == 2 && (a.value == "yes" || a.value == "no")
		if !right {
			return s.fault(a.start, "the XML declaration says version 1.0 and encoding UTF-8, or less")
		}
		names = names[i:]
		names[0] = ""
	}
	if len(attrs) == 0 || attrs[0].name != "version" {
		return s.fault(start, "the XML declaration names its version, 1.0")
	}
	return nil
}

// next reads one token.
func (s *xmlScanner) next() (xmlToken, error) {
	t := xmlToken{start: s.pos}
	var err error
	switch rest := s.all[s.pos:]; {
	case rest == "":
	case rest[0] != '<':
		t.kind = xmlText
		err = s.text()
	case strings.HasPrefix(rest, "<!--"):
		t.kind = xmlAside
		err = s.comment()
	case strings.HasPrefix(rest, "<![CDATA["):
		t.kind = xmlCDATA
		err = s.past("]]>", "the CDATA section does not end")
	case strings.HasPrefix(rest, "<!"):
		err = s.fault(s.pos, "a document type declaration is not taken: leave it out, and write characters instead of entities")
	case strings.HasPrefix(rest, "<?"):
		t.kind = xmlInstruct
		err = s.instruction()
	case strings.HasPrefix(rest, "</"):
		t.kind = xmlClose
		err = s.closeTag(&t)
	default:
		t.kind = xmlOpen
		err = s.openTag(&t)
	}
	return t, err
}

// text reads characters up to the next tag, and checks what in them is markup all the same.
func (s *xmlScanner) text() error {
	end := strings.IndexByte(s.all[s.pos:], '<')
	if end < 0 {
		end = len(s.all) - s.pos
	}
	raw := s.all[s.pos : s.pos+end]
	if i := strings.Index(raw, "]]>"); i >= 0 {
		return s.fault(s.pos+i, "]]> ends a CDATA section, and there is none: write ]]&gt;")
	}
	if _, err := s.resolve(raw, s.pos); err != nil {
		return err
	}
	s.pos += end
	return nil
}

// comment reads a comment, in which two hyphens are its end (XML 1.0 2.5).
func (s *xmlScanner) comment() error {
	start := s.pos
	s.pos += len("<!--")
	if err := s.past("--", "the comment does not end"); err != nil {
		return err
	}
	if !s.skip(">") {
		return s.fault(start, "a comment cannot hold two hyphens (XML 1.0 2.5)")
	}
	return nil
}

// instruction reads a processing instruction. One named xml is a declaration in the wrong place (XML 1.0 2.6).
func (s *xmlScanner) instruction() error {
	start := s.pos
	s.pos += len("<?")
	name := s.name()
	if name == "" || strings.Contains(name, ":") || strings.EqualFold(name, "xml") {
		return s.fault(start, "this is no processing instruction, and an XML declaration only at the very beginning")
	}
	if !strings.HasPrefix(s.all[s.pos:], "?>") && !s.spaces() {
		return s.fault(s.pos, "a processing instruction has a name, then white space")
	}
	return s.past("?>", "the processing instruction does not end")
}

// past goes to where the mark ends.
func (s *xmlScanner) past(mark, otherwise string) error {
	i := strings.Index(s.all[s.pos:], mark)
	if i < 0 {
		return s.fault(s.pos, otherwise)
	}
	s.pos += i + len(mark)
	return nil
}

// skip passes the mark if it stands here.
func (s *xmlScanner) skip(mark string) bool {
	if !strings.HasPrefix(s.all[s.pos:], mark) {
		return false
	}
	s.pos += len(mark)
	return true
}

// spaces passes white space and reports whether there was any.
func (s *xmlScanner) spaces() bool {
	start := s.pos
	for s.pos < len(s.all) && xmlSpace(s.all[s.pos]) {
		s.pos++
	}
	return s.pos > start
}
