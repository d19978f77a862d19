package fhir

import "strings"

// openTag reads a start tag or that of an empty element.
func (s *xmlScanner) openTag(t *xmlToken) error {
	s.pos++
	t.name = s.name()
	if t.name == "" {
		return s.fault(t.start, "a tag begins with a name; where < is meant, write &lt;")
	}
	attrs, err := s.attributes()
	if err != nil {
		return err
	}
	t.attrs = attrs
	t.empty = s.skip("/>")
	if !t.empty && !s.skip(">") {
		return s.fault(s.pos, "the tag does not end as it should")
	}
	return nil
}

// closeTag reads an end tag. Whether it is the right one is for who knows what is open.
func (s *xmlScanner) closeTag(t *xmlToken) error {
	s.pos += len("</")
	t.name = s.name()
	s.spaces()
	if t.name == "" || !s.skip(">") {
		return s.fault(t.start, "this is not an end tag")
	}
	return nil
}

// attributes reads name="value" pairs, and the white space after them.
func (s *xmlScanner) attributes() ([]xmlAttribute, error) {
	var attrs []xmlAttribute
	for s.spaces() {
		a := xmlAttribute{start: s.pos}
		a.name = s.name()
		if a.name == "" {
			break
		}
		if len(attrs) == maxAttributes {
			return nil, s.limit(a.start, "a tag has more than 64 attributes here")
		}
		for _, other := range attrs {
			if other.name == a.name {
				return nil, s.fault(a.start, "the attribute stands twice in its tag: write it once")
			}
		}
		s.spaces()
		if !s.skip("=") {
			return nil, s.fault(s.pos, "an attribute is a name, an equals sign and a value in quotes")
		}
		s.spaces()
		var err error
		if a.value, err = s.quoted(); err != nil {
			return nil, err
		}
		attrs = append(attrs, a)
	}
	return attrs, nil
}

// quoted reads the value of an attribute: white space as it stands becomes spaces, while what is written as a
// character reference is kept (XML 1.0 3.3.3).
func (s *xmlScanner) quoted() (string, error) {
	if s.pos == len(s.all) || s.all[s.pos] != '"' && s.all[s.pos] != '\'' {
		return "", s.fault(s.pos, "the value of an attribute stands in quotes")
	}
	start := s.pos + 1
	end := strings.IndexByte(s.all[start:], s.all[s.pos])
	if end < 0 {
		return "", s.fault(s.pos, "the value of the attribute does not end")
	}
	raw := s.all[start : start+end]
	if i := strings.IndexByte(raw, '<'); i >= 0 {
		return "", s.fault(start+i, "the value of an attribute cannot hold <: write &lt;, or end the value before")
	}
	if strings.ContainsAny(raw, "\t\n\r") {
		raw = spaced.Replace(raw)
	}
	s.pos = start + end + 1
	return s.resolve(raw, start)
}

var spaced = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\t", " ")

// name reads a name, with or without a prefix; "" when there is none. Both parts begin with a letter
// (Namespaces in XML 1.0, 4).
func (s *xmlScanner) name() string {
	start, colons := s.pos, 0
	for ; s.pos < len(s.all); s.pos++ {
		c := s.all[s.pos]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		first := s.pos == start || s.all[s.pos-1] == ':'
		if letter || !first && (c >= '0' && c <= '9' || c == '-' || c == '.') {
			continue
		}
		if c != ':' || first || colons > 0 {
			break
		}
		colons++
	}
	if s.pos > start && s.all[s.pos-1] == ':' {
		s.pos = start
	}
	return s.all[start:s.pos]
}
