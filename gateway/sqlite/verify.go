package sqlite

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"concord/gateway/guard"
)

// Report is what Verify found out about a trail.
type Report struct {
	Batches     int64 // read
	Events      int64 // read
	Erased      int64 // events whose content was erased
	Checkpoints int64 // read, with good signatures
	Uncovered   int64 // batches after the last checkpoint: a crash leaves some, and nothing shows when these are cut off
	Findings    []string
}

// OK reports whether nothing was found.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// maxFindings bounds how much is told: one change in the middle may spoil all that follows.
const maxFindings = 100

func (r *Report) find(format string, args ...any) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
	}
}

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
	signed, err := openSigned(checkpointsDir)
	if err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	defer func() { _ = signed.file.Close() }()
	db, err := sql.Open("sqlite", address(path, reading))
	if err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	defer func() { _ = db.Close() }()
	tx, err := newSession(ctx, db)
	if err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	defer func() { _ = tx.close() }()
	v := &verification{tx: tx, signed: signed}
	if err := v.run(ctx); err != nil {
		return Report{}, fmt.Errorf("verify trail: %w", err)
	}
	return v.report, nil
}

// signedFile reads checkpoints one after another.
type signedFile struct {
	file   *os.File
	lines  *bufio.Reader
	public ed25519.PublicKey
	line   int
}

// openSigned opens a folder of checkpoints for reading: the private key is not needed.
func openSigned(dir string) (*signedFile, error) {
	data, err := os.ReadFile(filepath.Join(dir, publicFile)) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("read the public key of checkpoints: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil || len(block.Bytes) != ed25519.PublicKeySize {
		return nil, errors.New("the public key of checkpoints is not an Ed25519 key in PEM")
	}
	file, err := os.Open(filepath.Join(dir, checkpointFile)) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("open checkpoints: %w", err)
	}
	return &signedFile{file: file, lines: bufio.NewReader(file), public: block.Bytes}, nil
}

// next gives the next checkpoint with a good signature; false at the end. A last line without its end is what a
// crash leaves, and no finding.
func (s *signedFile) next(r *Report) (guard.Checkpoint, bool, error) {
	for {
		data, err := s.lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			r.find("checkpoints: line %d is longer than any checkpoint", s.line+1)
			return guard.Checkpoint{}, false, nil
		case err != nil:
			return guard.Checkpoint{}, false, ignoreEOF(err)
		}
		s.line++
		c, err := guard.CheckpointFrom(bytes.TrimSuffix(data, []byte("\n")), s.public)
		if err != nil {
			r.find("checkpoints: line %d has no good signature", s.line)
			continue
		}
		r.Checkpoints++
		return c, true, nil
	}
}

// hash takes the bytes of a column; what has another length is no hash and equals none.
func hash(data []byte) guard.Hash {
	if len(data) != len(guard.Hash{}) {
		return guard.Leaf(nil, data)
	}
	return guard.Hash(data)
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
