package rest

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"concord/fhir"
)

// bytes reads the whole body, unpacked when it came as gzip (RFC 9110 8.4), and not more than the limit: a small body that
// unpacks into a large one is refused when it does.
func (x *exchange) bytes(limit bound) ([]byte, error) {
	from, err := x.unpacked(limit)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(from)
	switch {
	case err != nil:
		return nil, limit.fault(err, x.torn())
	case int64(len(body)) > limit.most:
		return nil, limit.exceeded()
	}
	return body, nil
}

// unpacked is the body as it was before it was packed, up to one byte more than the limit.
func (x *exchange) unpacked(limit bound) (io.Reader, error) {
	r := x.gin.Request
	from := http.MaxBytesReader(x.gin.Writer, r.Body, limit.most)
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
		return from, nil
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, limit.fault(err, x.torn())
		}
		return io.LimitReader(unpacked, limit.most+1), nil
	default:
		return nil, unsupportedMedia("the body may be packed as gzip, or not at all")
	}
}

// torn is what is told of a body that cannot be read to its end.
func (x *exchange) torn() string {
	if x.gin.Request.Header.Get("Content-Encoding") != "" {
		return "the body is not gzip, or did not arrive whole"
	}
	return "the body did not arrive whole"
}

// fault tells a body that is too long from one that did not arrive, or could not be unpacked: none is a fault of ours.
func (b bound) fault(err error, text string) error {
	if b.passed(err) {
		return b.exceeded()
	}
	return &fhir.Error{Kind: fhir.Structure, Err: err, Issues: []fhir.Issue{{Code: fhir.Structure, Diagnostics: text}}}
}

// passed reports whether reading stopped because the body is longer than the limit.
func (b bound) passed(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// shallow refuses a body that nests deeper than the limit.
func shallow(body []byte, limit int) error {
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
				return fhir.Errorf(fhir.TooLong, "the body nests deeper than %d objects and arrays within each other (limit depth)", limit)
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}

// tooDeep names the limit in the refusal of XML, whose reader knows a depth of its own.
func (x *exchange) tooDeep(err error) error {
	var told *fhir.Error
	if !errors.As(err, &told) || told.Kind != fhir.TooLong || len(told.Issues) == 0 || !strings.Contains(told.Issues[0].Diagnostics, "nested") {
		return err
	}
	named := *told
	named.Issues = slices.Clone(told.Issues)
	named.Issues[0].Diagnostics += " (limit depth)"
	return &named
}
