package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"

	"concord/consent"
	"concord/consent/smart"
	"concord/gateway/auth"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/outbound"
	"concord/gateway/postgres"
	"concord/gateway/redis"
	"concord/gateway/rest"
	"concord/gateway/sqlite"
)

// store is where the record and the trail are kept.
type store interface {
	guard.Relabeller
	guard.Trail
	Close() error
}

// record is a store with the guard before it.
type record struct {
	store store
	cache guard.Cache
	guard *guard.Guard
	queue *guard.TrailQueue
	tasks *background
}

// openRecord opens the store of s: PostgreSQL, or SQLite in the data directory. It fails when another process has the
// data directory open.
func openRecord(ctx context.Context, p *process, s settings, log *slog.Logger) (*record, error) {
	opened, err := openStore(ctx, p, s, log)
	if errors.Is(err, sqlite.ErrInUse) || errors.Is(err, postgres.ErrInUse) {
		return nil, fmt.Errorf("%s is in use by another concord: stop that one first", s.data)
	}
	if err != nil {
		return nil, err
	}
	r := &record{store: opened, tasks: newBackground()}
	r.queue, err = guard.OpenTrailQueue(filepath.Join(s.data, trailQueueFile))
	if err == nil {
		r.cache, err = openCache(p, s, log) //nolint:contextcheck // the cache outlives the opening
	}
	if err == nil {
		r.guard, err = newGuard(p, s, r)
	}
	if err == nil {
		if late := r.guard.Replay(ctx); late != nil { // the next event tries again
			log.LogAttrs(ctx, slog.LevelWarn, "trail_queue_waits", slog.String("error", late.Error()))
		}
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// openStore leaves no store behind when it fails.
func openStore(ctx context.Context, p *process, s settings, log *slog.Logger) (store, error) {
	if s.database != "" {
		// A node has checkpoints of its own: they name its chain.
		dir := cmp.Or(s.checkpoints, filepath.Join(s.data, checkpointsFolder))
		opened, err := postgres.Open(ctx, postgres.Config{URL: s.database, Checkpoints: dir, Now: p.now, NewID: p.newID, Log: log, Labels: s.labeller().Epoch()})
		if err != nil {
			return nil, err
		}
		return opened, nil
	}
	opened, err := sqlite.Open(ctx, sqlite.Config{
		Path: filepath.Join(s.data, databaseFile), Checkpoints: s.checkpoints, Now: p.now, NewID: p.newID, Log: log,
		Labels: s.labeller().Epoch(),
	})
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// openCache calls nobody: a Redis that does not answer is one that has forgotten everything.
func openCache(p *process, s settings, log *slog.Logger) (guard.Cache, error) {
	if s.viewCache.redis == nil {
		return memory.NewCache(s.viewCache.memory, p.now), nil
	}
	config := *s.viewCache.redis
	config.Now, config.Log = p.now, log
	cache, err := redis.New(config)
	if err != nil {
		return nil, err
	}
	return cache, nil
}

// close ends the tasks, and closes the cache and the store, also when ctx has ended: the last checkpoint is written then.
func (r *record) close() error {
	r.tasks.close()
	var err error
	if c, ok := r.cache.(io.Closer); ok {
		err = c.Close()
	}
	if r.queue != nil {
		err = errors.Join(err, r.queue.Close())
	}
	if late := r.store.Close(); late != nil {
		err = errors.Join(err, fmt.Errorf("close the store: %w", late))
	}
	return err
}

func newGuard(p *process, s settings, r *record) (*guard.Guard, error) {
	secret := s.secret
	if secret == nil {
		var err error
		if secret, err = secretOf(s.data); err != nil {
			return nil, err
		}
	}
	build := version()
	if s.viewCache.redis != nil && !released(build) {
		build += "+" + p.newID() // there is no telling it from another: it shares no view with any
	}
	return guard.New(guard.Config{
		Store: r.store, Trail: r.store, Cache: r.cache, Base: s.policy, Now: p.now, NewID: p.newID, Secret: secret, Build: build, Limits: s.limits.search,
		Labels: s.labeller(), Glass: s.glass, Queue: r.queue,
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
	if err := r.review(p, log); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(s.issuers))
	for _, i := range s.issuers {
		names = append(names, i.URL)
	}
	return rest.New(rest.Config{
		Guard: r.guard, Auth: tokens, Base: s.base, Issuers: names, Now: p.now, NewID: p.newID, Log: log, Build: version(),
		Limits: s.limits.door, Background: r.tasks.run, Local: s.doors.local,
	})
}

// jsonLog writes one JSON object a line to the standard error.
func (p *process) jsonLog(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: level}))
}

// toolSettings are those of the commands that work on a data directory while nothing serves it. No choice is ever
// asked there: the operator reads what is stored.
func toolSettings(data, checkpoints string) settings {
	return settings{data: data, checkpoints: checkpoints, policy: consent.Default(), viewCache: viewCache{memory: 1 << 20}}
}
