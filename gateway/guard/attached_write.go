package guard

import (
	"concord/consent"
	"concord/fhir"
)

var errUnknownContent = fhir.Errorf(fhir.BusinessRule, "an attachment points to a Binary that is not here, or that you may not see: create it first, or in the same transaction")

// knowsContent demands that attachments that a write brings point to content that its author sent, may see, or writes in
// the same commit. What is hidden and what is not there are refused alike (section 10 row 14).
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
		if content != nil && !content.Deleted && content.Facts.Sender != (fhir.Ref{}) && content.Facts.Sender == d.sender() {
			continue
		}
		seen, err := d.j.sees(cut.Target, 0)
		if err != nil {
			return err
		}
		if !seen {
			return errUnknownContent
		}
	}
	return nil
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
