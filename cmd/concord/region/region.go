// Package region is the content of the demo: an invented region of the United Kingdom with its organisations, the
// people who work there, and people with plans in all sections of the record. It is data and the list of who may
// sign in; it knows no store, no server and no token. Nobody in it exists: NHS numbers are of the range kept for
// tests, telephone numbers of the ranges kept for drama.
package region

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
)

// files hold arrays of R4 resources: one file for each kind of directory entry, and one for each person.
//
//go:embed *.json
var files embed.FS

// rank is the order of import: a thing comes after what it leans on. Types that are not here come last.
var rank = map[string]int{"Organization": 0, "Practitioner": 1, "PractitionerRole": 2, "Patient": 3}

const rankLast = 4

// Resources are all resources of the region, each as the JSON of one resource with its id, in the order in which
// they are to be imported: organisations, practitioners, their roles, patients, then all else. Every reference
// between them resolves. The caller owns what it gets. An error means that the embedded data is broken.
func Resources() ([][]byte, error) {
	names, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list the region: %w", err)
	}
	type ranked struct {
		json []byte
		rank int
	}
	var all []ranked
	for _, name := range names {
		content, err := read(name.Name())
		if err != nil {
			return nil, err
		}
		for i, one := range content {
			place, err := rankOf(one)
			if err != nil {
				return nil, fmt.Errorf("read resource %d of %s: %w", i, name.Name(), err)
			}
			all = append(all, ranked{one, place})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	resources := make([][]byte, len(all))
	for i, one := range all {
		resources[i] = one.json
	}
	return resources, nil
}

// read gives the resources of one file, each without the white space that only readers of the file need.
func read(name string) ([][]byte, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the region: %w", err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	resources := make([][]byte, len(raw))
	for i, one := range raw {
		var compact bytes.Buffer
		if err := json.Compact(&compact, one); err != nil {
			return nil, fmt.Errorf("read resource %d of %s: %w", i, name, err)
		}
		resources[i] = compact.Bytes()
	}
	return resources, nil
}

// rankOf is the place of a resource in the order of import.
func rankOf(resource []byte) (int, error) {
	var head struct {
		ResourceType string `json:"resourceType"`
	}
	if err := json.Unmarshal(resource, &head); err != nil {
		return 0, err
	}
	if place, ok := rank[head.ResourceType]; ok {
		return place, nil
	}
	return rankLast, nil
}
