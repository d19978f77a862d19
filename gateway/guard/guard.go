// Package guard stands between the use cases and the record. It is the only package that touches a Store, and
// everything that leaves the gateway passes it: it decides (package consent), cuts, and records in the trail.
// A hidden thing and a thing that never existed give the same answer.
//
// It knows nothing of HTTP, nor of how tokens are verified; it is given a Caller.
package guard

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/consent"
	"concord/fhir"
)

// Config is what a Guard is made of. All fields but Build, Limits, Labels, Glass and Queue are needed.
type Config struct {
	Store  Store
	Trail  Trail
	Cache  Cache
	Base   consent.Base      // what holds when no choice speaks
	Now    func() time.Time  // the clock
	NewID  func() string     // ids of resources and versions: random, 122 bits or more
	Secret []byte            // signs page cursors; 32 bytes, the same on every node
	Build  string            // names the code: views cached by another build are not used
	Limits Limits            // zero: the defaults
	Glass  Glass             // who may break the glass; zero: nobody
	Queue  *TrailQueue       // where emergencies are recorded while the trail fails; nil: then nothing is disclosed
	Labels *consent.Labeller // how things are labelled; nil: consent.DefaultLabels
}

// Guard decides, cuts and records. It is safe for use by many goroutines.
type Guard struct {
	Config

	links     cipher.AEAD
	policies  *lru.Cache[policyKey, *consent.Policy]
	residuals *lru.Cache[residualKey, ruling]
	viewers   *lru.Cache[viewerKey, []consent.Viewer]
	tellings  *lru.Cache[fhir.Ref, telling]
}

// New makes a Guard. It returns an error when something that it needs is missing.
func New(c Config) (*Guard, error) {
	if c.Store == nil || c.Trail == nil || c.Cache == nil || c.Now == nil || c.NewID == nil || len(c.Secret) < 32 {
		return nil, fmt.Errorf("make a guard: store, trail, cache, clock, source of ids and a secret of 32 bytes are all needed")
	}
	policies, err := lru.New[policyKey, *consent.Policy](policiesKept)
	if err != nil {
		return nil, fmt.Errorf("make the cache of policies: %w", err)
	}
	residuals, err := lru.New[residualKey, ruling](residualsKept)
	if err != nil {
		return nil, fmt.Errorf("make the cache of residuals: %w", err)
	}
	viewers, err := lru.New[viewerKey, []consent.Viewer](viewersKept)
	if err != nil {
		return nil, fmt.Errorf("make the cache of viewers: %w", err)
	}
	tellings, err := lru.New[fhir.Ref, telling](tellingsKept)
	if err != nil {
		return nil, fmt.Errorf("make the cache of times: %w", err)
	}
	c.Limits = c.Limits.withDefaults()
	if c.Labels == nil {
		c.Labels = consent.DefaultLabels()
	}
	c.Base.Labels = c.Labels.Epoch()
	if c.Queue != nil {
		c.Trail = urgentTrail{c.Trail, c.Queue}
	}
	links, err := linkBox(c.Secret)
	if err != nil {
		return nil, err
	}
	return &Guard{Config: c, links: links, policies: policies, residuals: residuals, viewers: viewers, tellings: tellings}, nil
}

// As gives the record as one caller may see it.
func (g *Guard) As(c Caller) Reading { return Reading{g: g, c: c} }

// How many compiled policies (by person) and residuals (by person and caller) are remembered. A policy is a few
// kilobytes, a residual less than one.
const (
	policiesKept  = 20_000
	residualsKept = 50_000
	viewersKept   = 2_000
)

// newPerson makes the internal id of a person. It never leaves the server, so it does not come from NewID: two
// stores that differ only in what a caller cannot see must hand out the same visible ids (the twin-store test).
func newPerson() consent.Person { return consent.Person(randomHex()) }

// randomHex is 128 random bits. crypto/rand does not fail on the systems that Go runs on.
func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
