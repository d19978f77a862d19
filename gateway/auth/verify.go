package auth

import (
	"context"
	"errors"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"concord/fhir"
)

// leeway is by how much another machine's clock may be ahead of ours. A token that has expired is not given any.
const leeway = time.Minute

// The algorithms that are accepted: never none, and never one with a shared secret.
var (
	algorithms     = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.ES256, jose.ES384, jose.PS256}
	algorithmNames = []string{oidc.RS256, oidc.RS384, oidc.ES256, oidc.ES384, oidc.PS256}
)

// refused is the answer to every token that is not accepted for a reason its owner cannot mend. It does not say
// which check failed.
func refused(cause error) error {
	e := fhir.Errorf(fhir.Login, "the token cannot be accepted: get a new one for this server")
	e.Err = cause
	return e
}

// verify checks a token that is not remembered.
func (a *Auth) verify(ctx context.Context, raw string) (verified, error) {
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return verified{}, refused(errors.New("not a JWS in compact form with an algorithm that is accepted"))
	}
	// Nothing in the payload is believed yet: it only says whose keys to try.
	said, err := parseClaims(jws.UnsafePayloadWithoutVerification())
	if err != nil {
		return verified{}, refused(err)
	}
	issuer := a.issuers[said.Issuer]
	if issuer == nil {
		return verified{}, refused(errors.New("the issuer is not configured"))
	}
	keys, err := issuer.keys(ctx)
	if err != nil {
		return verified{}, err
	}
	signature := &signature{issuer: issuer, keys: keys, jws: jws}
	verifier := oidc.NewVerifier(issuer.URL, signature, &oidc.Config{
		ClientID: issuer.Audience, SupportedSigningAlgs: algorithmNames, Now: a.now,
	})
	if _, err := verifier.Verify(ctx, raw); err != nil {
		if _, expired := errors.AsType[*oidc.TokenExpiredError](err); expired {
			return verified{}, fhir.Errorf(fhir.Login, "the token has expired: get a new one")
		}
		return verified{}, refused(err)
	}
	if err := said.checkTimes(a.now()); err != nil {
		return verified{}, err
	}
	caller, err := said.caller(issuer.Issuer)
	if err != nil {
		return verified{}, err
	}
	return verified{caller: caller, until: said.Expires.Time, issuer: issuer, key: signature.key}, nil
}

// checkTimes goes beyond go-oidc, which takes a token without an expiry time for one of 1970, never looks at the
// time of issue, and gives five minutes on nbf.
func (c *claims) checkTimes(now time.Time) error {
	switch {
	case !now.Before(c.Expires.Time):
		return fhir.Errorf(fhir.Login, "the token has expired: get a new one")
	case now.Add(leeway).Before(c.NotBefore.Time):
		return refused(errors.New("the token is not valid yet"))
	case now.Add(leeway).Before(c.Issued.Time):
		return refused(errors.New("the token was issued in the future"))
	}
	return nil
}

// signature is the oidc.KeySet for one token: it tries the keys at hand, and asks for newer ones when none fits.
type signature struct {
	issuer *trusted
	keys   *keySet
	jws    *jose.JSONWebSignature
	key    string // thumbprint of the key that fitted
}

// VerifySignature ignores the text: go-oidc gives the token that s.jws was parsed from.
func (s *signature) VerifySignature(ctx context.Context, _ string) ([]byte, error) {
	if payload, ok := s.try(); ok {
		return payload, nil
	}
	if s.keys = s.issuer.newer(ctx, s.keys); s.keys != nil {
		if payload, ok := s.try(); ok {
			return payload, nil
		}
	}
	return nil, errors.New("no published key fits the signature")
}

func (s *signature) try() ([]byte, bool) {
	header := s.jws.Signatures[0].Header
	for _, k := range s.keys.keys {
		if header.KeyID != "" && k.KeyID != header.KeyID || k.Algorithm != "" && k.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := s.jws.Verify(k.JSONWebKey); err == nil {
			s.key = k.thumbprint
			return payload, true
		}
	}
	return nil, false
}
