package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"concord/consent"
	"concord/consent/smart"
	"concord/gateway/auth"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/outbound"
	"concord/gateway/rest"
	"concord/gateway/sqlite"
)

// record is the store of a data directory with the guard before it.
type record struct {
	store *sqlite.Store
	guard *guard.Guard
}

// openRecord opens the store of s.data. It fails when another process has it open.
func openRecord(ctx context.Context, p *process, s settings, log *slog.Logger) (*record, error) {
	store, err := sqlite.Open(ctx, sqlite.Config{
		Path:        filepath.Join(s.data, databaseFile),
		Checkpoints: s.checkpoints,
		Now:         p.now,
		NewID:       p.newID,
		Log:         log,
	})
	if errors.Is(err, sqlite.ErrInUse) {
		return nil, fmt.Errorf("%s is in use by another concord: stop that one first", s.data)
	}
	if err != nil {
		return nil, err
	}
	g, err := newGuard(p, s, store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &record{store: store, guard: g}, nil
}

func newGuard(p *process, s settings, store *sqlite.Store) (*guard.Guard, error) {
	secret := s.secret
	if secret == nil {
		var err error
		if secret, err = secretOf(s.data); err != nil {
			return nil, err
		}
	}
	return guard.New(guard.Config{
		Store:  store,
		Trail:  store,
		Cache:  memory.NewCache(s.viewCache, p.now),
		Base:   s.policy,
		Now:    p.now,
		NewID:  p.newID,
		Secret: secret,
		Build:  version(),
	})
}

// operator is the one who runs a command on the data directory itself (CONSENT rules 15.7).
func (r *record) operator(p *process, client string) (guard.Reading, error) {
	scopes, err := smart.Parse("system/*.cruds")
	if err != nil {
		return guard.Reading{}, fmt.Errorf("make the operator's scopes: %w", err)
	}
	return r.guard.As(guard.Caller{Subject: "operator", Client: client, Name: "operator", Scopes: scopes, Operator: true, Request: p.newID()}), nil
}

// empty reports whether nothing was ever stored.
func (r *record) empty(ctx context.Context) (bool, error) {
	entries, _, err := r.store.Follow(ctx, 0, 1)
	if err != nil {
		return false, fmt.Errorf("look whether the store is empty: %w", err)
	}
	return len(entries) == 0, nil
}

// door makes the FHIR service over the record. Hosts in local are answered in this process.
func (r *record) door(p *process, s settings, log *slog.Logger, local map[string]http.Handler) (http.Handler, error) {
	tokens, err := auth.New(auth.Config{
		Issuers: s.issuers,
		Client:  outbound.New(outbound.Config{ClosedNetwork: s.closedNetwork, Local: local}),
		Now:     p.now,
	})
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(s.issuers))
	for _, i := range s.issuers {
		names = append(names, i.URL)
	}
	return rest.New(rest.Config{
		Guard: r.guard, Auth: tokens, Base: s.base, Issuers: names, Now: p.now, NewID: p.newID, Log: log, Build: version(),
	})
}

// jsonLog writes one JSON object a line to the standard error.
func (p *process) jsonLog(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: level}))
}

// toolSettings are those of the commands that work on a data directory while nothing serves it. No choice is ever
// asked there: the operator reads what is stored.
func toolSettings(data, checkpoints string) settings {
	return settings{data: data, checkpoints: checkpoints, policy: consent.Default(), viewCache: 1 << 20}
}
