package mappings

import (
	"math/rand/v2"
	"strings"
	"time"
)

// dtmCodec is DTM, TS and DT of HL7 v2: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]. A time without an offset is in the
// zone of the definition. On the way back an offset is written where it is not the one that the zone had then.
func dtmCodec(s setup) (codec, error) {
	if len(s.args) > 0 {
		return codec{}, errUsage
	}
	zone := s.d.zone
	read := func(text string) (moment, error) { return dtmRead(text, zone) }
	write := func(m moment) (string, bool) { return dtmPrint(m, zone), true }
	sample := func(r *rand.Rand) string {
		if s.target.Name() == "date" || zone == nil {
			return someTime(r).Format("20060102")
		}
		return someTime(r).In(zone).Format("20060102150405")
	}
	if s.target.Name() == "instant" {
		sample = func(r *rand.Rand) string { return someTime(r).Format("20060102150405") + "+0000" }
		if zone != nil {
			sample = func(r *rand.Rand) string { return dtmPrint(moment{t: someTime(r).In(zone), digits: 14}, zone) }
		}
	}
	return temporal(s, read, write, sample)
}

var dtmLayouts = map[int]string{4: "2006", 6: "200601", 8: "20060102", 10: "2006010215", 12: "200601021504", 14: "20060102150405"}

// dtmRead is strict: what the standard does not allow is more often a shifted field than a date. A date with hyphens is
// nothing else, and some senders write them.
func dtmRead(text string, zone *time.Location) (moment, error) {
	const told = wrong("this is not YYYY[MM[DD[HH[MM[SS[.SSSS]]]]]][+/-ZZZZ], or no day of the calendar")
	body, offset := basic(text), ""
	if at := strings.IndexAny(body, "+-"); at >= 0 {
		body, offset = body[:at], body[at:]
		if len(offset) != 5 || !allDigits(offset[1:]) {
			return moment{}, told
		}
	}
	body, fraction, point := strings.Cut(body, ".")
	layout, ok := dtmLayouts[len(body)]
	if !ok || !allDigits(body) || point && (len(body) != 14 || !allDigits(fraction) || len(fraction) > 9) {
		return moment{}, told
	}
	in := zone
	if in == nil {
		in = time.UTC
	}
	if offset != "" {
		at, err := time.Parse("-0700", offset)
		if err != nil {
			return moment{}, told
		}
		in = at.Location()
		if _, seconds := at.Zone(); seconds == 0 {
			in = time.UTC
		}
	}
	t, err := time.ParseInLocation(layout, body, in)
	if err != nil || t.Year() == 0 {
		return moment{}, told
	}
	if len(body) > 8 && offset == "" && zone == nil {
		return moment{}, wrong("the time has no offset: say the zone of the definition, such as zone: Europe/London")
	}
	return moment{t: t, digits: len(body), fraction: fraction}, nil
}

// basic is the form without separators of a time that is written in the extended one of ISO 8601: 2025-06-02 08:15:00.
func basic(text string) string {
	const day = len("2025-06-02")
	if len(text) < day || text[4] != '-' || text[7] != '-' || len(text) > day && text[day] != ' ' && text[day] != 'T' {
		return text
	}
	out := text[:4] + text[5:7] + text[8:day]
	if len(text) == day {
		return out
	}
	return out + strings.ReplaceAll(strings.Replace(text[day+1:], "Z", "+0000", 1), ":", "")
}

// dtmPrint leaves the offset out where the zone says it, as most senders do.
func dtmPrint(m moment, zone *time.Location) string {
	out := m.t.Format(dtmLayouts[m.digits])
	if m.fraction != "" {
		out += "." + m.fraction
	}
	if m.digits <= 8 {
		return out
	}
	_, said := m.t.Zone()
	if zone != nil {
		if _, then := m.t.In(zone).Zone(); then == said {
			return out
		}
	}
	return out + m.t.Format("-0700")
}
