package gateway

import "time"

// start is the first moment of a date or dateTime at whatever precision it has; zero for what is none.
func start(text string) time.Time {
	for _, layout := range [...]string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// overdue reports whether a date, at its precision, is over before today.
func overdue(due string, today time.Time) bool {
	day := due[:min(len(due), len(time.DateOnly))]
	at := start(day)
	if at.IsZero() {
		return false
	}
	switch len(day) {
	case len("2006"):
		at = at.AddDate(1, 0, 0)
	case len("2006-01"):
		at = at.AddDate(0, 1, 0)
	default:
		at = at.AddDate(0, 0, 1)
	}
	return !today.Before(at)
}

// day cuts a dateTime to its day; other text stays.
func day(text string) string {
	if len(text) > len("2006-01-02T") && text[10] == 'T' && !start(text).IsZero() {
		return text[:10]
	}
	return text
}

// dayOf is the day of a time, and nothing for the zero time.
func dayOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}
