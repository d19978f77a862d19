package patch

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
)

// shared finds a file of the suites, which are kept beside the repository, or skips the test.
func shared(t *testing.T, elements ...string) []byte {
	t.Helper()
	dir := os.Getenv("CONCORD_SHARED")
	for up := "."; dir == ""; up = filepath.Join(up, "..") {
		if info, err := os.Stat(filepath.Join(up, "shared")); err == nil && info.IsDir() {
			dir = filepath.Join(up, "shared")
		} else if abs, err := filepath.Abs(up); err != nil || filepath.Dir(abs) == abs {
			t.Skip("the suites are not here: set CONCORD_SHARED to their folder")
		}
	}
	data, err := os.ReadFile(filepath.Join(append([]string{dir}, elements...)...))
	if err != nil {
		t.Skipf("the suite is not here: %v", err)
	}
	return data
}

// The cases of RFC 6902, appendix A, and others, on documents that are not resources.
func TestJSONPatchSuite(t *testing.T) {
	t.Parallel()
	var cases []struct {
		Comment, Error       string
		Doc, Patch, Expected json.RawMessage
	}
	if err := json.Unmarshal(shared(t, "suites", "fhir-test-cases", "r4", "patch", "json-patch-tests.json"), &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 15 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Comment, func(t *testing.T) {
			t.Parallel()
			got, err := applied(t, c.Doc, c.Patch)
			if (err != nil) != (c.Error != "") {
				t.Fatalf("got %v, want error %q", err, c.Error)
			}
			if err != nil {
				return
			}
			want, err := fhir.Walk(c.Expected)
			if err != nil {
				t.Fatal(err)
			}
			if !equal(got, grow(want)) {
				t.Errorf("got %s, want %s", got.append(nil), c.Expected)
			}
		})
	}
}

// applied applies a patch to any JSON document.
func applied(t *testing.T, doc, text []byte) (*value, error) {
	t.Helper()
	root, err := fhir.Walk(doc)
	if err != nil {
		t.Fatal(err)
	}
	p, err := JSON(text)
	if err != nil {
		return nil, err
	}
	d := &document{root: grow(root)}
	for _, op := range p.operations {
		if err := op.apply(d); err != nil {
			return nil, err
		}
	}
	return d.root, nil
}

func TestJSONPatchOfAResource(t *testing.T) {
	t.Parallel()
	const before = `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"weight"},"valueQuantity":{"value":70.50,"unit":"kg"},"note":[{"text":"a"}]}`
	tests := []struct {
		name, patch, want string
		kind              fhir.Kind
	}{
		{"an empty patch changes nothing, and digits stay", `[]`, before, ""},
		{"a value is replaced in its place", `[{"op":"replace","path":"/status","value":"amended"}]`, strings.Replace(before, "final", "amended", 1), ""},
		{"digits are kept as they come", `[{"op":"replace","path":"/valueQuantity/value","value":1.000}]`, strings.Replace(before, "70.50", "1.000", 1), ""},
		{"a list that is emptied goes", `[{"op":"remove","path":"/note/0"}]`, strings.Replace(before, `,"note":[{"text":"a"}]`, "", 1), ""},
		{"an object that is emptied goes with its list", `[{"op":"remove","path":"/note/0/text"}]`, strings.Replace(before, `,"note":[{"text":"a"}]`, "", 1), ""},
		{"a test that fails refuses all", `[{"op":"remove","path":"/note"},{"op":"test","path":"/status","value":"amended"}]`, "", fhir.BusinessRule},
		{"a path that is not there", `[{"op":"remove","path":"/method"}]`, "", fhir.BusinessRule},
		{"what comes of it is no resource", `[{"op":"add","path":"/favourite","value":"tea"}]`, "", fhir.BusinessRule},
		{"a required element is taken out", `[{"op":"remove","path":"/status"}]`, "", fhir.BusinessRule},
		{"an empty object is put in", `[{"op":"add","path":"/method","value":{}}]`, "", fhir.BusinessRule},
		{"the whole resource is taken out", `[{"op":"remove","path":""}]`, "", fhir.BusinessRule},
		{"a value is moved into itself", `[{"op":"move","from":"/code","path":"/code/coding"}]`, "", fhir.BusinessRule},
		{"an object that is no patch", `{"op":"remove"}`, "", fhir.Structure},
		{"a member twice", `[{"op":"remove","op":"add","path":"/note"}]`, "", fhir.Structure},
		{"a path that is no pointer", `[{"op":"remove","path":"note"}]`, "", fhir.Invalid},
		{"a wrong escape", `[{"op":"remove","path":"/~2"}]`, "", fhir.Invalid},
		{"no value", `[{"op":"add","path":"/note"}]`, "", fhir.Required},
		{"an op in capitals", `[{"op":"ADD","path":"/note","value":1}]`, "", fhir.Invalid},
		{"too many operations", `[` + strings.Repeat(`{"op":"test","path":"/id","value":"o"},`, 300) + `{"op":"test","path":"/id","value":"o"}]`, "", fhir.TooLong},
		{"copies that grow without end", `[{"op":"add","path":"/note/-","value":{"text":"` + strings.Repeat("x", 1000) + `"}}` +
			strings.Repeat(`,{"op":"copy","from":"/note","path":"/note/0/extension"}`, 40) + `]`, "", fhir.TooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := fhir.DecodeJSON([]byte(before))
			if err != nil {
				t.Fatal(err)
			}
			p, err := JSON([]byte(test.patch))
			var got *fhir.Resource
			if err == nil {
				got, err = p.Apply(r)
			}
			var told *fhir.Error
			if test.kind != "" {
				if !errors.As(err, &told) || told.Kind != test.kind {
					t.Errorf("got %v, want %s", err, test.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got.JSON())); diff != "" {
				t.Error(diff)
			}
			if string(r.JSON()) != before {
				t.Error("the resource itself was changed")
			}
		})
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`[{"op":"add","path":"/name/-","value":{"family":"x"}},{"op":"copy","from":"/name","path":"/contact"}]`))
	f.Add([]byte(`[{"op":"move","from":"/name/0","path":"/name/1"},{"op":"test","path":"/a~1b","value":1.0}]`))
	f.Add([]byte(`[{"op":"replace","path":"","value":null},{"op":"remove","path":"/x"}]`))
	r, err := fhir.DecodeJSON([]byte(`{"resourceType":"Patient","id":"p","name":[{"family":"a","given":["b","c"]}],"active":true}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := JSON(doc)
		if err != nil {
			return
		}
		once, err := p.Apply(r)
		if err != nil {
			return
		}
		if _, err := fhir.DecodeJSON(once.JSON()); err != nil {
			t.Errorf("what a patch makes cannot be read: %v", err)
		}
	})
}
