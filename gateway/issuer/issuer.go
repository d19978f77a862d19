// Package issuer is the demo's OpenID issuer: it keeps one signing key in a directory, publishes its discovery
// document and its keys, and signs access tokens with the claims that SMART App Launch and IHE IUA name.
//
// It knows nothing of who is allowed what: it says who somebody is, and the guard decides.
package issuer

import (
	"crypto/ecdsa"
	"encoding/json"
	"net/http"
)

// Issuer signs tokens under one name with one key. It is safe for concurrent use.
type Issuer struct {
	url string
	key *ecdsa.PrivateKey
	kid string
}

// Open reads the signing key from the directory, or makes one there that only its owner can read. The url is the
// issuer's name (the claim iss); it need not be an address that can be reached.
func Open(dir, url string) (*Issuer, error) {
	key, err := openKey(dir)
	if err != nil {
		return nil, err
	}
	kid, err := thumbprint(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Issuer{url: url, key: key, kid: kid}, nil
}

// URL is the issuer's name.
func (i *Issuer) URL() string { return i.url }

// Handler answers the discovery document (OpenID Connect Discovery 4) and the key set (RFC 7517) on the paths
// that the document names, from the root of the issuer's name.
func (i *Issuer) Handler() (http.Handler, error) {
	x, y, err := coordinates(&i.key.PublicKey)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /.well-known/openid-configuration", document(map[string]any{
		"issuer":                                i.url,
		"jwks_uri":                              i.url + "/jwks",
		"id_token_signing_alg_values_supported": []string{"ES256"},
		"response_types_supported":              []string{"none"},
		"subject_types_supported":               []string{"public"},
		"claims_supported":                      []string{"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "fhirUser", "patient"},
	}))
	mux.Handle("GET /jwks", document(map[string]any{"keys": []map[string]string{{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": i.kid, "x": x, "y": y,
	}}}))
	return mux, nil
}

// document answers always the same JSON.
func document(content map[string]any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		body, err := json.Marshal(content)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(body) // the client has gone when this fails
	})
}
