package fhirpath

import (
	"time"

	"github.com/cockroachdb/apd/v3"
)

// stepFields are the fields that the units of the calendar count.
var stepFields = map[string]int{
	"year": year, "month": month, "week": day, "day": day, "hour": hour, "minute": minute, "second": second, "millisecond": second,
}

// ucumSteps are the units of UCUM that always last as long, as units of the calendar (FHIRPath N1, section 6.7). 'a'
// and 'mo' do not, and are refused.
var ucumSteps = map[string]string{"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}

// maxDays bounds how far a date is moved: beyond the year 9999 from any date.
const maxDays = 4_000_000

// add moves a date or time by a quantity (FHIRPath N1, section 6.7). What the temporal is not precise enough for is
// rounded towards nothing, and so is a part of a unit, except for seconds. Beyond the years 1 and 9999 there is no
// result.
func (t *temporal) add(q *quantity, sign int64) (system, error) {
	unit, ok := calendarUnits[q.unit]
	if !ok {
		unit, ok = ucumSteps[q.unit]
	}
	if !ok {
		return nil, failed("only a time can be added to a date or time, and of UCUM only wk, d, h, min, s and ms")
	}
	if t.kind == "Time" && stepFields[unit] < hour {
		return nil, failed("a time of day is moved by hours, minutes and seconds only")
	}
	if unit == "year" || unit == "month" {
		return t.addMonths(q, unit, sign)
	}
	return t.addTime(q, unit, sign)
}

// addMonths moves by the calendar: the day becomes the last of a month that is too short for it.
func (t *temporal) addMonths(q *quantity, unit string, sign int64) (system, error) {
	n, ok := whole(q.value)
	if unit == "year" {
		n *= 12
	}
	if !ok || n > maxDays || n < -maxDays {
		return nil, nil
	}
	n *= sign
	if t.last == year {
		n -= n % 12
	}
	index := int64(t.fields[year])*12 + int64(max(t.fields[month], 1)) - 1 + n
	y, m := int(index/12), int(index%12)+1
	if index < 12 || y > 9999 {
		return nil, nil
	}
	moved := *t
	moved.fields[year] = y
	if t.last >= month {
		moved.fields[month] = m
	}
	if t.last >= day {
		moved.fields[day] = min(t.fields[day], daysIn(y, m))
	}
	return &moved, nil
}

// lengths are those of the units, in nanoseconds.
var lengths = map[string]int64{
	"week": int64(7 * 24 * time.Hour), "day": int64(24 * time.Hour), "hour": int64(time.Hour),
	"minute": int64(time.Minute), "second": int64(time.Second), "millisecond": int64(time.Millisecond),
}

// addTime moves by what always lasts as long. The amount is taken apart into days and nanoseconds, which fit.
func (t *temporal) addTime(q *quantity, unit string, sign int64) (system, error) {
	amount := q.value
	if stepFields[unit] != second {
		n, ok := whole(amount)
		if !ok {
			return nil, nil
		}
		amount = apd.New(n, 0)
	}
	nanos, ok := times(amount, apd.New(lengths[unit], 0))
	if !ok {
		return nil, nil
	}
	perDay := apd.New(lengths["day"], 0)
	wholeDays, ok := compute(func(d *apd.Decimal) (apd.Condition, error) { return exact.QuoInteger(d, nanos, perDay) })
	rest, fine := compute(func(d *apd.Decimal) (apd.Condition, error) { return exact.Rem(d, nanos, perDay) })
	if !ok || !fine {
		return nil, nil
	}
	days, ok := whole(wholeDays)
	part, fine := whole(rest)
	if !ok || !fine || days > maxDays || days < -maxDays {
		return nil, nil
	}
	return t.move(days*sign, part*sign, q, unit), nil
}

// move adds days and nanoseconds. A date to the year or month moves by years of 365 and months of 30 days.
func (t *temporal) move(days, nanos int64, q *quantity, unit string) system {
	moved := *t
	var when time.Time
	switch t.last {
	case year:
		when = t.earliest().AddDate(int(days/365), 0, 0)
	case month:
		when = t.earliest().AddDate(0, int(days/30), 0)
	case day:
		when = t.earliest().AddDate(0, 0, int(days))
	case hour:
		when = t.earliest().AddDate(0, 0, int(days)).Add(time.Duration(nanos).Truncate(time.Hour))
	case minute:
		when = t.earliest().AddDate(0, 0, int(days)).Add(time.Duration(nanos).Truncate(time.Minute))
	default:
		when = t.earliest().AddDate(0, 0, int(days)).Add(time.Duration(nanos))
		moved.fraction = finer(t.fraction, q.value, unit)
	}
	if t.kind != "Time" && (when.Year() < 1 || when.Year() > 9999) {
		return nil
	}
	moved.set(when)
	return &moved
}

// finer is how many digits of the second a result shows.
func finer(fraction int, value *apd.Decimal, unit string) int {
	switch unit {
	case "millisecond":
		return max(fraction, 3)
	case "second":
		return min(max(fraction, int(places(value))), 9)
	default:
		return fraction
	}
}

// whole is the integer part of a number.
func whole(d *apd.Decimal) (int64, bool) {
	n, ok := rounded(d, 0, down)
	if !ok {
		return 0, false
	}
	result, err := n.Int64()
	return result, err == nil
}
