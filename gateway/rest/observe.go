package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"concord/fhir"
)

// serve is the frame around every request: its id, its limits, its one line in the log, and the net under it.
func (d *door) serve(c *gin.Context) {
	if d.health(c) || d.about(c) {
		return
	}
	x := &exchange{door: d, gin: c, id: c.GetHeader("X-Request-Id")}
	x.within, _ = c.Request.Context().Value(entryKey{}).(*entry)
	if !fhir.ID(x.id).Valid() {
		x.id = d.NewID()
	}
	harden(c.Writer.Header(), x.id)
	if preflight(c) {
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.Limits.Time)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)

	defer x.record(d.Now())
	defer x.catch()
	if err := d.answer(x); err != nil {
		x.refuse(err)
	}
}

// harden sets the headers that every response has. What is answered here belongs to one caller, and is to be
// asked for again each time: consent may have changed.
func harden(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	for _, one := range everyResponse {
		h[one.name] = one.values
	}
}

// everyResponse is shared by all: nobody changes the values, and what is added to one is added to a copy, since there is
// no room behind it.
var everyResponse = []struct {
	name   string // in canonical form
	values []string
}{
	{"Cache-Control", []string{"private, no-cache"}},
	{"Vary", []string{"Authorization, Accept, Accept-Encoding"}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"X-Frame-Options", []string{"DENY"}},
	{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"Access-Control-Allow-Origin", []string{"*"}},
	{"Access-Control-Expose-Headers", []string{exposed}},
}

// catch turns a panic into a 500. The value may hold anything, so only its type, and a runtime error's own
// text, reach the log.
func (x *exchange) catch() {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v) // net/http's own way to drop a connection
	}
	cause := fmt.Sprintf("panic of type %T", v)
	var fault runtime.Error
	if err, ok := v.(error); ok && errors.As(err, &fault) {
		cause = "panic: " + fault.Error()
	}
	x.refuse(fmt.Errorf("%s\n%s", cause, debug.Stack()))
}

// record writes the request's one line. It names the route's template, never the path: ids, queries and bodies
// stay out of the log. The cause is told only for faults that are ours.
func (x *exchange) record(start time.Time) {
	if x.within != nil && !ours(x.err) {
		return // the Bundle has its own line
	}
	template := "unknown"
	if x.interaction != nil {
		template = "/fhir/" + x.path
		if strings.HasPrefix(x.path, "/") { // beside the FHIR service
			template = x.path
		}
	}
	status := x.gin.Writer.Status()
	attrs := []slog.Attr{
		slog.String("method", knownMethod(x.gin.Request.Method)),
		slog.String("route", template),
		slog.Int("status", status),
		slog.String("kind", kindWord(x.err)),
		slog.Duration("duration", x.door.Now().Sub(start)),
		slog.String("request", x.id),
	}
	level := slog.LevelInfo
	if ours(x.err) {
		level = slog.LevelError
		attrs = append(attrs, slog.String("cause", x.err.Error()))
	}
	x.door.Log.LogAttrs(x.context(), level, "request", attrs...)
}

// knownMethod keeps a caller's inventions out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}
