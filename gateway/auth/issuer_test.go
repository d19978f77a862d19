package auth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"concord/fhir"
	"concord/gateway/auth"
	"concord/gateway/guard"
)

const (
	issuerURL = "https://issuer.invalid"
	audience  = "https://here.invalid/fhir"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// world is an issuer, a clock, and an Auth that trusts the issuer.
type world struct {
	auth    *auth.Auth
	now     atomic.Int64
	fetches atomic.Int64
	down    atomic.Bool

	mu   sync.Mutex
	keys map[string]crypto.Signer
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, auth.Issuer{TrustPurpose: true, TrustOrganization: true, TrustOperator: true})
}

func newWorldWith(t testing.TB, trust auth.Issuer) *world {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{keys: map[string]crypto.Signer{"k1": key}}
	w.now.Store(start.Unix())
	trust.URL, trust.Audience = issuerURL, audience
	w.auth, err = auth.New(auth.Config{
		Issuers: []auth.Issuer{trust},
		Client:  &http.Client{Transport: w},
		Now:     func() time.Time { return time.Unix(w.now.Load(), 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) pass(d time.Duration) { w.now.Add(int64(d / time.Second)) }

// RoundTrip answers as the issuer.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.fetches.Add(1)
	if w.down.Load() {
		return nil, errors.New("connection refused")
	}
	var body any
	switch r.URL.String() {
	case issuerURL + "/.well-known/openid-configuration":
		body = map[string]any{"issuer": issuerURL, "jwks_uri": issuerURL + "/keys"}
	case issuerURL + "/keys":
		body = w.published()
	}
	answer := httptest.NewRecorder()
	answer.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(answer).Encode(body); err != nil {
		return nil, err
	}
	return answer.Result(), nil
}

func (w *world) published() any {
	w.mu.Lock()
	defer w.mu.Unlock()
	keys := []any{
		map[string]string{"kty": "unheard-of", "kid": "odd"},
		map[string]string{"kty": "oct", "kid": "shared", "k": "c2VjcmV0IHRoYXQgZXZlcnlib2R5IGNhbiByZWFkISE"},
	}
	for kid, key := range w.keys {
		keys = append(keys, jose.JSONWebKey{Key: key.Public(), KeyID: kid, Use: "sig"})
	}
	return map[string]any{"keys": keys}
}

func (w *world) replaceKeys(keys map[string]crypto.Signer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys = keys
}

func (w *world) key(kid string) crypto.Signer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keys[kid]
}

// claims are those of a good token, with changes; a nil change takes a claim away.
func claims(changes jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": issuerURL, "aud": audience, "sub": "s", "jti": "j", "client_id": "app", "scope": "user/*.rs",
		"iat": start.Unix(), "exp": start.Add(time.Hour).Unix(), "fhirUser": "Practitioner/x",
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func sign(t *testing.T, method jwt.SigningMethod, key any, kid string, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	if kid != "" {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) token(t *testing.T, changes jwt.MapClaims) string {
	t.Helper()
	return sign(t, jwt.SigningMethodES256, w.key("k1"), "k1", claims(changes))
}

func (w *world) caller(ctx context.Context, token string) (guard.Caller, error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/fhir/Patient/1", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	return w.auth.Caller(ctx, r)
}

func kind(err error) fhir.Kind {
	if e, ok := errors.AsType[*fhir.Error](err); ok {
		return e.Kind
	}
	return ""
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
