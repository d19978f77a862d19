package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// resolve finds the resources that a case refers to: in another case of the file, by a key or JSON pointer in it, or
// in a file beside it.
func (s *caseSet) resolve(c *consentCase) {
	for _, ref := range caseTexts(c.ResourcesRef) {
		found := s.find(ref)
		if len(found) == 0 {
			c.missing = ref
			return
		}
		c.Resources = append(c.Resources, found...)
	}
}

func (s *caseSet) find(ref string) []json.RawMessage {
	file, inside, split := strings.Cut(ref, "#")
	if split && file != "" {
		other, err := readCases(filepath.Join(filepath.Dir(s.name), filepath.FromSlash(file)))
		if err != nil {
			return nil
		}
		return other.find("#" + inside)
	}
	if !split {
		inside = ref
	}
	for _, raw := range s.cases {
		var other consentCase
		if json.Unmarshal(raw, &other) == nil && other.ID == inside {
			return other.Resources
		}
	}
	if found := resourcesIn(pointed(s.whole, inside)); found != nil {
		return found
	}
	for _, dir := range []string{filepath.Dir(s.name), filepath.Dir(filepath.Dir(s.name))} {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(ref))) //nolint:gosec // as far as its cases may be read
		var whole any
		if err == nil && json.Unmarshal(data, &whole) == nil {
			return resourcesIn(whole)
		}
	}
	return nil
}

// pointed follows a JSON pointer (RFC 6901), or a plain key.
func pointed(whole any, pointer string) any {
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch v := whole.(type) {
		case map[string]any:
			whole = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			whole = v[i]
		default:
			return nil
		}
	}
	return whole
}

// resourcesIn are the resources in a value: one, a list, a map of them, or the entries of a Bundle.
func resourcesIn(v any) []json.RawMessage {
	var all []json.RawMessage
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			all = append(all, resourcesIn(each)...)
		}
	case map[string]any:
		switch v["resourceType"] {
		case "Bundle":
			return resourcesIn(v["entry"])
		case nil:
			return resourcesIn(v["resource"])
		}
		if data, err := json.Marshal(v); err == nil {
			all = append(all, data)
		}
	}
	return all
}
