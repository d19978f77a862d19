package consent

import (
	"time"
	_ "time/tzdata" // the zone below must be there wherever the binary runs

	"concord/fhir"
)

// zone is the zone in which partial dates are read (CONSENT rules section 1, provision.period).
var zone = func() *time.Location {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // the zone table is built in
	}
	return loc
}()

// moment is the smallest step of time that a Span tells apart.
const moment = time.Nanosecond

// spanOf reads a date, dateTime or instant as the closed stretch of time that it covers at its precision. What
// cannot be read is open on both sides: it overlaps everything and lies within nothing.
func spanOf(text string) Span {
	for _, p := range []struct {
		layout string
		days   int
		months int
		years  int
	}{{"2006", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006-01-02", 1, 0, 0}} {
		if len(text) != len(p.layout) {
			continue
		}
		from, err := time.ParseInLocation(p.layout, text, zone)
		if err != nil {
			return Span{}
		}
		return Span{from.UTC(), from.AddDate(p.years, p.months, p.days).Add(-moment).UTC()}
	}
	from, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return Span{}
	}
	return Span{from.UTC(), from.Add(precision(text) - moment).UTC()}
}

// precision is the length of the last digit that a time of day has.
func precision(text string) time.Duration {
	unit := time.Second
	if len(text) > len("2006-01-02T15:04:05.") && text[len("2006-01-02T15:04:05")] == '.' {
		for _, c := range []byte(text[len("2006-01-02T15:04:05."):]) {
			if c < '0' || c > '9' || unit == moment {
				break
			}
			unit /= 10
		}
	}
	return unit
}

// periodOf reads a Period; a side that is not said is open.
func periodOf(n fhir.Node) Span {
	return Span{From: spanOf(n.Get("start").Text()).From, To: spanOf(n.Get("end").Text()).To}
}

// spansOf reads whatever kind of time an element has: a date, a Period, or a Timing.
func spansOf(n fhir.Node) []Span {
	switch {
	case !n.OK():
		return nil
	case n.Kind() == fhir.String:
		return []Span{spanOf(n.Text())}
	case n.Get("start").OK() || n.Get("end").OK():
		return []Span{periodOf(n)}
	}
	var all []Span
	for event := range n.All("event") {
		all = append(all, spanOf(event.Text()))
	}
	if bounds := n.At("repeat", "boundsPeriod"); bounds.OK() {
		all = append(all, periodOf(bounds))
	}
	if all == nil {
		all = []Span{{}}
	}
	return all
}

// holds reports whether the time lies in the span.
func (s Span) holds(t time.Time) bool {
	return (s.From.IsZero() || !t.Before(s.From)) && (s.To.IsZero() || !t.After(s.To))
}

// meets reports whether the spans have a moment in common.
func (s Span) meets(o Span) bool {
	return (s.To.IsZero() || o.From.IsZero() || !o.From.After(s.To)) &&
		(o.To.IsZero() || s.From.IsZero() || !s.From.After(o.To))
}

// within reports whether all of the span lies in the other.
func (s Span) within(o Span) bool {
	return (o.From.IsZero() || (!s.From.IsZero() && !s.From.Before(o.From))) &&
		(o.To.IsZero() || (!s.To.IsZero() && !s.To.After(o.To)))
}

// and is what both spans have in common; ok is false when that is nothing.
func (s Span) and(o Span) (Span, bool) {
	if !s.meets(o) {
		return Span{}, false
	}
	if s.From.IsZero() || (!o.From.IsZero() && o.From.After(s.From)) {
		s.From = o.From
	}
	if s.To.IsZero() || (!o.To.IsZero() && o.To.Before(s.To)) {
		s.To = o.To
	}
	return s, true
}

// birthday is when somebody born in the span is this many years old: the earliest moment that it may be.
func birthday(birth Span, years int) time.Time {
	if birth.From.IsZero() {
		return time.Time{}
	}
	return birth.From.In(zone).AddDate(years, 0, 0).UTC()
}
