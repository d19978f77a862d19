package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

// The limits of a connection. What one request may take is the door's to say.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// listen takes the address.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// roomy lets the collector come half as often while requests are answered, unless GOGC says how often, until what it gives
// is called. It took a quarter of the time of small reads; what is resident when nobody asks stays the same.
func roomy() func() {
	const usual, servingGC = 100, 200
	before := debug.SetGCPercent(servingGC)
	if before != usual {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}

// serveHTTP answers until ctx ends, then takes no more, lets what is under way finish for the time given, and cuts off
// the rest. It returns when no request is running any more.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, drainTime time.Duration, log *slog.Logger, ready func() error) error {
	base, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	defer roomy()()
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(l) }()

	err := ready()
	if err == nil {
		select {
		case err := <-stopped: // before it was asked to
			return fmt.Errorf("serve: %w", err)
		case <-ctx.Done():
		}
	}
	drain, cancel := context.WithTimeout(base, drainTime)
	defer cancel()
	if late := server.Shutdown(drain); late != nil {
		cutOff() // each request under way sees its context end
		err = errors.Join(err, server.Close())
	}
	if ended := <-stopped; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}
