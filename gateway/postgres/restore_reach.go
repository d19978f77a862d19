package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"concord/consent"
	"concord/gateway/guard"
)

const selectReachable = `select s.person, s.standing, array(select r.principal from reach r where r.person = s.person order by r.principal)
from state s join person p on p.num = s.person where s.standing is not null and p.survivor is null and s.person > $1 order by s.person limit 500`

// reachable is a person with a standing, and by whom the table says that they may be reached.
type reachable struct {
	num        int64
	standing   *consent.Standing
	principals [][]byte
}

// compareReach compares who may reach a person at all with what the standing says. Who was merged into another is
// reached as that one.
func (s *Store) compareReach(ctx context.Context, c comparison) error {
	for after := int64(0); ; {
		last := int64(0)
		err := s.mend(ctx, "compare reach", func(tx pgx.Tx) error {
			some, end, err := s.reachable(ctx, tx, after)
			if last = end; err != nil {
				return err
			}
			for _, one := range some {
				if slices.EqualFunc(one.principals, one.standing.Principals(), func(a []byte, b string) bool { return string(a) == b }) {
					continue
				}
				f := guard.Finding{Problem: "the table of who may reach a person is not what the standing says"}
				if len(one.standing.Patients) > 0 {
					f.Ref = one.standing.Patients[0].Ref
				}
				c.tell(f)
				if err := c.reach(tx, one.num, one.standing); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || last == 0 {
			return err
		}
		after = last
	}
}

// reachable are the next persons whose standing can be read, and the number of the last that was looked at; 0 when
// there are no more.
func (s *Store) reachable(ctx context.Context, tx pgx.Tx, after int64) ([]reachable, int64, error) {
	rows, err := tx.Query(ctx, selectReachable, after)
	if err != nil {
		return nil, 0, err
	}
	var some []reachable
	var one reachable
	var blob []byte
	last := int64(0)
	_, err = pgx.ForEachRow(rows, []any{&one.num, &blob, &one.principals}, func() error {
		last = one.num
		standing, err := s.standingFrom(blob)
		if err == nil { // else it is told already
			some = append(some, reachable{one.num, standing, one.principals})
		}
		one.principals, blob = nil, nil
		return nil
	})
	return some, last, err
}
