package search_test

import (
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/search"
)

// examples calls use with each official example.
func examples(t *testing.T, use func(name string, r *fhir.Resource)) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(shared(t, "fhir-r4", "examples"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 500 {
		t.Fatalf("%d examples only", len(names))
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		use(filepath.Base(name), resource(t, string(data)))
	}
}

// Every official example is found by each of its own entries, and no entry is made of nothing.
func TestOfficialExamplesFindThemselves(t *testing.T) {
	t.Parallel()
	found := map[search.Kind]int{}
	examples(t, func(name string, r *fhir.Resource) {
		entries := search.Extract(r)
		for _, e := range entries {
			kind := e.Kind
			query, ok := queryOf(e)
			if e.Group > 0 {
				kind = search.Composite
				query, ok = togetherOf(e, entries)
			}
			if !ok || e.Param == search.Attached(r.Ref()).Param { // which is for no query
				continue
			}
			found[kind]++
			plan, _, err := search.Parse(r.Type(), query, base, true)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, e.Param, err)
			}
			if !plan.Match(r.Ref(), time.Time{}, entries) {
				t.Errorf("%s is not found by %s", name, plan.Self)
			}
		}
	})
	for kind, least := range map[search.Kind]int{
		search.Token: 2000, search.Reference: 1000, search.String: 1000, search.Date: 500,
		search.Number: 5, search.Quantity: 50, search.URI: 50, search.Composite: 100,
	} {
		if found[kind] < least {
			t.Errorf("%d entries of kind %s only", found[kind], kind)
		}
	}
}

var escapes = strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`, "$", `\$`)

// queryOf asks for one entry; there is no query for what cannot be searched.
func queryOf(e search.Entry) (url.Values, bool) {
	values, modifier, ok := valuesOf(e)
	return url.Values{e.Param + modifier: values}, ok
}

// valuesOf are values that all find the entry, with the modifier that they need.
func valuesOf(e search.Entry) ([]string, string, bool) {
	var value, modifier string
	switch e.Kind {
	case search.Token:
		value = escapes.Replace(e.System) + "|" + escapes.Replace(e.Value)
		if strings.HasSuffix(e.Param, ":of-type") {
			system, code, _ := strings.Cut(e.System, "|")
			value = escapes.Replace(system) + "|" + escapes.Replace(code) + "|" + escapes.Replace(e.Value)
			return []string{value}, "", system != ""
		}
	case search.Reference, search.URI:
		value = escapes.Replace(e.Value)
	case search.String:
		value, modifier = escapes.Replace(e.Exact), ":exact"
		if strings.HasSuffix(e.Param, ":text") {
			value, modifier = escapes.Replace(e.Value), ""
		}
	case search.Number:
		return []string{"le" + number(e.NumHigh), "ge" + number(e.NumLow), "ap" + number(e.NumLow)}, "", closed(e)
	case search.Quantity:
		unit := ""
		if e.Value != "" {
			unit = "|" + escapes.Replace(e.System) + "|" + escapes.Replace(e.Value)
		}
		return []string{"le" + number(e.NumHigh) + unit, "ge" + number(e.NumLow) + unit, "ap" + number(e.NumHigh) + unit}, "", closed(e)
	default:
		low, high := time.UnixMicro(e.Low).UTC(), time.UnixMicro(e.High).UTC()
		return []string{"le" + stamp(high), "ge" + stamp(low), "ap" + stamp(low) + ",ap" + stamp(high)}, "", low.Year() > 0 && high.Year() < 10000
	}
	return []string{value}, modifier, value != "|" && value != "" && len(value) <= 4096 && !strings.ContainsAny(value, "\n\r\t")
}

// togetherOf asks for the whole group of which the entry is the first part.
func togetherOf(e search.Entry, entries []search.Entry) (url.Values, bool) {
	param, part, _ := strings.Cut(e.Param, "#")
	if part != "0" {
		return nil, false
	}
	value := ""
	for i := range 3 {
		at := slices.IndexFunc(entries, func(o search.Entry) bool { return o.Group == e.Group && o.Param == param+"#"+strconv.Itoa(i) })
		if i == 0 {
			at = slices.Index(entries, e)
		}
		if at < 0 {
			break
		}
		values, _, ok := valuesOf(entries[at])
		if !ok || len(values[0]) > 500 {
			return nil, false
		}
		value += "$" + values[0]
	}
	return url.Values{param: {strings.TrimPrefix(value, "$")}}, true
}

// closed reports whether a range can be asked for by its ends.
func closed(e search.Entry) bool { return e.NumLow > -math.MaxFloat64 && e.NumHigh < math.MaxFloat64 }

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.999999Z") }
