package auth

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// claims is what of a token's payload is read. It is decoded strictly: duplicate names are refused, and names are
// compared as they stand, so that no two readers of the token can find different things in it.
type claims struct {
	Issuer     string         `json:"iss"`
	Subject    string         `json:"sub"`
	Expires    numericDate    `json:"exp"`
	NotBefore  numericDate    `json:"nbf"`
	Issued     numericDate    `json:"iat"`
	ID         string         `json:"jti"`
	Client     string         `json:"client_id"`
	Party      string         `json:"azp"`
	Scope      words          `json:"scope"`
	User       string         `json:"fhirUser"`
	Patient    string         `json:"patient"`
	Name       string         `json:"name"`
	ACR        string         `json:"acr"`
	Roles      codes          `json:"roles"`       // of the client
	ClientRole codes          `json:"client_role"` // likewise
	Confirmed  jsontext.Value `json:"cnf"`
	Extensions struct {
		IUA iua `json:"ihe_iua"`
		B2B b2b `json:"hl7-b2b"`
	} `json:"extensions"`
}

// iua is the extension of IHE ITI-71 (IUA 3.71.4.2.2.1.1).
type iua struct {
	Name           string `json:"subject_name"`
	Organization   string `json:"subject_organization"`
	OrganizationID string `json:"subject_organization_id"`
	Roles          codes  `json:"subject_role"`
	Purposes       codes  `json:"purpose_of_use"`
}

// b2b is the authorization extension object of UDAP Security (B2B 5.2.1.1).
type b2b struct {
	Name           string `json:"subject_name"`
	Organization   string `json:"organization_name"`
	OrganizationID string `json:"organization_id"`
	Roles          codes  `json:"subject_role"`
	Purposes       codes  `json:"purpose_of_use"`
}

func parseClaims(payload []byte) (*claims, error) {
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		// The library's text may quote the token.
		return nil, errors.New("the payload is not an object of claims as they are expected")
	}
	return &c, nil
}

// numericDate is a time in seconds since 1970 (RFC 7519 2). The zero value is the zero time.
type numericDate struct{ time.Time }

func (d *numericDate) UnmarshalJSON(text []byte) error {
	var seconds float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return err
	}
	if math.Abs(seconds) > 1<<40 {
		return fmt.Errorf("a time beyond all calendars")
	}
	whole, part := math.Modf(seconds)
	d.Time = time.Unix(int64(whole), int64(part*1e9))
	return nil
}

// words are texts separated by spaces, or a list of texts.
type words string

func (w *words) UnmarshalJSON(text []byte) error {
	if jsontext.Value(text).Kind() != '[' {
		return json.Unmarshal(text, (*string)(w))
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*w = words(strings.Join(list, " "))
	return nil
}

// code is a coding; System is empty when the token gives only the code.
type code struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// UnmarshalJSON takes a coding, or a text: the code alone, "system|code" as FHIR writes it, or "system#code" as
// UDAP does.
func (c *code) UnmarshalJSON(text []byte) error {
	if jsontext.Value(text).Kind() == '{' {
		type plain code
		return json.Unmarshal(text, (*plain)(c))
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if i := strings.LastIndexAny(s, "|#"); i >= 0 {
		*c = code{System: s[:i], Code: s[i+1:]}
		return nil
	}
	*c = code{Code: s}
	return nil
}

// codes is one code or a list of them.
type codes []code

func (c *codes) UnmarshalJSON(text []byte) error {
	if jsontext.Value(text).Kind() == '[' {
		return json.Unmarshal(text, (*[]code)(c))
	}
	var one code
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*c = codes{one}
	return nil
}
