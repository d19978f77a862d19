package guard

import (
	"concord/consent"
	"concord/fhir"
)

var errUnknownContent = fhir.Errorf(fhir.BusinessRule, "an attachment points to a Binary that is not here, or that you may not see: create it first, or in the same transaction")

// knowsContent demands that attachments that a write brings point to content that is its author's own, that they may see, or write
// in the same commit. What is hidden and what is not there are refused alike (section 10 row 14).
func (d *draft) knowsContent(facts *consent.Facts, prior *Version) error {
	for i := range facts.Cuts {
		cut := &facts.Cuts[i]
		if cut.Kind != fhir.CutAttachment || d.coming[cut.Target] || prior != nil && pointsTo(prior.Facts, cut.Target) {
			continue
		}
		content, err := d.current(cut.Target)
		if err != nil {
			return err
		}
		ours, err := d.ownContent(content)
		if err != nil {
			return err
		}
		if ours {
			continue
		}
		seen, err := d.j.sees(cut.Target, 0)
		if err != nil {
			return err
		}
		if seen {
			continue
		}
		if err := d.j.feign(cut.Target); err != nil {
			return err
		}
		return errUnknownContent
	}
	return nil
}

// ownContent reports whether a Binary is its author's to attach: they sent it, and it is attached to nothing, or to what
// they see. Where a person hides a document from who wrote it, another one does not bring its content back.
func (d *draft) ownContent(content *Version) (bool, error) {
	if content == nil || content.Deleted || content.Facts.Sender == (fhir.Ref{}) || content.Facts.Sender != d.sender() {
		return false, nil
	}
	if !nobodys(content.Facts) {
		return true, nil
	}
	attached, err := d.j.hostsOf(content.Facts)
	if err != nil || len(attached) == 0 {
		return err == nil, err
	}
	s, err := d.j.decide(content.Facts)
	return s.verdict.Sight != consent.Hidden, err
}

// reserved are the resources that writes will create under ids that they have already.
func reserved(writes []Write) map[fhir.Ref]bool {
	coming := map[fhir.Ref]bool{}
	for _, w := range writes {
		if w.Do == Create && w.Ref.ID != "" {
			coming[w.Ref] = true
		}
	}
	return coming
}
