package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A data directory holds the database, and beside it what belongs to it: the checkpoints unless they are kept
// elsewhere, the secret of cursors, and one of two markers. demo.json says that a demo lives here, for whose people
// anybody who can read the directory may make tokens; serve.json says that none ever may.
const (
	databaseFile   = "concord.db"
	trailQueueFile = "trail.queue"
	// checkpointsFolder holds the checkpoints of a node on PostgreSQL.
	checkpointsFolder = "checkpoints"
	demoMarker        = "demo.json"
	serveMarker       = "serve.json"
)

// demoDirectory is the content of demo.json.
type demoDirectory struct {
	Issuer   string      `json:"issuer"`
	Audience string      `json:"audience"`
	Created  time.Time   `json:"created"`
	Region   regionState `json:"region"`
	People   int         `json:"people,omitempty"` // synthetic ones that are there
}

// regionState says how far the demo's region has come into the store.
type regionState string

const (
	regionNone      regionState = "none"
	regionImporting regionState = "importing" // begun; the next start does it again
	regionThere     regionState = "there"
)

// makeDirectory makes a data directory that only its owner can look into.
func makeDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // the operator names the directory
		return fmt.Errorf("make the data directory: %w", err)
	}
	return nil
}

// openDemo reads the marker of a demo directory, or claims a directory that belongs to nobody.
func openDemo(dir string, now time.Time) (demoDirectory, error) {
	d, err := readDemo(dir)
	if !errors.Is(err, errNoDemo) {
		return d, err
	}
	if exists(filepath.Join(dir, serveMarker)) {
		return demoDirectory{}, fmt.Errorf("%s belongs to \"concord serve\": a demo must not run on it", dir)
	}
	d = demoDirectory{Issuer: demoIssuer, Audience: demoAudience, Created: now.UTC(), Region: regionNone}
	return d, d.write(dir)
}

// errNoDemo says that a directory is not a demo's.
var errNoDemo = errors.New("it is not the data directory of a demo")

func readDemo(dir string) (demoDirectory, error) {
	text, err := os.ReadFile(filepath.Join(dir, demoMarker)) //nolint:gosec // the operator names the directory
	if errors.Is(err, fs.ErrNotExist) {
		return demoDirectory{}, fmt.Errorf("%s: %w", dir, errNoDemo)
	}
	if err != nil {
		return demoDirectory{}, fmt.Errorf("read the demo's marker: %w", err)
	}
	var d demoDirectory
	if err := json.Unmarshal(text, &d); err != nil || d.Issuer == "" || d.Audience == "" {
		return demoDirectory{}, fmt.Errorf("%s is damaged", filepath.Join(dir, demoMarker))
	}
	return d, nil
}

func (d demoDirectory) write(dir string) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("write the demo's marker: %w", err)
	}
	if err := writeWhole(filepath.Join(dir, demoMarker), append(text, '\n')); err != nil {
		return fmt.Errorf("write the demo's marker: %w", err)
	}
	return nil
}

// claimForServe marks a directory as one that no demo may use.
func claimForServe(dir string, now time.Time) error {
	if exists(filepath.Join(dir, demoMarker)) {
		return fmt.Errorf("%s is the data directory of a demo, for which anybody may make tokens: choose another", dir)
	}
	path := filepath.Join(dir, serveMarker)
	if exists(path) {
		return nil
	}
	if err := writeWhole(path, []byte(`{"created":"`+now.UTC().Format(time.RFC3339)+"\"}\n")); err != nil {
		return fmt.Errorf("mark the data directory: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// writeWhole writes a file that only its owner can read, so that it is there whole or not at all.
func writeWhole(path string, content []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}
