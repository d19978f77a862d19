package sqlite

import (
	"fmt"

	"concord/gateway/guard"
)

const (
	selectPlace = `select v.position from thing t join version v on v.thing = t.num where t.type = ? and t.id = ? and v.id = ?`
	// Positions are the order of the commits. The unary plus keeps the planner from walking the things instead.
	selectChanges = `select v.position, v.updated from version v cross join thing t on t.num = v.thing
where v.position < ? and (? = '' or +t.type = ?)%s order by v.position desc limit ?`
)

// Changes walks the versions backwards, a chunk at a time, so that no statement is open while they are decided.
func (v *snapshot) Changes(of guard.Stretch, reach guard.Reach, see func(*guard.Version) (bool, error)) error {
	before := int64(1<<63 - 1)
	if of.AfterID != "" {
		r, err := v.session()
		if err != nil {
			return wrap("read changes", err)
		}
		ok, err := r.row(selectPlace, []any{string(of.After.Type), string(of.After.ID), of.AfterID}, &before)
		if err != nil || !ok {
			return wrap("read changes", err)
		}
	}
	w, err := v.within(reach)
	if err != nil {
		return wrap("read changes", err)
	}
	for {
		some, err := v.changes(of, w, before)
		if err != nil {
			return wrap("read changes", err)
		}
		for _, c := range some {
			before = c.position
			if !of.Since.IsZero() && moment(c.updated).Before(of.Since) {
				continue
			}
			held, err := v.load(c.position)
			if err != nil {
				return err
			}
			if more, err := see(held.version); err != nil || !more {
				return err
			}
		}
		if len(some) < chunk {
			return nil
		}
		if err := v.ctx.Err(); err != nil {
			return err
		}
	}
}

// changed is where a version stands, and when it says that it was written.
type changed struct{ position, updated int64 }

func (v *snapshot) changes(of guard.Stretch, w within, before int64) ([]changed, error) {
	r, err := v.session()
	if err != nil {
		return nil, err
	}
	args := append([]any{before, string(of.Type), string(of.Type)}, w.bound.args...)
	var some []changed
	var one changed
	for err := range r.rows(fmt.Sprintf(selectChanges, w.bound.text), append(args, chunk), &one.position, &one.updated) {
		if err != nil {
			return nil, err
		}
		some = append(some, one)
	}
	return some, nil
}
