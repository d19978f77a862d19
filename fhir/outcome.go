package fhir

import (
	"encoding/json"
	"fmt"
)

// outcome is an OperationOutcome (FHIR R4, operationoutcome.html), as far as we fill it.
type outcome struct {
	Type  string         `json:"resourceType"`
	Issue []outcomeIssue `json:"issue"`
}

type outcomeIssue struct {
	Severity    string   `json:"severity"`
	Code        Kind     `json:"code"`
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

// Outcome is the OperationOutcome for the caller, in JSON: one issue for each of the error's, and one of its
// kind alone when it has none. Err is not in it.
func (e *Error) Outcome() []byte {
	o := outcome{Type: "OperationOutcome"}
	for _, issue := range e.Issues {
		told := outcomeIssue{Severity: "error", Code: issue.Code, Diagnostics: issue.Diagnostics}
		if issue.Warning {
			told.Severity = "warning"
		}
		if issue.Line > 0 {
			told.Diagnostics += fmt.Sprintf(" (line %d, column %d)", issue.Line, issue.Col)
		}
		if issue.Expression != "" {
			told.Expression = []string{issue.Expression}
		}
		o.Issue = append(o.Issue, told)
	}
	if len(o.Issue) == 0 {
		o.Issue = []outcomeIssue{{Severity: "error", Code: e.Kind}}
	}
	data, err := json.Marshal(o)
	if err != nil {
		panic("fhir: an OperationOutcome cannot be written: " + err.Error()) // it is strings only
	}
	return data
}
