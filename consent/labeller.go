package consent

import (
	_ "embed"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"

	"concord/fhir"
	"concord/fhir/care"
)

// Labeller is the security labelling service (CONSENT rules section 5, in the two steps of HL7's DS4P): codes, types and
// words say what a thing is sensitive for, and that says how confidential it is. Its rules are data. It is immutable
// and may be shared.
type Labeller struct {
	epoch uint64
	rules []labelRule
	exact map[Code][]int32
	heads map[string]*prefixes // by system
	types map[fhir.Type][]int32
	words wordTree
}

// labelRule is one rule of the table: an id for explanation and review, and what it says.
type labelRule struct {
	id     string
	topics Topics // with what they stand under
	level  Level  // the second step, taken when the table is read
	word   bool
}

// prefixes are the beginnings of codes of one system. There are few lengths, so that each costs one look-up.
type prefixes struct {
	lengths []int
	rules   map[string][]int32
}

//go:embed label_rules.txt
var defaultRules []byte

// DefaultLabels are the rules that come with Concord.
var DefaultLabels = sync.OnceValue(func() *Labeller {
	l, err := NewLabeller(defaultRules)
	if err != nil {
		panic(err) // our own table
	}
	return l
})

// DefaultRules is the table of those rules, as a first version of a deployment's own.
func DefaultRules() []byte { return slices.Clone(defaultRules) }

// labelCode names what this code makes of a table: raise it when Label gives other labels for the same rules.
const labelCode = "labels 1"

// epochOf names a rule set: equal tables read by equal code give equal labels. It is never 0, which means that no
// labelling has run.
func epochOf(table []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(labelCode + "\n"))
	_, _ = h.Write(table)
	return max(h.Sum64(), 1)
}

// Epoch names the rule set. Facts that were labelled under another match every label deny and no label permit, until
// they are made anew.
func (l *Labeller) Epoch() uint64 { return l.epoch }

// Label gives the facts of a resource, and of what is inside it, their labels: those that came with it, and those that
// the rules find. Nothing lowers a label that came with it. It is to be asked of facts as FactsOf made them.
//
// What is inside a thing makes the thing sensitive too: a care plan shows its activities, contained resources and
// narrative. Words alone never hide contingency, advance care, allergies or adjustments before a person has looked
// (section 14.21): there they stand in Basis only.
func (l *Labeller) Label(r *fhir.Resource, f *Facts) {
	root := r.Root()
	found := finding{l: l}
	found.codes(f.Codes)
	found.rules(l.types[f.Ref.Type])
	for i := range f.Parts {
		found.rules(l.types[typeOfPart(&f.Parts[i])])
	}
	found.texts(root)
	if found.words != 0 && reviewed(root, found.mark()) {
		found.words, found.hits = 0, slices.DeleteFunc(found.hits, func(i int32) bool { return l.rules[i].word })
	}
	// What a code says too needs nobody to look at the words.
	found.hits = slices.DeleteFunc(found.hits, func(i int32) bool { return l.rules[i].word && found.topics.Covers(l.rules[i].topics) })
	careful := f.Ref.Type == "AllergyIntolerance" || f.Sections.Meets(carefully)
	came := cameWith(root)
	for _, path := range [][]string{{"contained"}, {"entry", "resource"}} {
		for inner := range root.All(path...) {
			came.add(cameWith(inner))
		}
	}
	f.Labels.add(came)
	f.Labels = l.labels(f.Labels, &found, careful)
	f.Labels.Basis = append(slices.Clip(f.Labels.Basis), found.basis()...)
	for i := range f.Parts {
		p := &f.Parts[i]
		inner := finding{l: l}
		if len(found.hits) > 0 || found.words != 0 { // what is inside says nothing that the whole does not say
			inner.codes(p.Codes)
			inner.rules(l.types[typeOfPart(p)])
		}
		if contained := f.Cuts[p.Cut].Kind == fhir.CutContained; contained || found.words != 0 {
			n := nodeAt(root, f.Cuts[p.Cut].Path)
			if found.words != 0 && n != root {
				inner.texts(n)
			}
			if contained {
				p.Labels.add(cameWith(n))
			}
		}
		p.Labels = l.labels(p.Labels, &inner, careful || p.Sections.Meets(carefully))
	}
}

// carefully are the sections that words alone do not hide: somebody's life may hang on them at night.
var carefully = care.In(care.Contingency, care.Ahead, care.Communication)

func typeOfPart(p *Part) fhir.Type {
	if len(p.Class) == 0 {
		return ""
	}
	return fhir.Type(p.Class[0].Code) // the type stands first
}

// cameWith reads the labels of a resource that a table knows. One that names only a sensitivity is R (section 5).
func cameWith(n fhir.Node) Labels {
	var came Labels
	for label := range n.All("meta", "security") {
		c := Code{label.Get("system").Text(), label.Get("code").Text()}
		if level, ok := LevelOf(c); ok {
			came.add(Labels{Level: level})
		}
		if topics, ok := TopicsOf(c); ok {
			came.add(Labels{Level: LevelR, Topics: topics})
		}
	}
	return came
}

// add joins labels of one rule set.
func (l *Labels) add(o Labels) {
	l.Level = max(l.Level, o.Level)
	l.Topics |= o.Topics
}

// labels joins what came with a thing and what was found. What is found by words alone makes a thing R at most: V is
// what emergencies may not open, and that takes more than a word.
func (l *Labeller) labels(came Labels, found *finding, careful bool) Labels {
	came.Rules = l.epoch
	came.add(Labels{Level: max(LevelN, found.level), Topics: found.topics})
	if found.words != 0 && !careful {
		came.add(Labels{Level: LevelR, Topics: found.words})
	}
	return came
}

// finding is what the rules find in one thing.
type finding struct {
	l      *Labeller
	topics Topics
	level  Level // of the topics
	words  Topics
	hits   []int32  // rules, each once
	said   []string // the texts in which words were found
}

func (f *finding) rules(rules []int32) {
	for _, i := range rules {
		rule := &f.l.rules[i]
		if rule.word {
			f.words |= rule.topics
		} else {
			f.topics |= rule.topics
			f.level = max(f.level, rule.level)
		}
		if !slices.Contains(f.hits, i) {
			f.hits = append(f.hits, i)
		}
	}
}

func (f *finding) codes(codes []Code) {
	for _, c := range codes {
		f.rules(f.l.exact[c])
		heads := f.l.heads[c.System]
		if heads == nil {
			continue
		}
		for _, n := range heads.lengths {
			if n <= len(c.Code) {
				f.rules(heads.rules[c.Code[:n]])
			}
		}
	}
}

// basis says why, each topic of each rule apart.
func (f *finding) basis() []Basis {
	var basis []Basis
	for _, i := range f.hits {
		rule := &f.l.rules[i]
		for _, code := range rule.topics.Codes() {
			basis = append(basis, Basis{Label: code, Rule: rule.id, Word: rule.word})
		}
	}
	return basis
}

// Mark names what words find in a resource, and in which texts, so that a review holds for what was looked at and for
// nothing that is written later. It is a code of care.SystemReviewed: as a label in meta.security it says that a person
// found those words harmless.
func (l *Labeller) Mark(r *fhir.Resource) string {
	found := finding{l: l}
	found.texts(r.Root())
	return found.mark()
}

// mark is that of what texts found.
func (f *finding) mark() string {
	h := fnv.New64a()
	for _, text := range f.said {
		_, _ = h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) //nolint:gosec // a body is far below 4 GB
		_, _ = h.Write([]byte(text))
	}
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(f.words)))
	return strconv.FormatUint(h.Sum64(), 16)
}

// reviewed reports whether a person has looked at just that and found it harmless.
func reviewed(root fhir.Node, mark string) bool {
	for label := range root.All("meta", "security") {
		if label.Get("system").Text() == care.SystemReviewed && label.Get("code").Text() == mark {
			return true
		}
	}
	return false
}
