package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"concord/fhir"
)

// source is one file to import.
type source struct {
	path string // as the operator named it
	key  string // names the file apart from where it lies, so that ids derived from it stay the same
}

// unread is a file that cannot be read, as a refusal: the others are imported.
func unread(path string, err error) raw {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return raw{file: path, at: position{1, 1}, err: fhir.Errorf(fhir.Invalid, "cannot be read: %v", err)}
}

// eachSource finds the .json and .ndjson files, packed with gzip (.gz) or not, of a path, in the order of their names. What else is in a directory
// is passed over; a file that was named must be one of the two.
func eachSource(path string, use func(source) error, refuse func(raw) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return refuse(unread(path, err))
	}
	if !info.IsDir() {
		if !importable(path) {
			return refuse(raw{file: path, at: position{1, 1}, err: fhir.Errorf(fhir.Invalid, "is neither .json nor .ndjson, nor one of them with .gz")})
		}
		return use(source{path: path, key: plainName(filepath.Base(path))})
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("name the directory: %w", err)
	}
	return fs.WalkDir(os.DirFS(path), ".", func(name string, entry fs.DirEntry, err error) error {
		file := filepath.Join(path, filepath.FromSlash(name))
		switch {
		case err != nil:
			return refuse(unread(file, err))
		case entry.IsDir() || !importable(name):
			return nil
		default:
			return use(source{path: file, key: filepath.Base(whole) + "/" + plainName(name)})
		}
	})
}

func importable(path string) bool {
	return strings.HasSuffix(plainName(path), ".json") || strings.HasSuffix(plainName(path), ".ndjson")
}

// plainName is the name without .gz: ids that are derived from it are the same for a file and the packed file.
func plainName(path string) string { return strings.TrimSuffix(path, ".gz") }

// maxDocument bounds a .json file when it is unpacked, in bytes: it is read whole. An .ndjson file may be of any size, and
// a line of it this long.
const maxDocument = 1 << 30

var errTooLong = fmt.Errorf("holds more than %d bytes in one piece: divide it, or write one resource a line (.ndjson)", maxDocument)

// open opens the file, and unpacks it when its name ends in .gz.
func (s source) open() (io.Reader, io.Closer, error) {
	file, err := os.Open(s.path)
	if err != nil || !strings.HasSuffix(s.path, ".gz") {
		return file, file, err
	}
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, nil, errors.Join(errors.New("is not gzip"), file.Close())
	}
	return unpacked, file, nil
}

func (s source) read() ([]byte, error) {
	from, file, err := s.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(from, maxDocument+1))
	if err == nil && len(data) > maxDocument {
		return nil, errTooLong
	}
	return data, err
}
