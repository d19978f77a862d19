package mappings

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// excelCodec is the serial number by which spreadsheets keep a day: 1 is 1 January 1900 in a calendar that believes
// 29 February 1900 was a day, or 0 is 1 January 1904. The part behind the point is the part of the day.
func excelCodec(s setup) (codec, error) {
	epoch := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case len(s.args) == 1 && s.args[0] == "1904":
		epoch = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	case len(s.args) != 0:
		return codec{}, errUsage
	}
	read := func(text string) (moment, error) { return excelRead(text, epoch, s.d.zone) }
	write := func(m moment) (string, bool) { return excelPrint(m, epoch, s.d.zone) }
	sample := func(r *rand.Rand) string { return strconv.Itoa(20000 + r.IntN(25000)) }
	if s.target.Name() == "instant" {
		sample = func(r *rand.Rand) string { return strconv.Itoa(20000+r.IntN(25000)) + ".5" }
	}
	c, err := temporal(s, read, write, sample)
	c.kind = Number
	return c, err
}

// excelRead rounds to the second, which is what spreadsheets show; a finer serial comes back in another spelling.
func excelRead(text string, epoch time.Time, zone *time.Location) (moment, error) {
	serial, err := strconv.ParseFloat(text, 64)
	if err != nil || serial != serial || serial < 0 || serial > 2958465 { // 31 December 9999
		return moment{}, wrong("this is not the serial number of a day")
	}
	days := int(serial)
	if epoch.Year() == 1899 && days <= 60 {
		if days == 60 || days == 0 {
			return moment{}, wrong("the spreadsheet counts 29 February 1900, which was no day of the calendar")
		}
		days++
	}
	day := epoch.AddDate(0, 0, days)
	seconds := int((serial-float64(int(serial)))*86400 + 0.5)
	if seconds == 0 {
		return moment{t: day, digits: 8}, nil
	}
	if zone == nil {
		return moment{}, wrong("the time has no zone: say the zone of the definition, such as zone: Europe/London")
	}
	t := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, seconds, 0, zone)
	return moment{t: t, digits: 14}, nil
}

// excelPrint is excelRead turned round, with the same false day of February 1900 counted in.
func excelPrint(m moment, epoch time.Time, zone *time.Location) (string, bool) {
	if m.digits < 8 || m.fraction != "" {
		return "", false
	}
	t := m.t
	if m.digits > 8 {
		if zone == nil {
			return "", false
		}
		t = t.In(zone)
	}
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	days := int(day.Sub(epoch).Hours() / 24)
	if epoch.Year() == 1899 && days <= 60 {
		days--
	}
	if days < 0 || days == 0 && epoch.Year() == 1899 {
		return "", false
	}
	seconds := t.Hour()*3600 + t.Minute()*60 + t.Second()
	if seconds == 0 {
		return strconv.Itoa(days), true
	}
	return strconv.FormatFloat(float64(days)+float64(seconds)/86400, 'f', -1, 64), true
}
