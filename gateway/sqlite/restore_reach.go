package sqlite

import (
	"context"
	"maps"
	"slices"

	"concord/consent"
	"concord/gateway/guard"
)

const (
	selectStandings = `select person, standing from state where standing is not null and person > ? order by person limit 1000`
	selectReachOf   = `select principal from reach where person = ? order by principal`
)

// reach compares who may reach a person at all with what the standing says.
func (w *writer) reach(ctx context.Context, mend func(*writer, int64, *consent.Standing) error, tell func(guard.Finding)) error {
	for after := int64(0); ; {
		blobs := map[int64][]byte{}
		var person int64
		var blob []byte
		for err := range w.tx.rows(selectStandings, []any{after}, &person, &blob) {
			if err != nil {
				return err
			}
			blobs[person], after, blob = blob, person, nil
		}
		if len(blobs) == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
		for _, person := range slices.Sorted(maps.Keys(blobs)) {
			standing, err := w.s.standingFrom(blobs[person])
			if err != nil {
				continue // told already
			}
			principals, err := list[string](w.tx, selectReachOf, person)
			if err != nil {
				return err
			}
			var survivor int64
			if survivor, err = w.survivor(person); err != nil {
				return err
			}
			if survivor != person || slices.Equal(principals, standing.Principals()) {
				continue // who was merged into another is reached as that one
			}
			f := guard.Finding{Problem: "the table of who may reach a person is not what the standing says"}
			if len(standing.Patients) > 0 {
				f.Ref = standing.Patients[0].Ref
			}
			tell(f)
			if err := mend(w, person, standing); err != nil {
				return err
			}
		}
	}
}

func (w *writer) restoreReach(person int64, standing *consent.Standing) error {
	if err := w.tx.exec(deleteReach, person); err != nil {
		return err
	}
	return w.tx.exec(insertReach, person, array(standing.Principals()))
}
