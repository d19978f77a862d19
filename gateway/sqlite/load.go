package sqlite

import (
	"errors"

	"concord/gateway/guard"
)

const (
	selectVersion = `select v.position, t.type, t.id, v.id, v.updated, v.deleted, v.body
from version v join thing t on t.num = v.thing where v.position = ?`
	// One row of many costs two thirds of what it costs alone.
	selectVersions = `select v.position, t.type, t.id, v.id, v.updated, v.deleted, v.body
from json_each(?) h cross join version v on v.position = h.value cross join thing t on t.num = v.thing`
)

// errGone says that a row names a version that is not there: the database is damaged.
var errGone = errors.New("read version: there is none in its place")

// load gives the version at a position, which must exist.
func (v *snapshot) load(position int64) (*stored, error) {
	if held, ok := v.s.known.versions.Get(position); ok {
		return held, nil
	}
	held, err := v.read(selectVersion, position)
	if err != nil {
		return nil, err
	}
	if held[position] == nil {
		return nil, errGone
	}
	return held[position], nil
}

// loadAll gives the versions at positions, in their order.
func (v *snapshot) loadAll(positions []int64) ([]*guard.Version, error) {
	held, err := v.loadSome(positions)
	if err != nil {
		return nil, err
	}
	all := make([]*guard.Version, 0, len(positions))
	for _, one := range held {
		if one == nil {
			return nil, errGone
		}
		all = append(all, one.version)
	}
	return all, nil
}

// loadSome gives the versions at positions; nil where there is none. Those that are not known are read together.
func (v *snapshot) loadSome(positions []int64) ([]*stored, error) {
	all := make([]*stored, len(positions))
	var unknown []int64
	for i, position := range positions {
		if held, ok := v.s.known.versions.Get(position); ok {
			all[i] = held
			continue
		}
		unknown = append(unknown, position)
	}
	if len(unknown) == 0 {
		return all, nil
	}
	read, err := v.read(selectVersions, array(unknown))
	if err != nil {
		return nil, err
	}
	for i, position := range positions {
		if all[i] == nil {
			all[i] = read[position]
		}
	}
	return all, nil
}

// read reads versions and remembers them.
func (v *snapshot) read(text string, arg any) (map[int64]*stored, error) {
	r, err := v.session()
	if err != nil {
		return nil, err
	}
	all := map[int64]*stored{}
	var (
		position, updated int64
		version           guard.Version
		body              []byte
	)
	for err := range r.rows(text, []any{arg}, &position, &version.Ref.Type, &version.Ref.ID, &version.ID, &updated, &version.Deleted, &body) {
		if err != nil {
			return nil, wrap("read version", err)
		}
		one := version
		one.Updated = moment(updated)
		index, err := v.s.codec.UnpackVersion(body, &one)
		if err != nil {
			return nil, wrap("read version", err)
		}
		held := &stored{version: &one, packed: index}
		if v.s.keeps(&one) {
			v.s.known.versions.Add(position, held)
		}
		all[position] = held
	}
	return all, nil
}
