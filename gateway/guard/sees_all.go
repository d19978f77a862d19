package guard

import (
	"slices"

	"concord/consent"
	"concord/fhir"
)

// seesAll reports whether nothing that the caller's organisation sent of these people could be hidden from the caller. A note
// holds what no definition reads, and so what no choice, label or role can be asked about.
func (j *judge) seesAll(patients []fhir.Ref) (bool, error) {
	for _, patient := range patients {
		p, err := j.person(patient)
		if err != nil {
			return false, err
		}
		r, err := j.ruling(p)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(r.residuals, func(r consent.Residual) bool { return !r.SeesAll() }) {
			return false, nil
		}
	}
	return true, nil
}
