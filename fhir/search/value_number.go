package search

import (
	"errors"
	"strings"
)

// Faults of one value. They say what to write, never what was written.
var (
	errNumber   = errors.New("write a number such as 5.4, -2 or 1e2")
	errQuantity = errors.New("write number, number|system|code or number||code")
	errURL      = errors.New(":above and :below are for URLs, not for URNs")
	errOfType   = errors.New("write system|code|value")
	errParts    = errors.New("write each part of the composite, separated by a dollar sign")
)

// cutPrefix takes off the prefix (FHIR R4, search.html#prefix); without one it is eq.
func cutPrefix(s string) (string, string, error) {
	if c := s[0]; c >= '0' && c <= '9' || c == '-' || c == '.' {
		return "eq", s, nil
	}
	if len(s) < 3 || !strings.Contains(" eq ne gt lt ge le sa eb ap ", " "+s[:2]+" ") {
		return "", "", errPrefix
	}
	return s[:2], s[2:], nil
}

// prefixed writes the prefix, where it says more than none.
func prefixed(prefix, s string) string {
	if prefix == "eq" {
		return s
	}
	return prefix + s
}

// prefixedNumber is a number of a query, as it was written.
type prefixedNumber struct {
	prefix string
	number decimal
	text   string // as Self writes it
}

// readPrefixedNumber reads an optional prefix and a number (FHIR R4, search.html#number).
func readPrefixedNumber(s string) (prefixedNumber, error) {
	prefix, s, err := cutPrefix(s)
	if err != nil {
		return prefixedNumber{}, err
	}
	s = strings.ReplaceAll(s, " ", "+") // a plus that was not encoded
	d, ok := readDecimal(s)
	if !ok {
		return prefixedNumber{}, errNumber
	}
	return prefixedNumber{prefix, d, prefixed(prefix, s)}, nil
}

func numberValue(s string) (Value, string, error) {
	n, err := readPrefixedNumber(s)
	if err != nil {
		return Value{}, "", err
	}
	v := Value{Prefix: n.prefix}
	v.NumLow, v.NumHigh = n.number.span(n.prefix, unit{})
	return v, n.text, nil
}

// quantityValue reads number, number|system|code or number||code (FHIR R4, search.html#quantity).
func quantityValue(s string) (Value, string, error) {
	parts := split(s, '|')
	if len(parts) != 1 && len(parts) != 3 || parts[0] == "" {
		return Value{}, "", errQuantity
	}
	n, err := readPrefixedNumber(parts[0])
	if err != nil {
		return Value{}, "", err
	}
	v := Value{Prefix: n.prefix}
	v.NumLow, v.NumHigh = n.number.span(n.prefix, unit{})
	if len(parts) == 1 {
		return v, n.text, nil
	}
	v.System, v.Text = unescape(parts[1]), unescape(parts[2])
	v.HasSystem = v.System != ""
	if v.Text == "" {
		return Value{}, "", errQuantity
	}
	if u, ok := readUnit(v.Text); ok && v.System == ucumSystem {
		v.Unit = u.canonical()
		v.UnitLow, v.UnitHigh = n.number.span(n.prefix, u)
	}
	return v, n.text + "|" + escape(v.System) + "|" + escape(v.Text), nil
}

// uriValue keeps the address as it stands.
func (f form) uriValue(s string) (Value, string, error) {
	if f.modifier != "" && !strings.Contains(s, "://") {
		return Value{}, "", errURL
	}
	return Value{Text: s}, escape(s), nil
}

// ofTypeValue reads system|code|value, all of which must be there (FHIR R4, search.html#modifiers).
func ofTypeValue(s string) (Value, string, error) {
	parts := split(s, '|')
	if len(parts) != 3 {
		return Value{}, "", errOfType
	}
	texts := make([]string, len(parts))
	for i := range parts {
		if parts[i] == "" {
			return Value{}, "", errOfType
		}
		parts[i] = unescape(parts[i])
		texts[i] = escape(parts[i])
	}
	v := Value{HasSystem: true, System: parts[0] + "|" + parts[1], Text: parts[2]}
	return v, strings.Join(texts, "|"), nil
}

// compositeValue reads each part as its kind is read.
func (f form) compositeValue(s, base string) (Value, string, error) {
	parts := split(s, '$')
	if len(parts) != len(f.parts) {
		return Value{}, "", errParts
	}
	var v Value
	texts := make([]string, len(parts))
	for i := range parts {
		of := form{param: f.parts[i].name, kind: f.parts[i].kind}
		one, text, err := of.value(parts[i], base)
		if err != nil {
			return Value{}, "", err
		}
		v.Parts = append(v.Parts, one)
		texts[i] = text
	}
	return v, strings.Join(texts, "$"), nil
}
