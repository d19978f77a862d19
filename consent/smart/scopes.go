package smart

import (
	"iter"
	"slices"
	"strings"

	"concord/fhir"
)

// Scopes are the scopes of one token: the union of its grants. They are immutable; the zero Scopes allow nothing.
type Scopes struct {
	grants    []Grant
	other     []string
	canonical string
}

// Grants are the resource scopes in the order of the token. Their Where must not be changed.
func (s Scopes) Grants() []Grant { return slices.Clone(s.grants) }

// Other are the scopes that are not about resources, such as openid and launch/patient, in the order of the token.
func (s Scopes) Other() []string { return slices.Clone(s.other) }

// Allows reports whether any grant covers the type and the letter, by shape alone: a grant that allows only
// some resources of the type counts. For requests on all types at once ask for AnyType.
func (s Scopes) Allows(t fhir.Type, l Letter) bool {
	for i := range s.grants {
		if s.grants[i].covers(t, l) {
			return true
		}
	}
	return false
}

// Unconstrained reports whether a grant covers every resource of the type with the letter, so that no resource
// has to be looked at.
func (s Scopes) Unconstrained(t fhir.Type, l Letter) bool {
	for i := range s.grants {
		if s.grants[i].covers(t, l) && len(s.grants[i].Where) == 0 {
			return true
		}
	}
	return false
}

// Matching gives the grants that cover the type and the letter. A resource is allowed when it matches the
// Where of any of them, within that grant's Context.
func (s Scopes) Matching(t fhir.Type, l Letter) iter.Seq[Grant] {
	return func(yield func(Grant) bool) {
		for i := range s.grants {
			if s.grants[i].covers(t, l) && !yield(s.grants[i]) {
				return
			}
		}
	}
}

// Has reports whether any grant stands in the context.
func (s Scopes) Has(c Context) bool {
	return slices.ContainsFunc(s.grants, func(g Grant) bool { return g.Context == c })
}

// Operator reports whether the scopes are those of an operator: system/*.cruds with no constraint.
func (s Scopes) Operator() bool {
	return slices.ContainsFunc(s.grants, func(g Grant) bool {
		return g.Context == System && g.Type == AnyType && g.Letters == all && len(g.Where) == 0
	})
}

// Canonical is the resource scopes sorted, without repetition and in the grammar of version 2. Equal texts
// allow the same.
func (s Scopes) Canonical() string { return s.canonical }

// canonical depends on what is granted, and not on how it was written.
func canonical(grants []Grant) string {
	texts := make([]string, len(grants))
	for i, g := range grants {
		texts[i] = g.canonical
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), " ")
}
