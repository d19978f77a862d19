package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkEnforcement is what deciding costs: the same requests to this program and to one that was built to permit
// all, each on its own copy of the same demo, turn about. A ratio of 0.85 means that 15 % of the throughput goes
// into deciding. Views are measured in repeats, so that they are kept by both.
func BenchmarkEnforcement(b *testing.B) {
	enforced, permissive := startBuilt(b), startBuilt(b, "-tags", "permitall")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}
	paths := []struct{ name, path string }{
		{"read", "/Condition/amina-type-1-diabetes"},
		{"search", "/Goal?patient=Patient/amina"},
		{"everything", "/Patient/amina/$everything"},
		{"view", "/Patient/amina/$whole-person"},
	}
	for _, p := range paths {
		b.Run(p.name, func(b *testing.B) {
			get := func(s *builtDemo) func(int) error {
				return func(int) error {
					status, body, err := fetch(client, "GET", s.address+p.path, s.token, "")
					if err == nil && status != http.StatusOK {
						err = fmt.Errorf("status %d: %.200s", status, body)
					}
					return err
				}
			}
			hammer(b, 1000, benchClients, get(enforced))
			hammer(b, 1000, benchClients, get(permissive))
			var ours, top float64
			for b.Loop() {
				ours += hammer(b, 2000, benchClients, get(enforced))
				top += hammer(b, 2000, benchClients, get(permissive))
			}
			b.ReportMetric(ours/top, "ratio")
		})
	}
}

// builtDemo is a demo that runs as a process of its own.
type builtDemo struct{ address, token string }

// startBuilt builds the program, starts its demo and gives a token of a GP.
func startBuilt(b *testing.B, flags ...string) *builtDemo {
	b.Helper()
	dir := b.TempDir()
	binary := filepath.Join(dir, "concord")
	build := exec.CommandContext(b.Context(), "go", append(append([]string{"build", "-buildvcs=false", "-o", binary}, flags...), ".")...)
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	data := filepath.Join(dir, "data")
	cmd := exec.CommandContext(b.Context(), binary, "demo", "--data", data, "--addr", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ready ") {
		b.Fatalf("the demo said %q", lines.Text())
	}
	address := strings.TrimPrefix(lines.Text(), "ready ")
	go func() {
		for lines.Scan() { // it is not to wait for us
		}
	}()
	return &builtDemo{address, benchToken(b, data, "--persona", "gp")}
}
