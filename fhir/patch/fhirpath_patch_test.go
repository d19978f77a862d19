package patch

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
	"testing"

	"concord/fhir"
)

// All cases of the suite pass, so there is no list of those that cannot.

func TestFHIRPathPatchSuite(t *testing.T) {
	t.Parallel()
	type inner struct {
		XML string `xml:",innerxml"`
	}
	var suite struct {
		Cases []struct {
			Name   string `xml:"name,attr"`
			Mode   string `xml:"mode,attr"`
			Input  inner  `xml:"input"`
			Diff   inner  `xml:"diff"`
			Output inner  `xml:"output"`
			Error  *inner `xml:"error"`
		} `xml:"case"`
	}
	if err := xml.Unmarshal(shared(t, "suites", "fhir-test-cases", "r4", "patch", "fhir-patch-tests.xml"), &suite); err != nil {
		t.Fatal(err)
	}
	if len(suite.Cases) < 33 {
		t.Fatalf("only %d cases", len(suite.Cases))
	}
	for _, c := range suite.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			before := fromXML(t, c.Input.XML)
			p, err := FHIRPath(fromXML(t, c.Diff.XML))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Apply(before)
			if c.Error != nil {
				if err == nil {
					t.Errorf("got %s, want an error", got.JSON())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := fromXML(t, c.Output.XML)
			if !fhir.Equal(plain(want), plain(got)) {
				t.Errorf("got %s\nwant %s", got.JSON(), want.JSON())
			}
		})
	}
}

// plain is a resource whose narrative has line ends and quotes in one form: XML has several for the same.
func plain(r *fhir.Resource) []byte {
	return []byte(strings.NewReplacer(`\r\n`, `\n`, `&quot;`, `\"`).Replace(string(r.JSON())))
}

func fromXML(t *testing.T, text string) *fhir.Resource {
	t.Helper()
	r, err := fhir.DecodeXML([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return r
}

func TestFHIRPathPatch(t *testing.T) {
	t.Parallel()
	const before = `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"weight"},"valueQuantity":{"value":70.50,"unit":"kg"},` +
		`"note":[{"text":"a"},{"text":"b"}],"interpretation":[{"text":"x"}]}`
	operation := func(parts ...string) string {
		return `{"name":"operation","part":[` + strings.Join(parts, ",") + `]}`
	}
	part := func(name, value string) string { return `{"name":"` + name + `",` + value + `}` }
	kind := func(code string) string { return part("type", `"valueCode":"`+code+`"`) }
	path := func(text string) string { return part("path", `"valueString":"`+text+`"`) }
	number := func(name, n string) string { return part(name, `"valueInteger":`+n) }
	tests := []struct {
		name, operation, want string
		kind                  fhir.Kind
	}{
		{"a choice takes the type of its new value", operation(kind("replace"), path("Observation.value"), part("value", `"valueString":"heavy"`)), `"valueString":"heavy"`, ""},
		{"a choice is added by its bare name", operation(kind("add"), path("Observation"), part("name", `"valueString":"effective"`), part("value", `"valueDateTime":"2026-01-01"`)), `"effectiveDateTime":"2026-01-01"`, ""},
		{"digits are kept", operation(kind("replace"), path("Observation.value.value"), part("value", `"valueDecimal":1.000`)), `"value":1.000`, ""},
		{"the last of a list goes, and the list with it", operation(kind("delete"), path("Observation.interpretation[0]")), `"note":[{"text":"a"},{"text":"b"}]}`, ""},
		{"what is not there is deleted already", operation(kind("delete"), path("Observation.method")), `"status":"final"`, ""},
		{"a list is put in another order", operation(kind("move"), path("Observation.note"), number("source", "1"), number("destination", "0")), `"note":[{"text":"b"},{"text":"a"}]`, ""},
		{"an entry is found by what it says", operation(kind("delete"), path("Observation.note.where(text = 'a')")), `"note":[{"text":"b"}]`, ""},
		{"several are found", operation(kind("delete"), path("Observation.note")), "", fhir.BusinessRule},
		{"the whole resource", operation(kind("delete"), path("Observation")), "", fhir.BusinessRule},
		{"what is no element", operation(kind("delete"), path("Observation.note.count()")), "", fhir.BusinessRule},
		{"a required element is taken out", operation(kind("delete"), path("Observation.status")), "", fhir.BusinessRule},
		{"an index beyond the end", operation(kind("insert"), path("Observation.note"), number("index", "3"), part("value", `"valueAnnotation":{"text":"c"}`)), "", fhir.BusinessRule},
		{"an element that there is not", operation(kind("add"), path("Observation"), part("name", `"valueString":"favourite"`), part("value", `"valueString":"tea"`)), "", fhir.BusinessRule},
		{"an element that is there already", operation(kind("add"), path("Observation"), part("name", `"valueString":"status"`), part("value", `"valueCode":"final"`)), "", fhir.BusinessRule},
		{"a type that there is not", operation(kind("upsert"), path("Observation")), "", fhir.Invalid},
		{"no value", operation(kind("replace"), path("Observation.status")), "", fhir.Required},
		{"a path that is no expression", operation(kind("delete"), path("Observation.(")), "", fhir.Value},
		{"an index that is no number", operation(kind("insert"), path("Observation.note"), part("index", `"valueString":"-1"`), part("value", `"valueString":"x"`)), "", fhir.Value},
		{"another parameter", `{"name":"remark","valueString":"x"}`, "", fhir.Invalid},
		{"too many operations", strings.Repeat(operation(kind("delete"), path("Observation.method"))+",", 100) + operation(kind("delete"), path("Observation.method")), "", fhir.TooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := patched([]byte(before), []byte(`{"resourceType":"Parameters","parameter":[`+test.operation+`]}`))
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
			if !strings.Contains(string(got.JSON()), test.want) {
				t.Errorf("got %s, want %s in it", got.JSON(), test.want)
			}
		})
	}
}

func patched(before, parameters []byte) (*fhir.Resource, error) {
	r, err := fhir.DecodeJSON(before)
	if err != nil {
		return nil, err
	}
	params, err := fhir.DecodeJSON(parameters)
	if err != nil {
		return nil, err
	}
	p, err := FHIRPath(params)
	if err != nil {
		return nil, err
	}
	return p.Apply(r)
}

func FuzzFHIRPath(f *testing.F) {
	f.Add("add", "Patient", "name", 0, 1)
	f.Add("move", "Patient.name.given", "", 1, 0)
	f.Add("insert", "Patient.name[0].given", "", 2, 0)
	f.Add("delete", "Patient.name.where(family='a').given[0]", "", 0, 0)
	f.Add("replace", "Patient.birthDate.extension.value", "", 0, 0)
	const before = `{"resourceType":"Patient","id":"p","name":[{"family":"a","given":["b",null,"c"],"_given":[null,{"id":"x"},null]}],` +
		`"_birthDate":{"extension":[{"url":"http://x.example","valueString":"y"}]},"active":true}`
	f.Fuzz(func(t *testing.T, kind, path, name string, index, destination int) {
		r, err := fhir.DecodeJSON([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		quote := func(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "")) }
		params, err := fhir.Walk([]byte(`{"name":"operation","part":[{"name":"type","valueCode":` + quote(kind) + `},{"name":"path","valueString":` + quote(path) +
			`},{"name":"name","valueString":` + quote(name) + `},{"name":"index","valueInteger":` + strconv.Itoa(index) + `},{"name":"source","valueInteger":` + strconv.Itoa(index) +
			`},{"name":"destination","valueInteger":` + strconv.Itoa(destination) + `},{"name":"value","valueString":"z"}]}`))
		if err != nil {
			t.Skip()
		}
		op, err := readPathOperation(params)
		if err != nil {
			return
		}
		got, err := (&Patch{[]operation{op}}).Apply(r)
		if err != nil {
			return
		}
		if _, err := fhir.DecodeJSON(got.JSON()); err != nil {
			t.Errorf("what a patch makes cannot be read: %v", err)
		}
	})
}
