package consent

import (
	"slices"

	"concord/fhir"
	"concord/fhir/care"
)

// sourceLabel is the id in Basis of labels that came with a thing.
const sourceLabel = "source"

// labelsOf reads the labels that came with a thing (CONSENT rules section 5), and the purposes for which alone it may
// be used (section 4). Our own seals are read by sealsOf.
func labelsOf(n fhir.Node) (Labels, []string) {
	var l Labels
	var purposes []string
	for label := range n.All("meta", "security") {
		c := Code{label.Get("system").Text(), label.Get("code").Text()}
		if c.Code == "" || c.System == care.SystemLabel {
			continue
		}
		level, isLevel := LevelOf(c)
		topics, isTopic := TopicsOf(c)
		switch {
		case isLevel:
			l.Level = max(l.Level, level)
		case isTopic:
			l.Topics |= topics
		default:
			l.Other = append(l.Other, c)
			// HTEST marks data made for tests, which is no purpose that a request could conflict with.
			if purposeSystems[c.System] && KnownPurpose(c.Code) && c.Code != "HTEST" {
				purposes = append(purposes, c.Code)
			}
			continue
		}
		l.Basis = append(l.Basis, Basis{Label: c, Rule: sourceLabel})
	}
	l.Other = unique(l.Other)
	return l, purposes
}

// isAtRisk reports whether a Patient is labelled as one whom nobody may locate (section 14.17).
func isAtRisk(root fhir.Node) bool {
	l, _ := labelsOf(root)
	return l.Topics.Covers(TopicLOCIS)
}

// counted is the level that labels amount to: what is sensitive for something is R when no level is given with it, and
// what has no label at all is N, once labelling has run.
func (l *Labels) counted() Level {
	switch {
	case l.Level != LevelNone:
		return l.Level
	case l.Topics != 0:
		return LevelR
	default:
		return LevelN
	}
}

// label adds one of provision.securityLabel. Any of several may match. A code of HL7's label systems that no table
// knows is nothing that things could be labelled with here: it cannot be interpreted.
func (p *Provision) label(coding fhir.Node) {
	c := Code{coding.Get("system").Text(), coding.Get("code").Text()}
	if level, ok := LevelOf(c); ok {
		p.Levels = append(p.Levels, level)
		return
	}
	if topics, ok := TopicsOf(c); ok {
		p.Topics = append(p.Topics, topics)
		return
	}
	if c.Code == "" || c.System == "" || labelSystem(c.System) {
		p.Odd |= OddLabel
	}
	if c.Code != "" && c.System != "" {
		p.Labels = append(p.Labels, c)
	}
}

// labelSystem reports whether labels of a system are known by tables.
func labelSystem(system string) bool {
	system = bare(Code{System: system}).System
	return slices.Contains(confidentialities, system) || slices.Contains(sensitivities, system) || system == care.SystemTopic
}

// labelled reports whether a provision asks for labels.
func (p *Provision) labelled() bool {
	return len(p.Levels)+len(p.Topics)+len(p.Labels) > 0 || p.Odd&OddLabel != 0
}

// labels carries the criteria about labels over. A permit of a level covers it and all below, a deny it and all above.
func (n *node) labels(p *Provision) {
	n.labelled, n.oddLabel, n.topics, n.marks = p.labelled(), p.Odd&OddLabel != 0, p.Topics, p.Labels
	switch {
	case len(p.Levels) == 0:
	case p.Permit:
		n.level = slices.Max(p.Levels)
	default:
		n.level = slices.Min(p.Levels)
	}
}

// wear joins labels to those by which a thing is judged. Labels of another rule set than the one in force are not
// certain: nobody knows what the thing would be labelled with now.
func (l *look) wear(of *Labels) {
	l.level = max(l.level, of.counted())
	l.topics |= of.Topics
	l.stale = l.stale || (l.rules != 0 && of.Rules != l.rules)
}

// hasLabel reports whether the labels of a thing are what a node asks for. What is not certain meets a deny, and no
// permit.
func (n *node) hasLabel(l *look) match {
	found := n.meetsLabel(l)
	switch {
	case n.permit && l.stale:
		return maybe
	case found:
		return yes
	case l.stale || n.oddLabel:
		return maybe
	default:
		return no
	}
}

func (n *node) meetsLabel(l *look) bool {
	switch {
	case n.level == LevelNone:
	case n.permit && l.level <= n.level, !n.permit && l.level >= n.level:
		return true
	}
	topics := l.topics
	if n.permit { // what it gathers makes a thing more sensitive, and never what a permit is about
		topics = l.own
	}
	if slices.ContainsFunc(n.topics, topics.Covers) {
		return true
	}
	if len(n.marks) == 0 {
		return false
	}
	if anyCode(n.marks, l.others) {
		return true
	}
	return !n.permit && slices.ContainsFunc(l.members, func(f *Facts) bool { return anyCode(n.marks, f.Labels.Other) })
}
