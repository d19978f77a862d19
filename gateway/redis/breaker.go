package redis

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// The breaker opens after so many failures with no success between, and lets one call through in every pause.
const (
	failuresToOpen = 5
	pause          = time.Second
	foreignEvery   = time.Minute
	causeLength    = 200
)

// breaker remembers for a short while that Redis does not answer, so that not every request waits for it. While it is
// open, whoever comes first after a pause tries, and moves the next try one pause away: a try that never ends costs
// nothing more. Any success closes it.
type breaker struct {
	now func() time.Time
	log *slog.Logger

	failures atomic.Int32
	retry    atomic.Int64 // when the next try may be, in nanoseconds; 0: closed
	told     atomic.Int64 // when a foreign value was last logged
}

// allows reports whether Redis may be called. Who is allowed reports how it went, unless the call was given up.
func (b *breaker) allows() bool {
	retry := b.retry.Load()
	if retry == 0 {
		return true
	}
	now := b.now().UnixNano()
	return !within(now, retry) && b.retry.CompareAndSwap(retry, now+int64(pause))
}

// isOpen reports whether Redis is known not to answer, without taking the try.
func (b *breaker) isOpen() bool { return b.retry.Load() != 0 }

// within reports whether the pause before retry lasts. A clock that was set back does not make it longer.
func within(now, retry int64) bool { return now < retry && retry-now <= int64(pause) }

func (b *breaker) succeeded(ctx context.Context) {
	if b.failures.Load() != 0 {
		b.failures.Store(0)
	}
	if b.retry.Load() != 0 && b.retry.Swap(0) != 0 {
		b.log.InfoContext(ctx, "view_cache_back")
	}
}

func (b *breaker) failed(ctx context.Context, err error) {
	if b.failures.Add(1) < failuresToOpen {
		return
	}
	if b.retry.Swap(b.now().UnixNano()+int64(pause)) == 0 {
		b.log.WarnContext(ctx, "view_cache_lost", slog.String("cause", cause(err)))
	}
}

// foreign says, now and then, that Redis gives what we did not put there.
func (b *breaker) foreign(ctx context.Context) {
	now, told := b.now().UnixNano(), b.told.Load()
	if told != 0 && now-told < int64(foreignEvery) {
		return
	}
	if b.told.CompareAndSwap(told, now) {
		b.log.WarnContext(ctx, "view_cache_foreign_value")
	}
}

// cause is the error for the log. Redis may have written some of it, so it is cut.
func cause(err error) string {
	text := err.Error()
	return text[:min(len(text), causeLength)]
}
