package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"concord/fhir"
	"concord/gateway/auth"
)

func TestTokenThatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(w.key("k1").Public())
	if err != nil {
		t.Fatal(err)
	}
	good := w.token(t, nil)
	parts := strings.Split(good, ".")
	duplicate := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + issuerURL + `","iss":"x"}`))

	for _, c := range []struct{ name, token string }{
		{"expired", w.token(t, jwt.MapClaims{"exp": start.Add(-time.Second).Unix()})},
		{"expiring at this very moment", w.token(t, jwt.MapClaims{"exp": start.Unix()})},
		{"without an expiry time", w.token(t, jwt.MapClaims{"exp": nil})},
		{"not valid yet", w.token(t, jwt.MapClaims{"nbf": start.Add(3 * time.Minute).Unix()})},
		{"issued in the future", w.token(t, jwt.MapClaims{"iat": start.Add(3 * time.Minute).Unix()})},
		{"for another server", w.token(t, jwt.MapClaims{"aud": "https://there.invalid/fhir"})},
		{"for nobody", w.token(t, jwt.MapClaims{"aud": nil})},
		{"of an issuer that is not configured", w.token(t, jwt.MapClaims{"iss": "https://elsewhere.invalid"})},
		{"of an issuer whose name differs by a slash", w.token(t, jwt.MapClaims{"iss": issuerURL + "/"})},
		{"forged with another key", sign(t, jwt.SigningMethodES256, foreign, "k1", claims(nil))},
		{"forged with a key of no name", sign(t, jwt.SigningMethodES256, foreign, "", claims(nil))},
		{"naming a key that is not published", sign(t, jwt.SigningMethodES256, foreign, "k9", claims(nil))},
		{"not signed at all", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k1", claims(nil))},
		{"signed with the public key as a shared secret", sign(t, jwt.SigningMethodHS256, public, "k1", claims(nil))},
		{"signed with a published symmetric key", sign(t, jwt.SigningMethodHS256, []byte("secret that everybody can read!!"), "shared", claims(nil))},
		{"with a payload of another token", parts[0] + "." + strings.Split(w.token(t, jwt.MapClaims{"sub": "t"}), ".")[1] + "." + parts[2]},
		{"without its signature", parts[0] + "." + parts[1] + "."},
		{"with two issuers in it", parts[0] + "." + duplicate + "." + parts[2]},
		{"that is no token", "abc"},
		{"longer than allowed", strings.Repeat("a", 17<<10)},
		{"with scopes that cannot be enforced", w.token(t, jwt.MapClaims{"scope": "user/Observation.rs?code:in=http://x"})},
		{"with system and user scopes in one", w.token(t, jwt.MapClaims{"scope": "system/*.rs user/*.rs"})},
		{"bound to a key", w.token(t, jwt.MapClaims{"cnf": map[string]string{"jkt": "x"}})},
		{"whose user is of another server", w.token(t, jwt.MapClaims{"fhirUser": "https://there.invalid/fhir/Practitioner/x"})},
		{"whose user is no person", w.token(t, jwt.MapClaims{"fhirUser": "Organization/x"})},
		{"whose patient is no patient", w.token(t, jwt.MapClaims{"patient": "Practitioner/x"})},
		{"with claims of the wrong shape", w.token(t, jwt.MapClaims{"scope": 7})},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.caller(t.Context(), c.token)
			if kind(err) != fhir.Login {
				t.Errorf("error is %v, want one of kind login", err)
			}
		})
	}
}

func TestHeaderThatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.token(t, nil)
	for _, c := range []struct {
		name    string
		headers []string
	}{
		{"none", nil},
		{"an empty one", []string{""}},
		{"one without a token", []string{"Bearer "}},
		{"one of another scheme", []string{"Basic " + good}},
		{"two", []string{"Bearer " + good, "Bearer " + good}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/fhir/Patient/1?access_token="+good, http.NoBody)
			r.Header["Authorization"] = c.headers
			if _, err := w.auth.Caller(t.Context(), r); kind(err) != fhir.Login {
				t.Errorf("error is %v, want one of kind login", err)
			}
		})
	}
}

func TestAlgorithmsThatAreAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{"p256": w.key("k1"), "p384": p384, "rsa": rsaKey(t, 2048)}
	w.replaceKeys(keys)
	for _, c := range []struct {
		method jwt.SigningMethod
		kid    string
		ok     bool
	}{
		{jwt.SigningMethodES256, "p256", true},
		{jwt.SigningMethodES384, "p384", true},
		{jwt.SigningMethodRS256, "rsa", true},
		{jwt.SigningMethodRS384, "rsa", true},
		{jwt.SigningMethodPS256, "rsa", true},
		{jwt.SigningMethodRS512, "rsa", false},
	} {
		t.Run(c.method.Alg(), func(t *testing.T) {
			t.Parallel()
			for _, kid := range []string{c.kid, ""} {
				if _, err := w.caller(t.Context(), sign(t, c.method, keys[c.kid], kid, claims(nil))); (err == nil) != c.ok {
					t.Errorf("key id %q: error is %v, want accepted %v", kid, err, c.ok)
				}
			}
		})
	}
}

func TestKeysComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.token(t, nil)
	if _, err := w.caller(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	asked := w.fetches.Load()
	if _, err := w.caller(t.Context(), old); err != nil || w.fetches.Load() != asked {
		t.Fatalf("the second use of a token: %v, %d fetches", err, w.fetches.Load()-asked)
	}

	next := rsaKey(t, 2048)
	w.replaceKeys(map[string]crypto.Signer{"k1": w.key("k1"), "k2": next})
	w.pass(time.Minute)
	if _, err := w.caller(t.Context(), sign(t, jwt.SigningMethodRS256, next, "k2", claims(nil))); err != nil {
		t.Fatalf("a token signed with a new key: %v", err)
	}

	w.replaceKeys(map[string]crypto.Signer{"k2": next})
	w.pass(6 * time.Minute)
	if _, err := w.caller(t.Context(), old); kind(err) != fhir.Login {
		t.Errorf("a remembered token whose key is gone: %v", err)
	}
}

func TestRememberedTokenExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(t, nil)
	if _, err := w.caller(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	if _, err := w.caller(t.Context(), token); kind(err) != fhir.Login {
		t.Errorf("error is %v, want one of kind login", err)
	}
}

func TestUnknownKeysDoNotHammerTheIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.caller(t.Context(), w.token(t, nil)); err != nil {
		t.Fatal(err)
	}
	asked := w.fetches.Load()
	foreign := rsaKey(t, 2048)
	token := sign(t, jwt.SigningMethodRS256, foreign, "k9", claims(nil))
	for range 240 { // four minutes, a token each second
		w.pass(time.Second)
		if _, err := w.caller(t.Context(), token); kind(err) != fhir.Login {
			t.Fatal(err)
		}
	}
	if n := w.fetches.Load() - asked; n > 20 { // two requests each, with pauses of 1, 2, 4 ... seconds
		t.Errorf("the issuer was asked %d times", n)
	}
}

func TestIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.down.Store(true)
	token := w.token(t, nil)
	for range 2 {
		if _, err := w.caller(t.Context(), token); kind(err) != fhir.Transient {
			t.Fatalf("never reached: error is %v, want one of kind transient", err)
		}
	}
	w.down.Store(false)
	w.pass(10 * time.Second)
	if _, err := w.caller(t.Context(), token); err != nil {
		t.Fatalf("reached again: %v", err)
	}
	w.down.Store(true)
	w.pass(30 * time.Minute)
	if _, err := w.caller(t.Context(), w.token(t, jwt.MapClaims{"exp": start.Add(72 * time.Hour).Unix()})); err != nil {
		t.Errorf("down for half an hour: %v", err)
	}
	w.pass(25 * time.Hour)
	if _, err := w.caller(t.Context(), w.token(t, jwt.MapClaims{"exp": start.Add(72 * time.Hour).Unix()})); kind(err) != fhir.Transient {
		t.Errorf("down for a day: error is %v, want one of kind transient", err)
	}
}

func TestNewRefusesBadSettingsAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := auth.New(auth.Config{Client: http.DefaultClient, Now: time.Now, Issuers: []auth.Issuer{
		{URL: "issuer.invalid", Audience: audience},
		{URL: "https://one.invalid"},
		{URL: "https://two.invalid", Audience: audience, JWKSURL: "/keys"},
		{URL: "https://three.invalid", Audience: audience},
		{URL: "https://three.invalid", Audience: audience},
	}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{`"issuer.invalid"`, "one.invalid", "two.invalid", "three.invalid is named twice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}
