package search

import "time"

// bounds gives the first and last microsecond of a date, dateTime or instant at its precision: 2024 is the whole
// year. Times may lack seconds, as a search value may (FHIR R4 search, Date), and are in UTC when they have no zone.
func bounds(s string) (int64, int64, bool) {
	c := cursor{rest: s}
	year, ok := c.digits(4)
	if !ok || year == 0 {
		return 0, 0, false
	}
	if c.done() {
		return whole(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	month, ok := c.after('-')
	if !ok || month < 1 || month > 12 {
		return 0, 0, false
	}
	if c.done() {
		first := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		return whole(first, first.AddDate(0, 1, 0))
	}
	day, ok := c.after('-')
	if !ok {
		return 0, 0, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day {
		return 0, 0, false // the month is shorter
	}
	if c.done() {
		return whole(date, date.AddDate(0, 0, 1))
	}
	return c.clock(date)
}

// whole is the closed interval of microseconds from one moment until just before the other.
func whole(from, to time.Time) (int64, int64, bool) {
	return from.UnixMicro(), to.UnixMicro() - 1, true
}

// cursor reads a fixed format from the left.
type cursor struct{ rest string }

func (c *cursor) done() bool { return c.rest == "" }

// skip passes over the byte when it is next.
func (c *cursor) skip(b byte) bool {
	if c.rest == "" || c.rest[0] != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

// digits reads a number of exactly n digits.
func (c *cursor) digits(n int) (int, bool) {
	if len(c.rest) < n {
		return 0, false
	}
	value := 0
	for i := range n {
		d := c.rest[i]
		if d < '0' || d > '9' {
			return 0, false
		}
		value = value*10 + int(d-'0')
	}
	c.rest = c.rest[n:]
	return value, true
}

// after reads a number of exactly two digits after the byte.
func (c *cursor) after(b byte) (int, bool) {
	if !c.skip(b) {
		return 0, false
	}
	return c.digits(2)
}

// clock reads Thh:mm[:ss[.fraction]][zone]. A leap second is the first second of the next minute.
func (c *cursor) clock(date time.Time) (int64, int64, bool) {
	hour, ok := c.after('T')
	minute, ok2 := c.after(':')
	if !ok || !ok2 || hour > 23 || minute > 59 {
		return 0, 0, false
	}
	width := time.Minute.Microseconds()
	second, micro := 0, int64(0)
	if len(c.rest) > 0 && c.rest[0] == ':' {
		if second, ok = c.after(':'); !ok || second > 60 {
			return 0, 0, false
		}
		width = time.Second.Microseconds()
		if c.skip('.') {
			if micro, width, ok = c.fraction(); !ok {
				return 0, 0, false
			}
		}
	}
	offset, ok := c.zone()
	if !ok || !c.done() {
		return 0, 0, false
	}
	at := date.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
	low := at.Add(-offset).UnixMicro() + micro
	return low, low + width - 1, true
}

// fraction reads the digits after the point: microseconds, and how many of them the last digit stands for.
func (c *cursor) fraction() (int64, int64, bool) {
	micro, width, n := int64(0), int64(1_000_000), 0
	for !c.done() && c.rest[0] >= '0' && c.rest[0] <= '9' {
		if width > 1 {
			width /= 10
			micro += int64(c.rest[0]-'0') * width
		}
		c.rest = c.rest[1:]
		n++
	}
	return micro, width, n > 0
}

// zone reads Z or an offset, at most 14 hours; nothing is UTC.
func (c *cursor) zone() (time.Duration, bool) {
	if c.done() || c.skip('Z') {
		return 0, true
	}
	sign := 1
	if !c.skip('+') {
		if !c.skip('-') {
			return 0, false
		}
		sign = -1
	}
	hours, ok := c.digits(2)
	minutes, ok2 := c.after(':')
	if !ok || !ok2 || hours > 14 || minutes > 59 {
		return 0, false
	}
	return time.Duration(sign*(hours*60+minutes)) * time.Minute, true
}
