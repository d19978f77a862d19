package rest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"concord/fhir"
	"concord/gateway/guard"
)

// show writes what the guard disclosed, or 304 when the caller has it already. The decision was made and
// recorded before: a validator that matches says nothing about what is hidden (section 10 row 2).
func (x *exchange) show(d guard.Disclosed) error {
	x.validators(d.ETag(), d.Modified())
	if unchanged(x.gin.Request.Header, d.ETag(), d.Modified()) {
		x.head(http.StatusNotModified)
		return nil
	}
	return x.disclose(http.StatusOK, d)
}

// disclose writes patient data, in the form that was asked for.
func (x *exchange) disclose(status int, d guard.Disclosed) error {
	if d.Len() == 0 {
		x.head(status)
		return nil
	}
	if x.form == (form{}) && !x.packs(d.Len()) { // as it stands, without another copy
		x.announce(status, d.Len())
		if x.gin.Request.Method != http.MethodHead {
			_, _ = d.WriteTo(x.gin.Writer) // the caller is gone: there is nobody left to tell
		}
		return nil
	}
	var b bytes.Buffer
	_, _ = d.WriteTo(&b) // a buffer takes everything
	return x.send(status, b.Bytes())
}

// tell writes a body of our own, which holds no patient data. When it cannot be written in the form that was asked
// for, it is written as it is.
func (x *exchange) tell(status int, body []byte) {
	if err := x.send(status, body); err != nil {
		x.form = form{}
		_ = x.send(status, body) // JSON as it stands cannot fail
	}
}

// send writes a body. JSON of FHIR takes the form that was asked for; other content is as it is.
func (x *exchange) send(status int, body []byte) error {
	h := x.gin.Writer.Header()
	if h.Get("Content-Type") == "" {
		var err error
		if body, err = x.form.write(body); err != nil {
			return err
		}
		h.Set("Content-Type", x.form.media())
	}
	if x.packs(len(body)) {
		body = pack(body)
		h.Set("Content-Encoding", "gzip")
	}
	x.announce(status, len(body))
	if x.gin.Request.Method != http.MethodHead {
		_, _ = x.gin.Writer.Write(body) // as in disclose
	}
	return nil
}

// write gives JSON the form that was asked for. Digits stay as they are.
func (f form) write(body []byte) ([]byte, error) {
	if f.xml {
		xml, err := fhir.EncodeXML(body)
		if err != nil {
			return nil, fmt.Errorf("write XML: %w", err)
		}
		return xml, nil
	}
	if !f.pretty {
		return body, nil
	}
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		return nil, fmt.Errorf("write pretty JSON: %w", err)
	}
	return b.Bytes(), nil
}

func (f form) media() string {
	if f.xml {
		return "application/fhir+xml; charset=utf-8"
	}
	return "application/fhir+json; charset=utf-8"
}

// packed is from how many bytes on an answer is worth packing.
const packed = 1 << 10

// packs reports whether an answer of this length goes out as gzip.
func (x *exchange) packs(length int) bool {
	if length < packed {
		return false
	}
	for coding := range strings.SplitSeq(x.gin.GetHeader("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(weight, "q="), 64)
			return weight == "" || err == nil && q > 0
		}
	}
	return false
}

// packers are used again: each is a megabyte of tables.
var packers = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is one that there is
	return w
}}

func pack(body []byte) []byte {
	b := bytes.NewBuffer(make([]byte, 0, len(body)/2))
	w, _ := packers.Get().(*gzip.Writer) // nothing else is put there
	w.Reset(b)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	w.Reset(io.Discard) // keeps nothing of what it packed
	packers.Put(w)
	return b.Bytes()
}

func (x *exchange) announce(status, length int) {
	h := x.gin.Writer.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", x.form.media())
	}
	h.Set("Content-Length", strconv.Itoa(length))
	x.head(status)
}

func (x *exchange) head(status int) {
	x.gin.Writer.WriteHeader(status)
	x.gin.Writer.WriteHeaderNow()
}

// validators sets the headers by which a caller asks again (FHIR R4 http.html#versions).
func (x *exchange) validators(etag string, modified time.Time) {
	h := x.gin.Writer.Header()
	if etag != "" {
		h.Set("ETag", etag)
	}
	if !modified.IsZero() {
		h.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
		if x.within != nil {
			x.within.modified = modified
		}
	}
}
