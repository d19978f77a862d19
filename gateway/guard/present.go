package guard

import (
	"fmt"
	"time"

	"concord/consent"
	"concord/fhir"
)

// shown is one version as one caller sees it.
type shown struct {
	version *Version // the version under which it is shown: the oldest in the row that looks the same
	body    []byte
	sight   sight
}

// etag is the weak entity tag of a resource (FHIR R4, http.html#versioning).
func (s shown) etag() string { return `W/"` + s.version.ID + `"` }

// render gives the bytes that a sight leaves of a version.
func render(v *Version, s sight) ([]byte, error) {
	if s.out == nil {
		return v.JSON, nil
	}
	body, ok := fhir.Leave(v.JSON, v.Facts.Cuts, func(i int) bool { return s.out[i] })
	if !ok {
		return nil, fmt.Errorf("cut a resource: a required element went, which the decision should have seen")
	}
	return body, nil
}

// present shows a current version to the caller; false when it is hidden. Versions next to each other that look
// the same to this caller appear as one, under the oldest one's id and time (CONSENT rules section 10 row 11),
// so that a change of what is hidden cannot be noticed.
func (j *judge) present(current *Version) (shown, bool, error) {
	s, ok, err := j.presentAlone(current)
	if err != nil || !ok || current.Facts.Face.Version == "" || j.operator() {
		return s, ok, err
	}
	history, err := j.snap.History(current.Ref)
	if err != nil {
		return shown{}, false, fmt.Errorf("read a history: %w", err)
	}
	rows, err := j.rows(current, history)
	if err != nil || len(rows) == 0 {
		return shown{}, false, err
	}
	return rows[0], true, nil
}

// presentAlone shows one version without regard to those before it.
func (j *judge) presentAlone(v *Version) (shown, bool, error) {
	s, err := j.look(v)
	if err != nil || s.verdict.Sight == consent.Hidden {
		return shown{sight: s}, false, err
	}
	if v.Deleted {
		return shown{version: v, sight: s}, true, nil
	}
	body, err := render(v, s)
	if err != nil {
		return shown{}, false, err
	}
	return shown{version: v, body: body, sight: s}, true, nil
}

// rows are the versions of one resource as the caller sees them, newest first. A version is seen when its own
// content and the current one allow it (section 2.5); look-alikes stand together under the oldest.
func (j *judge) rows(current *Version, history []*Version) ([]shown, error) {
	now, err := j.look(current)
	if err != nil || now.verdict.Sight == consent.Hidden {
		return nil, err
	}
	var rows []shown
	for _, v := range history {
		j.under(v, current)
		s, ok, err := j.presentAlone(v)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if n := len(rows); n > 0 && !j.operator() && alike(rows[n-1], s) {
			rows[n-1] = s
			continue
		}
		rows = append(rows, s)
	}
	return rows, nil
}

// alike reports whether two versions look the same but for version id and time.
func alike(a, b shown) bool {
	if a.version.Deleted || b.version.Deleted {
		return a.version.Deleted && b.version.Deleted
	}
	return fhir.Equal(a.body, b.body)
}

// disclosed is a version that was shown, as a door writes it.
func (s shown) disclosed() Disclosed {
	return Disclosed{body: s.body, etag: s.etag(), modified: s.version.Updated}
}

// instant writes a time as FHIR does, in UTC to the millisecond.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
