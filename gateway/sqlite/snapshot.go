package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// View shows the store in one read transaction. The database is at hand, so Want saves nothing here. View may
// not be called again from inside use: under load there might be no session left to answer.
func (s *Store) View(ctx context.Context, _ guard.Want, use func(guard.Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if stage := s.recent.stage.Load(); stage%2 == 0 {
		v := &snapshot{ctx: ctx, s: s, stage: stage}
		if moved, err := v.try(use); !moved {
			return err
		}
	}
	return s.readers.read(ctx, func(r *session) error {
		v := &snapshot{ctx: ctx, s: s, r: r, stage: never}
		if err := v.pin(s.recent.stage.Load()); err != nil {
			return err
		}
		return use(v)
	})
}

// snapshot reads inside one transaction.
type snapshot struct {
	ctx context.Context //nolint:containedctx // a snapshot lives as long as one View; it is asked between statements
	s   *Store
	r   *session // nil until something has to be asked of the database

	stage uint64 // of recent: what is remembered is used while this is the stage, or never
	moved bool   // the stage changed before there was a transaction
}

// try uses a snapshot that takes a session only when something is not remembered. It reports whether the record
// changed before it did, so that all has to be done again.
func (v *snapshot) try(use func(guard.Snapshot) error) (bool, error) {
	sound := false
	defer func() {
		if v.r != nil && !sound { // also when use panics: nobody gets a session that is inside a transaction
			_ = v.s.readers.drop(v.r)
		}
	}()
	err := use(v)
	if v.r != nil {
		if end := v.r.exec("commit"); end != nil {
			return v.moved, errors.Join(err, end)
		}
		v.s.readers.free <- v.r
	}
	sound = true
	return v.moved, err
}

// session gives the snapshot's transaction, which begins when it is first needed. It is of the state that the
// snapshot began at, or there is none.
func (v *snapshot) session() (*session, error) {
	if v.moved {
		return nil, errMoved
	}
	if v.r != nil {
		return v.r, nil
	}
	r, err := v.s.readers.take(v.ctx)
	if err != nil {
		return nil, err
	}
	if err := r.exec("begin"); err != nil {
		return nil, errors.Join(err, v.s.readers.drop(r))
	}
	v.r = r
	if err := v.pin(v.stage); err != nil {
		return nil, err
	}
	if v.stage == never {
		v.moved = true
		return nil, errMoved
	}
	return r, nil
}

// pin makes the transaction of this moment, by reading something, and finds out whether that is a settled stage:
// the writer leaves the stage before it commits, so a stage that is still the same was not left meanwhile.
func (v *snapshot) pin(stage uint64) error {
	var n int64
	if _, err := v.r.row(selectEpoch, nil, &n); err != nil {
		return wrap("begin to read", err)
	}
	v.stage = never
	if stage%2 == 0 && v.s.recent.stage.Load() == stage {
		v.stage = stage
	}
	return nil
}

const selectCurrent = `select position from thing where type = ? and id = ?`

// Current is two look-ups: where the newest version stands, and, when it was not read before, what it is.
func (v *snapshot) Current(ref fhir.Ref) (*guard.Version, error) {
	position, err := recall(v, v.s.recent.positions, ref, func(r *session) (int64, error) {
		var position int64
		_, err := r.row(selectCurrent, []any{string(ref.Type), string(ref.ID)}, &position)
		return position, err
	})
	if err != nil || position == 0 {
		return nil, wrap("read current", err)
	}
	held, err := v.load(position)
	if err != nil {
		return nil, err
	}
	return held.version, nil
}

const selectHistory = `select v.position from thing t join version v on v.thing = t.num
where t.type = ? and t.id = ? order by v.position desc`

// History goes by commits, never by the time that a version states.
func (v *snapshot) History(ref fhir.Ref) ([]*guard.Version, error) {
	positions, err := recall(v, v.s.recent.histories, ref, func(r *session) ([]int64, error) {
		return list[int64](r, selectHistory, string(ref.Type), string(ref.ID))
	})
	if err != nil {
		return nil, wrap("read history", err)
	}
	return v.loadAll(positions)
}

// The aliased persons of p are those whose survivor p is.
const selectRecord = `select distinct t.position from about a join thing t on t.num = a.thing
where a.person in (select num from person where num = ?1 union all select num from person where survivor = ?1)
and t.deleted = 0`

// Record has what is about those who were merged into the person too: their rows stay theirs.
func (v *snapshot) Record(p consent.Person) ([]*guard.Version, error) {
	num, err := v.number(p)
	if err != nil || num == 0 {
		return nil, err
	}
	positions, err := recall(v, v.s.recent.records, num, func(r *session) ([]int64, error) {
		return list[int64](r, selectRecord, num)
	})
	if err != nil {
		return nil, wrap("read record", err)
	}
	record, err := v.loadAll(positions)
	slices.SortFunc(record, func(a, b *guard.Version) int { return strings.Compare(a.Ref.String(), b.Ref.String()) })
	return record, err
}

const (
	selectEpoch   = `select value from clock where name = 'directory'`
	selectEntries = `select position from thing where entry = 1 order by num`
)

// Directory is made anew when its epoch has changed.
func (v *snapshot) Directory() (*consent.Directory, error) {
	if d := v.s.recent.directory.Load(); d != nil && v.stage != never && v.s.recent.stage.Load() == v.stage {
		return d, nil
	}
	d, err := v.newestDirectory()
	if err == nil && v.stage != never {
		v.s.recent.learn(v.stage, func() { v.s.recent.directory.Store(d) })
	}
	return d, err
}

func (v *snapshot) newestDirectory() (*consent.Directory, error) {
	r, err := v.session()
	if err != nil {
		return nil, err
	}
	var epoch int64
	if _, err := r.row(selectEpoch, nil, &epoch); err != nil {
		return nil, wrap("read directory", err)
	}
	if d := v.s.known.directory.Load(); d != nil && d.Epoch == epoch {
		return d, nil
	}
	positions, err := list[int64](r, selectEntries)
	if err != nil {
		return nil, wrap("read directory", err)
	}
	entries, err := v.s.known.listed(positions, v.load)
	if err != nil {
		return nil, err
	}
	d := consent.NewDirectory(epoch, entries)
	v.s.known.directory.Store(d)
	return d, nil
}

// moment is the time that a stored number stands for.
func moment(micro int64) time.Time { return time.UnixMicro(micro).UTC() }

// wrap says what was tried; no error stays none.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
