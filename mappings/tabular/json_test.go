package tabular_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/mappings"
	"concord/mappings/tabular"
)

func TestJSONPrintsWhatItRead(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"members in their order":       `{"b":1,"a":"x"}`,
		"digits as they stand":         `{"a":1.50,"b":1e3,"c":-0,"d":12345678901234567890}`,
		"null, empty and nothing":      `{"a":null,"b":[],"c":{},"d":"","e":[{}],"f":[null]}`,
		"a list of one and a value":    `{"a":["x"],"b":"x"}`,
		"lists in lists":               `{"a":[[1,[]],[[2]]],"b":[[]]}`,
		"objects in lists":             `{"a":[{"b":[{"c":true}]},{"b":[]}]}`,
		"a member without a name":      `{"":1,"a":{"":{"":[2]}}}`,
		"letters that need escapes":    `{"a":"\"\\\n\u0001é"}`,
		"names that paths quote":       `{"a.b":{"x[0]":{"it's":1}}}`,
		"nothing":                      `{}`,
		"the same name on every level": `{"a":{"a":[{"a":1}]}}`,
		"texts that look like numbers": `{"a":"1","b":"true","c":"null"}`,
	} {
		records, err := tabular.ReadJSON([]byte(data))
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(data, string(tabular.JSON(records[0].Tree))); diff != "" {
			t.Error(name, diff)
		}
	}
}

func TestReadJSONTakesAListOfRecords(t *testing.T) {
	t.Parallel()
	records, err := tabular.ReadJSON([]byte("[ {\"a\":1},\n {\"a\":2} ]"))
	if err != nil || len(records) != 2 {
		t.Fatal(records, err)
	}
	if got := records[1].Tree.Root().Get("a", 0); got.Text() != "2" || got.Kind() != mappings.Number || got.Place() != (mappings.Place{Line: 2, Col: 7}) {
		t.Errorf("%q at %+v", got.Text(), got.Place())
	}
	if got := string(records[1].Original); got != `{"a":2}` {
		t.Errorf("the original is %q", got)
	}
}

func TestReadJSONNamesTheFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, data string
		line, col  int
	}{
		{"no object", `"x"`, 1, 1},
		{"a list that is not well-formed", "[{},\n{\"a\" 1}]", 2, 6},
		{"a list nested without end", strings.Repeat("[", 100_000), 1, 10_001},
		{"half of a list", "[{},", 1, 5},
		{"half an object", "{\"a\":\n1", 2, 2},
		{"a member twice", `{"a":1,"a":2}`, 1, 8},
		{"bytes behind the end", `{"a":1} x`, 1, 9},
		{"nested too deep", strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70), 1, 326},
		{"the name of a list in a list", `{"[]":1}`, 1, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tabular.ReadJSON([]byte(tt.data))
			checkFault(t, err, tt.line, tt.col)
		})
	}
}

func TestABadEntryOfAListDoesNotHoldUpTheNext(t *testing.T) {
	t.Parallel()
	records, err := tabular.ReadJSON([]byte("\xef\xbb\xbf[{\"a\":1},\n 3,\n {\"a\":1,\"a\":2},\n {\"a\":\"\xff\"},\n " + strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70) + ",\n {\"a\":4}]"))
	if err != nil || len(records) != 6 {
		t.Fatal(len(records), err)
	}
	for i, want := range []struct{ line, col int }{{}, {2, 2}, {3, 9}, {4, 8}, {5, 327}, {}} {
		if want.line == 0 {
			if records[i].Err != nil {
				t.Errorf("entry %d: %v", i, records[i].Err)
			}
			continue
		}
		checkFault(t, records[i].Err, want.line, want.col)
	}
	if got := string(records[1].Original); got != "3" {
		t.Errorf("the original is %q", got)
	}
}

func TestJSONInAnotherCharacterSetIsTold(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"\xff\xfe{\x00}\x00", "{\x00\"\x00a\x00\"\x00:\x001\x00}\x00"} {
		for _, read := range []func([]byte) ([]tabular.Record, error){tabular.ReadJSON, tabular.ReadNDJSON} {
			if _, err := read([]byte(data)); err == nil || !strings.Contains(err.Error(), "UTF-16") {
				t.Errorf("%q: %v", data, err)
			}
		}
	}
}

func TestABadLineDoesNotHoldUpTheNext(t *testing.T) {
	t.Parallel()
	const data = "{\"a\":1}\n{\"a\":\n\n{\"a\":3}\n"
	records, err := tabular.ReadNDJSON([]byte(data))
	if err != nil || len(records) != 3 {
		t.Fatal(records, err)
	}
	if records[0].Err != nil || records[1].Err == nil || records[2].Err != nil || records[1].Err.Issues[0].Line != 2 {
		t.Errorf("%v", records)
	}
	if got := string(tabular.NDJSON(records)); got != "{\"a\":1}\n{\"a\":\n{\"a\":3}\n" {
		t.Errorf("printed %q", got)
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}],"c":""}`, `[{"a":1}]`, `{"a":[[],[[]]]}`, `{"\u0000":"\ud800"}`, `[0,{"a":1}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := tabular.ReadJSON(data)
		if err != nil {
			return
		}
		for _, r := range records {
			if r.Err != nil {
				continue
			}
			out := tabular.JSON(r.Tree)
			if !json.Valid(out) {
				t.Fatalf("printed %q", out)
			}
			again, err := tabular.ReadJSON(out)
			if err != nil {
				t.Fatalf("%q is not read: %v", out, err)
			}
			if diff := mappings.Differences(r.Tree, again[0].Tree); len(diff) > 0 {
				t.Fatal(diff)
			}
		}
	})
}
