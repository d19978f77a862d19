package rest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"

	"concord/fhir"
	"concord/fhir/care"
)

// The ways to read and write that the twin-store test tries besides those of one resource and of a search.

// reads are other forms of the answer about one thing.
func reads(ref fhir.Ref) []question {
	ask := func(url string, headers map[string]string) question {
		return question{method: "GET", url: "http://twin/fhir/" + url, headers: headers}
	}
	q := []question{
		ask(ref.String(), map[string]string{"Accept": "application/fhir+xml"}), ask(ref.String()+"?_pretty=true", nil),
		ask(ref.String(), map[string]string{"Accept": "text/plain", "Range": "bytes=2-4"}),
		ask(ref.String()+"/_history", map[string]string{"Accept-Encoding": "gzip"}),
		ask(ref.String()+"/_history?_at=2026-11-21", nil), ask(ref.String()+"/_history?_since=2026-11-21T09:00:00Z", nil),
	}
	if ref.Type == "Patient" {
		for _, query := range []string{"", "?_count=3", "?_type=Goal,Observation&_count=2", "?_since=2026-11-21T09:00:00Z", "?start=2025-03&end=2025-06"} {
			q = append(q, ask(ref.String()+"/$everything"+query, nil))
		}
		post := func(url string, parameters ...any) question {
			return question{method: "POST", url: "http://twin/fhir/" + url, body: object("Parameters", "", "parameter", parameters)}
		}
		q = append(q, ask("Observation/$lastn?max=2&patient="+ref.String(), nil),
			post("Observation/$lastn", map[string]any{"name": "max", "valuePositiveInt": 2}, map[string]any{"name": "subject", "valueString": ref.String()}),
			post(ref.String()+"/$everything", map[string]any{"name": "_type", "valueCode": "Condition"}, map[string]any{"name": "_count", "valueInteger": 2}))
	}
	if ref == (fhir.Ref{Type: "Patient", ID: "p0"}) {
		q = append(q, ask("Patient/$everything?_count=7", nil), ask("Patient/$everything?_type=Goal,Organization&_count=3", nil), ask("Observation/$meta", nil), ask("$meta", nil))
	}
	q = append(q, ask(ref.String()+"/$validate", nil))
	if ref.Type == "List" {
		for _, t := range []string{"Goal", "Condition", "Observation", "Patient"} {
			q = append(q, ask(t+"?_list="+string(ref.ID), nil))
		}
		q = append(q, ask("?_type=Goal,Condition&_list="+string(ref.ID), nil), ask("Condition?code:in=http://twin.example/codes&_list="+ref.String(), nil))
	}
	return q
}

// histories are those of types and of all.
func histories(rng *rand.Rand) []string {
	all := []string{"_history?_count=7", "_history?_since=2026-11-21T09:00:00Z&_count=4", "_history?_at=2026-11&_count=9", "Provenance/_history", "Organization/_history"}
	for _, t := range []string{"Patient", "Goal", "Observation", "CarePlan", "Consent", "Binary"} {
		all = append(all, t+"/_history?_count="+strconv.Itoa(1+rng.IntN(4)))
	}
	return all
}

// conditions are conditional writes and patches, of what is there, hidden and absent.
func conditions(world world, rng *rand.Rand) []question {
	const base = "http://twin/fhir/"
	var q []question
	for range 8 {
		n := rng.IntN(4)
		patient := "Patient/p" + strconv.Itoa(n)
		ref := world.refs[rng.IntN(len(world.refs))]
		code := url.QueryEscape(snomed + "|" + someCode(rng))
		goal := object("Goal", "", "lifecycleStatus", "active", "description", text("new"), "subject", reference(patient))
		observation := object("Observation", "", "status", "final", "code", concept(someCode(rng)), "subject", reference(patient))
		jsonPatch := map[string]string{"Content-Type": "application/json-patch+json"}
		q = append(q,
			question{
				method: "POST", url: base + "Patient", body: object("Patient", "", "identifier", list(identifier(n)), "birthDate", "1980-01-01"),
				headers: map[string]string{"If-None-Exist": "identifier=" + url.QueryEscape(care.SystemNHSNumber+"|"+number(n))},
			},
			question{method: "POST", url: base + "Observation", body: observation, headers: map[string]string{"If-None-Exist": "patient=" + patient + "&code=" + code}},
			question{method: "POST", url: base + string(ref.Type), body: object(string(ref.Type), "", "active", true), headers: map[string]string{"If-None-Exist": "_id=" + string(ref.ID)}},
			question{method: "PUT", url: base + "Goal?_id=" + string(ref.ID) + "&patient=" + patient, body: goal},
			question{method: "PUT", url: base + "Observation?patient=" + patient + "&code=" + code, body: observation},
			question{method: "PATCH", url: base + "Observation?patient=" + patient + "&code=" + code, body: `[{"op":"replace","path":"/status","value":"amended"}]`, headers: jsonPatch},
			question{method: "PATCH", url: base + ref.String(), body: `[{"op":"add","path":"/language","value":"en"}]`, headers: jsonPatch},
			question{method: "PATCH", url: base + ref.String(), body: `[{"op":"test","path":"/goal/0/reference","value":"Goal/g` + strconv.Itoa(rng.IntN(9)) + `"},{"op":"remove","path":"/goal/0"}]`, headers: jsonPatch},
			question{method: "PATCH", url: base + ref.String(), body: fhirPathPatch(string(ref.Type)), headers: map[string]string{"If-Match": `W/"v` + strconv.Itoa(rng.IntN(99)) + `"`}},
			question{method: "PATCH", url: base + ref.String(), body: fhirPathPatch(string(ref.Type))},
		)
	}
	for _, operation := range []string{"$meta-add", "$meta-delete"} {
		meta := map[string]any{"profile": list("https://twin.example/Profile"), "tag": list(map[string]any{"system": "https://twin.example/tags", "code": "t"})}
		for range 4 {
			q = append(q, question{
				method: "POST", url: base + world.refs[rng.IntN(len(world.refs))].String() + "/" + operation,
				body: object("Parameters", "", "parameter", list(map[string]any{"name": "meta", "valueMeta": meta})),
			})
		}
	}
	for _, content := range []string{"Binary/scan0", "Binary/scan1", "Binary/scan2", "Binary/letter1", "Binary/nothing", "http://twin/fhir/Binary/scan1", "http://twin/fhir/Binary/nothing"} {
		q = append(q, question{method: "POST", url: base + "DocumentReference", body: object("DocumentReference", "", "status", "current",
			"subject", reference("Patient/p"+strconv.Itoa(rng.IntN(3))), "content", list(map[string]any{"attachment": map[string]any{"url": content}}))})
	}
	return append(q,
		question{method: "DELETE", url: base + "Observation?patient=Patient/p1"},
		question{method: "DELETE", url: base + "Condition?_id=c0"},
		question{method: "DELETE", url: base + "AllergyIntolerance?patient=Patient/p2"},
		question{method: "POST", url: base + "Binary", body: "a letter", headers: map[string]string{"Content-Type": "text/plain", "X-Security-Context": "Patient/p1"}},
		question{method: "POST", url: base + "Goal/g1/$validate?mode=update", body: object("Goal", "g1", "lifecycleStatus", "active", "description", text("x"), "subject", reference("Patient/p0"))},
	)
}

func fhirPathPatch(typ string) string {
	part := func(name, member, value string) any { return map[string]any{"name": name, member: value} }
	return object("Parameters", "", "parameter", list(map[string]any{"name": "operation", "part": list(
		part("type", "valueCode", "add"), part("path", "valueString", typ), part("name", "valueString", "language"), part("value", "valueCode", "cy"))}))
}

// bundles are batches and transactions of all the other ways.
func bundles(world world, rng *rand.Rand) []question {
	var q []question
	entry := func(method, url string, resource string, more ...any) any {
		asked := map[string]any{"method": method, "url": url}
		for i := 0; i < len(more); i += 2 {
			asked[more[i].(string)] = more[i+1]
		}
		e := map[string]any{"request": asked}
		if resource != "" {
			e["resource"] = json.RawMessage(resource)
		}
		return e
	}
	named := func(full string, e any) any {
		e.(map[string]any)["fullUrl"] = full
		return e
	}
	for i := range 6 {
		n := rng.IntN(4)
		patient := "Patient/p" + strconv.Itoa(n)
		ref, other := world.refs[rng.IntN(len(world.refs))], "Goal/g"+strconv.Itoa(rng.IntN(9))
		goal := object("Goal", "", "lifecycleStatus", "active", "description", text("together"), "subject", reference("Patient?identifier="+care.SystemNHSNumber+"|"+number(n)))
		plan := object("CarePlan", "", "status", "active", "intent", "plan", "subject", reference(patient), "goal", list(reference("urn:uuid:0c3a1a9e-3b3a-4d0c-9a8e-00000000000a"), reference(other)))
		entries := []any{
			entry("GET", ref.String(), ""), entry("GET", "Observation?patient="+patient+"&_count=3", ""),
			named("urn:uuid:0c3a1a9e-3b3a-4d0c-9a8e-00000000000a", entry("POST", "Goal", goal)), entry("POST", "CarePlan", plan),
		}
		switch i {
		case 1:
			entries = append(entries, entry("DELETE", "Observation?patient="+patient+"&code="+someCode(rng), ""))
		case 2:
			entries = append(entries, entry("DELETE", ref.String(), ""))
		case 3:
			entries = append(entries, entry("PUT", "Goal?_id="+string(ref.ID), object("Goal", "", "lifecycleStatus", "active", "description", text("x"), "subject", reference(patient))))
		case 4:
			entries = append(entries, entry("PATCH", ref.String(), fhirPathPatch(string(ref.Type))))
		case 5:
			entries = append(entries, entry("POST", "Patient", object("Patient", "", "identifier", list(identifier(n)), "birthDate", "1980-01-01"), "ifNoneExist", "identifier="+number(n)))
		}
		for _, kind := range []string{"batch", "transaction"} {
			q = append(q, question{
				method: "POST", url: "http://twin/fhir", body: object("Bundle", "", "type", kind, "entry", entries),
				headers: map[string]string{"Prefer": "return=" + []string{"minimal", "representation"}[rng.IntN(2)]},
			})
		}
		q = append(q, question{method: "GET", url: fmt.Sprintf("http://twin/fhir/CarePlan/_history?_count=%d", 1+i)})
	}
	return q
}
