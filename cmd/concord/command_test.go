package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func noVariables(string) string { return "" }

// concord runs a command to its end.
func concord(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr buffer
	status := run(t.Context(), args, &stdout, &stderr, noVariables)
	return status, stdout.String(), stderr.String()
}

// must runs a command that has to succeed, and gives what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := concord(t, args...)
	if status != statusOK {
		t.Fatalf("concord %s: status %d\n%s%s", strings.Join(args, " "), status, stdout, stderr)
	}
	return strings.TrimSpace(stdout)
}

// server is a command that serves.
type server struct {
	address string // http://HOST:PORT/fhir
	stderr  *buffer
	stop    func() int // as Ctrl-C does; gives the exit status

	mu     sync.Mutex
	stdout strings.Builder // all lines so far
}

// start runs a command until it says that it is ready.
func start(t *testing.T, getenv func(string) string, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	s := &server{stderr: &buffer{}}
	exited := make(chan int, 1)
	go func() {
		status := run(ctx, args, in, s.stderr, getenv)
		_ = in.Close()
		exited <- status
	}()
	s.stop = sync.OnceValue(func() int {
		cancel()
		return <-exited
	})
	t.Cleanup(func() { s.stop() })
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			s.mu.Lock()
			s.stdout.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
			if address, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				ready <- address
			}
		}
		close(ready)
	}()
	select {
	case address, ok := <-ready:
		if !ok {
			t.Fatalf("concord %s: status %d\n%s", strings.Join(args, " "), s.stop(), s.stderr)
		}
		s.address = address
	case <-time.After(30 * time.Second):
		t.Fatalf("concord %s is not ready\n%s", strings.Join(args, " "), s.stderr)
	}
	return s
}

func startDemo(t *testing.T, args ...string) *server {
	t.Helper()
	return start(t, noVariables, append([]string{"demo", "--addr", "127.0.0.1:0"}, args...)...)
}

func (s *server) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stdout.String()
}

// answer is a response whose body was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *server) do(t *testing.T, method, path, token, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Accept", "application/fhir+json")
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, content}
}

func (s *server) get(t *testing.T, path, token string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, token, "")
}

// field is a text at the top of the JSON of an answer.
func (a answer) field(t *testing.T, name string) string {
	t.Helper()
	var content map[string]any
	if err := json.Unmarshal(a.body, &content); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, a.body)
	}
	text, _ := content[name].(string)
	return text
}

// operatorToken is a token of the operator of a demo directory.
func operatorToken(t *testing.T, dir string) string {
	t.Helper()
	return must(t, "token", "--data", dir, "--scope", "system/*.cruds", "--client-role", "operator")
}
