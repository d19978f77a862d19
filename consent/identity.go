package consent

import (
	"strings"
	"time"

	"concord/fhir"
	"concord/fhir/care"
)

// national are the identifier systems that number people, rather than records of them.
var national = map[string]bool{
	care.SystemNHSNumber:                            true,
	"http://fhir.nl/fhir/NamingSystem/bsn":          true,
	"urn:oid:2.16.840.1.113883.2.1.4.1":             true, // NHS number, as HL7 v2 and CDA write it
	"urn:oid:1.2.246.21":                            true, // Finland
	"urn:oid:2.16.840.1.113883.2.4.6.3":             true, // the Netherlands
	"https://standards.digital.health.nz/ns/nhi-id": true,
}

// patientOf reads what a decision may know of a Patient. An identifier that is said to be old is left out: old
// and new are never linked by the machine (CONSENT rules 14.18).
func patientOf(r *fhir.Resource) *Patient {
	root := r.Root()
	p := &Patient{Ref: r.Ref(), AtRisk: isAtRisk(root)}
	for identifier := range root.All("identifier") {
		id, use := identifierOf(identifier), identifier.Get("use").Text()
		if id == (Code{}) || use == "old" || use == "temp" {
			continue
		}
		p.Identifiers = append(p.Identifiers, id)
		if national[id.System] || use == "official" || isNational(identifier.Get("type")) {
			p.Official = append(p.Official, id)
		}
	}
	if birth := root.Get("birthDate"); birth.OK() {
		p.Birth = spanOf(birth.Text())
	}
	if when := root.Get("deceasedDateTime"); when.OK() {
		at := spanOf(when.Text()).From
		p.Death = &at
	} else if root.Get("deceasedBoolean").Text() == "true" {
		since := always // the zero time would say that they live
		p.Death = &since
	}
	for link := range root.All("link", "other", "reference") {
		if ref, ok := fhir.ParseRef(link.Text()); ok && ref.Type == "Patient" {
			p.Links = append(p.Links, ref)
		}
	}
	return p
}

// isNational reports whether an identifier's type says that it numbers people (HL7 v2 table 0203).
func isNational(kind fhir.Node) bool {
	for code := range kind.All("coding", "code") {
		switch c := code.Text(); {
		case c == "NI", c == "NH", strings.HasPrefix(c, "NN"):
			return true
		}
	}
	return false
}

// Keys are the strings by which the person behind a Patient may be found: one for each identifier that numbers
// people, with the birth date. There is none where that is not known to the day: nobody is joined on a number alone,
// in which a slip of one digit is somebody else.
func (p Patient) Keys() []string {
	day := p.birthday()
	if day == "" {
		return nil
	}
	var keys []string
	for _, id := range p.Official {
		keys = append(keys, IdentityKey(id, day))
	}
	return keys
}

// birthday is the birth date when it is known to the day, as YYYY-MM-DD; else empty.
func (p Patient) birthday() string {
	if p.Birth.From.IsZero() {
		return ""
	}
	day := p.Birth.From.In(zone).Format(time.DateOnly)
	if spanOf(day) != p.Birth {
		return ""
	}
	return day
}

// IdentityKey is the string under which somebody with this identifier, and this birth date (YYYY-MM-DD) when
// one is given, may be found. Spaces in a number do not count.
func IdentityKey(id Code, birth string) string {
	value := strings.Join(strings.Fields(id.Code), "")
	if birth == "" {
		return "id|" + id.System + "|" + value
	}
	return "who|" + id.System + "|" + value + "|" + birth
}
