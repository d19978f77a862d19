package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ourselves writes a certificate for this machine that it signed itself, and its key.
func ourselves(t *testing.T) (string, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	public, private := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{public: {Type: "CERTIFICATE", Bytes: certificate}, private: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return public, private
}

func TestMessagesAreSentAndTheirAnswersTold(t *testing.T) {
	t.Parallel()
	certificate, key := ourselves(t)
	messages := t.TempDir()
	for name, text := range map[string]string{
		"1-good.hl7":  admission,
		"2-batch.hl7": "BHS|^~\\&\r" + strings.NewReplacer("|m1|", "|m2|", "12345^^^HOSPITAL", "").Replace(admission) + strings.Replace(admission, "|m1|", "|m3|", 1) + "BTS|2\r",
		"3-bad.hl7":   "PID|1\r",
		"4-good.hl7":  strings.Replace(admission, "|m1|", "|m4|", 1),
	} {
		if err := os.WriteFile(filepath.Join(messages, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, secured := range map[string]bool{"within a closed network": false, "over TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			door, flags := "127.0.0.1:0;org=Organization/hospital;from=127.0.0.0/8;definitions=hl7v2-adt", []string{}
			if secured {
				door, flags = door+";tls="+certificate+","+key, []string{"--authority", certificate}
			}
			o := openDoors(t, t.TempDir(), doorFlags{Definition: []string{"hl7v2-adt"}, MLLP: []string{door}})
			defer func() {
				if err := o.shut(); err != nil {
					t.Error(err)
				}
			}()
			_, address, _ := strings.Cut(o.out.String(), "mllp ")
			status, stdout, stderr := concord(t, append([]string{"map", "send", "--to", strings.TrimSpace(address), messages}, flags...)...)
			for _, want := range []string{"1-good.hl7, message 1: AA\n", "2-batch.hl7, message 1: AE\n", "2-batch.hl7, message 2: AA\n", "4-good.hl7, message 1: AA\n"} {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in\n%s", want, stdout)
				}
			}
			for _, want := range []string{"2-batch.hl7, message 1: PID", "3-bad.hl7: ", "2 not accepted"} {
				if !strings.Contains(stderr, want) {
					t.Errorf("no %q in\n%s", want, stderr)
				}
			}
			if status != statusFailed {
				t.Errorf("status %d", status)
			}
			if n := o.total("Encounter"); n != 1 {
				t.Errorf("%d visits", n)
			}
		})
	}
}

func TestSendingThatCannotBeDoneIsTold(t *testing.T) {
	t.Parallel()
	message := filepath.Join(t.TempDir(), "a.hl7")
	if err := os.WriteFile(message, []byte(admission), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"nobody listens", []string{"--to", "127.0.0.1:1", "--within", "300ms", message}, statusFailed, "not answered in time"},
		{"no address", []string{"--to", "hospital", message}, statusUsage, "HOST:PORT"},
		{"no such authority", []string{"--to", "127.0.0.1:1", "--authority", "none.pem", message}, statusUsage, "--authority"},
		{"no such certificate", []string{"--to", "127.0.0.1:1", "--certificate", "none.pem", message}, statusUsage, "--certificate"},
		{"no messages", []string{"--to", "127.0.0.1:1", filepath.Join(filepath.Dir(message), "none")}, statusFailed, "read the samples"},
		{"no time", []string{"--to", "127.0.0.1:1", "--within", "0s", message}, statusUsage, "--within"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, _, stderr := concord(t, append([]string{"map", "send"}, c.args...)...)
			if status != c.status || !strings.Contains(stderr, c.says) {
				t.Errorf("status %d\n%s", status, stderr)
			}
		})
	}
}
