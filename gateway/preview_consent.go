package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// Draft is a sharing choice that somebody thinks of writing.
type Draft struct {
	Patient  fhir.Ref
	Consent  *fhir.Resource // with an id, a new version of that Consent
	Replaces fhir.Ref       // a Consent that it would take the place of, besides those that it names itself; zero: none
}

// PreviewConsent tells what a sharing choice would change before it is saved: for whom, item by item and in plain
// words, what its labels would hide, and what that could do to the person's safety. Nothing is written. The errors are
// those that writing the Consent would give.
func PreviewConsent(ctx context.Context, r guard.Reading, d Draft) (guard.Disclosed, error) {
	resource, err := d.replacing()
	if err != nil {
		return guard.Disclosed{}, err
	}
	seen, err := r.PreviewConsent(ctx, d.Patient, resource, probesOfHazards(), func(p guard.Preview) ([]byte, error) {
		var ready []parameter
		if d.Replaces != (fhir.Ref{}) { // what is to be written so that the preview comes true
			ready = append(ready, parameter{Name: "consent", Resource: resource.JSON()})
		}
		return layOutPreview(p, ready)
	})
	return seen, asking(err)
}

// replacing is the draft with the link to what it takes the place of (CONSENT rules section 7.1).
func (d Draft) replacing() (*fhir.Resource, error) {
	switch d.Replaces.Type {
	case "":
		return d.Consent, nil
	case "Consent":
	default:
		return nil, fhir.Errorf(fhir.Value, "replaces must name a Consent, as Consent/123")
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(d.Consent.JSON(), &members); err != nil {
		return nil, fmt.Errorf("read a draft again: %w", err)
	}
	var extensions []any
	if was, ok := members["extension"]; ok {
		if err := json.Unmarshal(was, &extensions); err != nil {
			return nil, fmt.Errorf("read the extensions of a draft: %w", err)
		}
	}
	all, err := json.Marshal(append(extensions, map[string]any{"url": care.ExtensionReplaces, "valueReference": reference{d.Replaces.String()}}))
	if err != nil {
		return nil, fmt.Errorf("write the extensions of a draft: %w", err)
	}
	members["extension"] = all
	body, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("write a draft: %w", err)
	}
	return fhir.DecodeJSON(body)
}

// asking adds the question of CONSENT rules 14.7 to a refusal that lacks nothing but the answer to it.
func asking(err error) error {
	var told *fhir.Error
	if !errors.As(err, &told) || told.Kind != fhir.BusinessRule || len(told.Issues) == 0 {
		return err
	}
	for _, issue := range told.Issues {
		if !strings.HasPrefix(issue.Expression, "Consent.provision") || !strings.HasSuffix(issue.Expression, ".purpose") {
			return err
		}
	}
	issues := append(slices.Clone(told.Issues), fhir.Issue{
		Code: fhir.BusinessRule, Warning: true,
		Diagnostics: evenIfYouCannotSpeak + " To share in an emergency, add a nested provision of type permit and purpose ETREAT. To keep it hidden then too, add one of type deny. Let it be" + strings.TrimPrefix(sameThings, ",") + ".",
	})
	return &fhir.Error{Kind: told.Kind, Issues: issues, Err: told.Err}
}

// layOutPreview writes the preview: the words first, then everything for a machine.
func layOutPreview(p guard.Preview, ready []parameter) ([]byte, error) {
	answer := parameters{Parameter: ready}
	add := func(more ...parameter) { answer.Parameter = append(answer.Parameter, more...) }
	add(inText("text", summary(p)), inText("assumed", assumedOfOnlookers))
	add(questions(p)...)
	add(warnings(p)...)
	for _, v := range p.Viewers {
		add(viewerParts(p, v))
	}
	add(labelled(p)...)
	return answer.json()
}

const assumedOfOnlookers = "Everybody is looked at as if their app asked for all that it may, at their usual role, for the purpose that is named. " +
	"Staff of whom the directory names no organisation are looked at as of each organisation around the person."

// summary is the first line of the words.
func summary(p guard.Preview) string {
	var changed int
	for _, v := range p.Viewers {
		if len(v.Changes) > 0 {
			changed++
		}
	}
	text := "This choice changes nothing of what anybody sees now."
	switch {
	case changed == 1:
		text = "This choice changes what 1 of those listed here sees."
	case changed > 1:
		text = fmt.Sprintf("This choice changes what %d of those listed here see.", changed)
	}
	if p.Class == consent.Staff || p.Class == consent.System {
		text += " You are told of your own organisation only."
	}
	if p.More {
		text += " There are more people around the person than one preview can look at."
	}
	return text + " Nothing has been saved."
}

// viewerParts is what changes for one onlooker, by section and effect.
func viewerParts(p guard.Preview, v guard.Foreseen) parameter {
	who := onlookerWords(v.Onlooker, p.Looks)
	parts := onlookerParts(v.Onlooker)
	groups := grouped(v.Changes)
	words := who + ": sees what they see now."
	if len(groups) > 0 {
		var told []string
		for _, g := range groups {
			told = append(told, g.words(p.Class))
		}
		words = who + ": " + strings.Join(told, "; ") + "."
	}
	parts = append(parts, inText("text", words))
	for _, g := range groups {
		parts = append(parts, g.parts())
	}
	return inParts("viewer", parts...)
}
