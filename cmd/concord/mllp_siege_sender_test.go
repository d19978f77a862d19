package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"concord/gateway/mllp"
	"concord/gateway/outbound"
	"concord/mappings/hl7v2"
)

// siegeSender is one system.
type siegeSender struct {
	*ward
	answered *atomic.Int64 // of the siege
	org      int           // whose it is
	rough    bool
	codes    []string // what it was answered
}

// send sends all that a system has to say, until all of it is answered. It counts what had to be sent again.
func (s *siegeSender) send(ctx context.Context, t *testing.T, door func() string, seed uint64) (uint64, error) {
	chance := rand.New(rand.NewPCG(seed, 44))
	if s.rough {
		r := &rough{to: door, chance: chance, said: s.said, answered: s.answered}
		err := r.run(ctx)
		s.codes = r.codes
		return 0, err
	}
	sender, err := mllp.NewSender(mllp.SenderConfig{
		Label: s.application, Addr: badLine(t, seed, door), //nolint:contextcheck // it ends with the test
		Outbound: outbound.Config{ClosedNetwork: true},
		Answer:   20 * time.Second, First: time.Millisecond, Longest: 50 * time.Millisecond, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return 0, err
	}
	for n := range s.said {
		code, err := s.give(ctx, sender, n)
		if err != nil {
			return 0, err
		}
		s.codes = append(s.codes, code)
		s.answered.Add(1)
		if old := chance.IntN(n + 1); chance.IntN(10) == 0 { // one that was answered long ago
			if code, err := s.give(ctx, sender, old); err != nil || code != s.codes[old] {
				return 0, fmt.Errorf("message %d is answered %s after %s: %w", old, code, s.codes[old], err)
			}
		}
	}
	return sender.Counts().Resent, sender.Close()
}

func (s *siegeSender) give(ctx context.Context, sender *mllp.Sender, n int) (string, error) {
	m, err := hl7v2.Parse([]byte(s.said[n].text), hl7v2.Limits{})
	if err != nil {
		return "", err
	}
	answer, err := sender.Send(ctx, m)
	if err == nil && (answer.Code == hl7v2.ApplicationAccept) == s.said[n].faulty {
		err = fmt.Errorf("message %d is answered %s %+v", n, answer.Code, answer.Faults)
	}
	return string(answer.Code), err
}
