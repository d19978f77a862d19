package rest

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"concord/fhir"
)

// preference is what the Prefer header asks for (FHIR R4 http.html#ops and search.html#errors).
type preference struct {
	body   string // minimal, representation or OperationOutcome
	strict bool   // handling=strict: what is not understood is an error
}

// negotiate settles the forms of the request and of the answer, from the headers and the query alone.
func (x *exchange) negotiate() error {
	r := x.gin.Request
	x.prefer = preferenceOf(r.Header.Values("Prefer"))
	var err error
	if x.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return fhir.Errorf(fhir.Invalid, "the query of the address cannot be read: check its percent encoding")
	}
	if !acceptable(x.query["_format"], r.Header.Values("Accept")) {
		return notAcceptable()
	}
	if !x.prefer.strict || x.code == "search-type" {
		return nil
	}
	for name := range x.query {
		if name != "_format" && name != "_pretty" {
			return fhir.Errorf(fhir.NotSupported, "this interaction takes no parameters but _format and _pretty")
		}
	}
	return nil
}

// preferenceOf reads Prefer headers (RFC 7240). What it does not know it leaves out, as the RFC demands.
func preferenceOf(headers []string) preference {
	p := preference{body: "representation"}
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

// acceptable reports whether JSON of FHIR R4 is among what the caller takes. _format overrides Accept
// (FHIR R4 http.html#parameters).
func acceptable(format, accept []string) bool {
	if len(format) > 0 {
		// A plus sign that was not escaped arrives as a space.
		return jsonRange(strings.ReplaceAll(format[0], "fhir json", "fhir+json"))
	}
	if len(accept) == 0 {
		return true
	}
	for one := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		if jsonRange(one) {
			return true
		}
	}
	return false
}

// jsonRange reports whether a media range takes in JSON of FHIR R4.
func jsonRange(text string) bool {
	media, params, err := mime.ParseMediaType(text)
	if err != nil {
		return false
	}
	switch media {
	case "application/fhir+json", "application/json", "text/json", "json", "application/*", "*/*":
	default:
		return false
	}
	return !refusedWeight(params["q"]) && release(params)
}

// release reports whether a media type's fhirVersion, when it has one, is R4 (FHIR R4 http.html#version-parameter).
func release(params map[string]string) bool {
	v := params["fhirversion"]
	return v == "" || v == "4.0"
}

// readable refuses a body that is not JSON of FHIR R4 in UTF-8.
func readable(h http.Header) error {
	const want = "the body must be application/fhir+json, in UTF-8, FHIR version 4.0, and not compressed"
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || (media != "application/fhir+json" && media != "application/json") {
		return unsupportedMedia(want)
	}
	charset := strings.ToLower(params["charset"])
	if (charset != "" && charset != "utf-8") || !release(params) {
		return unsupportedMedia(want)
	}
	if coding := h.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return unsupportedMedia(want)
	}
	return nil
}

// refusedWeight reports whether a weight is zero: "not acceptable" (RFC 9110 12.4.2).
func refusedWeight(q string) bool {
	return q != "" && strings.Trim(q, "0.") == ""
}
