package postgres

import (
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"concord/gateway/guard"
)

const (
	selectPlace = `select v.position from thing t join version v on v.thing = t.num where t.type = $1 and t.id = $2 and v.id = $3`
	// Positions are the order of the commits.
	selectChanges = `select v.position, v.id, v.person, v.updated from version v join thing t on t.num = v.thing
where v.position < $1 and ($2 = '' or t.type = $2)%s order by v.position desc limit $3`
)

// Changes walks the versions backwards, a chunk at a time.
func (v *snapshot) Changes(of guard.Stretch, reach guard.Reach, see func(*guard.Version) (bool, error)) error {
	before := int64(math.MaxInt64)
	if of.AfterID != "" {
		err := v.r.conn.QueryRow(v.ctx, selectPlace, string(of.After.Type), string(of.After.ID), of.AfterID).Scan(&before)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return trouble("read changes", err)
		}
	}
	w, err := v.within(reach)
	if err != nil {
		return trouble("read changes", err)
	}
	for {
		some, last, err := v.changes(of, w, before)
		if err != nil {
			return trouble("read changes", err)
		}
		for _, one := range some {
			if more, err := see(one); err != nil || !more {
				return err
			}
		}
		if last == before {
			return nil
		}
		before = last
	}
}

// changes gives the next versions of a stretch, with what see will ask about them, and the position that the last
// statement came to: the same as before at the end.
func (v *snapshot) changes(of guard.Stretch, w within, before int64) ([]*guard.Version, int64, error) {
	bound, args := w.bound.after([]any{before, string(of.Type), chunk})
	var places []place
	err := v.r.rows(v.ctx, func(rows pgx.Rows) error {
		var p place
		var updated int64
		err := rows.Scan(&p.position, &p.id, &p.person, &updated)
		before = p.position
		if of.Since.IsZero() || !moment(updated).Before(of.Since) {
			places = append(places, p)
		}
		return err
	}, fmt.Sprintf(selectChanges, bound), args...)
	if err != nil {
		return nil, 0, err
	}
	held, err := v.load(places)
	if err != nil {
		return nil, 0, err
	}
	versions := make([]*guard.Version, 0, len(held))
	for _, one := range held {
		versions = append(versions, one.version)
	}
	return versions, before, v.prepare(versions)
}
