package fhirpath

import (
	"strings"
	"time"
)

// parseTemporal reads what follows "@" in a literal: 2015-02, 2015-02T, 2015-02-04T14:34:28.123+10:00, T14:34.
func parseTemporal(s string) (*temporal, bool) {
	date, clock, timed := strings.Cut(s, "T")
	t := &temporal{kind: "Date", last: -1}
	if date != "" && !t.readDate(date) {
		return nil, false
	}
	switch {
	case date == "" && !timed:
		return nil, false
	case date == "":
		t.kind = "Time"
	case timed:
		t.kind = "DateTime"
	}
	if clock == "" {
		return t, t.kind != "Time"
	}
	return t, (t.last == day || t.kind == "Time") && t.readClock(clock)
}

// readDate reads a date to the year, the month or the day.
func (t *temporal) readDate(s string) bool {
	widths := [...]int{4, 2, 2}
	for f := range 3 {
		if f > 0 {
			if s == "" {
				return true
			}
			if s[0] != '-' {
				return false
			}
			s = s[1:]
		}
		n, ok := digits(s, widths[f])
		if !ok || n == 0 {
			return false
		}
		t.fields[f], t.last = n, f
		s = s[widths[f]:]
	}
	return s == "" && t.fields[month] <= 12 && t.fields[day] <= daysIn(t.fields[year], t.fields[month])
}

// readClock reads a time to the hour or finer. Of a fraction nine digits are kept.
func (t *temporal) readClock(s string) bool {
	limits := [...]int{24, 60, 60}
	for f := hour; f <= second; f++ {
		if f > hour {
			if s == "" || s[0] != ':' {
				break
			}
			s = s[1:]
		}
		n, ok := digits(s, 2)
		if !ok || n >= limits[f-hour] {
			return false
		}
		t.fields[f], t.last = n, f
		s = s[2:]
	}
	if t.last == second && s != "" && s[0] == '.' {
		length := len(s) - len(strings.TrimLeft(s[1:], "0123456789")) - 1
		if length == 0 {
			return false
		}
		t.fraction = min(length, 9)
		n, _ := digits((s[1:1+length] + "000000000")[:9], 9)
		t.nanos = n
		s = s[1+length:]
	}
	return s == "" || t.kind == "DateTime" && t.readZone(s)
}

// readZone reads "Z" or an offset of at most 14 hours.
func (t *temporal) readZone(s string) bool {
	t.zoned = true
	if s == "Z" {
		return true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return false
	}
	hours, ok := digits(s[1:], 2)
	minutes, fine := digits(s[4:], 2)
	t.zone = hours*60 + minutes
	if s[0] == '-' {
		t.zone = -t.zone
	}
	return ok && fine && hours <= 14 && minutes < 60
}

// digits reads so many digits at the beginning of s.
func digits(s string, width int) (int, bool) {
	if len(s) < width {
		return 0, false
	}
	n := 0
	for i := range width {
		if !digit(s[i]) {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(y, m int) int { return time.Date(y, time.Month(m+1), 0, 0, 0, 0, 0, time.UTC).Day() }
