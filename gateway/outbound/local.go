package outbound

import (
	"bytes"
	"io"
	"net/http"
)

// answerLocally gives the request to a handler of this process and returns what it wrote as a response.
func answerLocally(h http.Handler, r *http.Request) *http.Response {
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(w, r.Clone(r.Context()))
	return &http.Response{
		Status:        http.StatusText(w.status),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.header,
		Body:          io.NopCloser(&w.body),
		ContentLength: int64(w.body.Len()),
		Request:       r,
	}
}

// recorder is a ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.wrote = true
	return w.body.Write(p)
}
