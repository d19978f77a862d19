// Package fhir holds one FHIR R4 resource as it crossed the wire, and what may be asked of it without
// parsing it twice: its reference, its tree with the byte range of every value, and the ranges that can be
// left out (cuts). It reads strictly, so that the bytes mean to every reader what they meant to the decision.
//
// It knows nothing of consent, storage or HTTP.
package fhir
