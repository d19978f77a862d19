package rest

import (
	"net/http"
	"strings"

	"concord/fhir"
)

// ingestPath is where records of local systems are taken in, beside the FHIR service.
const ingestPath = "/ingest"

// route is an interaction with its path taken apart.
type route struct {
	interaction
	segments []string
}

func routes(rows []interaction) []route {
	out := make([]route, 0, len(rows))
	for _, row := range rows {
		out = append(out, route{row, strings.Split(row.path, "/")})
	}
	return out
}

// find puts the interaction that the request asks for, and what its path names, into x. It looks at nothing
// but the method and the path.
func (x *exchange) find() error {
	path, ok := strings.CutPrefix(x.gin.Request.URL.Path, "/fhir/")
	if !ok {
		path = strings.TrimPrefix(x.gin.Request.URL.Path, "/")
		if path == "fhir" {
			path = ""
		} else if x.door.Local != nil && strings.HasPrefix("/"+path, ingestPath+"/") {
			path = "/" + path // a row of its own: no path below the base begins with a slash
		} else if path != smartPath { // SMART wants it beside the base address, and clients look at the root too
			return noSuchRoute()
		}
	}
	return x.locate(x.gin.Request.Method, path)
}

// locate finds the row of a method and a path below the base.
func (x *exchange) locate(method, path string) error {
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if method == http.MethodHead { // as GET, without the body (FHIR R4 http.html#head)
		method = http.MethodGet
	}
	var allow []string
	for i := range x.door.routes {
		r := &x.door.routes[i]
		if !r.fits(segments) {
			continue
		}
		if err := x.name(r, segments); err != nil {
			return err
		}
		if r.method == method {
			x.interaction = &r.interaction
			return nil
		}
		allow = append(allow, r.method)
	}
	if allow == nil {
		return noSuchRoute()
	}
	return methodNotAllowed(allow)
}

// fits reports whether a path has the route's form. A segment that starts with $ or _ is an operation or a
// keyword, never an id.
func (r *route) fits(segments []string) bool {
	if len(segments) != len(r.segments) {
		return false
	}
	for i, want := range r.segments {
		got := segments[i]
		switch {
		case want == "{type}":
			if got == "" || got == "metadata" || got[0] == '_' || got[0] == '$' || (r.on != "" && got != string(r.on)) {
				return false
			}
		case strings.HasPrefix(want, "{"):
			if got == "" || got[0] == '$' || got[0] == '_' {
				return false
			}
		case got != want:
			return false
		}
	}
	return true
}

// name reads the type, id and version out of the path. An id of the wrong form cannot be that of anything: the
// answer is that of an absent thing.
func (x *exchange) name(r *route, segments []string) error {
	for i, want := range r.segments {
		got := segments[i]
		switch want {
		case "{type}":
			x.ref.Type = fhir.Type(got)
			if !offered(x.ref.Type) {
				return noSuchType()
			}
		case "{id}":
			x.ref.ID = fhir.ID(got)
			if !x.ref.ID.Valid() {
				return notFound()
			}
		case "{within}":
			x.compartment = fhir.Type(got)
			if !offered(x.compartment) {
				return noSuchType()
			}
		case "{definition}":
			x.definition = got
		case "{vid}":
			x.version = got
			if !fhir.ID(got).Valid() {
				return notFound()
			}
		}
	}
	return nil
}

// offered reports whether resources of the type are kept here: all of R4 but Parameters, which has no endpoint
// (FHIR R4 Parameters, boundaries).
func offered(t fhir.Type) bool { return t != "Parameters" && fhir.KnownType(t) }
