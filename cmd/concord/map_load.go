package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
)

// loadDefinition loads a definition that comes with Concord by its name, or one in a file, with tables beside it.
func loadDefinition(name string) (*mappings.Definition, error) {
	if slices.Contains(definitions.Names(), name) {
		return definitions.Load(name)
	}
	source, err := os.ReadFile(name) //nolint:gosec // the operator names the file
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no such file, and no definition of this name; those that come with Concord are %s", strings.Join(definitions.Names(), ", "))
	}
	if err != nil {
		return nil, errors.New("the file cannot be read")
	}
	return mappings.Load(source, os.DirFS(filepath.Dir(name)))
}

// sample is one file of local records.
type sample struct {
	name string
	body []byte
}

// readSamples reads files, and all files of directories, in alphabetical order.
func readSamples(paths []string) ([]sample, error) {
	var all []sample
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			if name != path && strings.HasPrefix(entry.Name(), ".") {
				return nil
			}
			body, err := os.ReadFile(name) //nolint:gosec // the operator names the files
			if err == nil {
				all = append(all, sample{name, body})
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the samples: %w", err)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there are no samples: name files or directories of local records")
	}
	return all, nil
}

// faultsOf are the lines that tell an error, each with its place: "line 3, column 5: what is wrong".
func faultsOf(err error) []string {
	told, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		return []string{err.Error()}
	}
	var lines []string
	for _, issue := range told.Issues {
		lines = append(lines, issue.String())
	}
	if len(lines) == 0 {
		lines = append(lines, string(told.Kind))
	}
	return lines
}
