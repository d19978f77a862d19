// Command concord is the gateway: one binary that serves, shows itself off with a region of its own, takes
// records in, hands out tokens for the demo, and checks the trail. It wires the rooms together and knows every
// one of them; it decides nothing itself.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(status)
}
