package postgres

import (
	"slices"

	"concord/fhir/search"

	"github.com/jackc/pgx/v5"
)

const (
	insertAbout = `insert into about (person, type, thing) select * from unnest($1::bigint[], $2::text[], $3::bigint[])`
	deleteAbout = `delete from about x using unnest($1::bigint[], $2::text[], $3::bigint[]) n(person, type, thing)
where x.person = n.person and x.type = n.type and x.thing = n.thing`
	insertValues = `insert into find_value (hash, person, thing) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])`
	deleteValues = `delete from find_value x using unnest($1::bigint[], $2::bigint[], $3::bigint[]) n(hash, person, thing)
where x.hash = n.hash and x.person = n.person and x.thing = n.thing`
	insertTexts = `insert into find_text (param, value, person, thing) select * from unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[])`
	deleteTexts = `delete from find_text x using unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[]) n(param, value, person, thing)
where x.param = n.param and x.value = n.value and x.person = n.person and x.thing = n.thing`
	insertDates = `insert into find_date (param, high, low, person, thing)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])`
	deleteDates = `delete from find_date x using unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) n(param, high, low, person, thing)
where x.param = n.param and x.high = n.high and x.low = n.low and x.person = n.person and x.thing = n.thing`
)

// tables are rows of the index tables.
type tables struct{ about, values, texts, dates table }

// add adds the rows of a thing for the persons it is about.
func (t *tables) add(of *thing, people []int64, rows search.Keys) {
	for _, p := range people {
		for hash := range rows.Values {
			t.values.add(hash, p, of.num)
		}
		for text := range rows.Texts {
			t.texts.add(text.Param, []byte(text.Value), p, of.num)
		}
		for date := range rows.Dates {
			t.dates.add(date.Param, date.High, date.Low, p, of.num)
		}
	}
}

// addAbout adds the rows that say whom a thing is about.
func (t *tables) addAbout(of *thing, people []int64) {
	for _, p := range people {
		t.about.add(p, string(of.ref.Type), of.num)
	}
}

// writeIndex makes the index tables say what the new versions are about and found by. Rows that stay are not
// touched.
func (l *ledger) writeIndex(b *pgx.Batch) {
	var gone, come tables
	for _, t := range l.changed() {
		next, people := search.KeysOf(t.ref.Type, t.index), filed(t.people)
		if t.old.position == 0 {
			come.addAbout(t, people)
			come.add(t, people, next)
			continue
		}
		last, was := search.KeysOf(t.ref.Type, t.before), filed(t.was)
		if !slices.Equal(slices.Sorted(slices.Values(was)), slices.Sorted(slices.Values(people))) {
			gone.addAbout(t, was)
			gone.add(t, was, last)
			come.addAbout(t, people)
			come.add(t, people, next)
			continue
		}
		gone.add(t, people, last.Minus(next))
		come.add(t, people, next.Minus(last))
	}
	gone.about.queue(b, deleteAbout)
	gone.values.queue(b, deleteValues)
	gone.texts.queue(b, deleteTexts)
	gone.dates.queue(b, deleteDates)
	come.about.queue(b, insertAbout)
	come.values.queue(b, insertValues)
	come.texts.queue(b, insertTexts)
	come.dates.queue(b, insertDates)
}
