package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"
)

// The benchmarks of the whole gateway over HTTP on loopback: tokens are checked, choices are obeyed, the trail is
// durable. Clients and server share the cores. Each prints its ratio to a ceiling that is measured in the same
// run: a bare gin handler that serves the same bytes from memory, or google/fhir decoding the same body.
// Run them with: make bench

const benchClients = 32

// benchDemo starts the demo, with more flags where they are given, and gives a client for it.
func benchDemo(b *testing.B, flags ...string) (address, dir string, client *http.Client) {
	b.Helper()
	dir = b.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"demo", "--addr", "127.0.0.1:0", "--data", dir}, flags...), in, io.Discard, noVariables)
	}()
	b.Cleanup(func() { cancel(); _ = out.Close(); <-done })
	line := make([]byte, 4096)
	n, err := out.Read(line)
	if err != nil {
		b.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	first, _, _ := strings.Cut(string(line[:n]), "\n")
	address, ok := strings.CutPrefix(first, "ready ")
	if !ok {
		b.Fatalf("the demo said %q", first)
	}
	client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}
	return address, dir, client
}

func benchToken(b *testing.B, dir string, args ...string) string {
	b.Helper()
	var out buffer
	if status := run(b.Context(), append([]string{"token", "--data", dir}, args...), &out, io.Discard, noVariables); status != statusOK {
		b.Fatal("no token")
	}
	return strings.TrimSpace(out.String())
}

func fetch(client *http.Client, method, url, token, body string) (int, []byte, error) {
	var rd io.Reader
	if body != "" {
		rd = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, url, rd)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	return res.StatusCode, content, err
}

// hammer sends the request from many clients and gives the rate a second.
func hammer(b *testing.B, n, clients int, do func(i int) error) float64 {
	b.Helper()
	var next atomic.Int64
	errs := make(chan error, clients)
	start := time.Now()
	for range clients {
		go func() {
			for {
				i := int(next.Add(1))
				if i > n {
					errs <- nil
					return
				}
				if err := do(i); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

// bareGin serves the bytes from memory.
func bareGin(b *testing.B, body []byte) string {
	b.Helper()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/*path", func(c *gin.Context) { c.Data(http.StatusOK, "application/fhir+json", body) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: engine, ReadHeaderTimeout: time.Second}
	go func() { _ = s.Serve(l) }()
	b.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String() + "/x"
}

// against measures a GET beside a bare handler that serves the same bytes from memory.
func against(b *testing.B, client *http.Client, url, token string) {
	b.Helper()
	status, body, err := fetch(client, "GET", url, token, "")
	if err != nil || status != http.StatusOK {
		b.Fatalf("%d %v\n%s", status, err, body)
	}
	besideCeiling(b, client, url, bareGin(b, body), token, len(body))
}

// besideCeiling measures a GET and its ceiling, turn about, and reports the ratio.
func besideCeiling(b *testing.B, client *http.Client, url, ceiling, token string, size int) {
	b.Helper()
	get := func(url string) func(int) error {
		return func(int) error {
			status, _, err := fetch(client, "GET", url, token, "")
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("status %d", status)
			}
			return err
		}
	}
	hammer(b, 2000, benchClients, get(url))
	hammer(b, 2000, benchClients, get(ceiling))
	var ours, bare float64
	rounds := 0
	for b.Loop() {
		ours += hammer(b, 4000, benchClients, get(url))
		bare += hammer(b, 4000, benchClients, get(ceiling))
		rounds++
	}
	b.ReportMetric(ours/float64(rounds), "req/s")
	b.ReportMetric(bare/float64(rounds), "ceiling/s")
	b.ReportMetric(ours/bare, "ratio")
	b.ReportMetric(float64(size), "bytes")
}

func BenchmarkRead(b *testing.B) {
	address, dir, client := benchDemo(b)
	against(b, client, address+"/Condition/amina-type-1-diabetes", benchToken(b, dir, "--persona", "gp"))
}

func BenchmarkSearchGoals(b *testing.B) {
	address, dir, client := benchDemo(b)
	against(b, client, address+"/Goal?patient=Patient/amina", benchToken(b, dir, "--persona", "gp"))
}

const benchPlan = `{"resourceType":"CarePlan","status":"active","intent":"plan","title":"Walk to the park","category":[{"coding":[{"system":"http://snomed.info/sct","code":"734163000"}]}],"subject":{"reference":"Patient/amina"},"period":{"start":"2026-11-21"},"created":"2026-11-21","author":{"reference":"Practitioner/dr-adeyemi"},"description":"Small steps, agreed together: walk to the park and back three times a week, with Daniel at first.","goal":[{"reference":"Goal/amina-goal-walk"}],"addresses":[{"reference":"Condition/amina-rheumatoid-arthritis"}],"note":[{"text":"She would like to walk in the morning, before work, when her hands are warm."}]}`

func benchmarkCreate(b *testing.B, writers int) {
	address, dir, client := benchDemo(b)
	token := benchToken(b, dir, "--persona", "gp")
	u, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		b.Fatal(err)
	}
	decode := func(int) error {
		_, err := u.UnmarshalR4([]byte(benchPlan))
		return err
	}
	create := func(int) error {
		status, body, err := fetch(client, "POST", address+"/CarePlan", token, benchPlan)
		if err == nil && status != http.StatusCreated {
			err = fmt.Errorf("status %d: %s", status, body)
		}
		return err
	}
	var ours, bare float64
	rounds := 0
	for b.Loop() {
		ours += hammer(b, 300*max(1, writers/16), writers, create)
		bare += hammer(b, 4000, 2, decode)
		rounds++
	}
	b.ReportMetric(ours/float64(rounds), "creates/s")
	b.ReportMetric(bare/float64(rounds), "decode-only/s")
	b.ReportMetric(ours/bare, "ratio")
}

func BenchmarkCreate1(b *testing.B)   { benchmarkCreate(b, 1) }
func BenchmarkCreate128(b *testing.B) { benchmarkCreate(b, 128) }

// BenchmarkSync is the disk: what one synced write costs here.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := bytes.Repeat([]byte("x"), 4096)
	for b.Loop() {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

var resident = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// BenchmarkStart builds the binary and measures from its start to "ready", on a data directory that has the
// region, and what is resident then.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "concord")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	dir := b.TempDir()
	var total time.Duration
	var kb, rounds int
	one := func() (time.Duration, int) {
		cmd := exec.CommandContext(b.Context(), binary, "demo", "--data", dir, "--addr", "127.0.0.1:0")
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		line := make([]byte, 4096)
		if n, err := out.Read(line); err != nil || !bytes.HasPrefix(line[:n], []byte("ready ")) {
			b.Fatalf("not ready: %v %s", err, line[:n])
		}
		took := time.Since(began)
		status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "status"))
		size := 0
		if m := resident.FindSubmatch(status); err == nil && m != nil {
			size, _ = strconv.Atoi(string(m[1]))
		}
		_ = cmd.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		return took, size
	}
	first, _ := one() // imports the region
	for b.Loop() {
		took, size := one()
		total, kb, rounds = total+took, kb+size, rounds+1
	}
	b.ReportMetric(float64(first.Milliseconds()), "first-start-ms")
	b.ReportMetric(float64(total.Milliseconds())/float64(rounds), "start-ms")
	b.ReportMetric(float64(kb)/1024/float64(rounds), "resident-MB")
}
