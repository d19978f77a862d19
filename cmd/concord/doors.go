package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/folder"
	"concord/gateway/guard"
	"concord/gateway/mllp"
	"concord/mappings"
	"concord/mappings/hl7v2"
)

// folderEvery is how often a watched folder is looked into.
const folderEvery = 2 * time.Second

// open opens the doors of s besides HTTP, and serves them until ctx ends; the result waits for that. It says where each
// listens, since a port may have been 0.
func (r *record) open(ctx context.Context, p *process, s settings, log *slog.Logger) (func() error, error) {
	ctx, stop := context.WithCancel(ctx)
	var running []chan error
	serve := func(task func(context.Context) error) {
		done := make(chan error, 1)
		running = append(running, done)
		go func() { done <- task(ctx) }()
	}
	wait := func() error {
		stop()
		var all error
		for _, done := range running {
			all = errors.Join(all, <-done)
		}
		return all
	}
	for _, door := range s.doors.mllp {
		listener, err := mllp.NewListener(mllp.Config{
			TLS: door.tls, Peers: door.peers, Processing: door.processing, Handle: r.handleMessage(s.doors.local), Keep: r.keepMessage(),
			Now: p.now, NewID: p.newID, Log: log,
		})
		if err != nil {
			return nil, errors.Join(err, wait())
		}
		l, err := listen(ctx, door.addr)
		if err != nil {
			return nil, errors.Join(err, wait())
		}
		if _, err := fmt.Fprintf(p.stdout, "mllp %s\n", l.Addr()); err != nil {
			return nil, errors.Join(err, l.Close(), wait())
		}
		serve(func(ctx context.Context) error { return listener.Serve(ctx, l) })
	}
	for _, f := range s.doors.folders {
		door := s.doors.local.Doors[f.label]
		watched, err := folder.New(folder.Config{
			Dir: f.dir, Every: folderEvery, Log: log, Label: f.label,
			Take: func(ctx context.Context, key, name string, body []byte) ([]gateway.Outcome, error) {
				caller := door.Caller
				caller.Request = p.newID()
				return s.doors.local.Take(ctx, r.guard.As(caller), gateway.Body{Definition: f.definition, Bytes: body, Key: key, Name: name, Door: f.label, Care: door.Care})
			},
		})
		if err != nil {
			return nil, errors.Join(err, wait())
		}
		serve(watched.Run)
	}
	return wait, nil
}

// handleMessage takes HL7 v2 messages in by the definitions of their door.
func (r *record) handleMessage(local *gateway.Local) mllp.Handle {
	return func(ctx context.Context, caller guard.Caller, m *hl7v2.Message) (mllp.Answer, error) {
		record, door := messageRecord(m, m.Bytes()), local.Doors[caller.Client]
		message := gateway.Message{
			Definition: local.Choose(door, mappings.HL7v2, record.Tree), Record: record.Tree, Key: record.Key, Digest: record.Digest,
			Care: door.Care, Door: caller.Client, Media: mediaHL7v2, Raw: record.Raw,
		}
		if message.Definition == nil {
			message.Fault = local.Untaken(door, record.Tree)
		}
		told, err := gateway.Ingest(ctx, r.guard.As(caller), message)
		if err != nil && !told.Kept {
			return mllp.Answer{}, err
		}
		if err != nil {
			return refusedMessage(err, caller), nil
		}
		return mllp.Answer{Faults: hl7v2.WarningsOf(told.Warnings, told.More, "request "+caller.Request)}, nil
	}
}

// keepMessage keeps what could not be read.
func (r *record) keepMessage() mllp.Keep {
	return func(ctx context.Context, caller guard.Caller, raw []byte, faults []hl7v2.Fault) error {
		refusal := &fhir.Error{Kind: fhir.Structure}
		for _, f := range faults {
			issue := fhir.Issue{Code: fhir.Structure, Diagnostics: f.UserMessage}
			if f.Location.Segment != "" {
				issue.Expression = f.Location.String()
			}
			refusal.Issues = append(refusal.Issues, issue)
		}
		told, err := gateway.Ingest(ctx, r.guard.As(caller), gateway.Message{Fault: refusal, Door: caller.Client, Media: mediaHL7v2, Raw: raw})
		if told.Kept {
			return nil
		}
		return err
	}
}

// refusedMessage is the answer to a message that was refused and is kept.
func refusedMessage(err error, caller guard.Caller) mllp.Answer {
	faults := hl7v2.FaultsOf(err, "request "+caller.Request)
	code := hl7v2.ApplicationError
	if slices.ContainsFunc(faults, func(f hl7v2.Fault) bool {
		return f.Code == hl7v2.UnsupportedMessage || f.Code == hl7v2.UnsupportedEvent
	}) {
		code = hl7v2.ApplicationReject
	}
	return mllp.Answer{Code: code, Faults: faults, Kept: true}
}
