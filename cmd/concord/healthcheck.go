package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthcheckCommand is "concord healthcheck": for a container, which has no other program in it.
type healthcheckCommand struct {
	Addr  string `default:"127.0.0.1:8080" variable:"CONCORD_ADDR" help:"Where the server on this machine listens, as HOST:PORT."`
	Ready bool   `help:"Ask whether it can serve requests (/readyz), not only whether it is alive (/healthz)."`
}

const healthTime = 2 * time.Second

// Run fails when the server does not say that it is well.
func (c healthcheckCommand) Run(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return errors.Join(errSettings, errors.New("  --addr (CONCORD_ADDR): must be HOST:PORT"))
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() { // it listens everywhere, also here
		host = "127.0.0.1"
	}
	path := "/healthz"
	if c.Ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return errors.New("the server does not answer")
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not well: %s says %d", path, response.StatusCode)
	}
	return nil
}
