package smart

import (
	"errors"
	"net/url"
	"strings"

	"concord/fhir"
	"concord/fhir/search"
)

// Bounds on what a token may carry.
const (
	maxBytes  = 32 << 10
	maxScopes = 256
)

// Faults of one scope. The first costs the scope, the second the token.
var (
	errMalformed     = errors.New("malformed")
	errUnenforceable = errors.New("unenforceable")
)

// Parse reads the scope claim of a token: scopes separated by spaces (RFC 6749 section 3.3). Version 1 (read,
// write, *) and version 2 (cruds) may stand side by side; version 1 is read as rs, cud and cruds.
//
//   - A scope whose context is not patient, user or system is kept in Other and grants nothing.
//   - A resource scope that is malformed (an unknown type, letters out of order or repeated, anything after them
//     but constraints) is dropped whole, and refuses the token when no other resource scope is left.
//   - A constraint that cannot be enforced refuses the token: it must not be dropped, and a caller who asked for
//     less should hear of it. Enforced are the plain search parameters of the type, without modifiers.
//   - Scopes of more than one context refuse the token: whose permissions a request stands under must not be a
//     matter of which scope is looked at first.
//
// Errors are *fhir.Error of kind Login; they name scopes by position only, since constraints may identify people.
func Parse(s string) (Scopes, error) {
	if len(s) > maxBytes {
		return Scopes{}, fhir.Errorf(fhir.Login, "the scopes of the token are longer than %d bytes", maxBytes)
	}
	var scopes Scopes
	refused := 0
	position := 0
	for raw := range strings.SplitSeq(s, " ") {
		if raw == "" {
			continue
		}
		if position++; position > maxScopes {
			return Scopes{}, fhir.Errorf(fhir.Login, "the token has more than %d scopes", maxScopes)
		}
		context, rest, ok := cutContext(raw)
		if !ok {
			scopes.other = append(scopes.other, raw)
			continue
		}
		grant, err := parseGrant(context, rest)
		switch {
		case errors.Is(err, errUnenforceable):
			return Scopes{}, fhir.Errorf(fhir.Login,
				"scope %d of the token has a constraint that this server cannot enforce: use plain search parameters of the type", position)
		case err != nil:
			if refused == 0 {
				refused = position
			}
			continue
		}
		grant.Raw = raw
		scopes.grants = append(scopes.grants, grant)
	}
	if refused > 0 && len(scopes.grants) == 0 {
		return Scopes{}, fhir.Errorf(fhir.Login,
			"scope %d of the token is malformed, and no other scope on resources is left: write it as patient/Observation.rs", refused)
	}
	for _, g := range scopes.grants {
		if g.Context != scopes.grants[0].Context {
			return Scopes{}, fhir.Errorf(fhir.Login, "the token mixes patient, user and system scopes: ask for a token of each")
		}
	}
	scopes.canonical = canonical(scopes.grants)
	return scopes, nil
}

// cutContext takes off the context; false when it is no scope on resources. Case counts.
func cutContext(raw string) (Context, string, bool) {
	context, rest, ok := strings.Cut(raw, "/")
	switch c := Context(context); c {
	case Patient, User, System:
		return c, rest, ok
	default:
		return "", "", false
	}
}

// parseGrant reads what follows the context: Type.letters?name=value&...
func parseGrant(context Context, rest string) (Grant, error) {
	head, constraints, constrained := strings.Cut(rest, "?")
	typ, permission, ok := strings.Cut(head, ".")
	if !ok {
		return Grant{}, errMalformed
	}
	g := Grant{Context: context, Type: fhir.Type(typ)}
	if g.Type != AnyType && !fhir.KnownType(g.Type) {
		return Grant{}, errMalformed
	}
	var v1 bool
	g.Letters, v1, ok = parseLetters(permission)
	if !ok || v1 && constrained { // version 1 has no constraints
		return Grant{}, errMalformed
	}
	g.canonical = string(context) + "/" + typ + "." + string(g.Letters)
	if !constrained {
		return g, nil
	}
	plan, err := parseConstraints(g.Type, constraints)
	if err != nil {
		return Grant{}, err
	}
	g.Where = plan.Where
	g.canonical += "?" + strings.ReplaceAll(plan.Self, "+", "%20") // a scope's plus is a plus
	return g, nil
}

// parseLetters reads a non-empty, ordered subset of cruds, or a word of version 1. It reports whether it was such
// a word, and whether it was either.
func parseLetters(s string) (Letters, bool, bool) {
	switch s {
	case "":
		return "", false, false
	case "read":
		return "rs", true, true
	case "write":
		return "cud", true, true
	case "*":
		return all, true, true
	}
	left := string(all)
	for i := range len(s) {
		at := strings.IndexByte(left, s[i])
		if at < 0 {
			return "", false, false
		}
		left = left[at+1:]
	}
	return Letters(s), false, true
}

// parseConstraints reads name=value&name=value. Values may be percent-encoded, since a scope holds no spaces.
func parseConstraints(t fhir.Type, s string) (search.Plan, error) {
	query := url.Values{}
	for pair := range strings.SplitSeq(s, "&") {
		name, escaped, ok := strings.Cut(pair, "=")
		if !ok || name == "" || escaped == "" || strings.ContainsAny(escaped, "=?") {
			return search.Plan{}, errMalformed
		}
		value, err := url.PathUnescape(escaped)
		if err != nil {
			return search.Plan{}, errMalformed
		}
		// Names that begin with _ are about the search and not the content, or have no index entries.
		if strings.HasPrefix(name, "_") || strings.ContainsAny(name, ":.%") {
			return search.Plan{}, errUnenforceable
		}
		query.Add(name, value)
	}
	plan, _, err := search.Parse(t, query, "", true)
	if err != nil {
		return search.Plan{}, errUnenforceable
	}
	return plan, nil
}
