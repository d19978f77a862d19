package main

import (
	"fmt"
	"iter"
	"strings"
)

// sections are where the things stand, a line for each section.
func (r viewedRecord) sections() []string {
	var order []string
	names := map[string][]string{}
	for _, t := range r.Things {
		for _, section := range t.Sections {
			if names[section] == nil {
				order = append(order, section)
			}
			names[section] = append(names[section], t.Name)
		}
	}
	for i, section := range order {
		order[i] = section + ": " + strings.Join(names[section], ", ")
	}
	return order
}

func (r viewedRecord) labelled() []string {
	var lines []string
	for _, t := range r.Things {
		for _, l := range t.Labels {
			lines = append(lines, t.Name+": "+l.String())
		}
	}
	return lines
}

// cuts say which elements are left out for whom.
func (r viewedRecord) cuts() []string {
	var lines []string
	for _, t := range r.Things {
		if len(t.Everybody) > 0 {
			lines = append(lines, fmt.Sprintf("%s, for everybody: without %s", t.Name, strings.Join(t.Everybody, ", ")))
		}
		for _, s := range t.Seen {
			if len(s.LeftOut) > 0 {
				lines = append(lines, fmt.Sprintf("%s, for %s: without %s", t.Name, s.As, strings.Join(s.LeftOut, ", ")))
			}
		}
	}
	return lines
}

// notes are those of the records, each with how often it comes.
func (r *viewReport) notes() []string {
	var all []string
	for _, record := range r.Records {
		if record.Note != "" {
			all = append(all, record.Note)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []string{counted(all)}
}

// things are those of all records, without numbers.
func (r *viewReport) things() []viewedThing {
	var all []viewedThing
	for _, record := range r.Records {
		for _, t := range record.Things {
			t.Name = unnumbered(t.Name)
			all = append(all, t)
		}
	}
	return all
}

// counted tells names with how often each comes.
func counted(names []string) string {
	var order []string
	count := map[string]int{}
	for _, name := range names {
		if count[name]++; count[name] == 1 {
			order = append(order, name)
		}
	}
	for i, name := range order {
		order[i] = fmt.Sprintf("%d x %s", count[name], name)
	}
	return strings.Join(order, ", ")
}

// reasons say why things are hidden, each reason once for what is hidden from the same personas.
func reasons(things []viewedThing, tell func(names []string) string) []string {
	type reason struct{ why, what string }
	var order []reason
	from := map[reason][]string{}
	for persona := range things[0].Seen {
		for why, names := range hiddenFrom(things, persona) {
			key := reason{why, tell(names)}
			if len(names) == len(things) {
				key.what = "all of it"
			}
			if from[key] == nil {
				order = append(order, key)
			}
			from[key] = append(from[key], things[0].Seen[persona].As)
		}
	}
	lines := make([]string, len(order))
	for i, key := range order {
		lines[i] = fmt.Sprintf("%s from %s: %s", key.what, strings.Join(from[key], ", "), key.why)
	}
	return lines
}

// hiddenFrom gives the reasons why things are hidden from a persona, each with the names of the things, in the order of these.
func hiddenFrom(things []viewedThing, persona int) iter.Seq2[string, []string] {
	var order []string
	names := map[string][]string{}
	for _, t := range things {
		s := t.Seen[persona]
		if s.Sight != seenHidden {
			continue
		}
		if names[s.Why] == nil {
			order = append(order, s.Why)
		}
		names[s.Why] = append(names[s.Why], t.Name)
	}
	return func(yield func(string, []string) bool) {
		for _, why := range order {
			if !yield(why, names[why]) {
				return
			}
		}
	}
}
