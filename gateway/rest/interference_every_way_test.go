package rest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"testing"

	"concord/fhir/care"
	"concord/gateway"
	"concord/mappings"
	"concord/mappings/tabular"
)

// The ways to ask that TestTwinStoresAreAskedEverything found missing among the others.

// everySearch uses the modifiers, prefixes and parameters of the result that the other searches do not.
func everySearch(rng *rand.Rand) []string {
	date := fmt.Sprintf("2025-0%d-01", 1+rng.IntN(9))
	some := strconv.Itoa(rng.IntN(9))
	all := []string{
		"Observation?date:missing=false&_count=2", "Observation?value-quantity:missing=false", "Observation?code-value-quantity:missing=true", "Patient?family:missing=false",
		"RiskAssessment?probability=0." + some, "RiskAssessment?probability:missing=false&_sort=probability", "ValueSet?url:missing=false", "ValueSet?url:above=http://twin.example/codes/more",
		"ValueSet?url:below=http://twin.example", "CarePlan?instantiates-canonical:above=http://twin.example/plans/a/b", "CarePlan?instantiates-canonical:below=http://twin.example/plans",
		"CarePlan?instantiates-canonical=http://twin.example/plans/a", "Observation?subject:Patient=p" + strconv.Itoa(rng.IntN(4)), "Observation?subject:identifier=" + url.QueryEscape(nhs+"|"+number(rng.IntN(4))),
		"Observation?focus:Condition=c" + some, "Patient?identifier:of-type=" + url.QueryEscape("http://twin.example/kinds|NH|"+number(rng.IntN(4))), "Condition?code:text=word",
		"Observation?_profile=http://twin.example/Profile", "Goal?_id=g" + some + "&_summary=false&_total=none", "Observation?_summary=text&_count=2", "Condition?_total=estimate&_count=1",
		"Goal?_revinclude=CarePlan:goal&_revinclude:iterate=Provenance:target", "Condition?_id=c" + some + "&_revinclude:iterate=*", "Patient?_id=p0&_include:iterate=*&_count=1",
		"Observation?_sort=subject,-value-quantity&_count=2", "CarePlan?_include=*&_elements=goal", "List?item=Goal/g" + some, "List?item:Goal.lifecycle-status=active",
		"Goal?_list=list1,list2&_summary=count", "Provenance?target:missing=true", "CarePlan?goal:missing=false&_sort=-goal", "Task?focus:Goal._id=g" + some, "AllergyIntolerance?code:not=716186003",
		"Observation?focus=Condition/c" + some + ",Condition/absent", "Patient?_has:Goal:patient:_list=list0", "Patient?_has:RiskAssessment:patient:probability=gt0.4",
		"CarePlan?condition.patient.identifier=" + number(1), "DocumentReference?_has:Provenance:target:_id=x", "Appointment?patient=p0&_include=Appointment:patient",
		"Encounter?_has:Observation:encounter:code=44054006", "Observation?encounter=Encounter/visit" + strconv.Itoa(rng.IntN(3)), "Encounter?_revinclude=Observation:encounter",
	}
	for _, prefix := range prefixes {
		all = append(all, "Observation?date="+prefix+date+"&_count=3", "Observation?value-quantity="+prefix+some+"||mg&_sort=value-quantity", "RiskAssessment?probability="+prefix+"0."+some)
	}
	return all
}

// everyWay is what the door answers besides.
func everyWay(rng *rand.Rand) []question {
	const at = "http://twin/fhir/"
	n := strconv.Itoa(rng.IntN(4))
	some := "g" + strconv.Itoa(rng.IntN(10))
	goal := object("Goal", "", "lifecycleStatus", "active", "description", text("x"), "subject", reference("Patient/p"+n))
	param := func(pairs ...any) string {
		var all []any
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, map[string]any{"name": pairs[i], "valueString": pairs[i+1]})
		}
		return object("Parameters", "", "parameter", all)
	}
	var q []question
	for _, one := range []struct {
		method, url, body string
		headers           []string
	}{
		{"POST", "$import", `{"resourceType":"Goal"}`, []string{"Content-Type", "application/fhir+ndjson"}},
		{"GET", "$import/" + some, "", nil},
		{"DELETE", "$import/" + some, "", nil},
		{"POST", "Patient/p" + n + "/$explain-access", param("user", "Organization/hospital", "thing", "Goal/"+some), nil},
		{"POST", "Patient/$everything", object("Parameters", "", "parameter", list(map[string]any{"name": "_count", "valueInteger": 5})), nil},
		{"POST", "Goal/$validate", goal, nil},
		{"POST", "Goal/$validate", object("Parameters", "", "parameter", list(map[string]any{"name": "resource", "resource": map[string]any{"resourceType": "Goal", "subject": reference("Patient/p" + n)}})), nil},
		{"POST", "Goal/" + some + "/$validate?mode=delete", goal, nil},
		{"POST", "Task/t" + n + "/$replay", param(), nil},
		{"POST", "Provenance/prov" + n + "/$retract", "", nil},
		{"GET", "Patient/p" + n + "/$convert?definition=stays", "", nil},
		{"GET", "Condition/c" + n + "/$convert?definition=stays", "", nil},
		{"GET", "Condition/c" + n + "/$convert?definition=none", "", nil},
		{"POST", "$convert", param("definition", "stays", "input", stay(n)), nil},
		{"OPTIONS", "Goal/" + some, "", []string{"Origin", "https://app.example", "Access-Control-Request-Method", "GET"}},
		{"GET", "Goal/" + some, "", []string{"Origin", "https://app.example", "X-Request-Id", "mine"}},
		{"GET", "Goal/" + some, "", []string{"Accept", "application/fhir+json", "Prefer", "handling=lenient"}},
		{"GET", "Goal/" + some, "", []string{"Accept", "text/turtle"}},
		{"GET", "Goal/" + some + "?_format=xml&_pretty=true", "", nil},
		{"GET", "Binary/scan" + n, "", []string{"Range", "bytes=0-3", "If-Range", `W/"v1"`}},
		{"GET", "Binary/letter" + n, "", []string{"Range", "bytes=900-"}},
		{"GET", "Binary/letter" + n, "", []string{"Accept", "image/png"}},
		{"GET", "Goal?shoe=42&_id=" + some, "", []string{"Prefer", "handling=strict"}},
		{"GET", "Goal/" + some + "/_history?_count=x", "", nil},
		{"GET", "Observation?date=soon", "", nil},
		{"GET", "Observation?_sort=a,b,c,d,e,f,g,h,i,j,k,l,m,n", "", nil},
		{"GET", "$meta", "", nil},
		{"POST", "Goal", zipped(goal), []string{"Content-Encoding", "gzip", "Prefer", "return=OperationOutcome"}},
		{"POST", "Goal", goal, []string{"Content-Encoding", "br"}},
		{"POST", "Goal", "{", nil},
		{"POST", "Goal", `{"resourceType":"Goal"}`, nil},
		{"PATCH", "Goal/" + some, "<x/>", []string{"Content-Type", "text/plain"}},
		{"POST", "Patient/$start-care", param(), nil},
		{"PUT", "Goal/" + some, object("Goal", some, "lifecycleStatus", "active", "description", text("x"), "subject", reference("Patient/p"+n)), []string{"If-Match", `W/"nothing"`, "Prefer", "return=representation"}},
		{"DELETE", "Goal/" + some, "", []string{"If-Match", `W/"nothing"`}},
		{"DELETE", "Goal/" + some, "", []string{"If-Match", "nothing"}},
		{"PUT", "Observation?patient=p" + n, object("Observation", "", "status", "final", "code", concept("1"), "subject", reference("Patient/p"+n)), nil},
		{"POST", "Goal/" + some, "", nil},
	} {
		ask := question{method: one.method, url: at + one.url, body: one.body, headers: map[string]string{}}
		for i := 0; i+1 < len(one.headers); i += 2 {
			ask.headers[one.headers[i]] = one.headers[i+1]
		}
		q = append(q, ask)
	}
	for _, key := range []string{"one", "one", "two"} { // a local system sends the same again
		q = append(q, question{method: "POST", url: "http://twin/ingest/stays", body: stay(n), headers: map[string]string{"Content-Type": "text/csv", "Idempotency-Key": key}})
	}
	return append(q, question{method: "POST", url: "http://twin/ingest/stays", body: stay("0"), headers: map[string]string{"Content-Type": "text/csv", "Accept": "text/plain"}})
}

func zipped(body string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return b.String()
}

// stay is one record of the twins' local system.
func stay(n string) string {
	i, _ := strconv.Atoi(n)
	return "Stay,Number,Surname,Born,Problem\r\n" + n + "," + number(i) + ",Person" + n + ",1980-01-01,a word\r\n"
}

// stays are the records of a ward, one a row.
const stays = `
definition: stays
version: 1.0.0
format: csv
source: https://ward.example/ids
keep: true
columns: [Stay, Number, Surname, Born, Problem]
resources:
  - name: problem
    type: Condition
    key: Stay
    rules:
      - {local: Problem, fhir: code.text, must: true}
      - {fhir: subject, ref: patient}
  - name: patient
    type: Patient
    key: Number
    identifier: ` + care.SystemNHSNumber + `
    rules:
      - {local: Surname, fhir: "name[0].family", must: true}
      - {local: Born, fhir: birthDate, must: true}
`

// local is the twins' local system.
func local(t *testing.T) *gateway.Local {
	t.Helper()
	d, err := mappings.Load([]byte(stays), nil)
	if err != nil {
		t.Fatal(err)
	}
	read := func(_ *mappings.Definition, body []byte) ([]gateway.Record, error) {
		table, err := tabular.ReadCSV(body, tabular.Dialect{})
		if err != nil {
			return nil, err
		}
		var all []gateway.Record
		for i, r := range table.Records {
			raw, err := (&tabular.Table{Columns: table.Columns, Records: table.Records[i : i+1]}).CSV()
			if err != nil {
				return nil, err
			}
			record := gateway.Record{Tree: r.Tree, Raw: raw}
			if r.Err != nil {
				record.Err = r.Err
			}
			all = append(all, record)
		}
		return all, nil
	}
	write := func(d *mappings.Definition, trees []*mappings.Tree) ([]byte, error) {
		table := &tabular.Table{Columns: d.Columns()}
		for _, tree := range trees {
			table.Records = append(table.Records, tabular.Record{Tree: tree})
		}
		return table.CSV()
	}
	return &gateway.Local{Definitions: []*mappings.Definition{d}, Formats: map[string]gateway.Format{mappings.CSV: {Media: "text/csv", Read: read, Print: write}}}
}
