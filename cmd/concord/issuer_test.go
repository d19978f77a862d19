package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"concord/cmd/concord/region"
	"concord/gateway/issuer"
)

// tokenMaker is an issuer of its own address, as a real one is.
type tokenMaker struct {
	url    string
	tokens *issuer.Issuer
}

// hereAudience is the audience of the servers of tests.
const hereAudience = "https://here.invalid"

func newIssuer(t *testing.T) *tokenMaker {
	t.Helper()
	var handler http.Handler
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(outside.Close)
	tokens, err := issuer.Open(t.TempDir(), outside.URL)
	if err != nil {
		t.Fatal(err)
	}
	if handler, err = tokens.Handler(); err != nil {
		t.Fatal(err)
	}
	return &tokenMaker{outside.URL, tokens}
}

func (m *tokenMaker) sign(t *testing.T, c issuer.Claims) string {
	t.Helper()
	token, err := m.tokens.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (m *tokenMaker) operator(t *testing.T) string {
	t.Helper()
	return m.sign(t, issuer.Claims{
		Subject: "x", Audience: hereAudience, Scope: "system/*.cruds", ClientRoles: []string{"operator"},
		Issued: time.Now(), Expires: time.Now().Add(time.Hour),
	})
}

func (m *tokenMaker) persona(t *testing.T, name string) string {
	t.Helper()
	p, ok := region.Find(name)
	if !ok {
		t.Fatal("no such persona")
	}
	return m.sign(t, personaClaims(p, demoDirectory{Audience: hereAudience}, time.Now(), time.Hour, "id"))
}
