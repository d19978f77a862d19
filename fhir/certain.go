package fhir

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// certain reports whether google/fhir would surely accept what passed the strict check, so that it need not be asked:
// to read a resource took it nine tenths of the time of DecodeJSON. It makes a message of every value, and what it
// finds that the strict check has not looked at is little: the forms of some primitives, and which types a reference
// may point at (its own rules are in jsonformat and fhirvalidate). Whatever is not looked at here, or looks unusual,
// is not certain, and google/fhir decides. A test holds this against google/fhir with every example there is, each
// changed in many ways.
func certain(t *tree) bool { return certainResource(Node{t, 0}) }

func certainResource(n Node) bool {
	s := resourceShape(Type(n.Get("resourceType").Text()))
	return s != nil && certainObject(n, s)
}

func certainObject(n Node, s *shape) bool {
	elements := s.elements()
	for name, member := range n.Members() {
		if name == "resourceType" && n.t.nodes[member.i].kind == String && resourceShape(Type(s.name)) == s {
			continue
		}
		e := elements[name]
		if e == nil { // among others the object beside a primitive, whose merging has rules of its own
			return false
		}
		for v := range member.Each() {
			if !certainValue(v, e) {
				return false
			}
		}
	}
	return true
}

func certainValue(v Node, e *element) bool {
	switch {
	case isParameter(v.t, v.i):
		return false
	case e.of.primitive:
		return certainPrimitive(v, e.of.name)
	case v.Kind() != Object:
		return false
	case e.of.anything:
		return certainResource(v)
	case e.of.name == "Reference" && !certainReference(v.Get("reference").Text(), e.targets):
		return false
	default:
		return certainObject(v, e.of)
	}
}

// certainReference reports whether a reference points at a type that may stand there, or at none that can be told.
func certainReference(text string, targets []string) bool {
	parts := strings.Split(text, "/")
	switch {
	case strings.HasPrefix(text, "#"):
		return true
	case len(parts) == 4 && parts[2] == "_history":
		if !ID(parts[3]).Valid() {
			return false
		}
	case len(parts) != 2:
		return true
	}
	return KnownType(Type(parts[0])) && (len(targets) == 0 || slices.Contains(targets, parts[0]) || slices.Contains(targets, "Resource"))
}

// certainPrimitive looks at what the strict check leaves to google/fhir, type by type.
func certainPrimitive(v Node, name string) bool {
	switch name {
	case "Boolean":
		return v.Kind() == Bool
	case "Integer", "PositiveInt", "UnsignedInt":
		return v.Kind() == Number
	case "Decimal": // it refuses some exponents
		return v.Kind() == Number && !strings.ContainsAny(v.Text(), "eE")
	}
	if v.Kind() != String {
		return false
	}
	switch text := v.Text(); name {
	case "String", "Markdown", "Xhtml", "Id":
		return true
	case "Uri", "Url", "Canonical":
		return certainURL(text)
	case "Date":
		return true
	case "DateTime", "Instant":
		return len(text) <= len("2006-01-02") || certainZone(text)
	case "Time":
		return len(text) == len("15:04:05")
	case "Base64Binary":
		return certainBase64(v.Bytes())
	default:
		return strings.HasSuffix(name, "Code")
	}
}

// certainURL reports whether net/url reads it, as google/fhir has it do. Most are of letters that give it nothing to
// refuse, after a scheme that is one.
func certainURL(text string) bool {
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(text, scheme); ok && strings.IndexFunc(rest, unusual) < 0 {
			return true
		}
	}
	_, err := url.Parse(text)
	return err == nil
}

func unusual(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '/' && r != '-' && r != '_'
}

// certainZone reports whether a time ends in Z, or in an offset as FHIR writes it: up to fourteen hours.
func certainZone(text string) bool {
	if strings.HasSuffix(text, "Z") {
		return true
	}
	zone := text[len(text)-len("+00:00"):]
	return zone[1:] == "14:00" || zone[1:3] >= "00" && zone[1:3] <= "13" && zone[3] == ':' && zone[4:] <= "59"
}

// certainBase64 reports whether a JSON string is base64 without white space or escapes.
func certainBase64(quoted []byte) bool {
	text := quoted[1 : len(quoted)-1]
	into := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	_, err := base64.StdEncoding.Decode(into, text)
	return err == nil
}
