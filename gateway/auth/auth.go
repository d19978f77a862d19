// Package auth turns the bearer token of a request into a guard.Caller: it verifies signature, issuer, audience,
// times and algorithm against the issuer's published keys, and reads the claims of SMART App Launch, IHE IUA and
// UDAP B2B.
//
// It knows nothing of what a caller may see. A refused token is answered with as little as helps its owner; the
// reason in full is in Error.Err, for the log.
package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/fhir"
	"concord/gateway/guard"
)

// Bounds on what a request may make this room do.
const (
	maxToken   = 16 << 10 // bytes
	remembered = 10_000   // verified tokens
)

// Issuer is one issuer of tokens, with what this server believes it about.
type Issuer struct {
	URL      string // the claim iss, exactly; discovery starts here
	Audience string // must be among the claim aud
	JWKSURL  string // the key set, for an issuer without discovery; empty: discovered
	// Bases are the addresses, besides the audience, under which fhirUser and organisations may be written as
	// absolute URLs. References to any other server name nobody here.
	Bases []string
	// TrustPurpose: the purpose of use is believed. TrustOrganization: the organisation and the role in it are.
	// TrustOperator: the client role operator is. What is not trusted is left out, as if the token did not say it.
	TrustPurpose, TrustOrganization, TrustOperator bool
}

// Config is what an Auth needs.
type Config struct {
	Issuers []Issuer
	Client  *http.Client // the outbound client
	Now     func() time.Time
}

// Auth verifies tokens. It is safe for concurrent use.
type Auth struct {
	issuers map[string]*trusted
	tokens  *lru.Cache[[sha256.Size]byte, verified]
	now     func() time.Time
}

// New checks the configuration. Nothing is fetched before the first token of an issuer comes, so an issuer that
// does not answer keeps nobody else waiting. All faults are returned at once.
func New(c Config) (*Auth, error) {
	if c.Client == nil || c.Now == nil {
		return nil, errors.New("auth needs a client and a clock")
	}
	tokens, err := lru.New[[sha256.Size]byte, verified](remembered)
	if err != nil {
		return nil, fmt.Errorf("make the memory of tokens: %w", err)
	}
	a := &Auth{issuers: make(map[string]*trusted, len(c.Issuers)), tokens: tokens, now: c.Now}
	var faults []error
	for _, i := range c.Issuers {
		if err := i.Check(); err != nil {
			faults = append(faults, err)
			continue
		}
		if a.issuers[i.URL] != nil {
			faults = append(faults, fmt.Errorf("issuer %s is named twice", i.URL))
			continue
		}
		a.issuers[i.URL] = newTrusted(i, c)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return a, nil
}

// Check finds what is wrong with the settings of an issuer, all at once.
func (i Issuer) Check() error {
	var faults []error
	if !absolute(i.URL) {
		faults = append(faults, fmt.Errorf("issuer %q is not an absolute http or https address without query and fragment", i.URL))
	}
	if i.Audience == "" {
		faults = append(faults, fmt.Errorf("issuer %q has no audience: its tokens for other servers would be accepted here", i.URL))
	}
	if i.JWKSURL != "" && !absolute(i.JWKSURL) {
		faults = append(faults, fmt.Errorf("the key set of issuer %q is not at an absolute http or https address", i.URL))
	}
	return errors.Join(faults...)
}

func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// Caller is who sends the request. Errors are *fhir.Error: Login when there is no token or it cannot be accepted,
// Transient when the issuer's keys cannot be had at the moment.
func (a *Auth) Caller(ctx context.Context, r *http.Request) (guard.Caller, error) {
	raw, err := bearer(r)
	if err != nil {
		return guard.Caller{}, err
	}
	hash := sha256.Sum256([]byte(raw))
	if known, ok := a.tokens.Get(hash); ok {
		if known.holds(ctx, a.now()) {
			return known.caller, nil
		}
		a.tokens.Remove(hash)
	}
	fresh, err := a.verify(ctx, raw)
	if err != nil {
		return guard.Caller{}, err
	}
	a.tokens.Add(hash, fresh)
	return fresh.caller, nil
}

// bearer takes the token from the Authorization header (RFC 6750 2.1), the only place where it is looked for: a
// token in a URL ends up in logs.
func bearer(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	switch len(headers) {
	case 0:
		return "", fhir.Errorf(fhir.Login, "a bearer token is needed: send it in the Authorization header")
	case 1:
	default:
		return "", fhir.Errorf(fhir.Login, "there is more than one Authorization header: send one")
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.TrimSpace(token)
	switch {
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return "", fhir.Errorf(fhir.Login, "a bearer token is needed: send \"Authorization: Bearer\" and the token")
	case len(token) > maxToken:
		return "", fhir.Errorf(fhir.Login, "the token is longer than %d bytes", maxToken)
	}
	return token, nil
}

// verified is a token that was found good, remembered by its hash.
type verified struct {
	caller guard.Caller
	until  time.Time
	issuer *trusted
	key    string // thumbprint of the key that signed it
}

// holds reports whether the token is still good: not expired, and its key still published. An issuer whose keys
// cannot be had is asked again through verify, which says so.
func (v verified) holds(ctx context.Context, now time.Time) bool {
	if !now.Before(v.until) {
		return false
	}
	keys, err := v.issuer.keys(ctx)
	return err == nil && keys.has(v.key)
}
