package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"concord/consent/smart"
	"concord/fhir"
)

// asked is what an interaction asks for, as far as a case says.
type asked struct {
	letter smart.Letter
	ref    fhir.Ref // the type, and the id where one thing is asked for
	of     fhir.Ref // the Patient named in the address
}

// lettersOf are the letters of methods and of the words for interactions.
var lettersOf = map[string]smart.Letter{
	http.MethodGet: smart.Read, http.MethodHead: smart.Read, http.MethodPost: smart.Create, http.MethodPut: smart.Update,
	http.MethodPatch: smart.Update, http.MethodDelete: smart.Delete,
	"READ": smart.Read, "VREAD": smart.Read, "CREATE": smart.Create, "UPDATE": smart.Update, "SEARCH": smart.Search,
	"SEARCH-TYPE": smart.Search, "HISTORY": smart.Read,
}

// typeNamed finds the first type in an address or a phrase, with an id behind it.
var typeNamed = regexp.MustCompile(`\b([A-Z][A-Za-z]+)(?:/([A-Za-z0-9.\-]{1,64}))?`)

// patientNamed finds the Patient of a search or compartment in an address.
var patientNamed = regexp.MustCompile(`(?:patient|subject|for)(?::Patient)?=(?:Patient/)?([A-Za-z0-9.\-]{1,64})|\bPatient/([A-Za-z0-9.\-]{1,64})`)

// asked reads an interaction: "GET [base]/Observation?patient=1", "read Observation/1", or an object with method and url.
func (q *caseRequest) asked() asked {
	text, _ := q.Interaction.(string)
	if object, ok := q.Interaction.(map[string]any); ok {
		method, _ := object["method"].(string)
		for _, name := range []string{"url", "path", "interaction", "type"} {
			if address, ok := object[name].(string); ok {
				text = strings.TrimSpace(method + " " + address)
				break
			}
		}
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	letter, ok := lettersOf[strings.ToUpper(word)]
	if !ok {
		letter, rest = smart.Read, text
	}
	if unescaped, err := url.PathUnescape(rest); err == nil {
		rest = unescaped
	}
	a := asked{letter: letter}
	if m := patientNamed.FindStringSubmatch(rest); m != nil {
		a.of = fhir.Ref{Type: "Patient", ID: fhir.ID(m[1] + m[2])}
	}
	path, _, searched := strings.Cut(rest, "?")
	for _, m := range typeNamed.FindAllStringSubmatch(path, -1) {
		if t := fhir.Type(m[1]); fhir.KnownType(t) {
			a.ref = fhir.Ref{Type: t, ID: fhir.ID(m[2])}
			if inner := strings.TrimPrefix(path[strings.Index(path, m[0])+len(m[0]):], "/"); t == "Patient" && fhir.KnownType(fhir.Type(inner)) {
				a.ref = fhir.Ref{Type: fhir.Type(inner)} // a compartment
			}
			break
		}
	}
	if a.letter == smart.Read && (searched || (a.ref.Type != "" && a.ref.ID == "")) {
		a.letter = smart.Search
	}
	if strings.Contains(path, "_search") {
		a.letter = smart.Search
	}
	return a
}
