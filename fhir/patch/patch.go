// Package patch changes resources by what a client says of the change alone: JSON Patch (RFC 6902) and FHIRPath
// Patch (FHIR R4, fhirpatch.html), as the interaction patch takes them (FHIR R4, http.html#patch).
//
// What comes of a patch is read as strictly as any body that comes from outside. The package knows nothing of who
// may change what, and its errors never repeat what the resource or the patch says.
package patch

import (
	"errors"

	"concord/fhir"
)

// Limits of one patch. They hold before anything is changed, or while it is, so that a small patch cannot make a
// large resource.
const (
	MaxOperations = 256
	maxCopied     = fhir.MaxBytes // bytes that add, replace and copy may put in, all together
)

// Patch is a list of changes that was read, and may be applied any number of times. It is immutable.
type Patch struct {
	operations []operation
}

// operation is one change of a document.
type operation interface {
	apply(d *document) error
}

// Apply gives the resource that the patch makes of r, which stays as it is. Nothing is done when one operation
// cannot be.
//
// Errors: BusinessRule when an operation does not fit the resource or what comes of it is not one (FHIR R4,
// http.html#patch, 422), naming the operation; TooLong when it grows beyond what is taken.
func (p *Patch) Apply(r *fhir.Resource) (*fhir.Resource, error) {
	d := &document{root: grow(r.Root())}
	for i, op := range p.operations {
		if err := op.apply(d); err != nil {
			return nil, place(err, i)
		}
	}
	if d.root == nil {
		return nil, fhir.Errorf(fhir.BusinessRule, "the patch takes the whole resource away: use delete for that")
	}
	d.root.prune()
	patched, err := fhir.DecodeJSON(d.root.append(nil))
	var refused *fhir.Error
	if errors.As(err, &refused) && refused.Kind != fhir.TooLong {
		return nil, unplaced(refused)
	}
	return patched, err
}

// document is a resource while it is being changed.
type document struct {
	root   *value
	copied int // bytes put in so far
}

// take counts what is put in.
func (d *document) take(v *value) error {
	d.copied += v.size()
	if d.copied > maxCopied {
		return fhir.Errorf(fhir.TooLong, "the patch puts in more than %d bytes", maxCopied)
	}
	return nil
}

// place says which operation an error is of.
func place(err error, i int) error {
	var told *fhir.Error
	if !errors.As(err, &told) || len(told.Issues) == 0 {
		return err
	}
	return fhir.Errorf(told.Kind, "operation %d of the patch (counted from 0): %s", i, told.Issues[0].Diagnostics)
}

// unplaced is the refusal of what a patch made. Lines and columns are of bytes that the client never saw.
func unplaced(refused *fhir.Error) error {
	issues := make([]fhir.Issue, len(refused.Issues))
	for i, issue := range refused.Issues {
		issue.Line, issue.Col = 0, 0
		issue.Diagnostics = "what the patch makes is not valid: " + issue.Diagnostics
		issues[i] = issue
	}
	return &fhir.Error{Kind: fhir.BusinessRule, Issues: issues}
}

// unfit is the error of an operation that does not fit the resource.
func unfit(text string) error { return fhir.Errorf(fhir.BusinessRule, "%s", text) }
