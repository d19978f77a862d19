package fhirpath

import (
	"fmt"
	"strings"
	"time"
)

// The fields of a temporal, from the widest.
const (
	year = iota
	month
	day
	hour
	minute
	second
	fieldCount
)

// temporal is a date, a date and time, or a time, known down to some field (FHIRPath N1, sections 4.1.5 to 4.1.7).
type temporal struct {
	kind     string // Date, DateTime or Time
	fields   [fieldCount]int
	last     int // the finest field that is known
	nanos    int // of the second
	fraction int // digits written behind the second
	zoned    bool
	zone     int // minutes east of UTC
}

func (t *temporal) name() string { return t.kind }

func (t *temporal) json() []byte { return quote(t.String()) }

func (t *temporal) String() string {
	const formats = "-%02d -%02d T%02d :%02d :%02d"
	var b strings.Builder
	parts := strings.Fields(formats)
	if t.kind == "Time" {
		fmt.Fprintf(&b, "%02d", t.fields[hour])
	} else {
		fmt.Fprintf(&b, "%04d", t.fields[year])
	}
	for f := t.first() + 1; f <= t.last; f++ {
		fmt.Fprintf(&b, parts[f-1], t.fields[f])
	}
	if t.fraction > 0 {
		b.WriteString("." + fmt.Sprintf("%09d", t.nanos)[:t.fraction])
	}
	if t.zoned {
		b.WriteString(zoneText(t.zone))
	}
	return b.String()
}

// zoneText writes an offset as ISO 8601 does.
func zoneText(zone int) string {
	sign := '+'
	if zone == 0 {
		return "Z"
	}
	if zone < 0 {
		sign, zone = '-', -zone
	}
	return fmt.Sprintf("%c%02d:%02d", sign, zone/60, zone%60)
}

// first is the widest field that the kind has.
func (t *temporal) first() int {
	if t.kind == "Time" {
		return hour
	}
	return year
}

// earliest is the first instant that the temporal may mean, in its own zone taken as UTC.
func (t *temporal) earliest() time.Time {
	f := t.fields
	return time.Date(max(f[year], 1), time.Month(max(f[month], 1)), max(f[day], 1), f[hour], f[minute], f[second], t.nanos, time.UTC)
}

// latest is the last instant that it may mean.
func (t *temporal) latest() time.Time {
	start := t.earliest()
	switch t.last {
	case year:
		start = start.AddDate(1, 0, 0)
	case month:
		start = start.AddDate(0, 1, 0)
	case day:
		start = start.AddDate(0, 0, 1)
	case hour:
		start = start.Add(time.Hour)
	case minute:
		start = start.Add(time.Minute)
	default:
		return start
	}
	return start.Add(-1)
}

// set takes the fields, as far as they are known, from a time.
func (t *temporal) set(when time.Time) {
	all := [...]int{when.Year(), int(when.Month()), when.Day(), when.Hour(), when.Minute(), when.Second()}
	t.fields = [fieldCount]int{}
	for f := t.first(); f <= t.last; f++ {
		t.fields[f] = all[f]
	}
	t.nanos = when.Nanosecond()
}

// dateTimeOf is a time with its zone to the millisecond.
func dateTimeOf(now time.Time) *temporal {
	t := &temporal{kind: "DateTime", last: second, fraction: 3, zoned: true}
	_, offset := now.Zone()
	t.zone = offset / 60
	t.set(now.Truncate(time.Millisecond))
	return t
}
