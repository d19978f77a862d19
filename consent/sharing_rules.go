package consent

import (
	_ "embed"
	"fmt"
	"strings"
)

// SharingRule is one of the rules that decisions follow, as they are published: in words for people and in words for
// engineers, with what shows that it is followed.
type SharingRule struct {
	ID       string // an anchor that does not change
	Part     string // the part of the list that it stands in
	Title    string
	Plain    string   // for people
	Precise  string   // for engineers
	Sections []string // the sections of the rules that it tells
	Cases    []string // ids of published cases
	Tests    []string // our own tests
}

//go:embed sharing_rules.txt
var sharingRules string

// SharingRules are the published rules in their order.
func SharingRules() []SharingRule {
	rules, err := parseSharingRules(sharingRules)
	if err != nil {
		panic(err) // our own table
	}
	return rules
}

// parseSharingRules reads the table: lines of a key and a text, rules divided by empty lines.
func parseSharingRules(table string) ([]SharingRule, error) {
	var rules []SharingRule
	part := ""
	seen := map[string]bool{}
	number := 0
	for line := range strings.Lines(table) {
		number++
		key, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key == "" || strings.HasPrefix(key, "#") {
			continue
		}
		switch key {
		case "part":
			part = text
			continue
		case "rule":
			if seen[text] || text == "" {
				return nil, fmt.Errorf("sharing rules, line %d: a rule has no anchor, or that of another", number)
			}
			seen[text] = true
			rules = append(rules, SharingRule{ID: text, Part: part})
			continue
		}
		if len(rules) == 0 || !rules[len(rules)-1].add(key, text) {
			return nil, fmt.Errorf("sharing rules, line %d: %q is not understood here", number, key)
		}
	}
	for _, r := range rules {
		if r.Part == "" || r.Title == "" || r.Plain == "" || r.Precise == "" || len(r.Sections) == 0 || len(r.Tests) == 0 {
			return nil, fmt.Errorf("sharing rules: %s lacks a part, title, words, section or test", r.ID)
		}
	}
	return rules, nil
}

func (r *SharingRule) add(key, text string) bool {
	switch key {
	case "title":
		r.Title = text
	case "plain":
		r.Plain = text
	case "precise":
		r.Precise = text
	case "section":
		r.Sections = strings.Fields(text)
	case "case":
		r.Cases = strings.Fields(text)
	case "test":
		r.Tests = strings.Fields(text)
	default:
		return false
	}
	return true
}
