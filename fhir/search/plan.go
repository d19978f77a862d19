// Package search knows the search parameters of FHIR R4: it parses a query into a Plan, extracts from a
// resource the entries by which it is found, and matches the two in memory. Stores turn the same Plan into
// their own queries. It knows nothing of who asks, and never looks at a second resource: clauses that need one say
// what to look for there, and take the answer (Clause.Inner, Clause.WithTargets).
package search

import (
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
	Number
	Quantity
	URI
	Composite
)

var kindNames = [...]string{"", "token", "reference", "string", "date", "number", "quantity", "uri", "composite"}

// String is the word of the value set search-param-type.
func (k Kind) String() string { return kindNames[k] }

// kindOf is the kind of a word, or 0.
func kindOf(word string) Kind {
	for k := Token; k <= Composite; k++ {
		if k.String() == word {
			return k
		}
	}
	return 0
}

// Entry is one way by which a resource is found: a value of one of its search parameters.
//
// Beside the parameters themselves there are entries under names of their own: "code:identifier" (token, the
// identifiers of a reference), "code:text" (string, the words that go with a token) and "code:of-type" (token,
// identifiers with their type: System is the type's system, a bar, its code). The parts of a composite are entries
// under "code#0", "code#1" ... with the kind of the part: those of one value have the same Group.
type Entry struct {
	Param   string // the parameter's code, such as "category"
	Kind    Kind
	System  string  // token: the coding's system, "" when it has none. Reference: the base of an absolute URL, else "". Quantity: of its unit
	Value   string  // token: the code. string: as Fold makes it. reference: "Type/id", or the absolute URL. uri: the whole. Quantity: the unit's code. "" when there is a value that cannot be searched
	Exact   string  // string: as it stands; "" when longer than 4,096 bytes. Quantity: the unit as people read it
	Low     int64   // date: first moment, microseconds since 1970 in UTC
	High    int64   // date: last moment, inclusive
	NumLow  float64 // number, quantity: the least it may be; -math.MaxFloat64 when open
	NumHigh float64 // number, quantity: the most it may be, inclusive; math.MaxFloat64 when open

	Unit     string  // quantity in a known unit of UCUM: the canonical unit of its dimension, such as "g.m-3"; else ""
	UnitLow  float64 // NumLow in that unit
	UnitHigh float64 // NumHigh in that unit
	Group    int     // above 0: part of the composite value of this number in the resource
}

// Plan is a parsed query: every Clause must hold. A Plan is independent of the caller.
type Plan struct {
	Type     fhir.Type   // "" for a search of all types, or of Types
	Types    []fhir.Type // _type, sorted; empty: all
	Within   fhir.Ref    // the compartment that In restricted it to, for the self link; its clause is in Where
	Where    []Clause
	Sort     Sort      // the order of the plain cases; Order says the same and more
	Order    []Key     // by the first, then the next, then by id
	Count    int       // page size, at least 1
	Total    Total     // whether the caller wants the number of all that match
	Include  []Include // what is to come with the matches
	Summary  Summary
	Elements []string // _elements, sorted: the elements to keep; empty: all
	After    *Mark    // continue after this row
	Self     string   // the query as it is used, canonical and encoded, for the self link and for the cursor
}

// Total is how exactly the number of matches is wanted (FHIR R4, search.html#total).
type Total string

// The totals. When nothing is said the server may choose.
const (
	TotalNone     Total = "none"
	TotalEstimate Total = "estimate"
	TotalAccurate Total = "accurate"
)

// Summary is how much of each resource is wanted (FHIR R4, search.html#summary).
type Summary string

// The summaries. The zero Summary is the whole resource.
const (
	SummaryTrue  Summary = "true"  // the elements that the standard marks for it
	SummaryText  Summary = "text"  // narrative, id, meta and what is mandatory
	SummaryData  Summary = "data"  // all but the narrative
	SummaryCount Summary = "count" // no resources, only how many there are; also meant by _count=0
)

// Clause is one parameter of a query with its alternatives: any of them suffices (FHIR R4 search: a comma is OR, a repeated parameter is AND).
// Param "_id" and "_lastUpdated" are answered from the resource itself, not from entries. Param "code:identifier",
// "code:text" and "code:of-type" are the entries under that name. A clause without alternatives finds nothing.
type Clause struct {
	Param    string
	Kind     Kind
	Modifier string // "", "exact", "contains", "not", "above", "below", "in", "not-in" or "missing"; others are resolved into Param and Any
	Any      []Value
	Parts    []Kind   // composite: the kinds of its parts, which are entries under Param#0, Param#1 ...
	Or       []Clause // when there are some, any of them suffices, and nothing else is in the clause
	Chain    []Hop    // the reference Param leads to a resource for which the clause of its type holds
	Has      *Has     // some resource that refers here matches
}

// Value is one alternative of a Clause.
type Value struct {
	Prefix    string // date, number, quantity: eq ne gt lt ge le sa eb ap
	System    string // token, quantity: the part before the code
	HasSystem bool   // token: there was a bar, so an empty System means "no system". Quantity: System was named
	Text      string // token: the code ("" = any of the system); string: folded; reference: "Type/id", URL, or "id" of any type on this server; _id: the id; uri: the whole; quantity: the unit's code, or without HasSystem code or words, "" any
	Exact     string // string: as it was written
	Low       int64  // date: the bounds of the value at its precision, as in Entry
	High      int64
	NumLow    float64 // number, quantity: the bounds that the value means with its prefix, inclusive
	NumHigh   float64
	Unit      string // quantity of a known unit: compared with Entry.Unit, and UnitLow and UnitHigh instead of NumLow and NumHigh
	UnitLow   float64
	UnitHigh  float64
	Missing   bool    // modifier missing: its value
	Parts     []Value // composite: one for each part, all of which must be found in one group
}

// Negative reports whether the clause asks for the absence of something, so that what is held back from a caller
// would count as not there. Such a clause is to be asked of what the caller sees, and of nothing else.
func (c Clause) Negative() bool {
	for i := range c.Or {
		if c.Or[i].Negative() {
			return true
		}
	}
	if c.Modifier == "not" {
		return true
	}
	for i := range c.Any {
		if c.Any[i].Missing || c.Any[i].excludes() {
			return true
		}
	}
	return false
}

// excludes reports whether the value, or a part of it, asks for what is not equal.
func (v Value) excludes() bool {
	for i := range v.Parts {
		if v.Parts[i].excludes() {
			return true
		}
	}
	return v.Prefix == "ne"
}
