package memory

import (
	"slices"

	"concord/gateway/guard"
)

// Changes walks the feed backwards: its order is that of the commits.
func (v snapshot) Changes(of guard.Stretch, reach guard.Reach, see func(*guard.Version) (bool, error)) error {
	s := v.s
	from := len(s.feed)
	if of.AfterID != "" {
		from = max(0, slices.IndexFunc(s.feed, func(e guard.Entry) bool { return e.Ref == of.After && e.Version == of.AfterID }))
	}
	for _, e := range slices.Backward(s.feed[:from]) {
		t := s.things[e.Ref]
		if (of.Type != "" && e.Ref.Type != of.Type) || !s.reaches(reach, t) {
			continue
		}
		i := slices.IndexFunc(t.versions, func(v *guard.Version) bool { return v.ID == e.Version })
		if t.versions[i].Updated.Before(of.Since) {
			continue
		}
		if more, err := see(t.versions[i]); err != nil || !more {
			return err
		}
	}
	return nil
}
