package postgres

import (
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"concord/consent"
)

const (
	selectHeldPatients = `select x.id, coalesce(p.survivor, p.num) from patient x join person p on p.num = x.person where x.id = any($1)`
	lockIdentities     = `select x.name, coalesce(q.num, p.num), coalesce(q.id, p.id) from identity x join person p on p.num = x.person
left join person q on q.num = p.survivor where x.name = any($1) order by x.name for no key update of x`
	insertPatients   = `insert into patient (id, person) select * from unnest($1::text[], $2::bigint[])`
	insertIdentities = `insert into identity (name, person) select * from unnest($1::bytea[], $2::bigint[])`
	updateIdentities = `update identity x set person = n.person from unnest($1::bytea[], $2::bigint[]) n(name, person) where x.name = n.name`
)

// askNames asks whose the Patients and identity keys of a batch are, and which of its changes were done before.
func (l *ledger) askNames(b *pgx.Batch, patients, keys, done []string) {
	if len(patients) > 0 {
		each(b.Queue(selectHeldPatients, patients), func(rows pgx.Rows) error {
			var name string
			var num int64
			err := rows.Scan(&name, &num)
			l.patients[name] = num
			return err
		})
	}
	if len(keys) > 0 {
		each(b.Queue(lockIdentities, bytesOf(keys)), func(rows pgx.Rows) error {
			var name []byte
			var num int64
			var id string
			err := rows.Scan(&name, &num, &id)
			l.identities[string(name)], l.holders[num] = identity{person: num, held: true}, consent.Person(id)
			return err
		})
	}
	if len(done) > 0 {
		each(b.Queue(selectDone, bytesOf(done)), func(rows pgx.Rows) error {
			var name []byte
			var d doing
			err := rows.Scan(&name, &d.positions)
			l.done[string(name)] = d
			return err
		})
	}
}

// writeNames writes which Patients and identity keys are whose.
func (l *ledger) writeNames(b *pgx.Batch) {
	var patients, made, moved table
	for _, name := range slices.Sorted(maps.Keys(l.names)) {
		patients.add(name, l.names[name])
	}
	for _, name := range slices.Sorted(maps.Keys(l.identities)) {
		switch id := l.identities[name]; {
		case id.dirty && id.held:
			moved.add([]byte(name), id.person)
		case id.dirty:
			made.add([]byte(name), id.person)
		}
	}
	patients.queue(b, insertPatients)
	made.queue(b, insertIdentities)
	moved.queue(b, updateIdentities)
}
