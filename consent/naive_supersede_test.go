package consent_test

import (
	"slices"
	"time"

	"concord/consent"
)

// naiveSuperseded replays the commits of a person's choices, and gives those that stand, in order, with the moment from
// which each is superseded (section 7.1): a later commit takes the place of an earlier one that has the same identifier
// or that it names, from when it begins, and for good. What was never in force takes no place.
func naiveSuperseded(commits []consent.Rule) []consent.Rule {
	var rules []consent.Rule
	for _, r := range commits {
		at := slices.IndexFunc(rules, func(o consent.Rule) bool { return o.Ref == r.Ref })
		r.Superseded = time.Time{}
		switch {
		case at >= 0 && !r.Active: // ending an old choice is not making a new one: it stays where it is
			r.Superseded = rules[at].Superseded
			rules[at] = r
		case at >= 0:
			rules = append(slices.Delete(slices.Clone(rules), at, at+1), r)
		default:
			rules = append(rules, r)
		}
		for i := range rules {
			for j := i + 1; j < len(rules); j++ {
				if rules[i].Ref == r.Ref || rules[j].Ref == r.Ref {
					naiveReplace(&rules[i], &rules[j])
				}
			}
		}
	}
	return rules
}

func naiveReplace(earlier, later *consent.Rule) {
	same := slices.ContainsFunc(later.Identifiers, func(id consent.Code) bool { return slices.Contains(earlier.Identifiers, id) })
	if later.Pending || (!same && !slices.Contains(later.Replaces, earlier.Ref)) {
		return
	}
	begins := time.Unix(0, 0).UTC() // always
	for i, p := range later.Readings {
		switch {
		case p.Period.From.IsZero() || p.Odd&consent.OddPeriod != 0:
			begins = time.Unix(0, 0).UTC()
		case i == 0:
			begins = p.Period.From
		}
	}
	if earlier.Superseded.IsZero() || begins.Before(earlier.Superseded) {
		earlier.Superseded = begins
	}
}
