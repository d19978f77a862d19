package issuer

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims is what a token says of its bearer. Empty fields are left out of the token.
type Claims struct {
	Subject      string // sub
	Audience     string // aud: the FHIR server that the token is for
	ID           string // jti
	Client       string // client_id
	FHIRUser     string // fhirUser, as "Practitioner/x"
	Scope        string // SMART scopes, separated by spaces
	Patient      string // the launch patient's id
	ACR          string // acr: how the user was authenticated
	ClientRoles  []string
	Issued       time.Time
	Expires      time.Time
	Name         string // ihe_iua.subject_name
	Organization string // ihe_iua.subject_organization_id, as "Organization/y" or a URI
	OrgName      string // ihe_iua.subject_organization
	Roles        []string
	Purposes     []string // codes of v3-PurposeOfUse
}

// purposeSystem is where the codes of purpose_of_use come from, as IUA writes it (IHE ITI-71, 3.71.4.2.2.1.1).
const purposeSystem = "urn:oid:2.16.840.1.113883.1.11.20448"

// Sign makes the token: SMART's claims at the top, those of IHE IUA under extensions.ihe_iua.
func (i *Issuer) Sign(c Claims) (string, error) {
	claims := jwt.MapClaims{
		"iss": i.url,
		"iat": c.Issued.Unix(),
		"exp": c.Expires.Unix(),
	}
	put(claims, map[string]string{
		"sub": c.Subject, "aud": c.Audience, "jti": c.ID, "client_id": c.Client,
		"fhirUser": c.FHIRUser, "scope": c.Scope, "patient": c.Patient, "acr": c.ACR,
	})
	if len(c.ClientRoles) > 0 {
		claims["roles"] = c.ClientRoles
	}
	if iua := c.iua(); len(iua) > 0 {
		claims["extensions"] = map[string]any{"ihe_iua": iua}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = i.kid
	token.Header["typ"] = "at+jwt" // RFC 9068
	text, err := token.SignedString(i.key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return text, nil
}

func (c Claims) iua() map[string]any {
	iua := map[string]any{}
	put(iua, map[string]string{
		"subject_name": c.Name, "subject_organization": c.OrgName, "subject_organization_id": c.Organization,
	})
	if len(c.Roles) > 0 {
		iua["subject_role"] = c.Roles
	}
	purposes := make([]map[string]string, 0, len(c.Purposes))
	for _, code := range c.Purposes {
		purposes = append(purposes, map[string]string{"system": purposeSystem, "code": code})
	}
	if len(purposes) > 0 {
		iua["purpose_of_use"] = purposes
	}
	return iua
}

// put adds what is not empty.
func put(to map[string]any, values map[string]string) {
	for name, value := range values {
		if value != "" {
			to[name] = value
		}
	}
}
