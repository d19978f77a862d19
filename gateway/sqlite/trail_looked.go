package sqlite

import (
	"context"
	"slices"
	"time"

	"concord/consent"
	"concord/gateway/guard"
)

const (
	selectAliases = `select num from person where num = ?1 union all select num from person where survivor = ?1`
	selectLooked  = `select last, postings from filed where portion = ? and last >= ? order by last, part`
	endOfTime     = int64(1) << 62
)

// Looked gives the newest events about a person, and about those who were merged into them. Erased ones are gone.
func (s *Store) Looked(ctx context.Context, p consent.Person, before time.Time, limit int) ([]guard.Event, error) {
	end := endOfTime
	if !before.IsZero() {
		end = before.UnixMicro()
	}
	var persons []int64
	err := s.readers.read(ctx, func(r *session) error {
		who, ok, err := (&snapshot{ctx: ctx, s: s, r: r, stage: never}).who(p)
		if err != nil || !ok {
			return err
		}
		persons, err = list[int64](r, selectAliases, who.num)
		return err
	})
	if err != nil || len(persons) == 0 {
		return nil, wrap("read trail", err)
	}
	// The tail first: what is filed after this, and so forgotten there, is in the table when that is read.
	postings := s.tail.about(persons)
	var events []guard.Event
	err = s.readers.read(ctx, func(r *session) error {
		if postings, err = r.filed(persons, postings); err != nil {
			return err
		}
		postings = slices.DeleteFunc(postings, func(p posting) bool { return p.at >= end })
		slices.SortFunc(postings, newestFirst)
		events, err = r.eventsAt(s.codec, postings, limit)
		return err
	})
	if err != nil {
		return nil, wrap("read trail", err)
	}
	return events, nil
}

// filed adds what the table says of persons to what the tail says that it does not.
func (s *session) filed(persons []int64, tail []posting) ([]posting, error) {
	through, err := s.filedThrough()
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(tail, func(p posting) bool { return p.row <= through })
	var portion int64
	if _, err := s.row(selectPortion, nil, &portion); err != nil {
		return nil, err
	}
	for ; portion > 0; portion-- {
		for _, person := range persons {
			if all, err = s.inPortion(all, portion, person); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// inPortion adds what a portion says of a person.
func (s *session) inPortion(all []posting, portion, person int64) ([]posting, error) {
	var last int64
	var data []byte
	for err := range s.rows(selectLooked, []any{portion, person}, &last, &data) {
		if err != nil {
			return nil, err
		}
		some, err := unpackPostings(data)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			if p.person == person {
				all = append(all, p)
			}
		}
		if last > person {
			return all, nil
		}
	}
	return all, nil
}

// eventsAt reads the first events that stand where postings say and were not erased, at most limit.
func (s *session) eventsAt(codec *guard.Packer, postings []posting, limit int) ([]guard.Event, error) {
	var events []guard.Event
	rows := map[eventsRow][]guard.NumberedEvent{}
	for _, p := range postings {
		if len(events) >= limit {
			return events, nil
		}
		row, ok := rows[p.row]
		if !ok {
			var err error
			if row, err = s.eventsIn(codec, p.row); err != nil {
				return nil, err
			}
			rows[p.row] = row
		}
		i := slices.IndexFunc(row, func(e guard.NumberedEvent) bool { return e.Place == p.place })
		if i < 0 {
			return nil, guard.ErrPacked
		}
		if row[i].Content == nil {
			continue
		}
		e, err := guard.EventFrom(row[i].Content)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}
