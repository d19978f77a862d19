// Package fhirpath evaluates FHIRPath over FHIR R4 (FHIRPath N1, http://hl7.org/fhirpath/N1, and FHIR R4,
// fhirpath.html): the language in which search parameters, invariants, mappings and patches name parts of a
// resource. Values walk the tree of the resource as it came, typed by what the standard says of each element; they
// know where they stand, so that a caller can cut, index or change what an expression found.
//
// Expressions come from outside. Length, nesting, steps, the size of collections and of texts are bounded, and an
// error names the place in the expression and never what the resource says.
//
// It knows nothing of stores, networks or clocks: other resources, value sets and the time come in by Env.
package fhirpath
