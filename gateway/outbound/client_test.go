package outbound_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord/gateway/outbound"
)

func get(t *testing.T, client *http.Client, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestClientRefuses(t *testing.T) {
	t.Parallel()
	inside := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(inside.Close)
	long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush() // so that the length is not known before
		_, _ = io.WriteString(w, strings.Repeat("x", 2048))
	}))
	t.Cleanup(long.Close)
	round := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(round.Close)

	for _, c := range []struct {
		name   string
		config outbound.Config
		url    string
		want   error
	}{
		{"a loopback address", outbound.Config{}, inside.URL, outbound.ErrForbiddenAddress},
		{"a name that resolves to a loopback address", outbound.Config{}, "https://localhost:1/", outbound.ErrForbiddenAddress},
		{"a private address", outbound.Config{}, "https://10.1.2.3/", outbound.ErrForbiddenAddress},
		{"the address of cloud metadata", outbound.Config{}, "https://169.254.169.254/", outbound.ErrForbiddenAddress},
		{"a private address written as IPv6", outbound.Config{}, "https://[::ffff:10.1.2.3]/", outbound.ErrForbiddenAddress},
		{"a private address carried in NAT64", outbound.Config{}, "https://[64:ff9b::a01:203]/", outbound.ErrForbiddenAddress},
		{"plain http", outbound.Config{}, "http://192.0.2.1/", outbound.ErrPlainHTTP},
		{"a body that does not end", outbound.Config{ClosedNetwork: true, MaxBytes: 1024}, long.URL, outbound.ErrTooLarge},
		{"redirects in a circle", outbound.Config{ClosedNetwork: true}, round.URL, outbound.ErrTooManyRedirects},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := get(t, outbound.New(c.config), c.url); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
}

func TestClientReadsABodyOfExactlyTheLimit(t *testing.T) {
	t.Parallel()
	want := strings.Repeat("x", 1024)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, want) }))
	t.Cleanup(server.Close)
	got, err := get(t, outbound.New(outbound.Config{ClosedNetwork: true, MaxBytes: 1024}), server.URL)
	if err != nil || got != want {
		t.Errorf("got %d bytes and error %v, want %d bytes", len(got), err, len(want))
	}
}

func TestClientGivesUpOnASilentServer(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(done) })
	if _, err := get(t, outbound.New(outbound.Config{ClosedNetwork: true, Timeout: 50 * time.Millisecond}), silent.URL); err == nil {
		t.Error("a server that says nothing was waited for")
	}
}

func TestLocalHostIsAnsweredInProcess(t *testing.T) {
	t.Parallel()
	local := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "from "+r.URL.Path) })
	client := outbound.New(outbound.Config{Local: map[string]http.Handler{"issuer.invalid": local}})
	got, err := get(t, client, "https://issuer.invalid/jwks")
	if err != nil || got != "from /jwks" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestDiallerRefusesTheSameAddresses(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(inside.Close)
	addr := inside.Listener.Addr().String()
	if _, err := outbound.NewDialer(outbound.Config{}).DialContext(t.Context(), "tcp", addr); !errors.Is(err, outbound.ErrForbiddenAddress) {
		t.Errorf("error is %v, want %v", err, outbound.ErrForbiddenAddress)
	}
	conn, err := outbound.NewDialer(outbound.Config{ClosedNetwork: true}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}
