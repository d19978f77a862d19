package guard

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// SignedCheckpoints reads the checkpoints of a folder one after another, and verifies their signatures.
type SignedCheckpoints struct {
	file   *os.File
	lines  *bufio.Reader
	public ed25519.PublicKey
	line   int
}

// OpenSigned opens a folder of checkpoints, which may be in use, for reading: the private key is not needed.
func OpenSigned(dir string) (*SignedCheckpoints, error) {
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
	return &SignedCheckpoints{file: file, lines: bufio.NewReader(file), public: block.Bytes}, nil
}

// Close closes the file.
func (s *SignedCheckpoints) Close() error { return s.file.Close() }

// Chain is the name of the chain that the checkpoints are of, by the first with a good signature; "" when there is
// none. What it reads is read again by Next.
func (s *SignedCheckpoints) Chain() (string, error) {
	c, _, err := s.Next(&Report{})
	if err == nil {
		_, err = s.file.Seek(0, io.SeekStart)
	}
	s.lines.Reset(s.file)
	s.line = 0
	return c.Writer, err
}

// Next gives the next checkpoint with a good signature; false at the end. A last line without its end is what a
// crash leaves, and no finding.
func (s *SignedCheckpoints) Next(r *Report) (Checkpoint, bool, error) {
	for {
		data, err := s.lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			r.Find("checkpoints: line %d is longer than any checkpoint", s.line+1)
			return Checkpoint{}, false, nil
		case errors.Is(err, io.EOF):
			return Checkpoint{}, false, nil
		case err != nil:
			return Checkpoint{}, false, fmt.Errorf("read checkpoints: %w", err)
		}
		s.line++
		c, err := CheckpointFrom(bytes.TrimSuffix(data, []byte("\n")), s.public)
		if err != nil {
			r.Find("checkpoints: line %d has no good signature", s.line)
			continue
		}
		r.Checkpoints++
		return c, true, nil
	}
}
