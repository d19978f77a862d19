package consent_test

import (
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
)

// The naive evaluator decides as the text of the rules reads, with loops and recursion, and prepares nothing. It was
// written from the text and from the shapes of Facts, Standing, Rule and Viewer, without a look at the engine. Here is
// what it knows of the world: purposes, labels, parties, dates.

// naivePurposes is v3-PurposeOfUse as far as the generator goes: each code with the one right above it (section 4).
var naivePurposes = map[string]string{
	"TREAT": "", "CLINTRL": "TREAT", "COC": "TREAT", "ETREAT": "TREAT", "BTG": "ETREAT", "ERTREAT": "ETREAT", "POPHLTH": "TREAT",
	"HPAYMT": "", "HOPERAT": "", "CAREMGT": "HOPERAT", "HRESCH": "", "CLINTRCH": "HRESCH", "PATRQT": "", "FAMRQT": "PATRQT",
	"PWATRNY": "PATRQT", "PUBHLTH": "", "HMARKT": "",
}

const naivePurposeSystem = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

// naiveStandsUnder reports whether code is over, or stands somewhere under it.
func naiveStandsUnder(code, over string) bool {
	if code == over {
		return true
	}
	above, known := naivePurposes[code]
	return known && above != "" && naiveStandsUnder(above, over)
}

// naiveTopicsUnder are the sensitivities with those right above them: v3-ActCode, ETH above its two by IHE PCF (section 5).
var naiveTopicsUnder = map[consent.Topics][]consent.Topics{
	consent.TopicETHUD:           {consent.TopicSUD, consent.TopicETH},
	consent.TopicOPIOIDUD:        {consent.TopicSUD, consent.TopicETH},
	consent.TopicSUD:             {consent.TopicSPI},
	consent.TopicPSY:             {consent.TopicSPI},
	consent.TopicMH:              {consent.TopicSPI},
	consent.TopicPSYTHPN:         {consent.TopicSPI},
	consent.TopicSTD:             {consent.TopicAct},
	consent.TopicLOCIS:           {consent.TopicRole},
	consent.TopicRole:            {consent.TopicInformation},
	consent.TopicSPI:             {consent.TopicAct},
	consent.TopicETH:             {consent.TopicAct},
	consent.TopicHIV:             {consent.TopicAct},
	consent.TopicSEX:             {consent.TopicAct},
	consent.TopicSDV:             {consent.TopicAct},
	consent.TopicVIO:             {consent.TopicAct},
	consent.TopicAct:             {consent.TopicInformation},
	consent.TopicChildProtection: {consent.TopicSafeguarding},
}

// naiveAllOver is a sensitivity with all that it stands under, as Facts and Rules hold it.
func naiveAllOver(t consent.Topics) consent.Topics {
	all := t
	for _, over := range naiveTopicsUnder[t] {
		all |= naiveAllOver(over)
	}
	return all
}

// naiveTopicsIn are the single sensitivities of a set.
func naiveTopicsIn(set consent.Topics) []consent.Topics {
	var single []consent.Topics
	for i := range 64 {
		if one := consent.Topics(1) << i; set&one != 0 {
			single = append(single, one)
		}
	}
	return single
}

// naiveSensitive reports whether a set of sensitivities holds the one that a rule names, or one that stands under it. A
// rule holds its sensitivity with all that it stands under: the one of them that stands under no other is meant.
func naiveSensitive(has, rule consent.Topics) bool {
	for _, meant := range naiveTopicsIn(rule) {
		if naiveAllOver(meant) != rule {
			continue
		}
		for _, one := range naiveTopicsIn(has) {
			if naiveAllOver(one)&meant != 0 {
				return true
			}
		}
	}
	return false
}

func naiveSame(a, b consent.Party) bool {
	return (a.Ref != fhir.Ref{} && a.Ref == b.Ref) || (a.Identifier != consent.Code{} && a.Identifier == b.Identifier)
}

func naiveAmong(p consent.Party, all []consent.Party) bool {
	return slices.ContainsFunc(all, func(o consent.Party) bool { return naiveSame(p, o) })
}

// naiveAllNames is a party by every name that the directory knows for it.
func naiveAllNames(d *consent.Directory, p consent.Party) []consent.Party {
	names := []consent.Party{p}
	if d == nil {
		return names
	}
	refs := []fhir.Ref{p.Ref}
	if p.Identifier != (consent.Code{}) {
		refs = append(refs, d.Find(p.Identifier)...)
	}
	for _, ref := range refs {
		entry, ok := d.Entry(ref)
		if !ok {
			continue
		}
		names = append(names, consent.Party{Ref: ref})
		for _, id := range entry.Identifiers {
			names = append(names, consent.Party{Identifier: id})
		}
	}
	return names
}

// naiveWholes is an organisation and all that it is part of, by all their names.
func naiveWholes(d *consent.Directory, p consent.Party) []consent.Party {
	all := naiveAllNames(d, p)
	for i := 0; d != nil && i < len(all); i++ { // all grows while it is walked
		entry, _ := d.Entry(all[i].Ref)
		if whole := (consent.Party{Ref: entry.PartOf}); whole.Ref != (fhir.Ref{}) && !naiveAmong(whole, all) {
			all = append(all, naiveAllNames(d, whole)...)
		}
	}
	return all
}

// naiveStandsFor is a writer and all for whom they write: a role's practitioner and organisation, a practitioner's
// organisations, an organisation's wholes (sections 1 and 6: authoredby).
func naiveStandsFor(d *consent.Directory, p consent.Party, permit bool) []consent.Party {
	all := naiveWholes(d, p)
	if d == nil {
		return all
	}
	for _, name := range naiveAllNames(d, p) {
		entry, ok := d.Entry(name.Ref)
		if !ok {
			continue
		}
		if name.Ref.Type == "PractitionerRole" {
			all = append(all, naiveAllNames(d, consent.Party{Ref: entry.Practitioner})...)
			all = append(all, naiveWholes(d, consent.Party{Ref: entry.Organization})...)
		}
		for _, role := range d.Roles(name.Ref) {
			elsewhere := slices.ContainsFunc(d.Roles(name.Ref), func(o consent.Entry) bool { return o.Organization != role.Organization })
			if !permit || !elsewhere {
				all = append(all, naiveWholes(d, consent.Party{Ref: role.Organization})...)
			}
		}
	}
	return all
}

// naiveDuring reports whether a closed span holds a moment.
func naiveDuring(s consent.Span, at time.Time) bool {
	return (s.From.IsZero() || !at.Before(s.From)) && (s.To.IsZero() || !at.After(s.To))
}

// naiveTouches reports whether two closed spans have a moment in common.
func naiveTouches(a, b consent.Span) bool {
	return (a.To.IsZero() || b.From.IsZero() || !b.From.After(a.To)) && (b.To.IsZero() || a.From.IsZero() || !a.From.After(b.To))
}

// naiveInside reports whether one closed span lies within another.
func naiveInside(in, out consent.Span) bool {
	return (out.From.IsZero() || (!in.From.IsZero() && !in.From.Before(out.From))) &&
		(out.To.IsZero() || (!in.To.IsZero() && !in.To.After(out.To)))
}

// naiveNames reports whether a code of a rule is one that a thing has. "*" stands for any system, in a deny.
func naiveNames(rule consent.Code, has []consent.Code) bool {
	return slices.ContainsFunc(has, func(c consent.Code) bool {
		return c == rule || (rule.System == "*" && rule.Code == c.Code)
	})
}

func naiveNamesAny(rule, has []consent.Code) bool {
	return slices.ContainsFunc(rule, func(c consent.Code) bool { return naiveNames(c, has) })
}
