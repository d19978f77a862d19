package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// View shows the store in one read transaction. What Want names, and what is known to be asked after it, is fetched
// together with the beginning of the transaction: a read of one resource is one trip to the database.
func (s *Store) View(ctx context.Context, want guard.Want, use func(guard.Snapshot) error) error {
	var v *snapshot
	first := func() *pgx.Batch {
		v = &snapshot{
			ctx: ctx, s: s, things: map[fhir.Ref]*place{}, patients: map[string]who{}, keys: map[string]who{},
			people: map[consent.Person]who{},
		}
		b := &pgx.Batch{}
		v.askEpoch(b)
		v.askFor(b, v.guess(want))
		return b
	}
	return s.readers.read(ctx, first, func(r *reader) error {
		v.r = r
		if err := v.rest(want); err != nil {
			return trouble("begin to read", err)
		}
		return use(v)
	})
}

// snapshot reads inside one transaction, and remembers what it was told: it is of one moment.
type snapshot struct {
	ctx context.Context //nolint:containedctx // a snapshot lives as long as one View; it is asked between statements
	s   *Store
	r   *reader

	epoch    int64
	things   map[fhir.Ref]*place // nil: there never was one
	patients map[string]who
	keys     map[string]who
	people   map[consent.Person]who
}

// Current is nil without an error when there never was a version.
func (v *snapshot) Current(ref fhir.Ref) (*guard.Version, error) {
	p, ok := v.things[ref]
	if !ok {
		if err := v.meet(wanted{refs: []fhir.Ref{ref}}); err != nil {
			return nil, trouble("read current", err)
		}
		p = v.things[ref]
	}
	if p == nil {
		return nil, nil //nolint:nilnil // there never was one, which is no error
	}
	held, err := v.load([]place{*p})
	if err != nil {
		return nil, trouble("read current", err)
	}
	return held[0].version, nil
}

const selectHistory = `select v.position, v.id, v.person from thing t join version v on v.thing = t.num
where t.type = $1 and t.id = $2 order by v.position desc`

// History goes by commits, never by the time that a version states.
func (v *snapshot) History(ref fhir.Ref) ([]*guard.Version, error) {
	history, err := v.listed(selectHistory, string(ref.Type), string(ref.ID))
	return history, trouble("read history", err)
}

// The aliased persons of p are those whose survivor p is.
const selectRecord = `select t.position, t.version, t.person from thing t where t.num in (select a.thing from about a where a.person in
(select num from person where num = $1 union all select num from person where survivor = $1)) and not t.deleted`

// Record has what is about those who were merged into the person too: their rows stay theirs.
func (v *snapshot) Record(p consent.Person) ([]*guard.Version, error) {
	w, err := v.who(p)
	if err != nil || w.num == 0 {
		return nil, trouble("read record", err)
	}
	record, err := v.listed(selectRecord, w.num)
	slices.SortFunc(record, func(a, b *guard.Version) int { return strings.Compare(a.Ref.String(), b.Ref.String()) })
	if err == nil {
		err = v.prepare(record)
	}
	return record, trouble("read record", err)
}

// listed loads the versions whose places a statement gives.
func (v *snapshot) listed(text string, args ...any) ([]*guard.Version, error) {
	places, err := v.places(text, args...)
	if err != nil {
		return nil, err
	}
	held, err := v.load(places)
	if err != nil {
		return nil, err
	}
	versions := make([]*guard.Version, 0, len(held))
	for _, one := range held {
		versions = append(versions, one.version)
	}
	return versions, nil
}

// places reads where versions stand.
func (v *snapshot) places(text string, args ...any) ([]place, error) {
	var places []place
	err := v.r.rows(v.ctx, func(rows pgx.Rows) error {
		var p place
		err := rows.Scan(&p.position, &p.id, &p.person)
		places = append(places, p)
		return err
	}, text, args...)
	return places, err
}

const (
	selectEpoch   = `select value from clock where name = 'directory'`
	selectEntries = `select position, version, person from thing where entry order by num`
)

// askEpoch asks of which epoch the directory is: every judgement begins with it.
func (v *snapshot) askEpoch(b *pgx.Batch) {
	b.Queue(selectEpoch).QueryRow(func(row pgx.Row) error { return row.Scan(&v.epoch) })
}

// Directory is made anew when its epoch has changed.
func (v *snapshot) Directory() (*consent.Directory, error) {
	if d := v.s.known.directory.Load(); d != nil && d.Epoch == v.epoch {
		return d, nil
	}
	places, err := v.places(selectEntries)
	if err != nil {
		return nil, trouble("read directory", err)
	}
	entries, err := v.s.known.listed(places, v.load)
	if err != nil {
		return nil, trouble("read directory", err)
	}
	d := consent.NewDirectory(v.epoch, entries)
	v.s.known.directory.Store(d)
	return d, nil
}

// moment is the time that a stored number stands for.
func moment(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
