package rest

import (
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"concord/fhir"
)

// preference is what the Prefer header asks for (FHIR R4 http.html#ops and search.html#errors).
type preference struct {
	body   string // minimal, representation or OperationOutcome; empty: not said
	strict bool   // handling=strict: what is not understood is an error
}

// form is how a resource is written in the answer (FHIR R4 http.html#mime-type and #parameters).
type form struct {
	xml    bool
	pretty bool
}

// negotiate settles the forms of the request and of the answer, from the headers and the query alone.
func (x *exchange) negotiate() error {
	r := x.gin.Request
	x.prefer = preferenceOf(r.Header.Values("Prefer"))
	var err error
	if x.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return fhir.Errorf(fhir.Invalid, "the query of the address cannot be read: check its percent encoding")
	}
	var ok bool
	if x.form, ok = formOf(x.query, r.Header.Values("Accept")); !ok && !x.rawBinary() && !x.speaksLocal() {
		return notAcceptable()
	}
	if !x.prefer.strict || x.takes == "*" {
		return nil
	}
	takes := strings.Fields(x.takes + " _format _pretty")
	for name := range x.query {
		if !slices.Contains(takes, name) {
			return fhir.Errorf(fhir.NotSupported, "this interaction takes no parameters but %s", strings.Join(takes, ", "))
		}
	}
	return nil
}

// preferenceOf reads Prefer headers (RFC 7240). What it does not know it leaves out, as the RFC demands.
func preferenceOf(headers []string) preference {
	var p preference
	for _, word := range strings.FieldsFunc(strings.Join(headers, ","), func(r rune) bool { return r == ',' || r == ';' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(word), "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "return":
			if value == "minimal" || value == "representation" || value == "OperationOutcome" {
				p.body = value
			}
		case "handling":
			p.strict = value == "strict"
		}
	}
	return p
}

// formOf chooses between JSON and XML of FHIR R4: what _format says, else what Accept weighs most, JSON where it is
// all one. It is false when neither is taken.
func formOf(query url.Values, accept []string) (form, bool) {
	f := form{pretty: query.Get("_pretty") == "true"}
	if format := query["_format"]; len(format) > 0 {
		// A plus sign that was not escaped arrives as a space.
		xml, q := weigh(strings.ReplaceAll(format[0], "fhir ", "fhir+"))
		f.xml = xml
		return f, q > 0
	}
	if len(accept) == 0 {
		return f, true
	}
	best := 0.0
	for one := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		if xml, q := weigh(one); q > best {
			f.xml, best = xml, q
		}
	}
	return f, best > 0
}

// weigh says which form a media range takes in, and with what weight; 0 for neither.
func weigh(text string) (bool, float64) {
	media, params, err := mime.ParseMediaType(text)
	if err != nil || !release(params) {
		return false, 0
	}
	xml := false
	switch media {
	case "application/fhir+json", "application/json", "text/json", "json", "application/*", "*/*":
	case "application/fhir+xml", "application/xml", "text/xml", "xml":
		xml = true
	default:
		return false, 0
	}
	q := 1.0
	if said, ok := params["q"]; ok {
		if q, err = strconv.ParseFloat(said, 64); err != nil || math.IsNaN(q) || q < 0 || q > 1 {
			return false, 0
		}
	}
	return xml, q
}

// release reports whether a media type's fhirVersion, when it has one, is R4 (FHIR R4 http.html#version-parameter).
func release(params map[string]string) bool {
	v := params["fhirversion"]
	return v == "" || v == "4.0"
}

// readable says whether a body is XML rather than JSON, and refuses one that is neither, of another release of FHIR, or
// not in UTF-8.
func readable(h http.Header) (bool, error) {
	const want = "the body must be application/fhir+json or application/fhir+xml, in UTF-8, FHIR version 4.0"
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return false, unsupportedMedia(want)
	}
	xml := media == "application/fhir+xml" || media == "application/xml"
	if !xml && media != "application/fhir+json" && media != "application/json" {
		return false, unsupportedMedia(want)
	}
	charset := strings.ToLower(params["charset"])
	if (charset != "" && charset != "utf-8") || !release(params) {
		return false, unsupportedMedia(want)
	}
	return xml, nil
}
