package guard

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"concord/consent"
	"concord/fhir"
)

// ReviewLetter is the code of the Task that stands for a message that was refused and is kept whole: the operator reads
// it, mends it and has it taken in again.
const ReviewLetter = "dead-letter"

// Letter is a message that was refused.
type Letter struct {
	Door       string // the configured door that it came by; empty: by a token
	Definition string // by which it was to be read; empty: none took it
	Key        string
	Media      string // content type of Raw
	Raw        []byte // as it came
	Refusal    *fhir.Error
}

// The names of the inputs of the Task, by which a Letter is read again. There is a LetterMessage for each of its parts, in
// their order.
const (
	LetterMessage    = "message"
	LetterDoor       = "door"
	LetterDefinition = "definition"
	LetterKey        = "key"
	LetterSender     = "sender"
)

// Sender is a Caller as it is kept with a Letter, so that the message can be decided again as what it was sent as.
type Sender struct {
	Client   string       `json:"client,omitempty"`
	User     fhir.Ref     `json:"user,omitzero"`
	Name     string       `json:"name,omitempty"`
	Org      fhir.Ref     `json:"org,omitzero"`
	OrgID    consent.Code `json:"orgId,omitzero"`
	Roles    []string     `json:"roles,omitempty"`
	Purposes []string     `json:"purposes,omitempty"`
	Scopes   string       `json:"scopes"`
}

// task is the Task of a letter. Why it was refused stands in its description, and holds no patient data.
func (l Letter) task(ids []fhir.ID, c Caller, authored string) (*fhir.Resource, error) {
	sender, err := json.Marshal(Sender{
		Client: c.Client, User: c.User, Name: c.Name, Org: c.Org, OrgID: c.OrgID, Roles: c.Roles, Purposes: c.Purposes, Scopes: c.Scopes.Canonical(),
	})
	if err != nil {
		return nil, fmt.Errorf("write the sender of a letter: %w", err)
	}
	var inputs []reviewInput
	for _, id := range ids {
		inputs = append(inputs, reviewInput{Type: reviewWord{LetterMessage}, Reference: &reviewRef{fhir.Ref{Type: "Binary", ID: id}.String()}})
	}
	for _, in := range []reviewInput{
		{Type: reviewWord{LetterDoor}, Text: l.Door},
		{Type: reviewWord{LetterDefinition}, Text: l.Definition},
		{Type: reviewWord{LetterKey}, Text: hex.EncodeToString([]byte(l.Key))},
		{Type: reviewWord{LetterSender}, Text: string(sender)},
	} {
		if in.Text != "" {
			inputs = append(inputs, in)
		}
	}
	body, err := json.Marshal(map[string]any{
		"resourceType": "Task", "id": string(ids[0]), "status": reviewReady, "intent": "order", "authoredOn": authored, "input": inputs,
		"code":        map[string]any{"coding": []any{map[string]any{"system": SystemReview, "code": ReviewLetter}}},
		"description": l.why(),
	})
	if err != nil {
		return nil, fmt.Errorf("write a letter: %w", err)
	}
	return fhir.DecodeJSON(body)
}

// maxReasons bounds how many faults of a message are told.
const maxReasons = 20

// why is the refusal in words.
func (l Letter) why() string {
	text := ""
	for i, issue := range l.Refusal.Issues {
		if i == maxReasons {
			return text + fmt.Sprintf("and %d more", len(l.Refusal.Issues)-i)
		}
		text += issue.String() + "\n"
	}
	if text == "" {
		return "it was refused: " + string(l.Refusal.Kind)
	}
	return strings.TrimSuffix(text, "\n")
}

// As gives the Caller that a Sender was, for what the operator does with a letter.
func (s Sender) As(c Caller) Caller {
	c.Client, c.User, c.Name, c.Org, c.OrgID = s.Client, s.User, s.Name, s.Org, s.OrgID
	c.Roles, c.Purposes, c.Operator = slices.Clone(s.Roles), slices.Clone(s.Purposes), false
	return c
}
