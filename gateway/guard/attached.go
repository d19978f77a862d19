package guard

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// A Binary without securityContext says of nobody that it is about them. It is seen by those who see what it is attached
// to, such as a DocumentReference (CONSENT rules section 10 row 24). While it is attached to nothing the organisation
// that sent it sees it; then the person has a say. Only what came from where the content came from, or from the
// operator, makes it seen: to name somebody else's content in a document of one's own opens nothing.

// hosts are the types whose attachments are looked through.
var hosts = []fhir.Type{
	"DocumentReference", "Media", "DiagnosticReport", "Communication", "CommunicationRequest", "Consent", "Contract", "Patient",
	"RelatedPerson", "Person", "Practitioner", "QuestionnaireResponse", "Task", "BodyStructure", "ExplanationOfBenefit", "Claim",
}

// nobodys reports whether facts are those of content that is seen with its hosts.
func nobodys(f *consent.Facts) bool { return f.Ref.Type == "Binary" && len(f.About) == 0 }

// attaches reports whether a host makes content seen.
func attaches(host, content *consent.Facts) bool {
	return nobodys(content) && (host.Sender == content.Sender || host.Sender == fhir.Ref{}) && pointsTo(host, content.Ref)
}

// pointsTo reports whether the content of an attachment is the Binary.
func pointsTo(host *consent.Facts, binary fhir.Ref) bool {
	return slices.ContainsFunc(host.Cuts, func(c fhir.Cut) bool { return c.Kind == fhir.CutAttachment && c.Target == binary })
}

// hostsOf are the hosts that make content seen, whoever may see them.
func (j *judge) hostsOf(content *consent.Facts) ([]*Version, error) {
	if known, ok := j.hosts[content.Ref]; ok {
		return known, nil
	}
	var all []*Version
	for _, t := range hosts {
		plan := search.Plan{Type: t, Where: []search.Clause{search.Attached(content.Ref)}, Count: j.g.Limits.Reached}
		page, err := j.snap.Search(plan, Reach{All: true}, func(v *Version) (Seen, error) { return Seen{OK: attaches(v.Facts, content)}, nil })
		if err != nil {
			return nil, fmt.Errorf("find what content is attached to: %w", err)
		}
		all = append(all, page.Versions...)
	}
	if j.hosts == nil {
		j.hosts = map[fhir.Ref][]*Version{}
	}
	j.hosts[content.Ref] = all
	return all, nil
}

// lends decides on content as if it were about those whom its host is about: a choice that hides such things, a label or
// a seal of its own holds for it too. Content of a host that is about nobody, such as a photo of staff, has no rules but
// its seal.
func (j *judge) lends(host, content *consent.Facts) (sight, error) {
	if len(host.About) == 0 {
		if content.Seal != consent.Unsealed || content.Held != 0 {
			return sight{verdict: consent.Verdict{Why: consent.Reason{Step: consent.StepSeal, Rule: -1}}}, nil
		}
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepOpen, Rule: -1}}}, nil
	}
	theirs := *content
	theirs.About = host.About
	if newest, older := j.newest[content]; older {
		j.newest[&theirs] = newest
	}
	return j.decide(&theirs)
}

// decideContent decides on content by its hosts: one suffices that may be seen and that lends it to the caller.
func (j *judge) decideContent(content *consent.Facts) (sight, error) {
	all, err := j.hostsOf(content)
	if err != nil {
		return sight{}, err
	}
	if len(all) == 0 && j.sent(content) {
		return sight{verdict: consent.Verdict{Sight: consent.Whole, Why: consent.Reason{Step: consent.StepSender, Rule: -1}}}, nil
	}
	hidden := sight{verdict: consent.Verdict{Why: consent.Reason{Step: consent.StepSubject, Rule: -1}}}
	for _, host := range all {
		visible, err := j.sees(host.Ref, 0)
		if err != nil {
			return sight{}, err
		}
		if !visible {
			continue
		}
		s, err := j.lends(host.Facts, content)
		if err != nil || s.verdict.Sight != consent.Hidden {
			return s, err
		}
		hidden = s
	}
	return hidden, nil
}

// contentWithin reports whether content is attached to something about the launch patient that the caller sees.
func (j *judge) contentWithin(content *consent.Facts) (bool, error) {
	all, err := j.hostsOf(content)
	if err != nil {
		return false, err
	}
	for _, host := range all {
		within, err := j.launchedFor(host.Facts)
		if err != nil {
			return false, err
		}
		if !within {
			continue
		}
		if visible, err := j.sees(host.Ref, 0); err != nil || visible {
			return visible, err
		}
	}
	return false, nil
}

// leads reports whether what a thing points to may be seen. Its own attachments need no search: they are seen with it,
// as far as it is the current version.
func (j *judge) leads(from *Version, cut *fhir.Cut, depth int) (bool, error) {
	if cut.Kind != fhir.CutAttachment {
		return j.sees(cut.Target, depth)
	}
	content, err := j.snap.Current(cut.Target)
	if err != nil {
		return false, fmt.Errorf("read an attachment: %w", err)
	}
	if content == nil || content.Deleted || !attaches(from.Facts, content.Facts) {
		return j.sees(cut.Target, depth)
	}
	current, err := j.snap.Current(from.Ref)
	if err != nil {
		return false, fmt.Errorf("read what an attachment is in: %w", err)
	}
	if current == nil || current.ID != from.ID {
		return j.sees(cut.Target, depth)
	}
	s, err := j.lends(from.Facts, content.Facts)
	if err != nil {
		return false, err
	}
	if s.verdict.Sight == consent.Hidden {
		return j.sees(cut.Target, depth) // another host may lend it
	}
	readable, err := j.readable(content)
	if readable {
		j.content = append(j.content, cut.Target)
	} else {
		j.absent = append(j.absent, cut.Target)
	}
	return readable, err
}

// readable reports whether the token has a scope by which a thing may be pointed at, whichever interaction shows the host.
func (j *judge) readable(v *Version) (bool, error) {
	ok, err := j.scoped(v, 'r')
	if err == nil && !ok {
		ok, err = j.scoped(v, 's')
	}
	return ok, err
}
