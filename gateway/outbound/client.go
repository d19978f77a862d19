// Package outbound is the one way by which this server calls others. Its client, and its dialler for what is not
// HTTP, refuse addresses inside the network it stands in; the client follows few redirects, and reads no more than a
// set number of bytes, so that an address that somebody else chose cannot be used to look around, to wait for ever, or
// to fill the memory.
//
// It knows nothing of FHIR, of tokens or of who asks.
package outbound

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The limits of every call, where Config does not say otherwise.
const (
	defaultTimeout  = 5 * time.Second
	defaultMaxBytes = 1 << 20
	maxRedirects    = 3
)

// Faults of a call that the client itself stopped.
var (
	ErrForbiddenAddress = errors.New("the address is not one that may be called")
	ErrPlainHTTP        = errors.New("plain http is not allowed")
	ErrTooLarge         = errors.New("the answer is larger than allowed")
	ErrTooManyRedirects = errors.New("too many redirects")
)

// Config says what the client may do. The zero value is the strict client for the open internet.
type Config struct {
	// Timeout is for one call as a whole, the body included; zero: 5 seconds.
	Timeout time.Duration
	// MaxBytes is the largest body that is read; zero: 1 MiB.
	MaxBytes int64
	// ClosedNetwork allows private and loopback addresses, and plain http: for an issuer that stands in the same
	// closed network as this server, and for tests.
	ClosedNetwork bool
	// Local are hosts that are answered in this process, with no network at all: the demo's own issuer.
	Local map[string]http.Handler
}

// New makes the client. It takes no proxy from the environment.
func New(c Config) *http.Client {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = defaultMaxBytes
	}
	network := &http.Transport{
		DialContext:            NewDialer(c).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    c.Timeout,
		ResponseHeaderTimeout:  c.Timeout,
		IdleConnTimeout:        time.Minute,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &http.Client{
		Transport:     &limited{config: c, network: network},
		Timeout:       c.Timeout,
		CheckRedirect: checkRedirect,
	}
}

// checkRedirect bounds the chain, and keeps what began under TLS there. The address itself is looked at when it
// is dialled, after the name was resolved.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return ErrTooManyRedirects
	}
	if via[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return ErrPlainHTTP
	}
	return nil
}

// limited is the transport: local hosts, the scheme, and the size of the body.
type limited struct {
	config  Config
	network http.RoundTripper
}

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if local, ok := l.config.Local[r.URL.Host]; ok {
		return answerLocally(local, r), nil
	}
	if r.URL.Scheme != "https" && !l.config.ClosedNetwork {
		return nil, fmt.Errorf("call %s: %w", r.URL.Host, ErrPlainHTTP)
	}
	response, err := l.network.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if response.ContentLength > l.config.MaxBytes {
		return nil, errors.Join(ErrTooLarge, response.Body.Close())
	}
	response.Body = &boundedBody{body: response.Body, left: l.config.MaxBytes}
	return response, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the connections.
func (l *limited) CloseIdleConnections() {
	if t, ok := l.network.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// boundedBody fails, rather than ending early, when there is more than may be read: half a key set must not
// pass for a whole one.
type boundedBody struct {
	body io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, ErrTooLarge
	}
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }
