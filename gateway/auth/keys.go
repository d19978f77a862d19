package auth

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"concord/fhir"
)

// How long keys are used before they are asked for again, how long they are used when that fails, and how often
// an issuer may be asked because of a token that names a key it has not published.
const (
	freshFor   = 5 * time.Minute
	usableFor  = 24 * time.Hour
	firstPause = time.Second
	lastPause  = 5 * time.Minute
	fetchLimit = 5 * time.Second
	maxKeySet  = 1 << 20
)

// trusted is an issuer with its keys. The keys are fetched when they are first needed. Anybody can send a token
// that names a key nobody has, so each fetch that brings nothing new doubles the pause before the next.
type trusted struct {
	Issuer
	client *http.Client
	now    func() time.Time

	set   atomic.Pointer[keySet]
	fetch sync.Mutex // held by the one request that fetches; guards what follows
	next  time.Time
	pause time.Duration
}

func newTrusted(i Issuer, c Config) *trusted {
	return &trusted{Issuer: i, client: c.Client, now: c.Now, pause: firstPause}
}

// keySet is the keys of an issuer as of one moment. It is immutable.
type keySet struct {
	keys    []namedKey
	fetched time.Time
}

type namedKey struct {
	jose.JSONWebKey
	thumbprint string
}

// has reports whether the key is still published.
func (s *keySet) has(thumbprint string) bool {
	for _, k := range s.keys {
		if k.thumbprint == thumbprint {
			return true
		}
	}
	return false
}

// keys gives the issuer's keys. One request of those that find them old fetches them again, the others go on
// with the old ones.
func (t *trusted) keys(ctx context.Context) (*keySet, error) {
	set := t.set.Load()
	if set != nil && t.now().Sub(set.fetched) < freshFor {
		return set, nil
	}
	if set == nil {
		t.fetch.Lock()
	} else if !t.fetch.TryLock() {
		return t.usable(set)
	}
	defer t.fetch.Unlock()
	if now := t.set.Load(); now != set {
		return t.usable(now)
	}
	err := t.fetchKeys(ctx)
	if set = t.set.Load(); set != nil {
		return t.usable(set)
	}
	return nil, &fhir.Error{Kind: fhir.Transient, Issues: unreachable, Err: err}
}

var unreachable = []fhir.Issue{{Code: fhir.Transient, Diagnostics: "the issuer of the token does not answer at the moment: try again"}}

func (t *trusted) usable(set *keySet) (*keySet, error) {
	if t.now().Sub(set.fetched) > usableFor {
		return nil, &fhir.Error{Kind: fhir.Transient, Issues: unreachable, Err: errors.New("the keys of the issuer are too old to rest on")}
	}
	return set, nil
}

// newer gives keys newer than those given, if there are any and it is time to ask. A nil answer is no error.
func (t *trusted) newer(ctx context.Context, than *keySet) *keySet {
	t.fetch.Lock()
	defer t.fetch.Unlock()
	if t.set.Load() == than {
		_ = t.fetchKeys(ctx) // the token is refused all the same, by the keys there are
	}
	if now := t.set.Load(); now != than {
		return now
	}
	return nil
}

// errPausing says that the last fetch is too short a time ago.
var errPausing = errors.New("the issuer was asked a moment ago")

// fetchKeys asks the issuer, unless it was asked too short a time ago. t.fetch is held.
func (t *trusted) fetchKeys(ctx context.Context) error {
	now := t.now()
	if now.Before(t.next) {
		return errPausing
	}
	old := t.set.Load()
	// The answer serves everybody: the request that happens to ask must not take it away by going.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchLimit)
	defer cancel()
	set, err := t.published(ctx)
	if err == nil {
		set.fetched = now
		t.set.Store(set)
	}
	if err == nil && (old == nil || !old.same(set)) {
		t.pause = firstPause
	} else {
		t.pause = min(2*t.pause, lastPause)
	}
	t.next = now.Add(t.pause)
	return err
}

func (s *keySet) same(other *keySet) bool {
	if len(s.keys) != len(other.keys) {
		return false
	}
	for _, k := range s.keys {
		if !other.has(k.thumbprint) {
			return false
		}
	}
	return true
}

// published discovers where the keys are (OpenID Connect Discovery 4) and reads them.
func (t *trusted) published(ctx context.Context) (*keySet, error) {
	address := t.JWKSURL
	if address == "" {
		provider, err := oidc.NewProvider(oidc.ClientContext(ctx, t.client), t.URL)
		if err != nil {
			return nil, fmt.Errorf("discover issuer %s: %w", t.URL, err)
		}
		var document struct {
			JWKS string `json:"jwks_uri"`
		}
		if err := provider.Claims(&document); err != nil {
			return nil, fmt.Errorf("read the discovery document of %s: %w", t.URL, err)
		}
		address = document.JWKS
	}
	body, err := t.get(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("fetch the keys of %s: %w", t.URL, err)
	}
	return parseKeys(body)
}

func (t *trusted) get(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxKeySet))
}

// parseKeys reads a JSON Web Key Set. Keys of kinds unknown here are passed over, as RFC 7517 section 5 asks; so
// are private, symmetric, encryption and short keys. A set without any key left is a fault of the issuer.
func parseKeys(body []byte) (*keySet, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	set := &keySet{}
	for _, text := range raw.Keys {
		var key jose.JSONWebKey
		if err := json.Unmarshal(text, &key); err != nil || !key.Valid() || !key.IsPublic() || key.Use == "enc" {
			continue
		}
		if public, ok := key.Key.(*rsa.PublicKey); ok && public.N.BitLen() < 2048 {
			continue
		}
		sum, err := key.Thumbprint(crypto.SHA256)
		if err != nil {
			continue
		}
		set.keys = append(set.keys, namedKey{key, base64.RawURLEncoding.EncodeToString(sum)})
	}
	if len(set.keys) == 0 {
		return nil, errors.New("the key set holds no key that can be used")
	}
	return set, nil
}
