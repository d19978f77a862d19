package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
)

// viewedLabel is one thing that the label rules say of a resource.
type viewedLabel struct {
	Code  string `json:"code"` // of v3-ActCode, or of our own topics
	Words string `json:"words,omitempty"`
	Rule  string `json:"rule"`            // id in concord labels rules; "source": it came with the record
	Word  bool   `json:"word,omitempty"`  // a word alone said so: it awaits a person's look (concord labels review)
	Waits bool   `json:"waits,omitempty"` // and hides nothing until then
}

// labelWords are the sensitivities that the rules know, in plain words.
var labelWords = map[string]string{
	"HIV": "HIV", "ETHUD": "alcohol", "OPIOIDUD": "opioids", "SUD": "drugs", "MH": "mental health", "PSY": "psychiatric care",
	"PSYTHPN": "talking therapy", "COGN": "learning disability", "DVD": "development of a child", "STD": "sexually transmitted infections",
	"SEX": "sexual and reproductive health", "GENDER": "gender identity", "GDIS": "genetics", "SCA": "sickle cell", "SDV": "abuse and violence",
	"LOCIS": "where somebody is", "safeguarding": "safeguarding", "child-protection": "child protection",
}

// labelsOf are the labels of a resource and why it has them. What it refers to may make it more sensitive than they say.
func labelsOf(r *fhir.Resource) []viewedLabel {
	facts := consent.FactsOf(r, fhir.Ref{})
	consent.DefaultLabels().Label(r, facts)
	var all []viewedLabel
	for _, b := range facts.Labels.Basis {
		topic, _ := consent.TopicsOf(b.Label)
		all = append(all, viewedLabel{
			Code: b.Label.Code, Words: labelWords[b.Label.Code], Rule: b.Rule, Word: b.Word,
			Waits: b.Word && !facts.Labels.Topics.Covers(topic),
		})
	}
	return all
}

// noLabels are label rules that find nothing: by them it shows what would be seen if nothing were labelled.
var noLabels = []byte("# none\n")

// compare marks what is hidden because of a label: what the same persona sees more of on the stage without label rules.
func (t *viewedThing) compare(unlabelled viewedThing) {
	for i := range t.Seen {
		without := unlabelled.Seen[i]
		t.Seen[i].ByLabel = t.Seen[i].less(without)
	}
}

// less reports whether somebody sees less than with other rules.
func (v viewedBy) less(other viewedBy) bool {
	order := []extent{seenHidden, seenCut, seenWhole}
	a, b := slices.Index(order, v.Sight), slices.Index(order, other.Sight)
	return a < b || a == b && len(v.LeftOut) > len(other.LeftOut)
}

// hiddenKind is one kind of thing that a label hides from somebody, and where in the samples it occurs.
type hiddenKind struct {
	Labels  []viewedLabel `json:"labels,omitempty"` // of the thing; none: it is sensitive for what it refers to
	Name    string        `json:"name"`
	From    []string      `json:"from"` // personas
	Count   int           `json:"count"`
	Records []string      `json:"records"`
}

// byLabel are those kinds, the most frequent first.
func byLabel(records []viewedRecord) []hiddenKind {
	var all []hiddenKind
	for _, r := range records {
		for _, t := range r.Things {
			from := t.hiddenByLabel()
			if len(from) == 0 {
				continue
			}
			same := func(o hiddenKind) bool {
				return o.Name == unnumbered(t.Name) && slices.Equal(o.Labels, t.Labels) && slices.Equal(o.From, from)
			}
			at := slices.IndexFunc(all, same)
			if at < 0 {
				all, at = append(all, hiddenKind{Labels: t.Labels, Name: unnumbered(t.Name), From: from}), len(all)
			}
			all[at].Count++
			if !slices.Contains(all[at].Records, r.Source) {
				all[at].Records = append(all[at].Records, r.Source)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b hiddenKind) int { return cmp.Compare(b.Count, a.Count) })
	return all
}

func (t *viewedThing) hiddenByLabel() []string {
	var from []string
	for _, s := range t.Seen {
		if s.ByLabel {
			from = append(from, s.As)
		}
	}
	return from
}

// String is a label in words, with what found it.
func (l viewedLabel) String() string {
	text := l.Code
	if l.Words != "" && l.Words != l.Code {
		text = fmt.Sprintf("%s (%s)", l.Words, l.Code)
	}
	switch {
	case l.Rule == "source":
		return text + ", as it came with the record"
	case l.Waits:
		return text + ", by a word alone (" + l.Rule + "): not labelled until a person has looked"
	case l.Word:
		return text + ", by a word alone (" + l.Rule + "): labelled until a person has looked"
	default:
		return text + ", by a code (" + l.Rule + ")"
	}
}

// Because says for which labels.
func (l hiddenKind) Because() string {
	if len(l.Labels) == 0 {
		return "for what it refers to"
	}
	var all []string
	for _, one := range l.Labels {
		all = append(all, one.String())
	}
	return strings.Join(all, "; ")
}

// mostPlaces is how many records a line names.
const mostPlaces = 5

// Where names the records, the first of them.
func (l hiddenKind) Where() string {
	if len(l.Records) <= mostPlaces {
		return strings.Join(l.Records, "; ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(l.Records[:mostPlaces], "; "), len(l.Records)-mostPlaces)
}

// Hidden names those from whom it is hidden.
func (l hiddenKind) Hidden() string { return strings.Join(l.From, ", ") }
