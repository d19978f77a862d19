package fhirpath

import (
	"slices"
	"time"

	"concord/fhir"
)

// Limits of what an expression may cost. They are named in the refusal.
const (
	MaxLength     = 64 << 10 // bytes of an expression
	MaxNesting    = 100      // brackets and calls within each other
	MaxSteps      = 2 << 20  // of an evaluation: operations, and items looked at
	MaxCollection = 1 << 18  // items in one collection
	MaxText       = 1 << 20  // bytes of one computed string
)

// Expression is a compiled expression. It is immutable, and may be evaluated by many at once.
type Expression struct {
	text string
	root expr
}

// Env is all that an evaluation may look at besides its input. The zero Env is useful.
type Env struct {
	// Resource is %resource, the resource that holds the input; Root is %rootResource, which differs from it inside a
	// contained resource. Where they are zero, the input stands for both (FHIR R4, fhirpath.html#variables).
	Resource, Root Value
	// Resolve finds what a reference points at. Without it, resolve() gives what the resource itself contains, and
	// else a value that has the type the reference names and no elements, so that "resolve() is Patient" can be asked.
	Resolve func(reference string) (Value, bool)
	// Now is the time that now() and today() tell, in its own zone.
	Now time.Time
	// Variables are further %names.
	Variables map[string][]Value
	// MemberOf says whether a code is in a value set, and whether that is known. The system is empty for a code alone.
	MemberOf func(valueSet, system, code string) (bool, bool)
	// Trace is given what trace() names. It must not log it: it is data of a person.
	Trace func(name string, vs []Value)
	// Strict refuses names that are no element of the type they are asked of, where an evaluation would else find
	// nothing, places in collections that have no order, and as() of several values. It is for those who write
	// expressions; rules and search parameters of R4 itself are not written strictly.
	Strict bool
	// Steps is the budget of the evaluation: MaxSteps when zero.
	Steps int
}

// Compile reads an expression (FHIRPath N1, grammar.html). The error is an *Error.
func Compile(text string) (*Expression, error) {
	if len(text) > MaxLength {
		return nil, in(text, beyond("the expression is longer than %d bytes", MaxLength))
	}
	p := &parser{lexer: lexer{text: text}}
	root, err := p.whole()
	if err != nil {
		return nil, in(text, err)
	}
	return &Expression{text, root}, nil
}

// String is the text that was compiled.
func (e *Expression) String() string { return e.text }

// Evaluate gives what the expression finds in the input. The error is an *Error: the expression does not fit the
// data, or is too costly.
func (e *Expression) Evaluate(env Env, input ...Value) ([]Value, error) {
	r := &run{env: &env, left: env.Steps}
	if r.left <= 0 {
		r.left = MaxSteps
	}
	if len(input) == 1 && !env.Resource.ok() {
		env.Resource = input[0]
	}
	if !env.Root.ok() {
		env.Root = env.Resource
	}
	found, err := e.root.eval(r, scope{this: input, index: -1, context: input})
	if err != nil {
		return nil, in(e.text, err)
	}
	return slices.Clip(found), nil
}

// Test evaluates the expression as a condition: whether it gives a single true. Nothing is not true; a single value
// that is no boolean is (FHIRPath N1, section 4.5, singleton evaluation of collections).
func (e *Expression) Test(env Env, input ...Value) (bool, error) {
	found, err := e.Evaluate(env, input...)
	if err != nil {
		return false, err
	}
	truth, err := logic(found)
	if err != nil {
		return false, in(e.text, err)
	}
	return truth == yes, nil
}

// run is one evaluation.
type run struct {
	env  *Env
	left int // steps
}

// spend takes steps from the budget.
func (r *run) spend(n int) error {
	r.left -= n
	if r.left < 0 {
		return &Error{Kind: fhir.TooLong, Diagnostics: "the evaluation takes too many steps", offset: -1}
	}
	return nil
}

// keep checks the size of a collection, and spends a step for each of its items.
func (r *run) keep(vs []Value) ([]Value, error) {
	if len(vs) > MaxCollection {
		return nil, beyond("a collection has more than %d items", MaxCollection)
	}
	return vs, r.spend(len(vs))
}

// join appends to a collection what was found for one item.
func (r *run) join(found, more []Value) ([]Value, error) {
	if len(found)+len(more) > MaxCollection {
		return nil, beyond("a collection has more than %d items", MaxCollection)
	}
	return append(found, more...), r.spend(len(more))
}

// What costs more than a step: long texts, and units that must be read.
const (
	bytesPerStep = 64
	stepsPerUnit = 20
)

// weigh spends the steps that it takes to compare or compute with values, beyond one.
func (r *run) weigh(values ...system) error {
	for _, v := range values {
		cost := 0
		switch v := v.(type) {
		case text:
			cost = len(v) / bytesPerStep
		case *quantity:
			cost = stepsPerUnit
		}
		if err := r.spend(cost); err != nil {
			return err
		}
	}
	return nil
}
