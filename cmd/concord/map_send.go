package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"concord/gateway/mllp"
	"concord/gateway/outbound"
	"concord/mappings/hl7v2"
)

// mapSendCommand is "concord map send".
type mapSendCommand struct {
	To          string        `required:"" placeholder:"HOST:PORT" help:"Where the other system listens for HL7 v2 over MLLP."`
	TLS         bool          `help:"Speak TLS; the other end has to be who the address says, by an authority that this machine knows."`
	Authority   string        `placeholder:"FILE" help:"Speak TLS, and know the other end by this authority (PEM)."`
	Certificate string        `placeholder:"CERT,KEY" help:"Speak TLS, and say who we are by this certificate and its key (PEM)."`
	Within      time.Duration `default:"1m" help:"How long to try each message: it is sent again until it is answered. Default: 1m."`
	Messages    []string      `arg:"" help:"Files of messages or of batches, or folders of them, sent in alphabetical order."`
}

// Run sends one message after the other, over one connection. The exit status is 1 when any is refused or not answered.
func (c mapSendCommand) Run(ctx context.Context, p *process) error {
	secured, err := c.clientTLS()
	if err != nil {
		return errors.Join(errSettings, fmt.Errorf("  %w", err))
	}
	if c.Within <= 0 {
		return errors.Join(errSettings, errors.New("  --within: must be more than nothing"))
	}
	sender, err := mllp.NewSender(mllp.SenderConfig{
		Label: "send", Addr: c.To, TLS: secured, Outbound: outbound.Config{ClosedNetwork: true}, // the operator chose the address
		Now: p.now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return errors.Join(errSettings, errors.New("  --to: must be HOST:PORT"))
	}
	defer func() { _ = sender.Close() }() // all that was sent is answered
	samples, err := readSamples(c.Messages)
	if err != nil {
		return err
	}
	refused := 0
	for _, s := range samples {
		refused += c.send(ctx, p, sender, s)
	}
	if refused > 0 {
		fmt.Fprintf(p.stderr, "%d not accepted\n", refused)
		return errReported
	}
	return nil
}

// send sends the messages of one file, tells what each is answered, and gives how many were not accepted. One that is
// refused holds up nobody.
func (c mapSendCommand) send(ctx context.Context, p *process, sender *mllp.Sender, s sample) int {
	file, err := hl7v2.ParseFile(s.body, hl7v2.FileLimits{})
	if err != nil {
		p.fault(s.name, err)
		return 1
	}
	refused, number := 0, 0
	for _, part := range file.Parts {
		if part.Message == nil && part.Err == nil {
			continue // a header or trailer of a batch
		}
		number++
		name := fmt.Sprintf("%s, message %d", s.name, number)
		if part.Err != nil {
			p.fault(name, part.Err)
			refused++
			continue
		}
		trying, stop := context.WithTimeout(ctx, c.Within)
		answer, err := sender.Send(trying, part.Message)
		stop()
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			err = errors.New("it was not answered in time: whether it arrived is not known, and it may be sent again")
			fallthrough
		case err != nil:
			p.fault(name, err)
			refused++
			continue
		}
		fmt.Fprintf(p.stdout, "%s: %s\n", plain(name), plain(string(answer.Code)))
		for _, fault := range answer.Faults {
			fmt.Fprintf(p.stderr, "%s: %s\n", name, faultLine(fault))
		}
		if answer.Code != hl7v2.ApplicationAccept && answer.Code != hl7v2.CommitAccept {
			refused++
		}
	}
	return refused
}

// faultLine tells what an ERR segment says.
func faultLine(f hl7v2.Fault) string {
	var parts []string
	if f.Location.Segment != "" {
		parts = append(parts, f.Location.String())
	}
	for _, text := range []string{f.UserMessage, f.Diagnostic} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("error %d", f.Code))
	}
	if f.Severity == hl7v2.Warning {
		parts = append([]string{"warning"}, parts...)
	}
	return strings.Join(parts, ": ")
}

// clientTLS is how to speak TLS; nil for not at all.
func (c mapSendCommand) clientTLS() (*tls.Config, error) {
	if !c.TLS && c.Authority == "" && c.Certificate == "" {
		return nil, nil //nolint:nilnil // plain MLLP, within a closed network
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Authority != "" {
		pem, err := os.ReadFile(c.Authority)
		if err != nil {
			return nil, errors.New("--authority: the file cannot be read")
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("--authority: the file holds no certificate")
		}
	}
	if c.Certificate != "" {
		certificate, key, _ := strings.Cut(c.Certificate, ",")
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, errors.New("--certificate: must be CERT,KEY; the certificate or its key cannot be read")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
