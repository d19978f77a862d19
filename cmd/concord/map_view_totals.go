package main

import (
	"fmt"
	"regexp"
	"slices"
)

var numbered = regexp.MustCompile(` [0-9]+$`)

// unnumbered is what a definition calls a thing, which of several it may be.
func unnumbered(name string) string { return numbered.ReplaceAllString(name, "") }

// Kind is a thing's name with its type.
func (t viewedThing) Kind() string { return fmt.Sprintf("%s (%s)", t.Name, t.Type) }

// viewTotal counts one kind of thing over all records.
type viewTotal struct {
	Kind   string
	Counts []viewCount // by persona
}

type viewCount struct{ Whole, Cut, Hidden int }

// Totals count what is seen, by kind, in the order in which kinds first occur.
func (r *viewReport) Totals() []viewTotal {
	var all []viewTotal
	for _, record := range r.Records {
		for _, t := range record.Things {
			kind := viewedThing{Name: unnumbered(t.Name), Type: t.Type}.Kind()
			at := slices.IndexFunc(all, func(o viewTotal) bool { return o.Kind == kind })
			if at < 0 {
				all, at = append(all, viewTotal{kind, make([]viewCount, len(r.Personas))}), len(all)
			}
			for i, s := range t.Seen {
				all[at].Counts[i].add(s.Sight)
			}
		}
	}
	return all
}

func (c *viewCount) add(s extent) {
	switch s {
	case seenWhole:
		c.Whole++
	case seenCut:
		c.Cut++
	default:
		c.Hidden++
	}
}
