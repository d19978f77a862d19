package fhir_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"concord/fhir"
)

func TestDecodeJSONAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body string }{
		{"a plain patient", `{"resourceType":"Patient","id":"p1","birthDate":"1970-03","active":true}`},
		{"a null in step with an extension", `{"resourceType":"Patient","name":[{"given":[null,"B"],"_given":[{"extension":[{"url":"urn:x","valueCode":"unknown"}]},null]}]}`},
		{"an extension in the place of a value", `{"resourceType":"Patient","_birthDate":{"extension":[{"url":"urn:x","valueCode":"unknown"}]}}`},
		{"white space anywhere", " {\n\t\"resourceType\" : \"Basic\" , \"code\" : { \"text\" : \"x\" } } \n"},
		{"a surrogate pair", `{"resourceType":"Basic","code":{"text":"\ud83d\ude00"}}`},
		{"a number with its precision", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.500e2}}`},
		{"a contained resource", `{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/p"},"contained":[{"resourceType":"Goal","id":"g","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Patient/p"}}]}`},
		{"a code with a capital that is right", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/1"}}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := fhir.DecodeJSON([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if string(r.JSON()) != test.body {
				t.Error("the bytes are not those that came")
			}
		})
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	t.Parallel()
	type issue = fhir.Issue
	deep := strings.Repeat(`{"extension":[`, 30)
	tests := []struct {
		name, body string
		want       []issue
	}{
		{"an empty body", ``, []issue{{Code: fhir.Structure, Line: 1, Col: 1}}},
		{"a body cut short", `{"resourceType":"Patient",`, []issue{{Code: fhir.Structure, Line: 1, Col: 27}}},
		{"malformed JSON", "{\"resourceType\":\"Patient\",\n  \"id\" \"x\"}", []issue{{Code: fhir.Structure, Line: 2, Col: 8}}},
		{"bytes after the end", `{"resourceType":"Patient"} {}`, []issue{{Code: fhir.Structure, Line: 1, Col: 27}}},
		{"a byte order mark", "\xef\xbb\xbf{}", []issue{{Code: fhir.Structure, Line: 1, Col: 1}}},
		{"bytes that are not UTF-8", "{\"resourceType\":\"Patient\",\"language\":\"\xff\"}", []issue{{Code: fhir.Structure, Line: 1, Col: 39}}},
		{"half a surrogate pair", `{"resourceType":"Patient","language":"\ud83d"}`, []issue{{Code: fhir.Structure, Line: 1, Col: 39}}},
		{"an array", `[]`, []issue{{Code: fhir.Structure, Expression: "Resource", Line: 1, Col: 1}}},
		{"no type", `{"id":"x"}`, []issue{{Code: fhir.Structure, Expression: "Resource", Line: 1, Col: 1}}},
		{"a type that is a number", `{"resourceType":1}`, []issue{{Code: fhir.Structure, Expression: "Resource.resourceType", Line: 1, Col: 2}}},
		{"an unknown type", `{"resourceType":"patient"}`, []issue{{Code: fhir.Structure, Expression: "Resource.resourceType", Line: 1, Col: 2}}},
		{"a name that stands twice", `{"resourceType":"Patient","id":"a","active":true,"id":"b"}`, []issue{{Code: fhir.Structure, Expression: "Patient.id", Line: 1, Col: 50}}},
		{"resourceType twice", `{"resourceType":"Patient","resourceType":"Patient"}`, []issue{{Code: fhir.Structure, Expression: "Patient.resourceType", Line: 1, Col: 27}}},
		{"a name twice by an escape", `{"resourceType":"Patient","id":"a","\u0069d":"b"}`, []issue{{Code: fhir.Structure, Expression: "Patient.id", Line: 1, Col: 36}}},
		{"an element in wrong case", `{"resourceType":"Patient","Active":true}`, []issue{{Code: fhir.Structure, Expression: "Patient.Active", Line: 1, Col: 27}}},
		{"an unknown element", `{"resourceType":"Patient","name":[{"colour":"x"}]}`, []issue{{Code: fhir.Structure, Expression: "Patient.name[0].colour", Line: 1, Col: 36}}},
		{"an unknown element that could be content", `{"resourceType":"Patient","Ann Other":"x"}`, []issue{{Code: fhir.Structure, Expression: "Patient", Line: 1, Col: 27}}},
		{"a name of google/fhir's own", `{"resourceType":"Basic","code":{"text":"x"},"subject":{"patientId":"x"}}`, []issue{{Code: fhir.Structure, Expression: "Basic.subject.patientId", Line: 1, Col: 56}}},
		{"a string for a boolean", `{"resourceType":"Patient","active":"true"}`, []issue{{Code: fhir.Structure, Expression: "Patient.active", Line: 1, Col: 27}}},
		{"an object for an array", `{"resourceType":"Patient","name":{"family":"x"}}`, []issue{{Code: fhir.Structure, Expression: "Patient.name", Line: 1, Col: 27}}},
		{"an array for an object", `{"resourceType":"Patient","maritalStatus":[{"text":"x"}]}`, []issue{{Code: fhir.Structure, Expression: "Patient.maritalStatus", Line: 1, Col: 27}}},
		{"a string for an object", `{"resourceType":"Patient","maritalStatus":"x"}`, []issue{{Code: fhir.Structure, Expression: "Patient.maritalStatus", Line: 1, Col: 27}}},
		{"an empty string", `{"resourceType":"Patient","language":""}`, []issue{{Code: fhir.Structure, Expression: "Patient.language", Line: 1, Col: 27}}},
		{"an empty object", `{"resourceType":"Patient","maritalStatus":{}}`, []issue{{Code: fhir.Structure, Expression: "Patient.maritalStatus", Line: 1, Col: 27}}},
		{"an empty array", `{"resourceType":"Patient","name":[]}`, []issue{{Code: fhir.Structure, Expression: "Patient.name", Line: 1, Col: 27}}},
		{"a null", `{"resourceType":"Patient","active":null}`, []issue{{Code: fhir.Structure, Expression: "Patient.active", Line: 1, Col: 27}}},
		{"a null among objects", `{"resourceType":"Patient","name":[null]}`, []issue{{Code: fhir.Structure, Expression: "Patient.name[0]", Line: 1, Col: 35}}},
		{"a null that nothing accompanies", `{"resourceType":"Patient","name":[{"given":["A",null]}]}`, []issue{{Code: fhir.Structure, Expression: "Patient.name[0].given[1]", Line: 1, Col: 49}}},
		{"two nulls in one place", `{"resourceType":"Patient","name":[{"given":["A",null],"_given":[{"id":"x"},null]}]}`, []issue{{Code: fhir.Structure, Expression: "Patient.name[0].given[1]", Line: 1, Col: 49}}},
		{"arrays out of step", `{"resourceType":"Patient","name":[{"given":["A"],"_given":[{"id":"x"},{"id":"y"}]}]}`, []issue{{Code: fhir.Structure, Expression: "Patient.name[0].given", Line: 1, Col: 50}}},
		{"an extension on the id of an element", `{"resourceType":"Patient","name":[{"_id":{"id":"x"},"family":"x"}]}`, []issue{{Code: fhir.Structure, Expression: "Patient.name[0].id", Line: 1, Col: 36}}},
		{"an extension on the id beside a primitive", `{"resourceType":"Patient","_birthDate":{"id":"a","_id":{"id":"x"}}}`, []issue{{Code: fhir.Structure, Expression: "Patient.birthDate.id", Line: 1, Col: 50}}},
		{"an extension on the url of an extension", `{"resourceType":"Patient","extension":[{"url":"urn:x","_url":{"id":"x"},"valueCode":"x"}]}`, []issue{{Code: fhir.Structure, Expression: "Patient.extension[0].url", Line: 1, Col: 55}}},
		{"an extension on a narrative's div", `{"resourceType":"Patient","text":{"status":"empty","div":"<div/>","_div":{"id":"x"}}}`, []issue{{Code: fhir.Structure, Expression: "Patient.text.div", Line: 1, Col: 67}}},
		{"a code in capitals", `{"resourceType":"Patient","gender":"FEMALE"}`, []issue{{Code: fhir.Value, Expression: "Patient.gender", Line: 1, Col: 27}}},
		{"a code with underscores", `{"resourceType":"Appointment","status":"entered_in_error","participant":[{"status":"accepted"}]}`, []issue{{Code: fhir.Value, Expression: "Appointment.status", Line: 1, Col: 31}}},
		{"an unknown code", `{"resourceType":"Patient","gender":"f"}`, []issue{{Code: fhir.Value, Expression: "Patient.gender", Line: 1, Col: 27}}},
		{"a bad id", `{"resourceType":"Patient","id":"a/b"}`, []issue{{Code: fhir.Value, Expression: "Patient.id", Line: 1, Col: 27}}},
		{"a bad date", `{"resourceType":"Patient","birthDate":"1970-02-30"}`, []issue{{Code: fhir.Value, Expression: "Patient.birthDate", Line: 1, Col: 27}}},
		{"a time without zone", `{"resourceType":"Patient","deceasedDateTime":"2020-01-01T10:00:00"}`, []issue{{Code: fhir.Value, Expression: "Patient.deceased", Line: 1, Col: 27}}},
		{"two types of one choice", `{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}`, []issue{{Code: fhir.Structure, Expression: "Patient.deceased", Line: 1, Col: 50}}},
		{"a fraction for an integer", `{"resourceType":"Patient","multipleBirthInteger":1.5}`, []issue{{Code: fhir.Value, Expression: "Patient.multipleBirth", Line: 1, Col: 27}}},
		{"a missing element", `{"resourceType":"CarePlan","status":"active","intent":"plan"}`, []issue{{Code: fhir.Required, Expression: "CarePlan", Line: 1, Col: 1}}},
		{"a reference to the wrong type", `{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Device/d"}}`, []issue{{Code: fhir.Value, Expression: "CarePlan.subject", Line: 1, Col: 62}}},
		{"a fault in a contained resource", `{"resourceType":"Basic","code":{"text":"x"},"contained":[{"resourceType":"Patient","id":"p","gender":"Male"}]}`, []issue{{Code: fhir.Value, Expression: "Basic.contained[0].gender", Line: 1, Col: 93}}},
		{"a reference to the wrong type in a contained resource", `{"resourceType":"Basic","code":{"text":"x"},"contained":[{"resourceType":"CarePlan","id":"p","status":"active","intent":"plan","subject":{"reference":"Device/d"}}]}`, []issue{{Code: fhir.Value, Expression: "Basic.contained[0].subject", Line: 1, Col: 128}}},
		{"a contained resource in a contained resource", `{"resourceType":"Basic","code":{"text":"x"},"contained":[{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Patient"}]}]}`, []issue{{Code: fhir.Invalid, Expression: "Basic.contained[0].contained", Line: 1, Col: 93}}},
		{"base64 that is none, in a contained resource", `{"resourceType":"Basic","code":{"text":"x"},"contained":[{"resourceType":"Patient","id":"p","photo":[{"data":"@"}]}]}`, []issue{{Code: fhir.Value, Expression: "Basic.contained[0].photo[0].data", Line: 1, Col: 103}}},
		{"a bad reference in a Bundle", `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Encounter","status":"planned","class":{"code":"x"},"subject":{"reference":"Device/d"}}}]}`, []issue{{Code: fhir.Value, Expression: "Bundle.entry[0].resource.subject", Line: 1, Col: 135}}},
		{"base64 that is none", `{"resourceType":"Binary","contentType":"text/plain","data":"@"}`, []issue{{Code: fhir.Value, Expression: "Binary.data", Line: 1, Col: 53}}},
		{"a resource nested too deeply", `{"resourceType":"Patient","extension":[` + deep, []issue{{Code: fhir.TooLong, Line: 1, Col: 376}}},
		{"a wall of brackets", strings.Repeat("[", 4<<20), []issue{{Code: fhir.TooLong, Line: 1, Col: 51}}},
		{"10 MB of brackets", strings.Repeat("[", 10<<20), []issue{{Code: fhir.TooLong}}},
		{"every fault is told, in order", "{\"resourceType\":\"Patient\",\n\"gender\":\"MALE\",\n\"foo\":1,\n\"birthDate\":\"x\"}", []issue{
			{Code: fhir.Value, Expression: "Patient.gender", Line: 2, Col: 1},
			{Code: fhir.Structure, Expression: "Patient.foo", Line: 3, Col: 1},
			{Code: fhir.Value, Expression: "Patient.birthDate", Line: 4, Col: 1},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := fhir.DecodeJSON([]byte(test.body))
			var e *fhir.Error
			if !errors.As(err, &e) {
				t.Fatalf("got error %v, want a *fhir.Error", err)
			}
			if diff := cmp.Diff(test.want, e.Issues, cmpopts.IgnoreFields(issue{}, "Diagnostics")); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultsQuoteNoContent(t *testing.T) {
	t.Parallel()
	const secret = "Zebedee"
	bodies := []string{
		`{"resourceType":"Patient","gender":"Zebedee"}`,
		`{"resourceType":"Patient","birthDate":"Zebedee"}`,
		`{"resourceType":"Patient","active":"Zebedee"}`,
		`{"resourceType":"Zebedee"}`,
		`{"resourceType":"Patient","id":"Zebedee!"}`,
		`{"resourceType":"Patient","Dr Zebedee":1}`,
		`{"resourceType":"Patient","managingOrganization":{"reference":"Patient/Zebedee"}}`,
		`{"resourceType":"Patient","photo":[{"data":"Zebedee!"}]}`,
		`{"resourceType":"Patient","photo":[{"url":"http://[Zebedee"}]}`,
		`{"resourceType":"Patient" Zebedee`,
		`{"resourceType":"Patient","id":"a","id":"Zebedee"}`,
	}
	for _, body := range bodies {
		_, err := fhir.DecodeJSON([]byte(body))
		var e *fhir.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got error %v, want a *fhir.Error", body, err)
			continue
		}
		if strings.Contains(string(e.Outcome())+e.Error(), secret) {
			t.Errorf("%s: the outcome quotes the content: %s", body, e.Outcome())
		}
	}
}

func TestManyFaultsAreBounded(t *testing.T) {
	t.Parallel()
	body := `{"resourceType":"Patient","name":[` + strings.Repeat(`{"x":1},`, 500) + `{"family":"a"}]}`
	_, err := fhir.DecodeJSON([]byte(body))
	var e *fhir.Error
	if !errors.As(err, &e) || len(e.Issues) != 50 {
		t.Fatalf("got %v, want 50 issues", err)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Patient","id":"p1","meta":{"security":[{"code":"R"}]},"name":[{"given":[null,"B"],"_given":[{"id":"x"},null]}]}`))
	f.Add([]byte(`{"resourceType":"List","status":"current","mode":"working","entry":[{"item":{"reference":"Goal/1"}},{"item":{"reference":"Goal/2"}}]}`))
	f.Add([]byte(`{"resourceType":"Basic","code":{"text":"\ud83d\ude00"},"extension":[{"url":"urn:x","valueReference":{"reference":"Patient/1"}}]}`))
	f.Add([]byte("{\"resourceType\":\"Patient\",\n\"gender\":\"MALE\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fhir.DecodeJSON(data)
		if err != nil {
			var e *fhir.Error
			if !errors.As(err, &e) || len(e.Issues) == 0 {
				t.Fatalf("a refusal without issues: %v", err)
			}
			return
		}
		stamped := r.Stamp(fhir.Meta{ID: "stamped", Version: "v1"})
		if _, err := fhir.DecodeJSON(stamped.JSON()); err != nil {
			t.Fatalf("a stamped resource is refused: %v\n%s", err, stamped.JSON())
		}
		for bit := range 4 {
			kept, ok := fhir.Leave(data, r.Cuts(), func(i int) bool { return i%4 == bit || bit == 3 })
			if !ok {
				continue
			}
			if _, err := fhir.Walk(kept); err != nil {
				t.Fatalf("what is left is not JSON: %v\n%s", err, kept)
			}
		}
	})
}

func TestHostileObjectsAreRefusedFast(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"one choice, many times":   `{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"u"` + strings.Repeat(`,"valueString":"x"`, 150_000) + `}]}`,
		"one array, many times":    `{"resourceType":"Patient","name":[{"family":"x"` + strings.Repeat(`,"given":["x"]`, 150_000) + `}]}`,
		"many nulls":               `{"resourceType":"Patient","name":[{"given":[` + strings.Repeat(`null,`, 150_000) + `"x"]}]}`,
		"more values than allowed": `{"resourceType":"Patient","x":[` + strings.Repeat(`1,`, 1_500_000) + `1]}`,
	}
	for name, body := range bodies {
		if _, err := fhir.DecodeJSON([]byte(body)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for _, typ := range fhir.Types() {
		if !fhir.KnownType(typ) {
			t.Errorf("%s is listed and not known", typ)
		}
	}
	for _, typ := range []fhir.Type{"", "patient", "Resource", "DomainResource", "HumanName"} {
		if fhir.KnownType(typ) {
			t.Errorf("%q is known", typ)
		}
	}
}
