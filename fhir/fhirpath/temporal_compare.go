package fhirpath

import (
	"cmp"
	"time"
)

// What a date and time without zone may mean lies between these (FHIR R4, datatypes.html#dateTime).
const (
	eastmost = 14 * time.Hour
	westmost = -12 * time.Hour
)

// compareTemporals gives the order of two dates or times. It is not known where one is less precise than the other and
// they agree as far as it goes (FHIRPath N1, section 6.2), or where it hangs on a zone that one of them does not
// have. A time of day and a date are never compared.
func compareTemporals(a, b *temporal) (int, bool) {
	if a.zoned != b.zoned {
		return compareAcross(a, b)
	}
	if a.zoned {
		a, b = a.utc(), b.utc()
	}
	for f := a.first(); f < fieldCount; f++ {
		switch {
		case f > a.last && f > b.last:
			return 0, true
		case f > a.last || f > b.last:
			return 0, false
		}
		if order := cmp.Compare(a.fields[f], b.fields[f]); order != 0 {
			return order, true
		}
	}
	return cmp.Compare(a.nanos, b.nanos), true
}

// compareAcross compares where one has a zone: all that either may mean.
func compareAcross(a, b *temporal) (int, bool) {
	aFrom, aTo := a.span()
	bFrom, bTo := b.span()
	switch {
	case aTo.Before(bFrom):
		return -1, true
	case bTo.Before(aFrom):
		return 1, true
	default:
		return 0, false
	}
}

// span is all that the temporal may mean, in UTC.
func (t *temporal) span() (time.Time, time.Time) {
	if t.zoned {
		offset := time.Duration(t.zone) * time.Minute
		return t.earliest().Add(-offset), t.latest().Add(-offset)
	}
	return t.earliest().Add(-eastmost), t.latest().Add(-westmost)
}

// utc is the temporal in UTC, as precise as before.
func (t *temporal) utc() *temporal {
	if t.zone == 0 {
		return t
	}
	moved := *t
	moved.zone = 0
	moved.set(t.earliest().Add(-time.Duration(t.zone) * time.Minute))
	return &moved
}

// comparable reports whether the two are both dates, with or without a time, or both times of day.
func (t *temporal) comparable(other *temporal) bool {
	return (t.kind == "Time") == (other.kind == "Time")
}
