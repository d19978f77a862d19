package postgres

import (
	"slices"

	"concord/consent"
	"concord/gateway/guard"
)

// put enters one new version and gives its position. Whom it, and the one before, are about is touched.
func (l *ledger) put(p guard.Put, body []byte, touched map[int64]bool) int64 {
	v := p.Version
	position := l.positions[0]
	l.positions = l.positions[1:]
	t, ok := l.things[v.Ref]
	if !ok {
		t = &thing{ref: v.Ref, num: position}
		l.things[v.Ref] = t
	}
	people := l.numbers(p.People)
	for _, num := range append(slices.Clone(t.people), people...) {
		if num != 0 {
			touched[l.survivor(num)] = true
		}
	}
	entry := !v.Deleted && v.Facts != nil && v.Facts.Gives.Entry != nil
	open := entry || v.Facts != nil && v.Facts.Open
	if open || t.open {
		l.turned++
	}
	t.now, t.people, t.index = place{position, v.ID, whose(people)}, people, p.Index
	t.deleted, t.open, t.entry, t.dirty = v.Deleted, open, entry, true
	l.puts = append(l.puts, putting{t, position, v, people, body})
	return position
}

// numbers gives the numbers of persons, in the order they came in.
func (l *ledger) numbers(people []consent.Person) []int64 {
	nums := []int64{}
	for _, p := range people {
		if num := l.people[p].num; !slices.Contains(nums, num) {
			nums = append(nums, num)
		}
	}
	return nums
}

// whose is the first person that something is about, 0 when it is nobody: by it rows are spread over machines.
func whose(people []int64) int64 {
	if len(people) == 0 {
		return 0
	}
	return people[0]
}

// filed is whom something is filed under in the tables that find it: person 0 when it is about nobody.
func filed(people []int64) []int64 {
	if len(people) == 0 {
		return []int64{0}
	}
	return people
}
