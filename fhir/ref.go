package fhir

import "strings"

// Type is the name of a resource type, as in "CarePlan".
type Type string

// ID is a logical id (FHIR R4, datatypes.html#id): 1 to 64 of A-Z a-z 0-9 - and dot.
type ID string

// Valid reports whether the id has the form that FHIR asks for.
func (i ID) Valid() bool {
	if len(i) == 0 || len(i) > 64 {
		return false
	}
	for _, c := range []byte(i) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.':
		default:
			return false
		}
	}
	return true
}

// Ref names one resource on this server: "CarePlan/7". The zero Ref names nothing.
type Ref struct {
	Type Type
	ID   ID
}

// String is the relative reference, "Type/id".
func (r Ref) String() string {
	if r == (Ref{}) {
		return ""
	}
	return string(r.Type) + "/" + string(r.ID)
}

// ParseRef reads a relative literal reference, "Type/id" or "Type/id/_history/version" (the version is
// dropped). Anything else, absolute addresses and fragments among them, is not a reference to a resource here.
func ParseRef(s string) (Ref, bool) {
	typ, rest, ok := strings.Cut(s, "/")
	if !ok || !KnownType(Type(typ)) {
		return Ref{}, false
	}
	id, version, more := strings.Cut(rest, "/")
	if more {
		vid, ok := strings.CutPrefix(version, "_history/")
		if !ok || !ID(vid).Valid() {
			return Ref{}, false
		}
	}
	if !ID(id).Valid() {
		return Ref{}, false
	}
	return Ref{Type(typ), ID(id)}, true
}
