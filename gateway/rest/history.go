package rest

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"concord/fhir"
	"concord/gateway/guard"
)

// historyTakes are the parameters of a history (FHIR R4 http.html#history).
const historyTakes = "_since _at _count _cursor"

// history answers GET [base]/[type]/[id]/_history (FHIR R4 http.html#history): the versions that the caller may see,
// newest first.
func history(x *exchange) error {
	past, err := x.past()
	if err != nil {
		return err
	}
	seen, err := x.reading.History(x.context(), x.ref, past)
	if err != nil {
		return err
	}
	return x.show(seen)
}

// changes answers GET [base]/[type]/_history and GET [base]/_history (FHIR R4 http.html#history).
func changes(x *exchange) error {
	past, err := x.past()
	if err != nil {
		return err
	}
	seen, err := x.reading.Changes(x.context(), x.ref.Type, past)
	if err != nil {
		return err
	}
	return x.show(seen)
}

// past reads the parameters of a history.
func (x *exchange) past() (guard.Past, error) {
	used := url.Values{}
	past := guard.Past{Cursor: x.query.Get("_cursor")}
	var err error
	if past.Count, err = x.page(used); err != nil {
		return past, err
	}
	if past.Since, err = x.instant("_since", used); err != nil {
		return past, err
	}
	if past.At, err = x.instants("_at", used); err != nil {
		return past, err
	}
	past.Query = used.Encode()
	return past, nil
}

// page reads _count: at most a page, and a page when it is not said.
func (x *exchange) page(used url.Values) (int, error) {
	text := x.query.Get("_count")
	if text == "" {
		return x.door.Limits.Page, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fhir.Errorf(fhir.Value, "_count must be a number from 1; more than %d are taken as %d (limit page)", x.door.Limits.Page, x.door.Limits.Page)
	}
	n = min(n, x.door.Limits.Page)
	used.Set("_count", strconv.Itoa(n))
	return n, nil
}

// instant reads a parameter that is an instant (FHIR R4 datatypes.html#instant); zero when it is not there.
func (x *exchange) instant(name string, used url.Values) (time.Time, error) {
	text := x.query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(text, " ", "+")) // a plus sign that was not escaped
	if err != nil {
		return time.Time{}, fhir.Errorf(fhir.Value, "%s must be an instant such as 2026-01-31T12:00:00Z", name)
	}
	used.Set(name, at.UTC().Format(time.RFC3339Nano))
	return at, nil
}

// precisions are the forms of a date and time, with what each covers (FHIR R4 datatypes.html#dateTime).
var precisions = []struct {
	layout              string
	years, months, days int
	covers              time.Duration
}{
	{"2006", 1, 0, 0, 0},
	{"2006-01", 0, 1, 0, 0},
	{time.DateOnly, 0, 0, 1, 0},
	{"2006-01-02T15:04Z07:00", 0, 0, 0, time.Minute},
	{"2006-01-02T15:04:05Z07:00", 0, 0, 0, time.Second},
	{"2006-01-02T15:04:05.000Z07:00", 0, 0, 0, time.Millisecond},
}

// instants reads a date or dateTime as the stretch of time that it covers; without a zone it is taken in UTC.
func (x *exchange) instants(name string, used url.Values) (guard.Instants, error) {
	text := strings.ReplaceAll(x.query.Get(name), " ", "+")
	if text == "" {
		return guard.Instants{}, nil
	}
	for _, p := range precisions {
		from, err := time.Parse(p.layout, text)
		if err != nil {
			continue
		}
		used.Set(name, text)
		to := from.AddDate(p.years, p.months, p.days).Add(p.covers)
		return guard.Instants{From: from.UTC(), To: to.Add(-time.Nanosecond).UTC()}, nil
	}
	return guard.Instants{}, fhir.Errorf(fhir.Value, "%s must be a date, or a date and time with its zone", name)
}
