package consent

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/fhir"
	"concord/fhir/care"
)

// NewLabeller reads a table of label rules, in the form that label_rules.txt explains. Its error joins all faults, each
// with its line.
func NewLabeller(table []byte) (*Labeller, error) {
	p := tableParser{
		l:       &Labeller{epoch: epochOf(table), exact: map[Code][]int32{}, heads: map[string]*prefixes{}, types: map[fhir.Type][]int32{}},
		systems: map[string][]string{}, ids: map[string]int{}, very: map[string]bool{},
	}
	for line := range strings.Lines(string(table)) {
		p.line++
		text, _, _ := strings.Cut(line, "#")
		if fields := strings.Fields(text); len(fields) > 0 {
			p.rule(fields)
		}
	}
	if len(p.faults) > 0 {
		return nil, fmt.Errorf("read label rules: %w", errors.Join(p.faults...))
	}
	return p.l, nil
}

type tableParser struct {
	l       *Labeller
	line    int
	systems map[string][]string
	ids     map[string]int  // the line where each rule stands
	very    map[string]bool // topics that make a thing V
	faults  []error
}

func (p *tableParser) fault(format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("line %d: %s", p.line, fmt.Sprintf(format, args...)))
}

// rule reads one line.
func (p *tableParser) rule(fields []string) {
	kind, rest := fields[0], fields[1:]
	switch kind {
	case "system":
		p.system(rest)
		return
	case "level":
		p.level(rest)
		return
	case "codes", "begins", "types", "words":
	default:
		p.fault("%q is no kind of rule: use system, codes, begins, types, words or level", kind)
		return
	}
	if len(rest) < 3 {
		p.fault("a rule of kind %s has an id, topics, and what they are found by", kind)
		return
	}
	i, ok := p.begin(rest[0], rest[1], kind == "words")
	if !ok {
		return
	}
	switch kind {
	case "types":
		for _, name := range rest[2:] {
			if !fhir.KnownType(fhir.Type(name)) {
				p.fault("%q is no resource type", name)
			}
			p.l.types[fhir.Type(name)] = append(p.l.types[fhir.Type(name)], i)
		}
	case "words":
		for phrase := range strings.SplitSeq(strings.Join(rest[2:], " "), ";") {
			if !p.l.words.add(phrase, i) {
				p.fault("%q is not one to %d words of at most %d letters", strings.TrimSpace(phrase), phraseLength, wordLongest)
			}
		}
	default:
		p.codes(kind, rest[2], rest[3:], i)
	}
}

// begin enters a rule.
func (p *tableParser) begin(id, list string, word bool) (int32, bool) {
	if line, again := p.ids[id]; again {
		p.fault("there is a rule %q already, in line %d", id, line)
		return 0, false
	}
	p.ids[id] = p.line
	topics, level := Topics(0), LevelR
	for code := range strings.SplitSeq(list, ",") {
		t, ok := topicNamed(code)
		if !ok {
			p.fault("%q is no topic: use a sensitivity of v3-ActCode, %s or %s", code, care.TopicSafeguarding, care.TopicChildProtection)
			return 0, false
		}
		topics |= t
		if p.very[code] {
			level = LevelV
		}
	}
	p.l.rules = append(p.l.rules, labelRule{id, topics, level, word})
	return int32(len(p.l.rules) - 1), true //nolint:gosec // as many as a table has lines
}

func topicNamed(code string) (Topics, bool) {
	if t, ok := TopicsOf(Code{care.SystemActCode, code}); ok {
		return t, true
	}
	return TopicsOf(Code{care.SystemTopic, code})
}

func (p *tableParser) system(fields []string) {
	if len(fields) < 2 {
		p.fault("a system has a name and one address or more")
		return
	}
	if p.systems[fields[0]] != nil {
		p.fault("there is a system %q already", fields[0])
	}
	p.systems[fields[0]] = fields[1:]
}

// level stands before the rules that it is of.
func (p *tableParser) level(fields []string) {
	if len(fields) < 2 || fields[0] != "V" {
		p.fault("a level is V with the topics that have it: all others are R, as nothing sensitive is less")
		return
	}
	for _, code := range fields[1:] {
		if _, ok := topicNamed(code); !ok {
			p.fault("%q is no topic", code)
		}
		p.very[code] = true
	}
}

func (p *tableParser) codes(kind, name string, codes []string, i int32) {
	systems := p.systems[name]
	switch {
	case systems == nil:
		p.fault("no system is called %q in the lines before", name)
	case len(codes) == 0:
		p.fault("the rule names no code")
	}
	for _, system := range systems {
		for _, code := range codes {
			if kind == "codes" {
				p.l.exact[Code{system, code}] = append(p.l.exact[Code{system, code}], i)
				continue
			}
			heads := p.l.heads[system]
			if heads == nil {
				heads = &prefixes{rules: map[string][]int32{}}
				p.l.heads[system] = heads
			}
			heads.rules[code] = append(heads.rules[code], i)
			if !slices.Contains(heads.lengths, len(code)) {
				heads.lengths = append(heads.lengths, len(code))
			}
		}
	}
}
