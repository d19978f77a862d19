package consent

import "concord/fhir"

// Level is a confidentiality of v3-Confidentiality. The zero Level is none: labelling has not run, and nothing
// came with the thing. Levels compare: V is more than R (CONSENT rules section 5).
type Level uint8

// The levels.
const (
	LevelNone Level = iota
	LevelU
	LevelL
	LevelM
	LevelN
	LevelR
	LevelV
)

// Topics is a set of what things are sensitive for: codes of v3-ActCode, a bit each (topics.go). A label stands in it
// with all that it stands under, so that a rule on SUD meets ETHUD.
type Topics uint64

// Labels are the security labels of a thing: those that came with it, and those that the labelling service gave it
// (Labeller). They are never lowered.
type Labels struct {
	Rules  uint64  // the rule set that made them (Labeller.Epoch); 0: labelling has not run
	Level  Level   // the highest; N when labelling ran and found nothing
	Topics Topics  // what it is sensitive for
	Other  []Code  // labels that came with it and that no table knows: matched as they stand
	Basis  []Basis // why, for explanation and review; of the whole thing only
	// Blind are things that it gathers or refers to and that whoever did so could not see. They lend it no labels: if they did,
	// referring to a hidden thing would tell that it is there (section 10 row 14). Nor are they shared with it.
	Blind []fhir.Ref
}

// Basis says why a thing has a label.
type Basis struct {
	Label Code
	Rule  string // id of the label rule; "source" when it came with the thing
	Word  bool   // a word in a text alone says so: a person has to look at it (section 14.21)
}

// With is both: the higher level, all topics. The rule set is that of the labels, unless the others are older.
func (l Labels) With(o Labels) Labels {
	if o.Rules != l.Rules {
		l.Rules = 0
	}
	l.Level = max(l.Level, o.Level)
	l.Topics |= o.Topics
	if len(o.Other) > 0 {
		l.Other = unique(append(append([]Code(nil), l.Other...), o.Other...))
	}
	return l
}
