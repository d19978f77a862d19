package rest

import (
	"net/http"
	"strings"
	"time"

	"concord/fhir"
)

// ifMatch is the version that a write rests on, from If-Match (FHIR R4 http.html#concurrency); empty when the caller does not
// say. W/"7" and "7" mean the same: the version id is all there is to compare.
func (x *exchange) ifMatch() (string, error) {
	values := x.gin.Request.Header.Values("If-Match")
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", errIfMatch
	}
	return versionIn(values[0])
}

var errIfMatch = fhir.Errorf(fhir.Invalid, `If-Match must be one version, as the ETag header gave it: W/"versionId"`)

// versionIn is the version in an entity tag; empty when there is none.
func versionIn(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	tag := strings.TrimPrefix(strings.TrimSpace(text), "W/")
	if len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' || strings.Contains(tag[1:len(tag)-1], `"`) {
		return "", errIfMatch
	}
	return tag[1 : len(tag)-1], nil
}

// unchanged reports whether the caller already has what has this ETag and time (RFC 9110 13.1.2 and 13.1.3):
// If-None-Match counts alone where it stands.
func unchanged(h http.Header, etag string, modified time.Time) bool {
	if tags := h.Values("If-None-Match"); len(tags) > 0 {
		for tag := range strings.SplitSeq(strings.Join(tags, ","), ",") {
			tag = strings.TrimSpace(tag)
			if etag != "" && (tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/")) {
				return true
			}
		}
		return false
	}
	since := h.Get("If-Modified-Since")
	if since == "" || modified.IsZero() { // to find out that nothing is no time costs three errors
		return false
	}
	then, err := http.ParseTime(since)
	return err == nil && !modified.Truncate(time.Second).After(then)
}
