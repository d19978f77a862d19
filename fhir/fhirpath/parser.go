package fhirpath

// parser reads tokens into a tree by precedence (FHIRPath N1, section 6.8). It looks one token ahead.
type parser struct {
	lexer lexer
	ahead token
	depth int
}

// powers are the binary operators, from those that bind least.
var powers = map[string]int{
	"implies": 1,
	"or":      2, "xor": 2,
	"and": 3,
	"in":  4, "contains": 4,
	"=": 5, "~": 5, "!=": 5, "!~": 5,
	"<": 6, "<=": 6, ">": 6, ">=": 6,
	"|":  7,
	"is": 8, "as": 8,
	"+": 9, "-": 9, "&": 9,
	"*": 10, "/": 10, "div": 10, "mod": 10,
	".": 12, "[": 12,
}

// polarityPower is that of a sign: "-1.abs()" is -(1.abs()).
const polarityPower = 11

// whole reads the expression to its end.
func (p *parser) whole() (expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.ahead.kind == end {
		return nil, syntax(0, "the expression is empty")
	}
	root, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.ahead.kind != end {
		return nil, syntax(p.ahead.start, "an operator is expected here, or the end")
	}
	return root, nil
}

// advance looks at the next token.
func (p *parser) advance() error {
	t, err := p.lexer.next()
	p.ahead = t
	return err
}

// take passes a symbol that must stand here.
func (p *parser) take(text string) error {
	if !p.sees(text) {
		return syntax(p.ahead.start, "%q is expected here", text)
	}
	return p.advance()
}

// sees reports whether a symbol is next.
func (p *parser) sees(text string) bool { return p.ahead.kind == symbol && p.ahead.text == text }

// deeper bounds the recursion that brackets, calls and signs cause.
func (p *parser) deeper() error {
	p.depth++
	if p.depth > MaxNesting {
		return at(beyond("the expression nests deeper than %d levels", MaxNesting), p.ahead.start)
	}
	return nil
}

// expression reads all operators that bind as tight as power, or tighter.
func (p *parser) expression(power int) (expr, error) {
	left, err := p.operand()
	for err == nil {
		operator := p.ahead
		binds := powers[operator.text]
		if operator.kind != word && operator.kind != symbol || binds == 0 || binds < power {
			return left, nil
		}
		if err = p.advance(); err != nil {
			break
		}
		switch operator.text {
		case ".":
			left, err = p.invocation(left)
		case "[":
			left, err = p.indexer(left, operator)
		case "is", "as":
			left, err = p.typeOperator(left, operator)
		default:
			var right expr
			right, err = p.expression(binds + 1)
			left = &binary{operator.text, left, right, operator.start}
		}
	}
	return nil, err
}

// indexer reads what stands in square brackets.
func (p *parser) indexer(left expr, operator token) (expr, error) {
	inner, err := p.nested("]")
	return &indexer{left, inner, operator.start}, err
}

// nested reads an expression up to the bracket that closes it.
func (p *parser) nested(closing string) (expr, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	inner, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	p.depth--
	return inner, p.take(closing)
}

// typeOperator reads the type behind "is" or "as".
func (p *parser) typeOperator(left expr, operator token) (expr, error) {
	typ, err := p.typeSpecifier()
	return &typeOperator{operator.text, left, typ, operator.start}, err
}

// typeSpecifier reads "Quantity" or "FHIR.Quantity".
func (p *parser) typeSpecifier() (typeSpecifier, error) {
	start := p.ahead.start
	name, err := p.identifier()
	if err != nil {
		return typeSpecifier{}, err
	}
	typ := typeSpecifier{name: name}
	if (name == "FHIR" || name == "System") && p.sees(".") {
		if err := p.advance(); err != nil {
			return typeSpecifier{}, err
		}
		typ.namespace = name
		if typ.name, err = p.identifier(); err != nil {
			return typeSpecifier{}, err
		}
	}
	if !typ.known() {
		return typeSpecifier{}, syntax(start, "there is no such type in FHIR R4 or in FHIRPath; names are case-sensitive")
	}
	return typ, nil
}

// identifier reads a name. Keywords are names where an operator cannot stand.
func (p *parser) identifier() (string, error) {
	t := p.ahead
	if t.kind != word && t.kind != delimited || t.text == "" {
		return "", syntax(t.start, "a name is expected here")
	}
	return t.text, p.advance()
}
