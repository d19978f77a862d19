package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/gateway/guard"
)

const (
	selectWriters = `select num, id from writer order by num`
	selectStrays  = `select count(*) from event e where not exists (select 1 from batch b where b.writer = e.writer and b.seq = e.seq)`
	selectBatches = `select seq, prev, root, at, count from batch where writer = $1 and seq > $2 order by seq limit 100`
	selectEvents  = `select e.seq, e.place, e.leaf, e.salt, e.content, coalesce(p.id, ''), e.at from event e left join person p on p.num = e.person
where e.writer = $1 and e.seq >= $2 and e.seq <= $3 order by e.seq, e.place`
	selectRoot = `select root from batch where writer = $1 and seq = $2`
)

// Verify reads the trail of a database, which may be in use, and finds what was edited, left out, put in or put in
// another order. Each chain is held against the checkpoints of its node, if their folder is among those given: then
// it finds what was cut off too. Findings name batches and places, never what events say. An error means that it
// could not be read at all.
func Verify(ctx context.Context, url URL, checkpoints ...string) (guard.Report, error) {
	v := &verification{ctx: ctx, signed: map[string]*guard.SignedCheckpoints{}}
	err := v.open(checkpoints)
	if err == nil {
		err = v.connect(url)
	}
	if err == nil {
		err = errors.Join(v.run(), v.conn.Close(ctx))
	}
	for _, signed := range v.signed {
		err = errors.Join(err, signed.Close())
	}
	if err != nil {
		return guard.Report{}, trouble("verify trail", err)
	}
	return v.report, nil
}

// verification is a Verify under way.
type verification struct {
	ctx    context.Context //nolint:containedctx // it is that of one call
	conn   *pgx.Conn
	signed map[string]*guard.SignedCheckpoints // by chain
	report guard.Report
}

// open reads from each folder which chain it is of.
func (v *verification) open(folders []string) error {
	for _, dir := range folders {
		signed, err := guard.OpenSigned(dir)
		if err != nil {
			return err
		}
		name, err := signed.Chain()
		if _, twice := v.signed[name]; twice || err != nil {
			return errors.Join(err, signed.Close(), errors.New("two folders of checkpoints are of one chain, or both are empty"))
		}
		v.signed[name] = signed
	}
	return nil
}

// connect opens a connection without the limits of those that serve: a trail may be long.
func (v *verification) connect(url URL) error {
	conf, err := pgx.ParseConfig(string(url))
	if err != nil {
		return errAddress
	}
	conf.RuntimeParams["application_name"] = "concord"
	conf.RuntimeParams["enable_seqscan"] = "off" // chains are read in the order of their keys, a part at a time
	v.conn, err = pgx.ConnectConfig(v.ctx, conf)
	return err
}

// run reads all chains as of one moment. Whoever writes goes on.
func (v *verification) run() error {
	if _, err := v.conn.Exec(v.ctx, begin); err != nil {
		return err
	}
	var strays int64
	if err := v.conn.QueryRow(v.ctx, selectStrays).Scan(&strays); err != nil {
		return err
	}
	if strays > 0 {
		v.report.Find("%d events stand in no batch", strays)
	}
	rows, err := v.conn.Query(v.ctx, selectWriters)
	if err != nil {
		return err
	}
	chains, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (chain, error) {
		var c chain
		err := row.Scan(&c.num, &c.writer)
		return c, err
	})
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, c := range chains {
		found[c.writer] = true
		if err := v.chain(c); err != nil {
			return err
		}
	}
	for name := range v.signed {
		if !found[name] && name != "" {
			v.report.Find("a chain that there are checkpoints of is not there")
		}
	}
	return nil
}

// chain verifies one chain, with its checkpoints when their folder was given.
func (v *verification) chain(c chain) error {
	signed := v.signed[c.writer]
	before := v.report.Batches
	err := guard.VerifyChain(&v.report, guard.HeldChain{
		Writer:  c.writer,
		Batches: v.batches(c.num),
		Root:    func(seq int64) ([]byte, error) { return v.root(c.num, seq) },
	}, signed)
	if signed == nil && v.report.Batches > before {
		v.report.Unsigned++
	}
	return err
}

// batches reads a chain a part at a time.
func (v *verification) batches(writer int64) iter.Seq2[guard.HeldBatch, error] {
	return func(yield func(guard.HeldBatch, error) bool) {
		for after := int64(-1 << 62); ; {
			some, err := v.part(writer, after)
			if err != nil {
				yield(guard.HeldBatch{}, err)
				return
			}
			for _, b := range some {
				if !yield(b, nil) {
					return
				}
				after = b.Seq
			}
			if len(some) == 0 {
				return
			}
		}
	}
}

// part reads the next batches of a chain with their events.
func (v *verification) part(writer, after int64) ([]guard.HeldBatch, error) {
	rows, err := v.conn.Query(v.ctx, selectBatches, writer, after)
	if err != nil {
		return nil, err
	}
	some, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (guard.HeldBatch, error) {
		var b guard.HeldBatch
		err := row.Scan(&b.Seq, &b.Prev, &b.Root, &b.At, &b.Count)
		return b, err
	})
	if err != nil || len(some) == 0 {
		return nil, err
	}
	places := map[int64]int{}
	for i := range some {
		places[some[i].Seq] = i
	}
	if rows, err = v.conn.Query(v.ctx, selectEvents, writer, some[0].Seq, some[len(some)-1].Seq); err != nil {
		return nil, err
	}
	var e guard.HeldEvent
	var seq int64
	var person string
	_, err = pgx.ForEachRow(rows, []any{&seq, &e.Place, &e.Leaf, &e.Salt, &e.Content, &person, &e.At}, func() error {
		e.Person = consent.Person(person)
		if i, ok := places[seq]; ok { // strays were counted
			some[i].Events = append(some[i].Events, e)
		}
		e = guard.HeldEvent{}
		return nil
	})
	return some, err
}

// root reads a batch as it is now: after all that was read of one moment.
func (v *verification) root(writer, seq int64) ([]byte, error) {
	if v.conn.PgConn().TxStatus() != 'I' {
		if _, err := v.conn.Exec(v.ctx, `commit`); err != nil {
			return nil, err
		}
	}
	var root []byte
	err := v.conn.QueryRow(v.ctx, selectRoot, writer, seq).Scan(&root)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a root: %w", err)
	}
	return root, nil
}
