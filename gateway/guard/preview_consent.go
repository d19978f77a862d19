package guard

import (
	"context"
	"errors"
	"fmt"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// Preview is what a draft of a sharing choice would change, if it were written now: for whom, and of what. It holds
// nothing that the one who asks may not see.
type Preview struct {
	Class   consent.ViewerClass   // of who asks
	Draft   *consent.Rule         // as it would stand; nil when it would give no rule
	Viewers []Foreseen            // everybody around the person, changed or not, and the kinds of people who may come
	More    bool                  // there are more of them than a preview looks at
	Looks   func(fhir.Ref) string // the public name of an organisation; "" when not known
}

// Foreseen is one onlooker with what would change for them.
type Foreseen struct {
	Onlooker
	Changes []ForeseenChange // the draft itself is not among them
	Coming  []Effect         // what would become of each of the Probes that were asked about
}

// ForeseenChange is one thing that an onlooker would see otherwise than now.
type ForeseenChange struct {
	Ref      fhir.Ref
	Effect   Effect
	Section  care.Section // under which it is told
	Sections care.Set
	Labels   consent.Labels // for the person and the operator; else none
	Shared   bool           // it is about somebody else too, whose choices count beside the person's
}

// Effect is what a choice does to a thing for somebody.
type Effect string

// The effects.
const (
	EffectNone      Effect = ""
	EffectShown     Effect = "shown"     // hidden before
	EffectHidden    Effect = "hidden"    // shown before
	EffectMore      Effect = "more"      // shown with less left out
	EffectLess      Effect = "less"      // shown with more left out
	EffectOtherwise Effect = "otherwise" // shown with other parts left out
)

// onlookersMost is how many people and organisations one preview looks at.
const onlookersMost = 100

// PreviewConsent tells what a draft Consent would change if it were written now, and writes nothing but the trail. A
// draft with an id is an update of that Consent. Whoever could write it may ask, and is refused with the errors of that
// write; NotFound where the Patient is absent or hidden. What the preview says is what the write then does: both are
// decided by the same code, from the standing that the draft makes. Of the probes it tells what would become of them.
func (r Reading) PreviewConsent(ctx context.Context, patient fhir.Ref, resource *fhir.Resource, probes []Probe, layOut func(Preview) ([]byte, error)) (Disclosed, error) {
	if err := r.c.readsOnly(); err != nil {
		return Disclosed{}, err
	}
	if err := isDraftOf(patient, resource); err != nil {
		return Disclosed{}, err
	}
	var body []byte
	var events []Event
	var refusal error
	err := r.g.Store.View(ctx, Want{Refs: []fhir.Ref{patient}}, func(snap Snapshot) error {
		body, events, refusal = nil, nil, nil
		p := previewer{d: newDraft(), patient: patient, probes: probes}
		var err error
		if p.d.j, err = r.g.judge(ctx, r.c, snap, consent.Access, 'r'); err != nil {
			return err
		}
		if refusal, err = p.suppose(resource); err != nil {
			return err
		}
		if events, err = p.events(refusal); err != nil || refusal != nil {
			return err
		}
		preview, err := p.preview(ctx)
		if err != nil {
			return err
		}
		if body, err = layOut(preview); err != nil {
			return fmt.Errorf("lay out a preview: %w", err)
		}
		return nil
	})
	if err != nil {
		return Disclosed{}, err
	}
	if err := r.g.Trail.Append(ctx, events...); err != nil {
		return Disclosed{}, unrecorded(err)
	}
	return Disclosed{body: body}, refusal
}

// isDraftOf asks that the draft is a Consent of that Patient. It looks at the request only.
func isDraftOf(patient fhir.Ref, r *fhir.Resource) error {
	if patient.Type != "Patient" || r.Type() != "Consent" {
		return fhir.Errorf(fhir.Invalid, "a preview is of a draft Consent, for a Patient")
	}
	ref, ok := fhir.ParseRef(r.Root().At("patient", "reference").Text())
	if !ok || ref != patient {
		return &fhir.Error{Kind: fhir.Invalid, Issues: []fhir.Issue{{
			Code: fhir.Invalid, Expression: "Consent.patient", Diagnostics: "the draft must be about the Patient in the address",
		}}}
	}
	return nil
}

// previewer is a preview being made in one snapshot.
type previewer struct {
	d       *draft
	patient fhir.Ref
	probes  []Probe
	person  consent.Person
	ref     fhir.Ref // of the draft
}

// suppose decides the write of the draft as Commit would. The refusal is the caller's answer; the error is ours.
func (p *previewer) suppose(r *fhir.Resource) (refusal, err error) { //nolint:nonamedreturns // two of one type
	known, err := p.d.knows(p.patient)
	if err != nil {
		return nil, err
	}
	if !known {
		return errAbsent, nil
	}
	if p.person, err = p.d.j.person(p.patient); err != nil {
		return nil, err
	}
	w := Write{Do: Create, Ref: fhir.Ref{Type: "Consent"}, Resource: r}
	if id := r.Ref().ID; id != "" {
		w.Do, w.Ref.ID = Update, id
	}
	err = p.d.write(w)
	var told *fhir.Error
	switch {
	case errors.As(err, &told):
		return err, nil
	case err != nil:
		return nil, err
	case p.d.answer != nil:
		return p.d.answer, nil
	}
	p.ref = p.d.done[0].Ref
	return nil, nil
}

// events are what the trail is told: that somebody looked, or was refused. An absent person is recorded as a hidden one is.
func (p *previewer) events(refusal error) ([]Event, error) {
	e := p.d.j.event("preview-consent", 'E')
	e.Ref, e.Permit = p.patient, refusal == nil
	current, err := p.d.current(p.patient)
	if err != nil || current == nil {
		return []Event{e}, err
	}
	if told, ok := errors.AsType[*fhir.Error](refusal); ok {
		e.Reason = string(told.Kind)
	}
	return p.d.j.perPerson(e, current.Facts, sight{})
}

// preview compares what each onlooker sees now with what they would see.
func (p *previewer) preview(ctx context.Context) (Preview, error) {
	j := p.d.j
	after, err := p.d.standing(p.person)
	if err != nil {
		return Preview{}, err
	}
	before := p.d.before[p.person]
	made := Preview{Class: j.viewers[0].Class, Looks: j.dir.Name}
	if v := p.d.latest[p.ref]; v != nil {
		made.Draft = v.Facts.Gives.Rule
	}
	people, err := p.around(before, after)
	if err != nil {
		return Preview{}, err
	}
	if made.More = len(people) > onlookersMost; made.More {
		people = people[:onlookersMost]
	}
	things, err := p.things(before)
	if err != nil {
		return Preview{}, err
	}
	before, after = p.knownEdges(before, things), p.knownEdges(after, things)
	for _, o := range people {
		one := Foreseen{Onlooker: o}
		if err := p.compare(ctx, &one, before, after, things); err != nil {
			return Preview{}, err
		}
		made.Viewers = append(made.Viewers, one)
	}
	return made, nil
}
