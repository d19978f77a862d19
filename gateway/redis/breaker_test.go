package redis

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	var log strings.Builder
	b := &breaker{now: func() time.Time { return now }, log: slog.New(slog.NewTextHandler(&log, nil))}
	ctx := t.Context()
	bad := errors.New(strings.Repeat("no ", 1000))
	for range failuresToOpen - 1 {
		b.failed(ctx, bad)
	}
	b.succeeded(ctx)
	for range failuresToOpen - 1 {
		b.failed(ctx, bad)
	}
	if !b.allows() {
		t.Error("opened although there was a success between the failures")
	}
	b.failed(ctx, bad)
	if b.allows() || !b.isOpen() {
		t.Error("did not open")
	}
	now = now.Add(pause)
	if !b.allows() {
		t.Error("let nobody try after the pause")
	}
	if b.allows() {
		t.Error("let a second one try")
	}
	now = now.Add(pause)
	if !b.allows() {
		t.Error("a try that never ended held up the next")
	}
	b.failed(ctx, bad)
	if b.allows() {
		t.Error("a try that failed closed it")
	}
	now = now.Add(-time.Hour)
	if !b.allows() {
		t.Error("a clock that was set back by an hour made the pause an hour longer")
	}
	b.succeeded(ctx)
	for range 2 {
		if !b.allows() || b.isOpen() {
			t.Error("did not close after a success")
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 2 || log.Len() > 2*(causeLength+100) {
		t.Errorf("logged %d lines: %s", n, &log)
	}
}

func TestBreakerLetsOneOfManyTry(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	b := &breaker{now: func() time.Time { return time.Unix(1_740_000_000, now.Load()) }, log: slog.New(slog.DiscardHandler)}
	for range failuresToOpen {
		b.failed(context.Background(), errors.New("no"))
	}
	now.Store(int64(pause))
	var tries atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if b.allows() {
				tries.Add(1)
			}
		})
	}
	all.Wait()
	if tries.Load() != 1 {
		t.Errorf("%d tried at once", tries.Load())
	}
}

func TestForeignValuesAreLoggedNowAndThen(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	var log strings.Builder
	b := &breaker{now: func() time.Time { return now }, log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 100 {
		b.foreign(t.Context())
	}
	now = now.Add(foreignEvery)
	b.foreign(t.Context())
	if n := strings.Count(log.String(), "view_cache_foreign_value"); n != 2 {
		t.Errorf("logged %d times, want 2", n)
	}
}
