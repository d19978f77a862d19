package mappings

import (
	"math/rand/v2"
	"strings"
	"time"
	_ "time/tzdata" // a container has no table of zones

	"concord/fhir"
)

// moment is a date or a time as FHIR has it (FHIR R4, datatypes.html#dateTime): to the year, month, day, second or
// fraction. From the hour on it has a zone.
type moment struct {
	t        time.Time
	digits   int    // of yyyyMMddHHmmss that were said: 4, 6, 8, 10, 12, 14
	fraction string // of the second, digits as written
}

// appendTo writes the moment for an element of the type, without quotes.
func (m moment) appendTo(out []byte, typ string) ([]byte, error) {
	if typ == "instant" && m.digits < 12 { // a minute is its first second: appointments are made so
		return out, wrong("an instant is said to the minute at least, with a zone")
	}
	switch {
	case m.digits == 4:
		return m.t.AppendFormat(out, "2006"), nil
	case m.digits == 6:
		return m.t.AppendFormat(out, "2006-01"), nil
	case m.digits == 8 || typ == "date":
		return m.t.AppendFormat(out, time.DateOnly), nil
	}
	out = m.t.AppendFormat(out, "2006-01-02T15:04:05")
	if m.fraction != "" {
		out = append(append(out, '.'), m.fraction...)
	}
	return m.t.AppendFormat(out, "Z07:00"), nil
}

// momentOf reads what FHIR wrote. It is strict DecodeJSON's business that it is well-formed.
func momentOf(s string) (moment, bool) {
	layouts := map[int]string{4: "2006", 7: "2006-01", 10: time.DateOnly}
	if layout, ok := layouts[len(s)]; ok {
		t, err := time.Parse(layout, s)
		return moment{t: t, digits: map[int]int{4: 4, 7: 6, 10: 8}[len(s)]}, err == nil && t.Year() > 0
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || len(s) < 20 || t.Year() == 0 {
		return moment{}, false
	}
	m := moment{t: t, digits: 14}
	if s[19] == '.' {
		end := 20
		for end < len(s) && '0' <= s[end] && s[end] <= '9' {
			end++
		}
		m.fraction = s[20:end]
	}
	return m, true
}

// temporal makes the codec of one way to write dates: read and write are each other's inverse on what write gives.
func temporal(s setup, read func(string) (moment, error), write func(moment) (string, bool), sample func(*rand.Rand) string) (codec, error) {
	if err := s.writes("a date", "date", "dateTime", "instant"); err != nil {
		return codec{}, err
	}
	typ := s.target.Name()
	encode := func(x *encoding, text string) (bool, error) {
		m, err := read(text)
		if err != nil {
			return false, err
		}
		x.raw(`"`)
		start := len(x.out)
		if x.out, err = m.appendTo(x.out, typ); err != nil {
			return false, err
		}
		var told [48]byte
		back, ok := momentOf(string(append(told[:0], x.out[start:]...)))
		x.raw(`"`)
		if !ok {
			return false, wrong("this date cannot be written in FHIR")
		}
		again, ok := write(back)
		return ok && again == text, nil
	}
	decode := func(n fhir.Node) (string, bool) {
		m, ok := momentOf(n.Text())
		if !ok {
			return "", false
		}
		return write(m)
	}
	return codec{kind: Text, encode: encode, decode: decode, sample: sample}, nil
}

// tokens are the parts of a pattern, the longer first.
var tokens = []struct {
	token, layout string
	digits        int
}{{"yyyy", "2006", 4}, {"MMMM", "January", 6}, {"MMM", "Jan", 6}, {"MM", "01", 6}, {"M", "1", 6}, {"dd", "02", 8}, {"d", "2", 8}, {"HH", "15", 10}, {"mm", "04", 12}, {"ss", "05", 14}}

// dateCodec is ISO 8601, or a pattern such as dd/MM/yyyy HH:mm. Times without a zone are in the zone of the definition.
func dateCodec(s setup) (codec, error) {
	if len(s.args) == 0 {
		return temporal(s, isoRead(s.d.zone), isoPrint, isoSample(s.target.Name()))
	}
	layout, digits := "", 0
next:
	for rest := strings.Join(s.args, " "); rest != ""; {
		for _, t := range tokens {
			if after, ok := strings.CutPrefix(rest, t.token); ok {
				layout, rest, digits = layout+t.layout, after, max(digits, t.digits)
				continue next
			}
		}
		if !strings.ContainsRune(" /-.:,", rune(rest[0])) {
			return codec{}, errUsage
		}
		layout, rest = layout+rest[:1], rest[1:]
	}
	if digits > 8 && s.d.zone == nil {
		return codec{}, wrong("the pattern has a time: say the zone of the definition, such as zone: Europe/London")
	}
	zone := s.d.zone
	if zone == nil {
		zone = time.UTC
	}
	read := func(text string) (moment, error) {
		t, err := time.ParseInLocation(layout, strings.TrimSpace(text), zone)
		if err != nil || t.Year() == 0 {
			return moment{}, wrong("this is not a day of the calendar in the form " + strings.Join(s.args, " "))
		}
		return moment{t: t, digits: digits}, nil
	}
	write := func(m moment) (string, bool) {
		if m.digits != digits && (digits <= 8 || m.digits < digits) {
			return "", false
		}
		if m.digits > 8 {
			m.t = m.t.In(zone)
		}
		return m.t.Format(layout), true
	}
	return temporal(s, read, write, func(r *rand.Rand) string { return someTime(r).In(zone).Format(layout) })
}

// isoRead takes ISO 8601 as records write it: a space for the T, no seconds, no zone.
func isoRead(zone *time.Location) func(string) (moment, error) {
	return func(text string) (moment, error) {
		if m, ok := momentOf(text); ok {
			return m, nil
		}
		s := strings.Replace(strings.TrimSpace(text), " ", "T", 1)
		if m, ok := momentOf(s); ok {
			return m, nil
		}
		in := zone
		if in == nil {
			in = time.UTC
		}
		for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00"} {
			t, err := time.ParseInLocation(layout, s, in)
			if err != nil {
				continue
			}
			if zone == nil && !strings.HasSuffix(layout, "Z07:00") {
				return moment{}, wrong("the time has no zone: say the zone of the definition, such as zone: Europe/London")
			}
			m := moment{t: t, digits: 14}
			if len(s) > 20 && s[19] == '.' {
				m.fraction = strings.TrimLeft(s[20:], "")
			}
			return m, nil
		}
		return moment{}, wrong("this is not a date of ISO 8601, or no day of the calendar")
	}
}

// isoPrint is FHIR's own spelling, which is ISO 8601 already.
func isoPrint(m moment) (string, bool) {
	out, err := m.appendTo(nil, "dateTime")
	return string(out), err == nil
}

// isoSample draws each precision that the type takes.
func isoSample(typ string) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		t := someTime(r)
		switch {
		case typ == "date" || typ == "dateTime" && r.IntN(2) == 0:
			return t.Format([]string{"2006", "2006-01", time.DateOnly, time.DateOnly}[r.IntN(4)])
		default:
			return t.Format(time.RFC3339)
		}
	}
}

// someTime is a summer noon, when no zone changes its clock.
func someTime(r *rand.Rand) time.Time {
	return time.Date(1930+r.IntN(95), time.Month(6+r.IntN(2)), 1+r.IntN(28), 12, r.IntN(60), 0, 0, time.UTC)
}
