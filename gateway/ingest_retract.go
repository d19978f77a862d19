package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// Retracted is what became of one thing that a wrong message made.
type Retracted struct {
	Ref  fhir.Ref
	What Retraction
}

// Retraction says what was done.
type Retraction string

// The retractions.
const (
	RetractMarked  Retraction = "entered-in-error" // it says so itself now
	RetractDeleted Retraction = "deleted"          // its type has no way to say so
	RetractLeft    Retraction = "left"             // it is a Patient, or other messages made it too: send it again as it should be, and "" where it said too much
)

// Retract marks a message as wrong, by the Provenance of what it made: each thing that no other message made is entered in
// error from then on, all of them in one commit, decided as any other write of the caller, and a
// relationship that its visit opened ends. The message itself stays known:
// sent again it changes nothing.
//
// Errors: NotFound for what is no Provenance of a message, or may not be seen; those of Commit.
func Retract(ctx context.Context, r guard.Reading, provenance fhir.Ref) ([]Retracted, error) {
	root, err := seen(ctx, r, provenance)
	if err != nil {
		return nil, err
	}
	if policy := root.Get("policy").First().Text(); !strings.HasPrefix(policy, care.Base+"/mapping/") {
		return nil, fhir.Errorf(fhir.NotFound, "this Provenance is not that of a message")
	}
	var all []Retracted
	var writes []guard.Write
	for target := range root.All("target", "reference") {
		ref, ok := fhir.ParseRef(target.Text())
		if !ok {
			continue
		}
		write, what, err := retraction(ctx, r, ref)
		if err != nil {
			return nil, err
		}
		if what != RetractLeft {
			writes = append(writes, write)
		}
		all = append(all, Retracted{ref, what})
	}
	if len(writes) > 0 {
		if _, err := r.Commit(ctx, writes...); err != nil {
			return nil, err
		}
	}
	var visits []fhir.Ref
	for _, one := range all {
		if one.Ref.Type == "Encounter" && one.What != RetractLeft {
			visits = append(visits, one.Ref)
		}
	}
	return all, r.EndCare(ctx, visits...)
}

// retraction is the write that takes a thing back.
func retraction(ctx context.Context, r guard.Reading, ref fhir.Ref) (guard.Write, Retraction, error) {
	if ref.Type == "Patient" {
		return guard.Write{}, RetractLeft, nil
	}
	several, err := madeBySeveral(ctx, r, ref)
	if err != nil || several {
		return guard.Write{}, RetractLeft, err
	}
	now, err := seen(ctx, r, ref)
	if err != nil {
		return guard.Write{}, "", err
	}
	if _, err := inError(now.Bytes()); err != nil {
		return guard.Write{Do: guard.Delete, Ref: ref}, RetractDeleted, nil //nolint:nilerr // its type does not have the word
	}
	return guard.Write{Do: guard.Patch, Ref: ref, Patch: func(before *fhir.Resource) (*fhir.Resource, error) { return inError(before.JSON()) }}, RetractMarked, nil
}

// seen is a resource as the caller sees it.
func seen(ctx context.Context, r guard.Reading, ref fhir.Ref) (fhir.Node, error) {
	d, err := r.Resource(ctx, ref)
	if err != nil {
		return fhir.Node{}, err
	}
	var b bytes.Buffer
	_, _ = d.WriteTo(&b) // a buffer takes everything
	return fhir.Walk(b.Bytes())
}

// madeBySeveral reports whether more than one message that the caller sees made the thing.
func madeBySeveral(ctx context.Context, r guard.Reading, ref fhir.Ref) (bool, error) {
	d, err := r.Search(ctx, guard.Query{Type: "Provenance", Values: url.Values{"target": {ref.String()}, "_count": {"100"}}, Strict: true})
	if err != nil {
		return false, err
	}
	var b bytes.Buffer
	_, _ = d.WriteTo(&b) // as above
	root, err := fhir.Walk(b.Bytes())
	if err != nil {
		return false, fmt.Errorf("read what made a thing: %w", err)
	}
	messages := 0
	for policy := range root.All("entry", "resource", "policy") {
		if strings.HasPrefix(policy.Text(), care.Base+"/mapping/") {
			messages++
		}
	}
	return messages > 1, nil
}

// verification are the systems by which some types say it (FHIR R4, condition.html and allergyintolerance.html).
var verification = map[string]string{
	"Condition":          "http://terminology.hl7.org/CodeSystem/condition-ver-status",
	"AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
}

// inError is the resource entered in error. The error says that its type cannot say so.
func inError(body []byte) (*fhir.Resource, error) {
	var resource map[string]json.RawMessage
	if err := json.Unmarshal(body, &resource); err != nil {
		return nil, fmt.Errorf("read what is taken back: %w", err)
	}
	const word = `"entered-in-error"`
	typ := strings.Trim(string(resource["resourceType"]), `"`)
	system, verified := verification[typ]
	i := slices.IndexFunc([]string{"status", "lifecycleStatus"}, func(name string) bool { return resource[name] != nil })
	switch {
	case verified:
		delete(resource, "clinicalStatus") // it has none any more (con-5, ait-2)
		resource["verificationStatus"] = json.RawMessage(`{"coding":[{"system":"` + system + `","code":` + word + `}]}`)
	case i >= 0:
		resource[[]string{"status", "lifecycleStatus"}[i]] = json.RawMessage(word)
	default:
		return nil, fhir.Errorf(fhir.NotSupported, "resources of this type have no status")
	}
	changed, err := json.Marshal(resource)
	if err != nil {
		return nil, fmt.Errorf("write what is taken back: %w", err)
	}
	return fhir.DecodeJSON(changed)
}
