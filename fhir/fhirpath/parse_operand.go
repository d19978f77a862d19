package fhirpath

import (
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// operand reads what stands between operators: a literal, a name, a call, brackets, or any of them with a sign.
func (p *parser) operand() (expr, error) {
	t := p.ahead
	switch t.kind {
	case quoted:
		return p.literal(Value{system: text(t.text)})
	case number:
		return p.number()
	case temporalLiteral:
		when, ok := parseTemporal(t.text)
		if !ok {
			return nil, syntax(t.start, "this is not a date, a date and time, or a time")
		}
		return p.literal(Value{system: when})
	case word:
		if t.text == "true" || t.text == "false" {
			return p.literal(truth(t.text == "true"))
		}
		return p.invocation(nil)
	case delimited, special:
		return p.invocation(nil)
	case symbol:
		return p.symbol()
	default:
		return nil, syntax(t.start, "the expression ends where a value is expected")
	}
}

// literal is a constant of one value.
func (p *parser) literal(v Value) (expr, error) { return &literal{[]Value{v}}, p.advance() }

// symbol reads what begins with a bracket, a sign or a percent.
func (p *parser) symbol() (expr, error) {
	t := p.ahead
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch t.text {
	case "(":
		return p.nested(")")
	case "{":
		return &literal{}, p.take("}")
	case "+", "-":
		if err := p.deeper(); err != nil {
			return nil, err
		}
		of, err := p.expression(polarityPower)
		p.depth--
		return &polarity{t.text, of, t.start}, err
	case "%":
		if p.ahead.kind == quoted {
			p.ahead.kind = delimited // FHIRPath 1.0 wrote %'name'
		}
		name, err := p.identifier()
		return &variable{name, t.start}, err
	default:
		return nil, syntax(t.start, "a value is expected here")
	}
}

// number reads 4, 4.0, 4 days and 4 'mg'.
func (p *parser) number() (expr, error) {
	t := p.ahead
	if err := p.advance(); err != nil {
		return nil, err
	}
	_, calendar := calendarUnits[p.ahead.text]
	calendar = calendar && p.ahead.kind == word
	if calendar || p.ahead.kind == quoted {
		value, ok := parseDecimal(t.text)
		if !ok {
			return nil, syntax(t.start, "the number is too long")
		}
		return p.literal(Value{system: &quantity{value, p.ahead.text, calendar}})
	}
	if n, err := strconv.ParseInt(t.text, 10, 32); err == nil {
		return &literal{[]Value{{system: integer(n)}}}, nil
	}
	value, ok := parseDecimal(t.text)
	if !ok || value.Exponent >= 0 {
		return nil, syntax(t.start, "the number is out of range: an integer has 32 bits, a decimal at most %d digits", precision)
	}
	return &literal{[]Value{{system: decimal{value}}}}, nil
}

// parseDecimal reads a number in the notation of FHIR, keeping its precision.
func parseDecimal(digits string) (*apd.Decimal, bool) {
	d, condition, err := apd.NewFromString(digits)
	if err != nil || condition.Any() || d.Form != apd.Finite || d.NumDigits() > precision ||
		d.Exponent > maxExponent || d.Exponent < -maxExponent {
		return nil, false
	}
	return d, true
}
