package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"concord/fhir/care"
)

// The parts of a Composition that we write (FHIR R4, composition.html), in the order they are written.
type (
	composition struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Meta         meta        `json:"meta"`
		Text         *text       `json:"text"`
		Contained    []any       `json:"contained"`
		Status       string      `json:"status"`
		Type         concept     `json:"type"`
		Subject      reference   `json:"subject"`
		Date         string      `json:"date"`
		Author       []reference `json:"author"`
		Title        string      `json:"title"`
		Section      []section   `json:"section"`
	}
	meta struct {
		Profile []string `json:"profile"`
	}
	// section has never an emptyReason: why nothing is shown must not be told.
	section struct {
		Extension []extension `json:"extension,omitempty"`
		Title     string      `json:"title"`
		Code      *concept    `json:"code"`
		Text      *text       `json:"text"`
		Entry     []reference `json:"entry,omitempty"`
		Section   []section   `json:"section,omitempty"`
	}
	extension struct {
		URL         string `json:"url"`
		ValueCoding coding `json:"valueCoding"`
	}
	// text is a Narrative: always generated, from what may be seen.
	text struct {
		Status string `json:"status"`
		Div    string `json:"div"`
	}
	concept struct {
		Coding []coding `json:"coding"`
	}
	coding struct {
		System  string `json:"system"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	reference struct {
		Reference string `json:"reference"`
	}
	identifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	// device is the author: the gateway wrote this document, nobody signed it.
	device struct {
		ResourceType string       `json:"resourceType"`
		ID           string       `json:"id"`
		DeviceName   []deviceName `json:"deviceName"`
	}
	deviceName struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	// framePatient is the person as the caller named them, and nothing more.
	framePatient struct {
		ResourceType string       `json:"resourceType"`
		Identifier   []identifier `json:"identifier"`
		BirthDate    string       `json:"birthDate"`
	}
)

// document writes the Bundle: the Composition, the person, then every visible thing once. The things' JSON is copied
// as it is.
func (p *person) document(sections []section) ([]byte, error) {
	id := p.documentID(sections)
	c := composition{
		ResourceType: "Composition",
		ID:           id,
		Meta:         meta{Profile: []string{care.ProfileWholePerson}},
		Text:         newNarrative().paragraph(banner(p.Class)).div(),
		Contained: []any{device{
			ResourceType: "Device", ID: "gateway", DeviceName: []deviceName{{Name: "Concord gateway", Type: "user-friendly-name"}},
		}},
		Status:  "final",
		Type:    concept{Coding: []coding{{System: care.SystemLoinc, Code: care.LoincPatientSummary, Display: "Patient summary Document"}}},
		Subject: reference{Reference: p.subject()},
		Date:    p.Today.UTC().Format(time.DateOnly),
		Author:  []reference{{Reference: "#gateway"}},
		Title:   "Whole-person view",
		Section: sections,
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"resourceType":"Bundle","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:%s"},"type":"document","timestamp":%q,"entry":[`,
		id, p.Today.UTC().Format(time.RFC3339))
	if err := p.write(&b, p.Base+"/Composition/"+id, c); err != nil {
		return nil, err
	}
	if p.frame() {
		patient := framePatient{"Patient", []identifier{{p.Whom.Identifier.System, p.Whom.Identifier.Code}}, p.Whom.Birth}
		b.WriteByte(',')
		if err := p.write(&b, p.subject(), patient); err != nil {
			return nil, err
		}
	}
	for _, t := range p.patients {
		p.copyThing(&b, t)
	}
	for _, t := range p.things {
		if t.ref.Type != "Patient" {
			p.copyThing(&b, t)
		}
	}
	b.WriteString("]}")
	return b.Bytes(), nil
}

// copyThing writes a further entry with a visible thing, byte for byte.
func (p *person) copyThing(b *bytes.Buffer, t *thing) {
	fmt.Fprintf(b, `,{"fullUrl":%s,"resource":`, quoted(p.Base+"/"+t.ref.String()))
	b.Write(t.json)
	b.WriteByte('}')
}

// write writes an entry with a resource of our own making.
func (p *person) write(b *bytes.Buffer, fullURL string, resource any) error {
	fmt.Fprintf(b, `{"fullUrl":%s,"resource":`, quoted(fullURL))
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(resource); err != nil {
		return fmt.Errorf("write an entry of a view: %w", err)
	}
	b.Truncate(b.Len() - 1) // Encode ends with a newline
	b.WriteByte('}')
	return nil
}

// quoted is a JSON string.
func quoted(s string) []byte {
	q, _ := json.Marshal(s) // a string can always be written
	return q
}

// frame reports whether the person is shown only by what the caller said of them.
func (p *person) frame() bool { return len(p.patients) == 0 && p.Whom.Identifier.Code != "" }

// subject is the reference to the person: their Patient when it may be seen or was asked for by name, else an
// entry made from the identity that the caller gave, named by that identity alone.
func (p *person) subject() string {
	switch {
	case len(p.patients) > 0 && p.byRef[p.Whom.Patient] == nil:
		return p.patients[0].ref.String()
	case p.frame():
		return "urn:uuid:" + uuid(sha256.Sum256([]byte(p.Whom.Identifier.System+"|"+p.Whom.Identifier.Code+"|"+p.Whom.Birth)))
	default:
		return p.Whom.Patient.String()
	}
}

// documentID is made from all that the document says, so that equal documents have the same id and others another.
func (p *person) documentID(sections []section) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d|%s|%q|%q|%q|%s\n", p.Class, p.Whom.Patient, p.Whom.Identifier.System, p.Whom.Identifier.Code, p.Whom.Birth,
		p.Today.UTC().Format(time.DateOnly))
	for _, t := range p.things {
		h.Write(t.json)
	}
	for _, one := range sections {
		h.Write([]byte(one.Text.Div))
	}
	return uuid([sha256.Size]byte(h.Sum(nil)))
}

// uuid makes a UUID of version 8 (RFC 9562 5.8) from a hash.
func uuid(sum [sha256.Size]byte) string {
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
