package sqlite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"concord/fhir/search"
	"concord/gateway/guard"
)

const (
	fewPeople = 1000 // up to so many persons within reach are looked up by person
	fewAnyhow = 200  // so few candidates are looked at without asking first how many people are within reach
	fewThings = 2000 // up to so many candidates are listed; beyond, things are walked in their order
	chunk     = 500  // things walked at once
)

// fragment is a piece of a statement with its parameters.
type fragment struct {
	text string
	args []any
}

// within is the bound of a search as fragments: either a list of people, or a restriction, or none.
type within struct {
	all    bool
	people string // JSON; "" when there are too many
	bound  fragment
}

// within asks how many persons the principals reach, and lists them when they are few.
func (v *snapshot) within(reach guard.Reach) (within, error) {
	if reach.All {
		return within{all: true}, nil
	}
	principals := array(reach.Principals)
	r, err := v.session()
	if err != nil {
		return within{}, err
	}
	var n int
	if _, err := r.row(countReach, []any{principals, fewPeople + 1}, &n); err != nil {
		return within{}, err
	}
	if n > fewPeople {
		return within{bound: fragment{ofPrincipals, []any{principals}}}, nil
	}
	nums, err := list[int64](r, selectReach, principals)
	if err != nil {
		return within{}, err
	}
	people := array(nums)
	return within{people: people, bound: fragment{ofPeople, []any{people}}}, nil
}

// driver gives the fragment by which a clause finds candidates, if it has one.
func driver(plan search.Plan, c search.Clause, w within) (fragment, bool) {
	var some, people string
	var looked any
	hashes, starts := search.KeysFor(plan.Type, c), search.Beginnings(c)
	param := search.KeyOf(plan.Type, c.Param, search.Present)
	switch {
	case c.Param == "_id":
		ids := make([]string, 0, len(c.Any))
		for _, v := range c.Any {
			ids = append(ids, v.Text)
		}
		return fragment{byID, []any{array(ids), string(plan.Type)}}, true
	case c.Param == "_lastUpdated":
		return fragment{}, false
	case len(starts) > 0:
		var ranges [][3]any
		for _, start := range starts {
			ranges = append(ranges, [3]any{param, start, start + search.LastRune})
		}
		some, people, looked = byText, byTextOfPeople, ranges
	case len(hashes) > 0:
		some, people, looked = byValue, byValueOfPeople, hashes
	case c.Modifier == "" && c.Kind == search.Date:
		var ranges [][3]int64
		for _, v := range c.Any {
			ends := search.Ends(v)
			ranges = append(ranges, [3]int64{param, ends[0], ends[1]})
		}
		some, people, looked = byDate, byDateOfPeople, ranges
	default:
		return fragment{}, false
	}
	if w.people == "" {
		return fragment{some, []any{array(looked)}}, true
	}
	return fragment{people, []any{array(looked), w.people}}, true
}

// narrowest gives the fragment with the fewest candidates, and whether these are no more than few.
func (v *snapshot) narrowest(plan search.Plan, w within, few int) (fragment, bool, error) {
	var drivers []fragment
	for _, c := range plan.Where {
		d, ok := driver(plan, c, w)
		switch {
		case !ok:
		case c.Kind == search.Reference || c.Param == "_id" || c.Param == "identifier": // the most telling first: others are counted no further
			drivers = slices.Insert(drivers, 0, d)
		default:
			drivers = append(drivers, d)
		}
	}
	if w.people != "" {
		drivers = append(drivers, fragment{byPeople, []any{w.people, string(plan.Type)}})
	}
	r, err := v.session()
	if err != nil {
		return fragment{}, false, err
	}
	best, least := fragment{}, few+1
	for _, d := range drivers {
		var n int
		text := fmt.Sprintf(countFragment, d.text)
		if _, err := r.row(text, append(append([]any{}, d.args...), least), &n); err != nil {
			return fragment{}, false, err
		}
		if n < least {
			best, least = d, n
		}
	}
	return best, least <= few, nil
}

// candidate is a thing that may be found.
type candidate struct {
	id       string
	position int64
}

// candidates gives the things from which the plan finds, in the order of their ids, after the id. It calls use
// with some at a time, until use gives false.
func (v *snapshot) candidates(plan search.Plan, reach guard.Reach, after string, use func([]candidate) (bool, error)) error {
	if !reach.All {
		w := within{bound: fragment{ofPrincipals, []any{array(reach.Principals)}}}
		d, few, err := v.narrowest(plan, w, fewAnyhow)
		if err != nil {
			return err
		}
		if few {
			return v.driven(plan, d, w, after, use)
		}
	}
	w, err := v.within(reach)
	if err != nil {
		return err
	}
	d, few, err := v.narrowest(plan, w, fewThings)
	if err != nil {
		return err
	}
	if few {
		return v.driven(plan, d, w, after, use)
	}
	return v.walk(plan, w, after, use)
}

// driven gives the candidates of one fragment that have what the other clauses look for: to read a version costs ten
// times what it costs to look in the tables whether it can be meant.
func (v *snapshot) driven(plan search.Plan, d fragment, w within, after string, use func([]candidate) (bool, error)) error {
	args := append(append([]any{}, d.args...), string(plan.Type), after)
	bounds, bound := narrowed(plan, w)
	some, err := v.listed(fmt.Sprintf(selectDriven, d.text, bounds), append(args, bound...)...)
	if err != nil {
		return err
	}
	_, err = use(some)
	return err
}

// narrowed are the bounds of reach, and of every clause that goes by value where there are several.
func narrowed(plan search.Plan, w within) (string, []any) {
	var bounds strings.Builder
	bounds.WriteString(w.bound.text)
	bound := append([]any{}, w.bound.args...)
	for _, c := range plan.Where {
		if hashes := search.KeysFor(plan.Type, c); len(plan.Where) > 1 && len(hashes) > 0 && c.Param != "_id" {
			bounds.WriteString(withValue)
			bound = append(bound, array(hashes))
		}
	}
	return bounds.String(), bound
}

// walk goes through all things of the type, a chunk at a time.
func (v *snapshot) walk(plan search.Plan, w within, after string, use func([]candidate) (bool, error)) error {
	var bounds strings.Builder
	bounds.WriteString(w.bound.text)
	bound := append([]any{}, w.bound.args...)
	for _, c := range plan.Where {
		if hashes := search.KeysFor(plan.Type, c); len(hashes) > 0 && c.Param != "_id" {
			bounds.WriteString(withValue)
			bound = append(bound, array(hashes))
		}
	}
	for text := fmt.Sprintf(selectStream, bounds.String()); ; {
		args := append(append([]any{string(plan.Type), after}, bound...), chunk)
		some, err := v.listed(text, args...)
		if err != nil {
			return err
		}
		more, err := use(some)
		if err != nil || !more || len(some) < chunk {
			return err
		}
		after = some[len(some)-1].id
	}
}

// listed reads candidates at once, so that no statement is open while they are decided.
func (v *snapshot) listed(text string, args ...any) ([]candidate, error) {
	r, err := v.session()
	if err != nil {
		return nil, err
	}
	var all []candidate
	var one candidate
	for err := range r.rows(text, args, &one.id, &one.position) {
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// array is a list as one parameter. Lists of strings and numbers always have a JSON form.
func array(list any) string {
	data, err := json.Marshal(list)
	if err != nil {
		return "[]"
	}
	return string(data)
}
