package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	lru "github.com/hashicorp/golang-lru/v2"

	"concord/consent"
	"concord/gateway/guard"
)

// Report is what Verify found out about a trail.
type Report = guard.Report

// Verify reads the trail of a database and the checkpoints of a folder, which may both be in use, and finds what
// was edited, left out, put in or put in another order, and what was cut off that a checkpoint covers. Findings name
// batches and places, never what events say. An error means that it could not be read at all. Memory is bounded: one
// batch and one checkpoint are held at a time.
func Verify(ctx context.Context, path, checkpointsDir string) (Report, error) {
	if checkpointsDir == "" {
		checkpointsDir = filepath.Dir(path)
	}
	if _, err := os.Stat(path); err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	signed, err := guard.OpenSigned(checkpointsDir)
	if err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	defer func() { _ = signed.Close() }()
	tx, err := readingSession(path)
	if err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	defer func() { _ = tx.close() }()
	codec, err := guard.NewPacker()
	if err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	names, err := lru.New[int64, consent.Person](recentPersons)
	if err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	v := &verification{tx: tx, codec: codec, signed: signed, names: names}
	if err := v.run(ctx); err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	return v.report, nil
}
