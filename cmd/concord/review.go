package main

import (
	"context"
	"log/slog"
	"time"

	"concord/gateway"
)

// reviewEvery is how often what conditional creates left open is looked at.
const reviewEvery = 30 * time.Second

// review looks at it in the background, as the operator, until the record is closed.
func (r *record) review(p *process, log *slog.Logger) error {
	operator, err := r.operator(p, "review")
	if err != nil {
		return err
	}
	r.tasks.run(func(ctx context.Context) {
		gateway.Review(ctx, operator, reviewEvery, func(err error) {
			log.LogAttrs(ctx, slog.LevelWarn, "review", slog.String("cause", err.Error()))
		})
	})
	return nil
}
