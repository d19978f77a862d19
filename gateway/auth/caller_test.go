package auth_test

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway/auth"
	"concord/gateway/guard"
)

func iua(extension map[string]any) jwt.MapClaims {
	return jwt.MapClaims{"extensions": map[string]any{"ihe_iua": extension}}
}

func TestCallerOfAToken(t *testing.T) {
	t.Parallel()
	plain := guard.Caller{
		Issuer: issuerURL, Subject: "s", Client: "app", Token: "j", User: fhir.Ref{Type: "Practitioner", ID: "x"},
	}
	with := func(change func(*guard.Caller)) guard.Caller {
		c := plain
		change(&c)
		return c
	}
	for _, c := range []struct {
		name   string
		claims jwt.MapClaims
		want   guard.Caller
	}{
		{"a plain token", nil, plain},
		{"scopes as a list", jwt.MapClaims{"scope": []string{"openid", "user/*.rs"}}, plain},
		{"an audience among several", jwt.MapClaims{"aud": []string{"other", audience}}, plain},
		{"fhirUser as an address of this server", jwt.MapClaims{"fhirUser": audience + "/Practitioner/x"}, plain},
		{"azp for a client without client_id", jwt.MapClaims{"client_id": nil, "azp": "app"}, plain},
		{"a backend without a user", jwt.MapClaims{"fhirUser": nil, "scope": "system/*.rs"}, with(func(c *guard.Caller) { c.User = fhir.Ref{} })},
		{"a launch patient", jwt.MapClaims{"patient": "p1"}, with(func(c *guard.Caller) { c.Patient = fhir.Ref{Type: "Patient", ID: "p1"} })},
		{"a session that stepped up", jwt.MapClaims{"acr": "urn:mfa"}, with(func(c *guard.Caller) { c.ACR = "urn:mfa" })},
		{"the client role operator", jwt.MapClaims{"roles": []string{"operator"}}, with(func(c *guard.Caller) { c.Operator = true })},
		{"the client role operator as one text", jwt.MapClaims{"client_role": "operator"}, with(func(c *guard.Caller) { c.Operator = true })},
		{"operator as a role of the subject is not a client role", iua(map[string]any{"subject_role": "operator"}), with(func(c *guard.Caller) { c.Roles = []string{"operator"} })},
		{"claims in other case are not the claims", jwt.MapClaims{"Roles": []string{"operator"}}, plain},
		{"IUA with codings", iua(map[string]any{
			"subject_name": "Dr X", "subject_organization": "Org Y", "subject_organization_id": "Organization/y",
			"subject_role":   []any{map[string]string{"system": "urn:roles", "code": "nurse"}, "clinician"},
			"purpose_of_use": []any{map[string]string{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}},
		}), with(func(c *guard.Caller) {
			c.Name, c.OrgName, c.Org = "Dr X", "Org Y", fhir.Ref{Type: "Organization", ID: "y"}
			c.Roles, c.Purposes = []string{"nurse", "clinician"}, []string{"TREAT"}
		})},
		{
			"an organisation by business identifier", iua(map[string]any{"subject_organization_id": "https://ids.invalid/ods|A1"}),
			with(func(c *guard.Caller) { c.OrgID = consent.Code{System: "https://ids.invalid/ods", Code: "A1"} }),
		},
		{
			"an organisation of another server is only a URI", iua(map[string]any{"subject_organization_id": "https://there.invalid/fhir/Organization/y"}),
			with(func(c *guard.Caller) {
				c.OrgID = consent.Code{System: "urn:ietf:rfc:3986", Code: "https://there.invalid/fhir/Organization/y"}
			}),
		},
		{"UDAP B2B", jwt.MapClaims{"extensions": map[string]any{"hl7-b2b": map[string]any{
			"version": "1", "organization_id": "https://org.invalid", "organization_name": "Org", "subject_role": "urn:roles#nurse",
			"purpose_of_use": []string{"urn:oid:2.16.840.1.113883.5.8#TREAT", "urn:oid:2.16.840.1.113883.5.8#ETREAT"},
		}}}, with(func(c *guard.Caller) {
			c.OrgID, c.OrgName = consent.Code{System: "urn:ietf:rfc:3986", Code: "https://org.invalid"}, "Org"
			c.Roles, c.Purposes = []string{"nurse"}, []string{"TREAT", "ETREAT"}
		})},
		{
			"a purpose of an unknown system is kept as unknown", iua(map[string]any{"purpose_of_use": "urn:other|TREAT"}),
			with(func(c *guard.Caller) { c.Purposes = []string{"urn:other|TREAT"} }),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got, err := w.caller(t.Context(), w.token(t, c.claims))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreTypes(smart.Scopes{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIssuerIsBelievedOnlyWhatItIsTrustedWith(t *testing.T) {
	t.Parallel()
	all := jwt.MapClaims{"roles": []string{"operator"}, "extensions": map[string]any{"ihe_iua": map[string]any{
		"subject_organization_id": "Organization/y", "subject_role": "nurse", "purpose_of_use": "TREAT",
	}}}
	for _, c := range []struct {
		name  string
		trust auth.Issuer
		want  guard.Caller
	}{
		{"nothing", auth.Issuer{}, guard.Caller{}},
		{"the purpose", auth.Issuer{TrustPurpose: true}, guard.Caller{Purposes: []string{"TREAT"}}},
		{
			"the organisation and the role in it",
			auth.Issuer{TrustOrganization: true},
			guard.Caller{Org: fhir.Ref{Type: "Organization", ID: "y"}, Roles: []string{"nurse"}},
		},
		{"operators", auth.Issuer{TrustOperator: true}, guard.Caller{Operator: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, c.trust)
			got, err := w.caller(t.Context(), w.token(t, all))
			if err != nil {
				t.Fatal(err)
			}
			got = guard.Caller{Org: got.Org, OrgID: got.OrgID, OrgName: got.OrgName, Roles: got.Roles, Purposes: got.Purposes, Operator: got.Operator}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreTypes(smart.Scopes{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzCaller(f *testing.F) {
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5pbnZhbGlkIn0.AAAA")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := w.caller(t.Context(), token); err == nil {
			t.Errorf("accepted")
		}
	})
}
