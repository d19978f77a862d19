package auth

import (
	"errors"
	"slices"
	"strings"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway/guard"
)

// purposeSystems are the code system of v3-PurposeOfUse by its address and its object identifiers, as IUA and UDAP
// write them.
var purposeSystems = []string{
	"",
	"http://terminology.hl7.org/CodeSystem/v3-ActReason",
	"http://terminology.hl7.org/ValueSet/v3-PurposeOfUse",
	"urn:oid:2.16.840.1.113883.5.8",
	"urn:oid:2.16.840.1.113883.1.11.20448",
	"2.16.840.1.113883.1.11.20448",
}

// caller makes the Caller of verified claims, as far as the issuer is believed.
func (c *claims) caller(i Issuer) (guard.Caller, error) {
	if present := c.Confirmed; len(present) > 0 && present.Kind() != 'n' {
		return guard.Caller{}, fhir.Errorf(fhir.Login, "the token is bound to a key (cnf), which this server cannot check: get a plain bearer token")
	}
	scopes, err := smart.Parse(string(c.Scope))
	if err != nil {
		return guard.Caller{}, loginError(err)
	}
	caller := guard.Caller{
		Issuer:  c.Issuer,
		Subject: c.Subject,
		Client:  first(c.Client, c.Party),
		Name:    first(c.Extensions.IUA.Name, c.Extensions.B2B.Name, c.Name),
		Scopes:  scopes,
		ACR:     c.ACR,
		Token:   c.ID,
	}
	if caller.User, err = i.user(c.User); err != nil {
		return guard.Caller{}, err
	}
	if caller.Patient, err = i.patient(c.Patient); err != nil {
		return guard.Caller{}, err
	}
	if i.TrustOrganization {
		if err := c.actFor(&caller, i); err != nil {
			return guard.Caller{}, err
		}
	}
	if i.TrustPurpose {
		caller.Purposes = c.purposes()
	}
	caller.Operator = i.TrustOperator && slices.ContainsFunc(slices.Concat(c.Roles, c.ClientRole), func(r code) bool { return r.Code == "operator" })
	return caller, nil
}

// loginError gives scopes that cannot be read the kind of a token that cannot be accepted.
func loginError(err error) error {
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok || e.Kind == fhir.Login {
		return err
	}
	issues := slices.Clone(e.Issues)
	for n := range issues {
		issues[n].Code = fhir.Login
	}
	return &fhir.Error{Kind: fhir.Login, Issues: issues, Err: e.Err}
}

// actFor adds the organisation and the role in it.
func (c *claims) actFor(caller *guard.Caller, i Issuer) error {
	iua, b2b := c.Extensions.IUA, c.Extensions.B2B
	if iua.OrganizationID != "" && b2b.OrganizationID != "" && iua.OrganizationID != b2b.OrganizationID {
		return fhir.Errorf(fhir.Login, "the token names two organisations")
	}
	caller.OrgName = first(iua.Organization, b2b.Organization)
	caller.Org, caller.OrgID = i.organization(first(iua.OrganizationID, b2b.OrganizationID))
	for _, role := range slices.Concat(iua.Roles, b2b.Roles) {
		if role.Code != "" && !slices.Contains(caller.Roles, role.Code) {
			caller.Roles = append(caller.Roles, role.Code)
		}
	}
	return nil
}

// purposes are all that the token claims. One of another code system keeps its system, so that it is found to be
// unknown rather than left out: all purposes of a token must be permitted (CONSENT rules section 4).
func (c *claims) purposes() []string {
	var purposes []string
	for _, p := range slices.Concat(c.Extensions.IUA.Purposes, c.Extensions.B2B.Purposes) {
		text := p.Code
		if !slices.Contains(purposeSystems, p.System) {
			text = p.System + "|" + p.Code
		}
		if text != "" && !slices.Contains(purposes, text) {
			purposes = append(purposes, text)
		}
	}
	return purposes
}

// user reads fhirUser (SMART App Launch, "Scopes for requesting identity data"): empty for a backend.
func (i Issuer) user(text string) (fhir.Ref, error) {
	if text == "" {
		return fhir.Ref{}, nil
	}
	ref, ok := i.ref(text)
	if !ok {
		return fhir.Ref{}, fhir.Errorf(fhir.Login, "the claim fhirUser does not name a user of this server")
	}
	switch ref.Type {
	case "Patient", "RelatedPerson", "Practitioner", "PractitionerRole":
		return ref, nil
	default:
		return fhir.Ref{}, fhir.Errorf(fhir.Login, "the claim fhirUser names neither a Patient, a RelatedPerson, a Practitioner nor a PractitionerRole")
	}
}

// patient reads the launch patient: an id, as SMART has it, or a reference.
func (i Issuer) patient(text string) (fhir.Ref, error) {
	if text == "" {
		return fhir.Ref{}, nil
	}
	if id := fhir.ID(text); id.Valid() {
		return fhir.Ref{Type: "Patient", ID: id}, nil
	}
	if ref, ok := i.ref(text); ok && ref.Type == "Patient" {
		return ref, nil
	}
	return fhir.Ref{}, fhir.Errorf(fhir.Login, "the claim patient does not name a Patient of this server")
}

// organization reads an organisation's id: a reference here, "system|value", or a URI that is an identifier by
// itself (UDAP).
func (i Issuer) organization(text string) (fhir.Ref, consent.Code) {
	if ref, ok := i.ref(text); ok && ref.Type == "Organization" {
		return ref, consent.Code{}
	}
	if system, value, ok := strings.Cut(text, "|"); ok && system != "" && value != "" {
		return fhir.Ref{}, consent.Code{System: system, Code: value}
	}
	if text == "" {
		return fhir.Ref{}, consent.Code{}
	}
	return fhir.Ref{}, consent.Code{System: "urn:ietf:rfc:3986", Code: text}
}

// ref reads a reference that is relative, or absolute under one of this server's own addresses.
func (i Issuer) ref(text string) (fhir.Ref, bool) {
	for _, base := range append([]string{i.Audience}, i.Bases...) {
		if rest, ok := strings.CutPrefix(text, strings.TrimSuffix(base, "/")+"/"); ok && base != "" {
			return fhir.ParseRef(rest)
		}
	}
	return fhir.ParseRef(text)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
