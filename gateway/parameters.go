package gateway

import (
	"encoding/json"
	"fmt"
)

// The parts of a Parameters resource that operations answer with (FHIR R4, parameters.html).
type (
	parameters struct {
		ResourceType string      `json:"resourceType"`
		Parameter    []parameter `json:"parameter"`
	}
	parameter struct {
		Name           string          `json:"name"`
		ValueBoolean   *bool           `json:"valueBoolean,omitempty"`
		ValueCode      string          `json:"valueCode,omitempty"`
		ValueCoding    *coding         `json:"valueCoding,omitempty"`
		ValueInstant   string          `json:"valueInstant,omitempty"`
		ValueInteger   *int            `json:"valueInteger,omitempty"`
		ValueReference *reference      `json:"valueReference,omitempty"`
		ValueString    string          `json:"valueString,omitempty"`
		ValueURI       string          `json:"valueUri,omitempty"`
		Resource       json.RawMessage `json:"resource,omitempty"`
		Part           []parameter     `json:"part,omitempty"`
	}
)

// json writes the resource.
func (p parameters) json() ([]byte, error) {
	p.ResourceType = "Parameters"
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write Parameters: %w", err)
	}
	return body, nil
}

func inText(name, text string) parameter { return parameter{Name: name, ValueString: text} }

func inCode(name, code string) parameter { return parameter{Name: name, ValueCode: code} }

func inNumber(name string, n int) parameter { return parameter{Name: name, ValueInteger: &n} }

func inParts(name string, parts ...parameter) parameter { return parameter{Name: name, Part: parts} }

func inReference(name, ref string) parameter {
	return parameter{Name: name, ValueReference: &reference{Reference: ref}}
}
