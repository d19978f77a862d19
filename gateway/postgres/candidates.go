package postgres

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"concord/fhir/search"
	"concord/gateway/guard"
)

const (
	fewPeople = 1000 // up to so many persons within reach are looked up by person
	fewAnyhow = 200  // so few candidates are looked at without asking first how many people are within reach
	fewThings = 2000 // up to so many candidates are listed; beyond, things are walked in their order
	chunk     = 500  // things walked at once
)

// fragment is a piece of a statement with its parameters, counted from $1.
type fragment struct {
	text string
	args []any
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// after moves the numbers of the parameters behind those of the statement so far.
func (f fragment) after(args []any) (string, []any) {
	text := parameter.ReplaceAllStringFunc(f.text, func(s string) string {
		n, _ := strconv.Atoi(s[1:])
		return "$" + strconv.Itoa(n+len(args))
	})
	return text, append(args, f.args...)
}

// within is the bound of a search as fragments: either a list of people, or a restriction, or none.
type within struct {
	listed bool
	people []int64
	bound  fragment
}

// within lists the persons that the principals reach, when they are few.
func (v *snapshot) within(reach guard.Reach) (within, error) {
	if reach.All {
		return within{}, nil
	}
	principals := bytesOf(reach.Principals)
	people, err := v.numbers(selectReach, principals, fewPeople+2)
	if err != nil {
		return within{}, err
	}
	if len(people) > fewPeople+1 {
		return within{bound: fragment{ofPrincipals, []any{principals}}}, nil
	}
	return within{listed: true, people: people, bound: fragment{ofPeople, []any{people}}}, nil
}

// numbers reads a column.
func (v *snapshot) numbers(text string, args ...any) ([]int64, error) {
	var all []int64
	err := v.r.rows(v.ctx, func(rows pgx.Rows) error {
		var n int64
		err := rows.Scan(&n)
		all = append(all, n)
		return err
	}, text, args...)
	return all, err
}

// driver gives the fragment by which a clause finds candidates, if it has one.
func driver(plan search.Plan, c search.Clause, w within) (fragment, bool) {
	found, ok := lookUp(plan.Type, c)
	if !ok || !w.listed || found.ofPeople == "" {
		return found.fragment, ok
	}
	return fragment{found.ofPeople, append(found.args, w.people)}, true
}

// narrowest gives the fragment with the fewest candidates, and whether these are no more than few. All are counted in
// one trip.
func (v *snapshot) narrowest(plan search.Plan, w within, few int) (fragment, bool, error) {
	var drivers []fragment
	for _, c := range plan.Where {
		if d, ok := driver(plan, c, w); ok {
			drivers = append(drivers, d)
		}
	}
	if w.listed {
		drivers = append(drivers, fragment{byPeople, []any{w.people, string(plan.Type)}})
	}
	best, least := fragment{}, few+1
	b := &pgx.Batch{}
	for _, d := range drivers {
		text, args := d.after([]any{least})
		b.Queue(fmt.Sprintf(countFragment, text), args...).QueryRow(func(row pgx.Row) error {
			var n int
			err := row.Scan(&n)
			if n < least {
				best, least = d, n
			}
			return err
		})
	}
	err := v.r.ask(v.ctx, b)
	return best, least <= few, err
}

// candidate is a thing that may be found.
type candidate struct {
	id    string
	place place
}

// candidates gives the things from which the plan finds, in the order of their ids, after the id. It calls use
// with some at a time, until use gives false.
func (v *snapshot) candidates(plan search.Plan, reach guard.Reach, after string, use func([]candidate) (bool, error)) error {
	if !reach.All { // to count among hundreds of people what one of them has cost ten times what it costs to find it
		w := within{bound: fragment{ofPrincipals, []any{bytesOf(reach.Principals)}}}
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

// driven gives the candidates of one fragment. What the other clauses look for is asked of the versions themselves: as
// bounds here, the planner starts from whatever has the code, which everybody has, and takes forty times as long.
func (v *snapshot) driven(plan search.Plan, d fragment, w within, after string, use func([]candidate) (bool, error)) error {
	driven, args := d.after([]any{string(plan.Type), after})
	bound, args := w.bound.after(args)
	some, err := v.listedCandidates(fmt.Sprintf(selectDriven, driven, bound), args...)
	if err != nil {
		return err
	}
	size := chunk
	if inOrderOfID(plan) { // the page may be full soon
		size = min(size, 2*plan.Count+1)
	}
	for len(some) > 0 {
		n := min(len(some), size)
		more, err := use(some[:n])
		if err != nil || !more {
			return err
		}
		some = some[n:]
	}
	return nil
}

// walk goes through all things of the type, a chunk at a time.
func (v *snapshot) walk(plan search.Plan, w within, after string, use func([]candidate) (bool, error)) error {
	rest := []any{string(plan.Type), nil, chunk}
	bound, rest := w.bound.after(rest)
	var bounds strings.Builder
	bounds.WriteString(bound)
	for _, c := range plan.Where {
		if hashes := search.KeysFor(plan.Type, c); len(hashes) > 0 && c.Param != "_id" {
			var text string
			text, rest = fragment{withValue, []any{hashes}}.after(rest)
			bounds.WriteString(text)
		}
	}
	for text := fmt.Sprintf(selectStream, bounds.String()); ; {
		rest[1] = after
		some, err := v.listedCandidates(text, rest...)
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

// listedCandidates reads candidates at once, so that nothing is under way on the connection while they are decided.
func (v *snapshot) listedCandidates(text string, args ...any) ([]candidate, error) {
	var all []candidate
	err := v.r.rows(v.ctx, func(rows pgx.Rows) error {
		var c candidate
		err := rows.Scan(&c.id, &c.place.position, &c.place.id, &c.place.person)
		all = append(all, c)
		return err
	}, text, args...)
	return all, err
}
