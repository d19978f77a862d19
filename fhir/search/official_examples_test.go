package search_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord/fhir/search"
)

// Every official example is found by each of its own entries, and no entry is made of nothing.
func TestOfficialExamplesFindThemselves(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(shared(t, "fhir-r4", "examples"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 500 {
		t.Fatalf("%d examples only", len(names))
	}
	found := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := resource(t, string(data))
		entries := search.Extract(r)
		for _, e := range entries {
			query, ok := queryOf(e)
			if !ok {
				continue
			}
			found++
			plan, _, err := search.Parse(r.Type(), query, base, true)
			if err != nil {
				t.Fatalf("%s: %s: %v", filepath.Base(name), e.Param, err)
			}
			if !plan.Match(r.Ref(), time.Time{}, entries) {
				t.Errorf("%s is not found by %s", filepath.Base(name), plan.Self)
			}
		}
	}
	if found < 3000 {
		t.Errorf("%d entries only", found)
	}
}

var escapes = strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`, "$", `\$`)

// queryOf asks for one entry; there is no query for what cannot be searched.
func queryOf(e search.Entry) (url.Values, bool) {
	param, value := e.Param, ""
	switch e.Kind {
	case search.Token:
		value = escapes.Replace(e.System) + "|" + escapes.Replace(e.Value)
	case search.Reference:
		value = escapes.Replace(e.Value)
	case search.String:
		value = escapes.Replace(e.Exact)
		param += ":exact"
	default:
		low, high := time.UnixMicro(e.Low).UTC(), time.UnixMicro(e.High).UTC()
		return url.Values{param: {"le" + stamp(high), "ge" + stamp(low), "ap" + stamp(low) + ",ap" + stamp(high)}}, low.Year() > 0 && high.Year() < 10000
	}
	return url.Values{param: {value}}, value != "|" && value != "" && len(value) <= 4096 && !strings.ContainsAny(value, "\n\r\t")
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.999999Z") }
