package search

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"concord/fhir"
)

// form is how the values of one parameter with one modifier are read.
type form struct {
	param    string // of the Clause
	kind     Kind   // of the Clause
	modifier string // of the Clause
	targets  []fhir.Type
	only     fhir.Type // reference with a :Type modifier
	parts    []part    // composite
}

// key is the parameter as Self writes it. A :Type modifier is written into the values instead.
func (f form) key() string {
	if f.modifier == "" {
		return f.param
	}
	return f.param + ":" + f.modifier
}

// modifiers are those offered for each kind; references also have :identifier and :Type, canonicals :above and :below,
// tokens :text and :of-type (FHIR R4 search, Modifiers). :above and :below of tokens need a terminology and are not offered;
// :in and :not-in are for whoever has the value set: see Clause.ValueSets.
var modifiers = map[Kind][]string{
	Token:     {"", "not", "missing", modifierIn, modifierNotIn},
	Reference: {"", "missing"},
	String:    {"", "exact", "contains", "missing"},
	Date:      {"", "missing"},
	Number:    {"", "missing"},
	Quantity:  {"", "missing"},
	URI:       {"", "above", "below", "missing"},
	Composite: {"", "missing"},
}

// formOf resolves the modifier; false when the parameter does not have it.
func formOf(p Parameter, modifier string) (form, bool) {
	f := form{param: p.Code, kind: p.Kind, modifier: modifier, targets: p.Targets, parts: p.parts}
	if p.Code == paramID || p.Code == paramUpdated {
		return f, modifier == ""
	}
	if slices.Contains(modifiers[p.Kind], modifier) {
		return f, true
	}
	f.modifier = ""
	switch {
	case modifier == "text" && p.text:
		f.param, f.kind = p.Code+textSuffix, String
		return f, true
	case modifier == "of-type" && p.ofType:
		f.param = p.Code + ofTypeSuffix
		return f, true
	case p.Kind != Reference:
		return form{}, false
	case p.canonical && (modifier == "above" || modifier == "below"):
		f.modifier = modifier
		return f, true
	}
	if modifier == strings.TrimPrefix(identifierSuffix, ":") {
		f.param, f.kind = p.Code+identifierSuffix, Token
		return f, true
	}
	f.only = fhir.Type(modifier)
	return f, fhir.KnownType(f.only) && (len(p.Targets) == 0 || slices.Contains(p.Targets, f.only))
}

// Faults of one value. They say what to write, never what was written.
var (
	errEmpty     = errors.New("it is empty")
	errText      = errors.New("it is not valid text")
	errBars      = errors.New("write system|code, |code, system| or code")
	errMissing   = errors.New("write true or false")
	errReference = errors.New("write an id, Type/id or an absolute address")
	errOnly      = errors.New("write an id, or a reference to the type of the modifier")
	errDate      = errors.New("write a date such as 2024, 2024-05, 2024-05-01 or 2024-05-01T10:00:00Z")
	errPrefix    = errors.New("the prefixes are eq, ne, gt, lt, ge, le, sa, eb and ap")
	errValueSet  = errors.New("write ValueSet/id, or the address of a value set")
	errLetters   = errors.New("it has no letters or digits")
)

// value reads one alternative, still escaped, and gives it back as Self writes it.
func (f form) value(s, base string) (Value, string, error) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' }) {
		return Value{}, "", errText
	}
	if s == "" {
		return Value{}, "", errEmpty
	}
	if f.modifier == "missing" {
		if s != "true" && s != "false" {
			return Value{}, "", errMissing
		}
		return Value{Missing: s == "true"}, s, nil
	}
	switch {
	case f.modifier == modifierIn, f.modifier == modifierNotIn:
		return valueSetValue(unescape(s), base)
	case f.param == paramID:
		return Value{Text: unescape(s)}, escape(unescape(s)), nil
	case f.kind == Token && strings.HasSuffix(f.param, ofTypeSuffix):
		return ofTypeValue(s)
	case f.kind == Token:
		return tokenValue(s)
	case f.kind == Reference:
		return f.referenceValue(unescape(s), base)
	case f.kind == String:
		return f.stringValue(unescape(s))
	case f.kind == Number:
		return numberValue(s)
	case f.kind == Quantity:
		return quantityValue(s)
	case f.kind == URI:
		return f.uriValue(unescape(s))
	case f.kind == Composite:
		return f.compositeValue(s, base)
	default:
		return dateValue(s)
	}
}

// tokenValue reads code, system|code, |code (which has no system) or system| (FHIR R4 search, Token).
func tokenValue(s string) (Value, string, error) {
	parts := split(s, '|')
	for i := range parts {
		parts[i] = unescape(parts[i])
	}
	switch {
	case len(parts) == 1:
		return Value{Text: parts[0]}, escape(parts[0]), nil
	case len(parts) > 2, parts[0] == "" && parts[1] == "":
		return Value{}, "", errBars
	default:
		return Value{HasSystem: true, System: parts[0], Text: parts[1]}, escape(parts[0]) + "|" + escape(parts[1]), nil
	}
}

// referenceValue makes an id into Type/id where there is one type only, and an address of this server relative.
// A canonical may end with a bar and its version.
func (f form) referenceValue(s, base string) (Value, string, error) {
	s, version, versioned := strings.Cut(s, "|")
	if own, ok := strings.CutPrefix(s, base+"/"); ok && base != "" {
		s = own
	}
	only := f.only
	if only == "" && len(f.targets) == 1 {
		only = f.targets[0]
	}
	text := readAddress(s).text
	if fhir.ID(s).Valid() {
		text = s
		if only != "" {
			text = string(only) + "/" + s
		}
	}
	if text == "" {
		return Value{}, "", errReference
	}
	if f.only != "" && readAddress(text).typ != f.only {
		return Value{}, "", errOnly
	}
	if versioned {
		text += "|" + version
	}
	return Value{Text: text}, escape(text), nil
}

// stringValue keeps both what is folded and what was written, for :exact.
func (f form) stringValue(s string) (Value, string, error) {
	v := Value{Text: Fold(s), Exact: s}
	if v.Text == "" {
		return Value{}, "", errLetters
	}
	return v, escape(s), nil
}

// dateValue reads an optional prefix and a date (FHIR R4 search, Prefixes).
func dateValue(s string) (Value, string, error) {
	prefix, s, err := cutPrefix(s)
	if err != nil {
		return Value{}, "", err
	}
	s = strings.ReplaceAll(s, " ", "+") // a plus that was not encoded
	low, high, ok := bounds(s)
	if !ok {
		return Value{}, "", errDate
	}
	return Value{Prefix: prefix, Low: low, High: high}, prefixed(prefix, s), nil
}
