package guard

import (
	"fmt"

	"concord/consent"
	"concord/fhir"
)

// known is a version as the caller knows it: what it says with everything left out that is left out for them. Staff try
// drafts as often as they like, and each would tell of a code or a label whether it is in what they are not shown.
func (p *previewer) known(v *Version, seen sight) (*Version, error) {
	body, err := render(v, seen)
	if err != nil {
		return nil, err
	}
	r, err := fhir.Stored(body)
	if err != nil {
		return nil, fmt.Errorf("read what the caller sees: %w", err)
	}
	known := *v
	known.JSON, known.Facts = body, p.d.j.g.facts(r, v.Facts.Sender)
	return &known, nil
}

// knownEdges is a standing in which choices follow the references of the things alone that the caller sees.
func (p *previewer) knownEdges(s *consent.Standing, things []seenThing) *consent.Standing {
	if p.wholly() || !s.Edged {
		return s
	}
	facts := make([]*consent.Facts, 0, len(things))
	for i := range things {
		facts = append(facts, things[i].version.Facts)
	}
	return unstored(s.WithEdges(facts))
}
