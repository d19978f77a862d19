// Package search knows the search parameters of FHIR R4: it parses a query into a Plan, extracts from a
// resource the entries by which it is found, and matches the two in memory. Stores turn the same Plan into
// their own queries. It knows nothing of who asks.
package search

import (
	"time"

	"concord/fhir"
)

// Kind is the type of a search parameter.
type Kind uint8

// The kinds that are indexed.
const (
	Token Kind = iota + 1
	Reference
	String
	Date
)

var kindNames = [...]string{"", "token", "reference", "string", "date"}

// String is the word of the value set search-param-type.
func (k Kind) String() string { return kindNames[k] }

// Entry is one way by which a resource is found: a value of one of its search parameters.
type Entry struct {
	Param  string // the parameter's code, such as "category"
	Kind   Kind
	System string // token: the coding's system, "" when it has none. Reference: the base of an absolute URL, else ""
	Value  string // token: the code. string: as Fold makes it. reference: "Type/id", or the absolute URL. "" when there is a value that cannot be searched
	Exact  string // string: as it stands; "" when longer than 4,096 bytes
	Low    int64  // date: first moment, microseconds since 1970 in UTC
	High   int64  // date: last moment, inclusive
}

// Plan is a parsed query: every Clause must hold. A Plan is independent of the caller.
type Plan struct {
	Type  fhir.Type
	Where []Clause
	Sort  Sort
	Count int    // page size, at least 1
	After *Mark  // continue after this row
	Self  string // the query as it is used, canonical and encoded, for the self link and for the cursor
}

// Sort is the order of the results.
type Sort uint8

// The orders. By id is the default: ids are random, so the order says nothing.
const (
	ByID          Sort = iota
	ByUpdated          // _sort=_lastUpdated, oldest first; ties by id
	ByUpdatedDesc      // _sort=-_lastUpdated
)

// Mark is the last row of the page before.
type Mark struct {
	Updated time.Time // used when sorted by lastUpdated
	ID      fhir.ID
}

// Clause is one parameter of a query with its alternatives: any of them suffices (FHIR R4 search: a comma is OR, a repeated parameter is AND).
// Param "_id" and "_lastUpdated" are answered from the resource itself, not from entries. Param "code:identifier"
// is a token over the identifiers of a reference.
type Clause struct {
	Param    string
	Kind     Kind
	Modifier string // "", "exact", "contains", "not" or "missing"; :Type and :identifier are resolved into Param and Any
	Any      []Value
}

// Value is one alternative of a Clause.
type Value struct {
	Prefix    string // date: eq ne gt lt ge le sa eb ap
	System    string // token: the part before the bar
	HasSystem bool   // token: there was a bar, so an empty System means "no system"
	Text      string // token: the code ("" = any of the system); string: folded; reference: "Type/id", URL, or "id" of any type on this server; _id: the id
	Exact     string // string: as it was written
	Low       int64  // date: the bounds of the value at its precision, as in Entry
	High      int64
	Missing   bool // modifier missing: its value
}
