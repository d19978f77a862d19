package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"concord/gateway/guard"
)

// Run serves until ctx ends.
func (c serveCommand) Run(ctx context.Context, p *process) error {
	if guard.PermitsAll {
		return errors.New("concord: this program was built with the tag permitall, to measure with: it shows everything to everybody, and serves nobody")
	}
	s, err := c.settings()
	if err != nil {
		return err
	}
	if err := makeDirectory(s.data); err != nil {
		return err
	}
	if err := claimForServe(s.data, p.now()); err != nil {
		return err
	}
	log := p.jsonLog(s.level)
	r, err := openRecord(ctx, p, s, log)
	if err != nil {
		return err
	}
	return errors.Join(r.serve(ctx, p, s, log), r.close())
}

func (r *record) serve(ctx context.Context, p *process, s settings, log *slog.Logger) error {
	door, err := r.door(p, s, log, nil)
	if err != nil {
		return err
	}
	r.relabel(s, log)
	l, err := listen(ctx, s.addr)
	if err != nil {
		return err
	}
	shut, err := r.open(ctx, p, s, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("addr", l.Addr().String()), slog.String("version", version()), slog.Int("issuers", len(s.issuers)))
	err = serveHTTP(ctx, l, door, s.drain, log, func() error {
		_, err := fmt.Fprintf(p.stdout, "ready http://%s/fhir\n", l.Addr())
		return err
	})
	return errors.Join(err, shut())
}
