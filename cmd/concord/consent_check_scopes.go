package main

import (
	"errors"
	"slices"
	"strings"

	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/search"
)

// scopes runs a case of the grammar of scopes, or of what scopes and a policy open together.
func (c *consentCase) scopes() (caseVerdict, error) {
	var verdict caseVerdict
	text := strings.Join(caseTexts(c.Request.Scopes), " ")
	if c.Request.ScopeString != nil {
		text = *c.Request.ScopeString
	} else if c.Request.Scopes == nil {
		return verdict, errors.New("not a case: request.scope_string is missing")
	}
	e := &c.Expected
	scopes, err := smart.Parse(text)
	if refused := err != nil; refused != (e.Decision == "reject") && e.Decision != "" {
		got := "accept"
		if refused {
			got = "reject: " + err.Error()
		}
		verdict.differ("%q: want %s, got %s", text, e.Decision, got)
		return verdict, nil
	}
	if e.Grants != nil {
		compareGrants(&verdict, e.Grants, scopes)
	}
	if e.Types != nil {
		got := effective(scopes, c.Request.Underlying)
		if !slices.Equal(slices.Sorted(slices.Values(e.Types)), got) {
			verdict.differ("effective types: want %s, got %s", strings.Join(e.Types, " "), strings.Join(got, " "))
		}
	}
	for _, request := range e.Allow {
		if !allows(scopes, request) {
			verdict.differ("%s: want allowed, got refused", request)
		}
	}
	for _, request := range e.Forbid {
		if allows(scopes, request) {
			verdict.differ("%s: want refused, got allowed", request)
		}
	}
	return verdict, nil
}

// compareGrants compares grants whatever their order.
func compareGrants(verdict *caseVerdict, want []caseGrant, scopes smart.Scopes) {
	got := scopes.Grants()
	for _, w := range want {
		i := slices.IndexFunc(got, func(g smart.Grant) bool { return w.is(g) })
		if i < 0 {
			verdict.differ("want the grant %s/%s.%s %v, which is not there", w.Context, w.Type, w.Permissions, w.Params)
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	for _, g := range got {
		verdict.differ("got the grant %s, which is not wanted", g.Raw)
	}
}

// is reports whether a grant gives exactly that.
func (w *caseGrant) is(g smart.Grant) bool {
	if w.Context != string(g.Context) || w.Type != string(g.Type) || w.Permissions != string(g.Letters) || len(w.Params) != len(g.Where) {
		return false
	}
	_, constraints, _ := strings.Cut(g.Raw, "?")
	for name, value := range w.Params {
		if !slices.Contains(strings.Split(constraints, "&"), name+"="+value) ||
			!slices.ContainsFunc(g.Where, func(c search.Clause) bool { return c.Param == name }) {
			return false
		}
	}
	return true
}

// effective are the types that both the scopes and an underlying policy open, sorted.
func effective(scopes smart.Scopes, underlying []string) []string {
	var open []string
	for _, t := range fhir.Types() {
		policy := slices.Contains(underlying, "*") || slices.Contains(underlying, string(t))
		if policy && slices.ContainsFunc([]byte("cruds"), func(l byte) bool { return scopes.Allows(t, smart.Letter(l)) }) {
			open = append(open, string(t))
		}
	}
	slices.Sort(open)
	return open
}

// allows asks about a request such as "GET Patient/1/_history", by its shape.
func allows(scopes smart.Scopes, request string) bool {
	q := caseRequest{Interaction: request}
	asked := q.asked()
	return scopes.Allows(asked.ref.Type, asked.letter)
}
