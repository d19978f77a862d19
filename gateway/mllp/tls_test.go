package mllp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net/netip"
	"sync"
	"testing"
	"time"

	"concord/gateway/guard"
	"concord/gateway/mllp"
	"concord/gateway/outbound"
)

// certificate makes one for a name, signed by another, or by itself.
func certificate(t *testing.T, name string, by *tls.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: by == nil, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	parent, signer := template, any(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestPeersAreWhoTheirCertificatesSay(t *testing.T) {
	t.Parallel()
	authority := certificate(t, "authority.invalid", nil)
	known := x509.NewCertPool()
	known.AddCert(authority.Leaf)
	hub := certificate(t, "hub.invalid", &authority)
	ward := certificate(t, "ward.invalid", &authority)
	pinned, impostor := certificate(t, "pinned.invalid", nil), certificate(t, "ward.invalid", nil)

	for _, c := range []struct {
		name  string
		shows tls.Certificate
		auth  tls.ClientAuthType
		want  string // the client that the message came from; "" when turned away
	}{
		{"a name that an authority signed", ward, tls.VerifyClientCertIfGiven, "by name"},
		{"another name that it signed", hub, tls.VerifyClientCertIfGiven, ""},
		{"the name, signed by nobody", impostor, tls.VerifyClientCertIfGiven, ""},
		{"a key that is known, signed by nobody", pinned, tls.RequestClientCert, "by key"},
		{"another key, signed by nobody", impostor, tls.RequestClientCert, ""},
		{"no certificate", tls.Certificate{}, tls.VerifyClientCertIfGiven, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWard()
			conf := config(w)
			conf.TLS = &tls.Config{Certificates: []tls.Certificate{hub}, ClientCAs: known, ClientAuth: c.auth}
			conf.Peers = []mllp.Peer{
				{Label: "elsewhere", From: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Key: mllp.KeyOf(ward.Leaf), Caller: guard.Caller{Client: "elsewhere"}},
				{Label: "pinned", Key: mllp.KeyOf(pinned.Leaf), Caller: guard.Caller{Client: "by key"}},
			}
			if c.auth == tls.VerifyClientCertIfGiven {
				conf.Peers = append(conf.Peers, mllp.Peer{Label: "ward", Name: "ward.invalid", From: loopback.From, Caller: guard.Caller{Client: "by name"}})
			}
			_, addr, stop := serve(t, conf, "127.0.0.1:0")
			got := "gone"
			shows := &tls.Config{RootCAs: known, ServerName: "hub.invalid"}
			shows.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &c.shows, nil // also when the listener says that it would not take it
			}
			secured := tls.Client(call(t, addr).conn, shows)
			if secured.HandshakeContext(t.Context()) == nil { // with TLS 1.3 the client learns of a refusal when it reads
				p := talkOver(t, secured)
				_, _ = secured.Write([]byte(framed(admit("W", 1)))) // may be refused by now
				got = p.answer()
			}
			stop()
			if c.want == "" && got != "gone" || c.want != "" && got != "MSA|AA|M1" {
				t.Errorf("answered %q", got)
			}
			for key := range w.known {
				if key[:min(len(key), len(c.want))] != c.want {
					t.Errorf("stored under %q, want the client %q", key, c.want)
				}
			}
		})
	}
}

func TestSenderSpeaksTLSWithWhoItMeant(t *testing.T) {
	t.Parallel()
	authority := certificate(t, "authority.invalid", nil)
	known := x509.NewCertPool()
	known.AddCert(authority.Leaf)
	conf := config(newWard())
	conf.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, "hub.invalid", &authority)}}
	_, addr, _ := serve(t, conf, "127.0.0.1:0")
	for name, patience := range map[string]time.Duration{"hub.invalid": 20 * time.Second, "other.invalid": 300 * time.Millisecond} {
		s := sender(t, addr, func(c *mllp.SenderConfig) { c.TLS = &tls.Config{RootCAs: known, ServerName: name} })
		ctx, cancel := within(t, patience)
		_, _ = s.Send(ctx, parse(t, admit("W", 1))) // to the other name it is tried until the time is over
		cancel()
		if got := s.Counts().Accepted == 1; got != (name == "hub.invalid") {
			t.Errorf("%s: accepted %t", name, got)
		}
	}
}

func TestConfigurationsThatWouldNotHoldAreRefused(t *testing.T) {
	t.Parallel()
	verifying := &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}
	key := mllp.KeyOf(certificate(t, "a.invalid", nil).Leaf)
	for _, c := range []struct {
		name   string
		change func(*mllp.Config)
	}{
		{"nothing behind", func(c *mllp.Config) { c.Handle = nil }},
		{"no peers", func(c *mllp.Config) { c.Peers = nil }},
		{"a peer of which nothing is said", func(c *mllp.Config) { c.Peers = []mllp.Peer{{Label: "all"}} }},
		{"a peer without label", func(c *mllp.Config) { c.Peers = []mllp.Peer{{From: loopback.From}} }},
		{"a key without TLS", func(c *mllp.Config) { c.Peers = []mllp.Peer{{Label: "a", Key: key}} }},
		{"a key that is none", func(c *mllp.Config) { c.TLS, c.Peers = verifying, []mllp.Peer{{Label: "a", Key: "ab"}} }},
		{"a name without verification", func(c *mllp.Config) {
			c.TLS, c.Peers = &tls.Config{ClientAuth: tls.RequireAnyClientCert}, []mllp.Peer{{Label: "a", Name: "a.invalid"}}
		}},
	} {
		conf := config(newWard())
		c.change(&conf)
		if _, err := mllp.NewListener(conf); err == nil {
			t.Errorf("%s: taken", c.name)
		}
	}
	for name, c := range map[string]mllp.SenderConfig{
		"no address": {Label: "a", Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		"no port":    {Label: "a", Addr: "hub.invalid", Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		"no clock":   {Label: "a", Addr: "hub.invalid:2575", Log: slog.New(slog.DiscardHandler)},
	} {
		if _, err := mllp.NewSender(c); err == nil {
			t.Errorf("a sender with %s: taken", name)
		}
	}
}

func sender(t testing.TB, addr string, change func(*mllp.SenderConfig)) *mllp.Sender {
	t.Helper()
	c := mllp.SenderConfig{
		Label: "hub", Addr: addr, Outbound: outbound.Config{ClosedNetwork: true},
		First: time.Millisecond, Longest: 8 * time.Millisecond, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&c)
	}
	s, err := mllp.NewSender(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sync.OnceFunc(func() {
		if err := s.Close(); err != nil {
			t.Log(err) // the test may have cut the connection
		}
	}))
	return s
}
