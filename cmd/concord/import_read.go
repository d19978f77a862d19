package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// eachRaw reads the files and directories, and gives what is in them to yield: single resources first and Bundles
// to run after them, so that a resource that stands in both is the one that stands alone.
func eachRaw(paths []string, yield func(raw) error) error {
	var bundles []source
	for _, path := range paths {
		err := eachSource(path, func(s source) error {
			if strings.HasSuffix(plainName(s.path), ".ndjson") {
				return eachLine(s, yield)
			}
			data, err := s.read()
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
		data, err := s.read()
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

// eachLine reads a file of one resource a line without holding more of it than a line.
func eachLine(s source, yield func(raw) error) error {
	from, file, err := s.open()
	if err != nil {
		return yield(unread(s.path, err))
	}
	defer func() { _ = file.Close() }() // only read
	lines := bufio.NewReaderSize(from, 64<<10)
	for number := 1; ; number++ {
		line, err := oneLine(lines)
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

// oneLine gives the next line with its end, of which there is none at the end of the file.
func oneLine(from *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxDocument:
			return nil, errTooLong
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

func eachOfLine(s source, d document, yield func(raw) error) error {
	if b, ok := scanBundle(d.data); ok && b.runs() {
		return eachEntry(s, d, yield)
	}
	return yield(raw{file: s.path, at: d.at, data: d.data, id: derivedID(s.key, 0)})
}
