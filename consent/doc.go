// Package consent decides what one viewer may see of one person's record, from the person's own choices (FHIR
// R4 Consent), the relationships around them and a base policy. It works in three steps, so that the last is
// quick enough to be asked of every resource:
//
//   - at write, FactsOf reads all that a decision may look at from a resource, a Labeller says what it is sensitive
//     for, and Standing.With keeps what the resource gives to the standing of the people it is about: ties, rules,
//     identity, and while some rule follows references, those among the person's things;
//   - for a person, Compile makes a Policy of the standing; for a viewer at a moment, Policy.For answers all
//     that asks about the request and leaves a Residual, with a Key under which its answers may be kept and a
//     time Until which they hold;
//   - for a resource, Residual.See answers the rest, without allocation.
//
// The rules are those of CONSENT.md: deny wins over permit, what nobody decided is hidden, what cannot be
// interpreted permits nothing and denies. The package is pure: it knows no clock, store, network or protocol,
// and nothing of what is done with its answers.
package consent
