package sqlite

import (
	"context"
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
	return s.readers.read(ctx, func(r *session) error { return use(&snapshot{ctx, s, r}) })
}

// snapshot reads inside one transaction.
type snapshot struct {
	ctx context.Context //nolint:containedctx // a snapshot lives as long as one View; it is asked between statements
	s   *Store
	r   *session
}

const selectCurrent = `select position from thing where type = ? and id = ?`

// Current is two look-ups: where the newest version stands, and, when it was not read before, what it is.
func (v *snapshot) Current(ref fhir.Ref) (*guard.Version, error) {
	var position int64
	ok, err := v.r.row(selectCurrent, []any{string(ref.Type), string(ref.ID)}, &position)
	if err != nil || !ok {
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
	positions, err := list[int64](v.r, selectHistory, string(ref.Type), string(ref.ID))
	if err != nil {
		return nil, wrap("read history", err)
	}
	return v.loadAll(positions)
}

const selectVersion = `select t.type, t.id, v.id, v.updated, v.deleted, v.body
from version v join thing t on t.num = v.thing where v.position = ?`

// load gives the version at a position, which must exist.
func (v *snapshot) load(position int64) (*stored, error) {
	if held, ok := v.s.known.versions.Get(position); ok {
		return held, nil
	}
	var (
		version guard.Version
		updated int64
		body    []byte
	)
	ok, err := v.r.row(selectVersion, []any{position},
		&version.Ref.Type, &version.Ref.ID, &version.ID, &updated, &version.Deleted, &body)
	if err != nil || !ok {
		return nil, fmt.Errorf("read version (there: %t): %w", ok, err)
	}
	version.Updated = moment(updated)
	index, err := v.s.codec.unpackBody(body, &version)
	if err != nil {
		return nil, wrap("read version", err)
	}
	held := &stored{&version, index}
	v.s.known.versions.Add(position, held)
	return held, nil
}

func (v *snapshot) loadAll(positions []int64) ([]*guard.Version, error) {
	var all []*guard.Version
	for _, position := range positions {
		held, err := v.load(position)
		if err != nil {
			return nil, err
		}
		all = append(all, held.version)
	}
	return all, nil
}

// The aliased persons of p are those whose survivor p is.
const selectRecord = `select distinct t.position from about a join thing t on t.num = a.thing
where a.person in (select num from person where num = ?1 union all select num from person where survivor = ?1)
and t.deleted = 0`

// Record has what is about those who were merged into the person too: their rows stay theirs.
func (v *snapshot) Record(p consent.Person) ([]*guard.Version, error) {
	who, ok, err := v.who(p)
	if err != nil || !ok {
		return nil, err
	}
	positions, err := list[int64](v.r, selectRecord, who.num)
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
	var epoch int64
	if _, err := v.r.row(selectEpoch, nil, &epoch); err != nil {
		return nil, wrap("read directory", err)
	}
	if d := v.s.known.directory.Load(); d != nil && d.Epoch == epoch {
		return d, nil
	}
	positions, err := list[int64](v.r, selectEntries)
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
