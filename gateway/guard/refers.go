package guard

import (
	"concord/consent"
	"concord/fhir"
)

// refersMost is how many things one resource that somebody writes may refer to. A request follows no more than
// referencesMany, so a few resources that refer to as many would keep everybody from the whole of a person's record.
const refersMost = 1000

// shortest is about the fewest bytes that a reference takes.
const shortest = len(`{"reference":"List/1"}`)

var errRefers = fhir.Errorf(fhir.TooCostly, "one resource may refer to at most %d others: write several", refersMost)

// refersTooMuch refuses a resource that refers to more than one may. It is asked of what the caller wrote, and of nothing
// that is put back into it.
func refersTooMuch(r *fhir.Resource) error {
	if len(r.JSON()) < refersMost*shortest {
		return nil
	}
	targets := map[fhir.Ref]bool{}
	for _, cut := range r.Cuts() {
		if cut.Target == (fhir.Ref{}) || consent.AlwaysOpen(cut.Target.Type) {
			continue
		}
		if targets[cut.Target] = true; len(targets) > refersMost {
			return errRefers
		}
	}
	return nil
}
