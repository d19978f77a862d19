package main

import (
	"bufio"
	"bytes"
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

// eachRaw reads the files and directories, and gives what is in them to yield: single resources first and Bundles
// to run after them, so that a resource that stands in both is the one that stands alone.
func eachRaw(paths []string, yield func(raw) error) error {
	var bundles []source
	for _, path := range paths {
		err := eachSource(path, func(s source) error {
			if strings.HasSuffix(s.path, ".ndjson") {
				return eachLine(s, yield)
			}
			data, err := os.ReadFile(s.path)
			if err != nil {
				return yield(unread(s.path, err))
			}
			if b, ok := scanBundle(data); ok && b.runs() {
				bundles = append(bundles, s)
				return nil
			}
			return yield(raw{file: s.path, at: position{1, 1}, data: data, id: derivedID(s.key, 0)})
		}, yield)
		if err != nil {
			return err
		}
	}
	for _, s := range bundles {
		data, err := os.ReadFile(s.path)
		if err != nil {
			err = yield(unread(s.path, err))
		} else {
			err = eachEntry(s, document{data: data, at: position{1, 1}}, yield)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unread is a file that cannot be read, as a refusal: the others are imported.
func unread(path string, err error) raw {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return raw{file: path, at: position{1, 1}, err: fhir.Errorf(fhir.Invalid, "cannot be read: %v", err)}
}

// eachSource finds the .json and .ndjson files of a path, in the order of their names. What else is in a directory
// is passed over; a file that was named must be one of the two.
func eachSource(path string, use func(source) error, refuse func(raw) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return refuse(unread(path, err))
	}
	if !info.IsDir() {
		if !importable(path) {
			return refuse(raw{file: path, at: position{1, 1}, err: fhir.Errorf(fhir.Invalid, "is neither .json nor .ndjson")})
		}
		return use(source{path: path, key: filepath.Base(path)})
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
			return use(source{path: file, key: filepath.Base(whole) + "/" + name})
		}
	})
}

func importable(name string) bool {
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".ndjson")
}

// eachLine reads a file of one resource a line without holding more of it than a line.
func eachLine(s source, yield func(raw) error) error {
	file, err := os.Open(s.path)
	if err != nil {
		return yield(unread(s.path, err))
	}
	defer func() { _ = file.Close() }() // only read
	lines := bufio.NewReaderSize(file, 64<<10)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return yield(unread(s.path, err))
		}
		if len(bytes.TrimSpace(line)) > 0 {
			key := source{path: s.path, key: fmt.Sprintf("%s:%d", s.key, number)}
			if err := eachOfLine(key, document{data: line, at: position{number, 1}}, yield); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

func eachOfLine(s source, d document, yield func(raw) error) error {
	if b, ok := scanBundle(d.data); ok && b.runs() {
		return eachEntry(s, d, yield)
	}
	return yield(raw{file: s.path, at: d.at, data: d.data, id: derivedID(s.key, 0)})
}
