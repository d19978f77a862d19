package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// consentCase is a case of the schema that the cases come in. What is optional in it may be missing; what is there
// has to be of one of the forms that authors write it in.
type consentCase struct {
	ID           string            `json:"id"`
	Kind         string            `json:"kind"`
	Base         string            `json:"base_policy"`
	Consents     []json.RawMessage `json:"consents"`
	Normalised   []json.RawMessage `json:"consents_normalised"`
	Resources    []json.RawMessage `json:"resources"`
	ResourcesRef any               `json:"resources_ref"`
	Facts        any               `json:"facts"`
	Request      caseRequest       `json:"request"`
	Expected     caseExpected      `json:"expected"`
	Agrees       *bool             `json:"agrees_with_recommended"`

	missing string // of resources_ref: what could not be found
}

type caseRequest struct {
	Actor        any      `json:"actor"`
	Organisation any      `json:"organisation"`
	Organization any      `json:"organization"`
	Role         any      `json:"role"`
	Purpose      any      `json:"purpose"`
	Action       any      `json:"action"`
	Interaction  any      `json:"interaction"`
	Time         string   `json:"time"`
	Class        any      `json:"class"`
	Scopes       any      `json:"scopes"`
	Compartment  any      `json:"compartment"`
	Patient      any      `json:"patient"`
	Custodian    any      `json:"custodian"`
	ScopeString  *string  `json:"scope_string"`
	Underlying   []string `json:"underlying_policy_types"`
}

type caseExpected struct {
	Decision    string      `json:"decision"`
	Obligations []any       `json:"obligations"`
	Visible     []string    `json:"visible"`
	Hidden      []string    `json:"hidden"`
	Total       *int        `json:"bundle_total"`
	Grants      []caseGrant `json:"grants"`
	Types       []string    `json:"effective_types"`
	Allow       []string    `json:"allow"`
	Forbid      []string    `json:"forbid"`
}

type caseGrant struct {
	Context     string            `json:"context"`
	Type        string            `json:"type"`
	Permissions string            `json:"permissions"`
	Params      map[string]string `json:"params"`
}

// caseDecisions are the decisions that a case may expect.
var caseDecisions = map[string]bool{
	"permit": true, "deny": true, "not-applicable": true, "filter": true, "reject": true, "accept": true, "label": true, "not-found": true,
}

// caseSet is a file of cases.
type caseSet struct {
	name  string
	cases []json.RawMessage
	whole any
}

// readCases reads a file: an object with a list of cases, such a list by itself, or one case.
func readCases(name string) (*caseSet, error) {
	data, err := os.ReadFile(name) //nolint:gosec // whoever runs it names the file
	if err != nil {
		return nil, err
	}
	set := &caseSet{name: name}
	if err := json.Unmarshal(data, &set.whole); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, listed := set.whole.([]any); listed {
		return set, json.Unmarshal(data, &set.cases)
	}
	var file struct {
		Cases *[]json.RawMessage `json:"cases"`
		ID    *string            `json:"id"`
		Kind  *string            `json:"kind"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("not a file of cases: %w", err)
	}
	switch {
	case file.Cases != nil:
		set.cases = *file.Cases
	case file.ID != nil && file.Kind != nil:
		set.cases = []json.RawMessage{data}
	default:
		return nil, errors.New("not a file of cases: it has no list named cases")
	}
	return set, nil
}

// read reads one case. What it has of one comes back with the error, for its id.
func (s *caseSet) read(raw json.RawMessage) (*consentCase, error) {
	c := &consentCase{}
	if err := json.Unmarshal(raw, c); err != nil {
		return c, fmt.Errorf("not a case: %w", err)
	}
	switch {
	case c.ID == "":
		return c, errors.New("not a case: id is missing")
	case c.Kind == "":
		return c, errors.New("not a case: kind is missing")
	case caseKinds[c.Kind] == nil:
		return c, nil
	case c.Expected.Decision == "" && c.Expected.Types == nil:
		return c, errors.New("not a case: expected.decision is missing")
	case c.Expected.Decision != "" && !caseDecisions[c.Expected.Decision]:
		return c, fmt.Errorf("not a case: expected.decision %q is none of those of the schema", c.Expected.Decision)
	}
	if c.ResourcesRef != nil && len(c.Resources) == 0 {
		s.resolve(c)
	}
	return c, nil
}
