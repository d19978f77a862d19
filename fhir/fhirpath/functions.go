package fhirpath

import "strconv"

// function is one function of the language. It takes from least to most arguments, or the name of a type.
type function struct {
	least, most int
	typed       bool
	apply       func(c *application) ([]Value, error)
}

// takes says how many arguments are right, for an error.
func (f *function) takes() string {
	if f.least == f.most {
		return strconv.Itoa(f.most) + " arguments"
	}
	return strconv.Itoa(f.least) + " to " + strconv.Itoa(f.most) + " arguments"
}

// functions are all functions, by name: those of FHIRPath N1 (section 5), of FHIR R4 (fhirpath.html#functions), and
// those of later drafts that are widely used (sort, split, join, trim, encode, escape, the boundaries).
var functions = map[string]*function{
	// Existence (5.1)
	"empty": {apply: empty}, "exists": {most: 1, apply: exists}, "not": {apply: not}, "all": {1, 1, false, all},
	"allTrue": {apply: allTrue}, "anyTrue": {apply: anyTrue}, "allFalse": {apply: allFalse}, "anyFalse": {apply: anyFalse},
	"subsetOf": {1, 1, false, subsetOf}, "supersetOf": {1, 1, false, supersetOf}, "count": {apply: count},
	"distinct": {apply: distinct}, "isDistinct": {apply: isDistinct},
	// Filtering and projection (5.2)
	"where": {1, 1, false, where}, "select": {1, 1, false, selected}, "repeat": {1, 1, false, repeat},
	"ofType": {typed: true, apply: ofType},
	// Subsetting (5.3)
	"single": {apply: single}, "first": {apply: first}, "last": {apply: last}, "tail": {apply: tail},
	"skip": {1, 1, false, skip}, "take": {1, 1, false, take},
	"intersect": {1, 1, false, intersect}, "exclude": {1, 1, false, exclude},
	// Combining (5.4)
	"union": {1, 1, false, union}, "combine": {1, 1, false, combine}, "sort": {0, 10, false, sorted},
	// Conversion (5.5)
	"iif":       {2, 3, false, iif},
	"toBoolean": conversion(toBoolean), "convertsToBoolean": convertible(toBoolean),
	"toInteger": conversion(toInteger), "convertsToInteger": convertible(toInteger),
	"toDecimal": conversion(toDecimal), "convertsToDecimal": convertible(toDecimal),
	"toDate": conversion(toDate), "convertsToDate": convertible(toDate),
	"toDateTime": conversion(toDateTime), "convertsToDateTime": convertible(toDateTime),
	"toTime": conversion(toTime), "convertsToTime": convertible(toTime),
	"toString": conversion(toText), "convertsToString": convertible(toText),
	"toQuantity": {most: 1, apply: toQuantity}, "convertsToQuantity": {most: 1, apply: convertsToQuantity},
	// Strings (5.6)
	"indexOf": {1, 1, false, indexOf}, "lastIndexOf": {1, 1, false, lastIndexOf}, "substring": {1, 2, false, substring},
	"startsWith": {1, 1, false, startsWith}, "endsWith": {1, 1, false, endsWith}, "contains": {1, 1, false, contains},
	"upper": {apply: upper}, "lower": {apply: lower}, "trim": {apply: trim}, "length": {apply: length},
	"replace": {2, 2, false, replace}, "matches": {1, 2, false, matches}, "matchesFull": {1, 2, false, matchesFull},
	"replaceMatches": {2, 3, false, replaceMatches}, "toChars": {apply: toChars},
	"split": {1, 1, false, split}, "join": {0, 1, false, join},
	"encode": {1, 1, false, encode}, "decode": {1, 1, false, decode},
	"escape": {1, 1, false, escape}, "unescape": {1, 1, false, unescape},
	// Mathematics (5.7)
	"abs": {apply: abs}, "ceiling": {apply: ceiling}, "floor": {apply: floor}, "truncate": {apply: truncate},
	"round": {most: 1, apply: round}, "sqrt": {apply: sqrt}, "exp": {apply: exp}, "ln": {apply: ln},
	"log": {1, 1, false, logarithm}, "power": {1, 1, false, power},
	"lowBoundary": {most: 1, apply: lowBoundary}, "highBoundary": {most: 1, apply: highBoundary},
	"precision": {apply: precisionOf}, "comparable": {1, 1, false, comparableOf},
	// Tree navigation (5.8), utility (5.9), types (6.3), aggregates (7)
	"children": {apply: children}, "descendants": {apply: descendants},
	"trace": {1, 2, false, trace}, "now": {apply: now}, "today": {apply: today}, "timeOfDay": {apply: timeOfDay},
	"is": {typed: true, apply: is}, "as": {typed: true, apply: as}, "type": {apply: typeOf},
	"aggregate": {1, 2, false, aggregate},
	// FHIR R4, fhirpath.html#functions
	"extension": {1, 1, false, extension}, "hasValue": {apply: hasValue}, "getValue": {apply: getValue},
	"resolve": {apply: resolve}, "memberOf": {1, 1, false, memberOf}, "conformsTo": {1, 1, false, conformsTo},
	"htmlChecks": {apply: htmlChecks},
}

// call is a function with its arguments.
type call struct {
	of       expr
	function *function
	name     string
	args     []expr
	typ      typeSpecifier
	start    int
}

func (e *call) eval(r *run, s scope) ([]Value, error) {
	in, err := focus(e.of, r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1 + len(in)); err != nil {
		return nil, at(err, e.start)
	}
	found, err := e.function.apply(&application{e, r, s, in})
	if err == nil {
		found, err = r.keep(found)
	}
	return found, at(err, e.start)
}

// application is a call at work: in is what it is applied to.
type application struct {
	*call
	run   *run
	scope scope
	in    []Value
}

// arg evaluates an argument where the call stands; one that is left out is empty.
func (c *application) arg(i int) ([]Value, error) {
	if i >= len(c.args) {
		return nil, nil
	}
	return c.args[i].eval(c.run, c.scope)
}

// each evaluates an argument for one item of the input, which is $this in it.
func (c *application) each(i, index int, v Value) ([]Value, error) {
	s := c.scope
	s.this, s.index = []Value{v}, index
	return c.args[i].eval(c.run, s)
}

// test evaluates a condition for one item.
func (c *application) test(i, index int, v Value) (trilean, error) {
	found, err := c.each(i, index, v)
	if err != nil {
		return unknown, err
	}
	return logic(found)
}

// integerOf is a single integer; it reports false when there is nothing.
func integerOf(vs []Value) (integer, bool, error) {
	s, ok, err := atomOf(vs)
	if err != nil || !ok {
		return 0, false, err
	}
	n, ok := s.(integer)
	if !ok {
		return 0, false, failed("an integer is expected here")
	}
	return n, true, nil
}

// textOf is a single string; it reports false when there is nothing.
func textOf(vs []Value) (string, bool, error) {
	s, ok, err := atomOf(vs)
	if err != nil || !ok {
		return "", false, err
	}
	t, ok := s.(text)
	if !ok {
		return "", false, failed("a string is expected here")
	}
	return string(t), true, nil
}

// atomOf is a single value to compute with; it reports false when there is nothing, or a primitive without value.
func atomOf(vs []Value) (system, bool, error) {
	switch len(vs) {
	case 0:
		return nil, false, nil
	case 1:
		s := vs[0].operand()
		if s == nil && !bare(vs[0]) {
			return nil, false, failed("a value is expected here, and not an element that holds others")
		}
		return s, s != nil, nil
	default:
		return nil, false, failed("one value is expected here, and there are several")
	}
}

// computed is a result, or nothing when it is nil.
func computed(s system) []Value {
	if s == nil {
		return nil
	}
	return []Value{{system: s}}
}
