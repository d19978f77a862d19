package sqlite

import (
	"context"
	"encoding/json"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

const (
	selectFeed = `select v.position, t.type, t.id, v.id, v.people from version v join thing t on t.num = v.thing
where v.position > ? order by v.position limit ?`
	selectPersonID = `select id from person where num = ?`
)

// Follow gives the feed. One goroutine writes, so positions are seen in the order of the commits, without a gap
// that is filled later.
func (s *Store) Follow(ctx context.Context, after guard.Position, limit int) ([]guard.Entry, guard.Position, error) {
	var entries []guard.Entry
	last := after
	err := s.readers.read(ctx, func(r *session) error {
		var e guard.Entry
		var id, people string
		var numbers [][]int64
		for err := range r.rows(selectFeed, []any{int64(after), max(limit, 0)}, &e.Position, &e.Ref.Type, &id, &e.Version, &people) {
			if err != nil {
				return err
			}
			var nums []int64
			if err := json.Unmarshal([]byte(people), &nums); err != nil {
				return err
			}
			e.Ref.ID = fhir.ID(id)
			entries, numbers, last = append(entries, e), append(numbers, nums), e.Position
		}
		names := map[int64]consent.Person{}
		for i, nums := range numbers {
			for _, num := range nums {
				if _, ok := names[num]; !ok {
					var name string
					if _, err := r.row(selectPersonID, []any{num}, &name); err != nil {
						return err
					}
					names[num] = consent.Person(name)
				}
				entries[i].People = append(entries[i].People, names[num])
			}
		}
		return nil
	})
	if err != nil {
		return nil, after, wrap("read feed", err)
	}
	return entries, last, nil
}
