package postgres

import (
	"github.com/jackc/pgx/v5"

	"concord/fhir"
	"concord/gateway/guard"
)

const selectVersions = `select v.position, v.person, t.type, t.id, v.id, v.updated, v.deleted, v.body
from version v join thing t on t.num = v.thing where v.position = any($1) and v.person = any($2)`

// load gives the versions at places that must exist, in the same order. Those not known are read in one trip.
func (v *snapshot) load(places []place) ([]*stored, error) {
	all := make([]*stored, len(places))
	var missing, people []int64
	for i, p := range places {
		held, ok := v.s.known.versions.Get(p)
		if !ok {
			missing, people = append(missing, p.position), append(people, p.person)
		}
		all[i] = held
	}
	if len(missing) == 0 {
		return all, nil
	}
	read := make(map[int64]*stored, len(missing))
	err := v.r.rows(v.ctx, func(rows pgx.Rows) error {
		var f row
		if err := rows.Scan(&f.place.position, &f.place.person, &f.ref.Type, &f.ref.ID, &f.place.id, &f.updated, &f.deleted, &f.body); err != nil {
			return err
		}
		held, err := v.s.learn(f)
		read[f.place.position] = held
		return err
	}, selectVersions, missing, people)
	if err != nil {
		return nil, err
	}
	for i, p := range places {
		if all[i] == nil {
			all[i] = read[p.position]
		}
		if all[i] == nil {
			return nil, errGone
		}
	}
	return all, nil
}

// row is a version as it is read.
type row struct {
	place   place
	ref     fhir.Ref
	updated int64
	deleted bool
	body    []byte
}

// learn decodes a version and remembers it.
func (s *Store) learn(r row) (*stored, error) {
	version := &guard.Version{Ref: r.ref, ID: r.place.id, Updated: moment(r.updated), Deleted: r.deleted}
	index, err := s.codec.UnpackPut(r.body, version)
	if err != nil {
		return nil, trouble("read version", err)
	}
	held := &stored{r.place, version, index}
	if s.keeps(version) {
		s.known.versions.Add(r.place, held)
	}
	return held, nil
}
