package postgres

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

const (
	selectNext = `select last_value + is_called::int from feed`

	// Advisory locks are listed as two halves of their key.
	selectUnsettled = `select min(((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 55) - 1)) from pg_locks l
where l.locktype = 'advisory' and l.objsubid = 1 and l.mode = 'ShareLock'
and l.classid::bigint >> 24 = $1 and l.database = (select oid from pg_database where datname = current_database())`

	selectFeed = `select v.position, t.type, t.id, v.id, v.people from version v join thing t on t.num = v.thing
where v.position > $1 and v.position < $2 order by v.position limit $3`
	selectPersonIDs = `select num, id from person where num = any($1)`
)

// Follow gives the feed as far as it is settled. Transactions end in another order than that in which they were given
// their positions, so one below those that can be seen may still come. Each says by a lock, before it is given any,
// from which on its own will be; the lock ends after what it wrote can be seen. So all below the sequence as it was
// first, and below every lock that is there after that, can be seen by a statement that begins last.
func (s *Store) Follow(ctx context.Context, after guard.Position, limit int) ([]guard.Entry, guard.Position, error) {
	if err := ctx.Err(); err != nil {
		return nil, after, err
	}
	var entries []guard.Entry
	err := s.readers.plain(ctx, func(conn *pgxpool.Conn) error {
		end, err := settled(ctx, conn)
		if err != nil {
			return err
		}
		entries, err = feed(ctx, conn, after, end, max(limit, 0))
		return err
	})
	if err != nil || len(entries) == 0 {
		return nil, after, trouble("read feed", err)
	}
	return entries, entries[len(entries)-1].Position, nil
}

// settled is the position below which nothing comes any more. The two statements have a snapshot each.
func settled(ctx context.Context, conn *pgxpool.Conn) (int64, error) {
	end := int64(math.MaxInt64)
	b := &pgx.Batch{}
	b.Queue(selectNext).QueryRow(func(row pgx.Row) error { return row.Scan(&end) })
	b.Queue(selectUnsettled, int64(tag>>56)).QueryRow(func(row pgx.Row) error {
		var lowest *int64
		err := row.Scan(&lowest)
		if lowest != nil {
			end = min(end, *lowest)
		}
		return err
	})
	err := conn.SendBatch(ctx, b).Close()
	return end, err
}

// feed reads entries between two positions.
func feed(ctx context.Context, conn *pgxpool.Conn, after guard.Position, end int64, limit int) ([]guard.Entry, error) {
	var entries []guard.Entry
	var numbers [][]int64
	var all []int64
	rows, err := conn.Query(ctx, selectFeed, int64(after), end, limit)
	if err != nil {
		return nil, err
	}
	var e guard.Entry
	var id string
	var nums []int64
	_, err = pgx.ForEachRow(rows, []any{&e.Position, &e.Ref.Type, &id, &e.Version, &nums}, func() error {
		e.Ref.ID = fhir.ID(id)
		entries, numbers, all = append(entries, e), append(numbers, nums), append(all, nums...)
		nums = nil
		return nil
	})
	if err != nil || len(all) == 0 {
		return entries, err
	}
	names := map[int64]consent.Person{}
	if rows, err = conn.Query(ctx, selectPersonIDs, all); err != nil {
		return nil, err
	}
	var num int64
	_, err = pgx.ForEachRow(rows, []any{&num, &id}, func() error {
		names[num] = consent.Person(id)
		return nil
	})
	for i, nums := range numbers {
		for _, num := range nums {
			entries[i].People = append(entries[i].People, names[num])
		}
	}
	return entries, err
}
