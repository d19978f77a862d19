package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// smartPath is where SMART App Launch 2 looks for the configuration.
const smartPath = ".well-known/smart-configuration"

// smartConfiguration answers .well-known/smart-configuration, at the root and under /fhir (SMART App Launch 2,
// conformance).
func smartConfiguration(x *exchange) error {
	x.gin.Header("Content-Type", "application/json")
	x.tell(http.StatusOK, x.door.smart)
	return nil
}

// smartDocument says what is true of this server as a resource server. It issues no tokens, so it claims no
// launch, no endpoints and no grant types: those are the issuers' to publish.
func smartDocument(c Config) ([]byte, error) {
	document := struct {
		Issuer       string   `json:"issuer,omitempty"`
		Issuers      []string `json:"trusted_issuers,omitempty"` // ours: SMART knows one issuer only
		GrantTypes   []string `json:"grant_types_supported"`
		Scopes       []string `json:"scopes_supported"`
		Capabilities []string `json:"capabilities"`
	}{
		Issuers:    c.Issuers,
		GrantTypes: []string{},
		Scopes: []string{
			"openid", "fhirUser", "launch", "launch/patient",
			"patient/*.cruds", "user/*.cruds", "system/*.cruds", "patient/*.read", "user/*.read", "system/*.read",
		},
		Capabilities: []string{"permission-patient", "permission-user", "permission-v1", "permission-v2"},
	}
	if len(c.Issuers) == 1 {
		document.Issuer = c.Issuers[0]
	}
	body, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("write the SMART configuration: %w", err)
	}
	return body, nil
}
