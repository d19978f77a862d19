package guard

import (
	"context"
	"crypto/sha256"
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

// The names of the inputs of the Task, by which a Letter is read again.
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

// KeepLetter keeps a refused message where the operator alone finds it, durably, before its sender is answered. The
// same message refused again is kept once.
func (r Reading) KeepLetter(ctx context.Context, l Letter) error {
	for range commitTries {
		change, err := r.letter(ctx, l)
		if err != nil || len(change.Put) == 0 {
			return err
		}
		if _, err := r.g.Store.Commit(ctx, change); err != ErrConflict { //nolint:errorlint // stores return ErrConflict itself
			return err
		}
	}
	return errBusy
}

// letter is the change that keeps one; of one that waits already there is none.
func (r Reading) letter(ctx context.Context, l Letter) (Change, error) {
	var change Change
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		change = Change{}
		dir, err := snap.Directory()
		if err != nil {
			return fmt.Errorf("read the directory: %w", err)
		}
		org := r.c.org(dir)
		digest := sha256.Sum256(l.Raw)
		id := r.g.derivedID("letter", org.String(), l.Door, l.Definition, l.Key, hex.EncodeToString(digest[:]))
		task, content := fhir.Ref{Type: "Task", ID: id}, fhir.Ref{Type: "Binary", ID: id}
		now := r.g.Now()
		var expect []Expect
		for _, ref := range []fhir.Ref{task, content} {
			before, err := snap.Current(ref)
			if err != nil {
				return fmt.Errorf("look for a letter: %w", err)
			}
			e := Expect{Ref: ref}
			if before != nil {
				e.Version = before.ID
			}
			if ref == task && before != nil && waits(before) {
				return nil
			}
			expect = append(expect, e)
		}
		binary, err := contentAs(id, l.Media, l.Raw)
		if err != nil {
			return err
		}
		asked, err := l.task(id, r.c, instant(now))
		if err != nil {
			return err
		}
		change.If = expect
		change.Put = []Put{r.g.reviewed(binary, now), r.g.reviewed(asked, now)}
		e := Event{
			ID: eventID(now), At: now, Interaction: ReviewLetter, Action: 'C', Ref: task, User: r.c.User, Name: r.c.Name, Org: org,
			OrgName: r.c.orgName(dir, org), Client: r.c.Client, Token: r.c.Token, Request: r.c.Request, Policy: r.g.Base.ID, Labels: r.g.Base.Labels,
		}
		change.Events = []Event{e}
		return nil
	})
	return change, err
}

// waits reports whether a letter is there that nobody has dealt with.
func waits(task *Version) bool {
	root, err := fhir.Walk(task.JSON)
	return err == nil && !task.Deleted && root.Get("status").Text() == reviewReady
}

// task is the Task of a letter. Why it was refused stands in its description, and holds no patient data.
func (l Letter) task(id fhir.ID, c Caller, authored string) (*fhir.Resource, error) {
	sender, err := json.Marshal(Sender{
		Client: c.Client, User: c.User, Name: c.Name, Org: c.Org, OrgID: c.OrgID, Roles: c.Roles, Purposes: c.Purposes, Scopes: c.Scopes.Canonical(),
	})
	if err != nil {
		return nil, fmt.Errorf("write the sender of a letter: %w", err)
	}
	inputs := []reviewInput{{Type: reviewWord{LetterMessage}, Reference: &reviewRef{fhir.Ref{Type: "Binary", ID: id}.String()}}}
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
		"resourceType": "Task", "id": string(id), "status": reviewReady, "intent": "order", "authoredOn": authored, "input": inputs,
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
		if issue.Expression != "" {
			text += issue.Expression + ": "
		}
		if issue.Line > 0 {
			text += fmt.Sprintf("line %d, column %d: ", issue.Line, issue.Col)
		}
		text += issue.Diagnostics + "\n"
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
