package search_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/fhir/search"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	people := []string{
		`{"resourceType":"Patient","id":"a","name":[{"family":"Young"},{"family":"Abel"}],"birthDate":"1950-06","meta":{"lastUpdated":"2024-01-02T00:00:00Z"}}`,
		`{"resourceType":"Patient","id":"b","name":[{"family":"Ábel"}],"birthDate":"1950","meta":{"lastUpdated":"2024-01-01T00:00:00Z"}}`,
		`{"resourceType":"Patient","id":"c","name":[{"family":"Smith"}],"meta":{"lastUpdated":"2024-01-03T00:00:00Z"}}`,
		`{"resourceType":"Patient","id":"d","birthDate":"1949","meta":{"lastUpdated":"2024-01-03T00:00:00Z"}}`,
	}
	weights := []string{
		`{"resourceType":"Observation","id":"a","valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"kg"}}`,
		`{"resourceType":"Observation","id":"b","valueQuantity":{"value":900,"system":"http://unitsofmeasure.org","code":"g"}}`,
		`{"resourceType":"Observation","id":"c"}`,
		`{"resourceType":"Observation","id":"d","valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"m"}}`,
	}
	for _, test := range []struct {
		name, query, want string
		resources         []string
	}{
		{"by id", "", "a b c d", people},
		{"by id from the end", "_sort=-_id", "d c b a", people},
		{"by time, then by id", "_sort=_lastUpdated", "b a c d", people},
		{"by time from the end, then by id", "_sort=-_lastUpdated", "c d a b", people},
		{"by the least of several names, none last", "_sort=family", "a b c d", people},
		{"by the greatest of several names, none last", "_sort=-family", "a c b d", people},
		{"by several keys", "_sort=family,birthdate", "b a c d", people},
		{"by the beginning of a date, none last", "_sort=birthdate", "d b a c", people},
		{"by the beginning of a date from the end, none last", "_sort=-birthdate", "a b d c", people},
		{"by time and a name", "_sort=-_lastUpdated,family", "c d a b", people},
		{"by quantities of like units", "_sort=value-quantity", "b a d c", weights},
		{"by quantities of like units from the end", "_sort=-value-quantity", "d a b c", weights},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var marks []search.Mark
			var p search.Plan
			for _, json := range test.resources {
				r := resource(t, json)
				var err error
				if p, _, err = search.Parse(r.Type(), values(t, test.query), base, true); err != nil {
					t.Fatal(err)
				}
				updated, _ := time.Parse(time.RFC3339, r.Root().At("meta", "lastUpdated").Text())
				marks = append([]search.Mark{p.Mark(r.Ref(), updated, search.Extract(r))}, marks...)
			}
			slices.SortFunc(marks, p.Compare)
			var ids []string
			for _, m := range marks {
				ids = append(ids, string(m.ID))
				data, err := m.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				var again search.Mark
				if err := again.UnmarshalBinary(data); err != nil || p.Compare(m, again) != 0 {
					t.Errorf("%v is read as %v: %v", m, again, err)
				}
			}
			if got := strings.Join(ids, " "); got != test.want {
				t.Errorf("the order is %s, want %s", got, test.want)
			}
		})
	}
}

func TestTheOrderOfAPlanWithSortAlone(t *testing.T) {
	t.Parallel()
	p := search.Plan{Type: "Goal", Sort: search.ByUpdatedDesc}
	early, late := search.Mark{ID: "1"}, search.Mark{ID: "2", Updated: time.Unix(9, 0)}
	if p.Compare(late, early) >= 0 {
		t.Error("the later does not come first")
	}
}

func TestTypesAreToldApartWhereThereAreSeveral(t *testing.T) {
	t.Parallel()
	a, b := search.Mark{Type: "Goal", ID: "1"}, search.Mark{Type: "Task", ID: "1"}
	if (search.Plan{}).Compare(a, b) >= 0 || (search.Plan{Type: "Goal"}).Compare(a, b) != 0 {
		t.Error("rows of two types are one, or rows of one type are two")
	}
}

func FuzzMark(f *testing.F) {
	seed, err := search.Mark{ID: "1", Type: "Goal", Ranks: []search.Rank{{Text: "a", At: -1, Num: math.MaxFloat64}, {Missing: true}}}.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var m search.Mark
		if m.UnmarshalBinary(data) != nil {
			return
		}
		again, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var twice search.Mark
		if err := twice.UnmarshalBinary(again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, twice); diff != "" {
			t.Fatal(diff)
		}
	})
}

func ref(t fhir.Type, id fhir.ID) fhir.Ref { return fhir.Ref{Type: t, ID: id} }
