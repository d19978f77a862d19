package search

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"concord/fhir"
)

// perParameter bounds the values of one parameter of one resource that are indexed; those that come later in
// the resource are not found by it.
const perParameter = 1000

// maxText bounds an indexed string in bytes. Longer ones are found by their beginning, and not by :exact.
const maxText = 4096

// Extract gives every entry by which the resource is found, sorted and without repetition.
//
//   - Dates without a time zone are taken in UTC. A Period is open (math.MinInt64, math.MaxInt64) where it has
//     no start or end. Of a Timing only the outer limits of its events and bounds count.
//   - References drop a version. Absolute addresses and canonicals are kept whole; a canonical with a version is
//     found with and without it. The identifier of a reference is a token under "code:identifier".
//   - A value that is there but cannot be searched (a CodeableConcept with text only, a reference to a contained
//     resource) gives an entry with an empty Value, so that :missing answers rightly. No search matches it otherwise.
//   - Tokens of the data type code have no System: the standard leaves it implied.
//   - Numbers and quantities are exact: only those of a query have a precision. A Range is open where it has no low
//     or high, a Quantity where its comparator says so.
//   - Attachments whose content is a Binary here have entries of their own, which no query asks for: see Attached.
func Extract(r *fhir.Resource) []Entry {
	entries := ExtractTree(r.Type(), r.Root())
	plain := len(entries)
	for _, cut := range r.Cuts() {
		if cut.Kind == fhir.CutAttachment {
			entries = append(entries, Entry{Param: paramAttached, Kind: Reference, Value: cut.Target.String()})
		}
	}
	if len(entries) == plain {
		return entries
	}
	slices.SortFunc(entries, compareEntries)
	return slices.Compact(entries)
}

// paramAttached is the name under which attachments are indexed. No search parameter is called so.
const paramAttached = "attachment:binary"

// Attached is the clause that finds what has the Binary as the content of an attachment.
func Attached(binary fhir.Ref) Clause {
	return Clause{Param: paramAttached, Kind: Reference, Any: []Value{{Text: binary.String()}}}
}

// ExtractTree does the same for a tree of the type, such as that of a resource with parts left out.
func ExtractTree(t fhir.Type, root fhir.Node) []Entry {
	if !fhir.KnownType(t) {
		return nil
	}
	var x extraction
	of := parametersOf(t)
	for i := range of {
		x.param, x.kind, x.left = of[i].Code, of[i].Kind, perParameter
		if x.kind == Composite {
			x.composite(root, &of[i])
			continue
		}
		for j := range of[i].paths {
			p := &of[i].paths[j]
			walk(root, p.steps, func(n fhir.Node) { p.value(&x, n, p.target) })
		}
	}
	slices.SortFunc(x.entries, compareEntries)
	return slices.Compact(x.entries)
}

// compareEntries is a total order, so that equal resources have equal entries.
func compareEntries(a, b Entry) int {
	return cmp.Or(
		strings.Compare(a.Param, b.Param), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.System, b.System),
		strings.Compare(a.Value, b.Value), strings.Compare(a.Exact, b.Exact),
		cmp.Compare(a.Low, b.Low), cmp.Compare(a.High, b.High),
		cmp.Compare(a.NumLow, b.NumLow), cmp.Compare(a.NumHigh, b.NumHigh), cmp.Compare(a.Group, b.Group),
	)
}

// extraction collects the entries of one resource, parameter by parameter.
type extraction struct {
	param   string
	kind    Kind
	left    int // how many entries the parameter may still have
	group   int // of the composite value that is being read, or 0
	last    int // the last group that was given
	entries []Entry
}

// add files the entry under the parameter that is being read, unless it names its own.
func (x *extraction) add(e Entry) {
	if x.left == 0 || x.group > 0 && e.Param != "" {
		return // the parts of a composite have no entries beside them
	}
	x.left--
	if e.Param == "" {
		e.Param, e.Kind = x.param, x.kind
	}
	e.Group = x.group
	x.entries = append(x.entries, e)
}

func (x *extraction) token(system, code string) { x.add(Entry{System: system, Value: code}) }

// words adds what goes with a token, for :text.
func (x *extraction) words(n fhir.Node) {
	if folded := Fold(n.Text()); folded != "" {
		x.add(Entry{Param: x.param + textSuffix, Kind: String, Value: clip(folded, maxText)})
	}
}

// text adds a string. What folds to nothing is found by nobody, and is as good as absent.
func (x *extraction) text(s string) {
	folded := Fold(s)
	if folded == "" {
		return
	}
	if len(s) > maxText {
		s = ""
	}
	x.add(Entry{Value: clip(folded, maxText), Exact: s})
}

func (x *extraction) between(low, high int64) { x.add(Entry{Low: low, High: high}) }

// clip cuts a long text at the end of a character, to at most so many bytes.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

// limits widens as dates are added to it.
type limits struct {
	low, high int64
	some      bool
}

func (l *limits) add(low, high int64) {
	if !l.some {
		l.low, l.high, l.some = low, high, true
		return
	}
	l.low, l.high = min(l.low, low), max(l.high, high)
}

// period reads a Period, open where an end is missing. Without both it says nothing.
func period(n fhir.Node) (int64, int64, bool) {
	start, end := n.Get("start"), n.Get("end")
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if first, _, ok := bounds(start.Text()); ok {
		low = first
	}
	if _, last, ok := bounds(end.Text()); ok {
		high = last
	}
	return low, high, start.OK() || end.OK()
}
