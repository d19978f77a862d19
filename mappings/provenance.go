package mappings

import (
	"time"

	"concord/fhir"
)

// provenanceName is the name of what links the others to the record.
const provenanceName = "provenance"

// Provenance links things that a record made or changed to the message, the definition and its version: what ToFHIR puts
// behind all that it made, for those of them that the record is the reason for. Its id is the same. The error is
// DecodeJSON's.
func (r Result) Provenance(targets []fhir.Ref) (*fhir.Resource, error) {
	return fhir.DecodeJSON(r.run.provenance(targets).JSON)
}

// Occurred is when what the record says was so, as far as its definition knows the field; else zero.
func (r Result) Occurred() time.Time { return r.run.when() }

// provenance writes it (FHIR R4, provenance.html): policy names the definition, and the source entity the message.
func (x *run) provenance(targets []fhir.Ref) Made {
	with := x.with
	id := x.id("Provenance", x.d.Canonical(), with.Message)
	start := len(x.out)
	x.raw(`{"resourceType":"Provenance","id":"` + string(id) + `","target":[`)
	for i, ref := range targets {
		if i > 0 {
			x.raw(",")
		}
		x.raw(`{"reference":"` + ref.String() + `"}`)
	}
	x.raw("],")
	if at := x.when(); !at.IsZero() {
		x.raw(`"occurredDateTime":"` + at.UTC().Format(time.RFC3339Nano) + `",`)
	}
	x.raw(`"recorded":"` + with.Recorded.UTC().Format(time.RFC3339Nano) + `","policy":[`)
	x.told(x.d.Canonical())
	x.raw(`],"agent":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/provenance-participant-type","code":"assembler"}]},"who":{"identifier":{"value":`)
	x.told(x.d.Source)
	x.raw(`}}}],"entity":[{"role":"source","what":{"identifier":{"system":`)
	x.told(x.d.systemOf("message"))
	x.raw(`,"value":`)
	x.told(with.Message)
	x.raw(`}}}]}`)
	return Made{provenanceName, fhir.Ref{Type: "Provenance", ID: id}, x.out[start:len(x.out):len(x.out)]}
}

// told writes a text of ours, or of the caller's: control characters are left out of it.
func (x *run) told(s string) {
	start := len(x.out)
	if x.string(s) == nil {
		return
	}
	x.out = x.out[:start]
	clean := make([]rune, 0, len(s))
	for _, r := range s {
		if r >= ' ' {
			clean = append(clean, r)
		}
	}
	_ = x.string(string(clean))
}
