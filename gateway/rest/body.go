package rest

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"

	"concord/fhir"
)

// bytes reads the whole body, unpacked when it came as gzip (RFC 9110 8.4), and not more than the limit: a small body that
// unpacks into a large one is refused when it does.
func (x *exchange) bytes(limit int64) ([]byte, error) {
	r := x.gin.Request
	var from io.Reader = http.MaxBytesReader(x.gin.Writer, r.Body, limit)
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, packFault(err)
		}
		from = io.LimitReader(unpacked, limit+1)
	default:
		return nil, unsupportedMedia("the body may be packed as gzip, or not at all")
	}
	body, err := io.ReadAll(from)
	switch {
	case err != nil && r.Header.Get("Content-Encoding") != "":
		return nil, packFault(err)
	case err != nil:
		return nil, bodyFault(err)
	case int64(len(body)) > limit:
		return nil, &http.MaxBytesError{Limit: limit}
	}
	return body, nil
}

// packFault tells a body that cannot be unpacked from one that is too long.
func packFault(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return &fhir.Error{Kind: fhir.Structure, Err: err, Issues: []fhir.Issue{{
		Code: fhir.Structure, Diagnostics: "the body is not gzip, or did not arrive whole",
	}}}
}

// bodyFault tells a body that is too long from one that did not arrive whole, which is not a fault of ours.
func bodyFault(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return &fhir.Error{Kind: fhir.Structure, Err: err, Issues: []fhir.Issue{{
		Code: fhir.Structure, Diagnostics: "the body did not arrive whole",
	}}}
}

// shallow refuses a body that nests deeper than the limit, where that is less than what is read anyway.
func shallow(body []byte, limit int) error {
	if limit >= fhir.MaxDepth {
		return nil
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > limit {
				return fhir.Errorf(fhir.TooLong, "the body nests deeper than %d objects and arrays within each other", limit)
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}
