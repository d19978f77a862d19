package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// secretSize is how many bytes sign the page cursors.
const secretSize = 32

// Secret is a setting that nothing prints: not a log, not an error, not --help.
type Secret string

func (Secret) String() string { return "***" }

// GoString is for %#v.
func (Secret) GoString() string { return "***" }

// LogValue is for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("***") }

// bytes reads the secret as hex or base64.
func (s Secret) bytes() ([]byte, error) {
	if b, err := hex.DecodeString(string(s)); err == nil && len(b) == secretSize {
		return b, nil
	}
	if b, err := base64.StdEncoding.DecodeString(string(s)); err == nil && len(b) == secretSize {
		return b, nil
	}
	return nil, fmt.Errorf("must be %d bytes in hex or base64", secretSize)
}

// secretOf is the secret that a data directory keeps for itself; it is made at first use.
func secretOf(dir string) ([]byte, error) {
	path := filepath.Join(dir, "cursor-secret")
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the directory
	if errors.Is(err, fs.ErrNotExist) {
		fresh := make([]byte, secretSize)
		if _, err := rand.Read(fresh); err != nil {
			return nil, fmt.Errorf("make a secret: %w", err)
		}
		if err := writeWhole(path, []byte(hex.EncodeToString(fresh))); err != nil {
			return nil, fmt.Errorf("keep the secret: %w", err)
		}
		return fresh, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	secret, err := Secret(text).bytes()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return secret, nil
}
