package fhirpath

// trilean is a truth value that may be unknown, which is the empty collection (FHIRPath N1, section 6.5).
type trilean uint8

const (
	unknown trilean = iota
	yes
	no
)

// trileanOf is a boolean that is known.
func trileanOf(b bool) trilean {
	if b {
		return yes
	}
	return no
}

// values is the truth as a collection.
func (t trilean) values() []Value {
	if t == unknown {
		return nil
	}
	return []Value{truth(t == yes)}
}

func (t trilean) not() trilean {
	switch t {
	case yes:
		return no
	case no:
		return yes
	default:
		return unknown
	}
}

// logic is a collection as a truth value: a single value that is no boolean counts as true (FHIRPath N1, section 4.5).
func logic(vs []Value) (trilean, error) {
	switch len(vs) {
	case 0:
		return unknown, nil
	case 1:
		switch b, ok := vs[0].Boolean(); {
		case ok:
			return trileanOf(b), nil
		case vs[0].definition.Name() == "boolean":
			return unknown, nil // one that has only extensions
		default:
			return yes, nil
		}
	default:
		return unknown, failed("a condition has one value, and here are several")
	}
}

// decided is the result where the left side alone decides it.
func decided(operator string, left trilean) (trilean, bool) {
	switch {
	case operator == "and" && left == no:
		return no, true
	case operator == "or" && left == yes, operator == "implies" && left == no:
		return yes, true
	default:
		return unknown, false
	}
}

// connect is the truth table of an operator.
func connect(operator string, a, b trilean) trilean {
	switch operator {
	case "and":
		return and(a, b)
	case "or":
		return and(a.not(), b.not()).not()
	case "implies":
		return and(a, b.not()).not()
	default:
		if a == unknown || b == unknown {
			return unknown
		}
		return trileanOf(a != b)
	}
}

// and is the one table that the others are made of: no wins over unknown.
func and(a, b trilean) trilean {
	switch {
	case a == no || b == no:
		return no
	case a == unknown || b == unknown:
		return unknown
	default:
		return yes
	}
}
