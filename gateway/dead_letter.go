package gateway

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"concord/consent/smart"
	"concord/fhir"
	"concord/gateway/guard"
)

// keepLetter keeps a message that was refused. The error is a fault of ours: then the message must come again, or it
// would be lost.
func keepLetter(ctx context.Context, r guard.Reading, m Message, refusal error) error {
	l := guard.Letter{Door: m.Door, Key: m.Key, Media: m.Media, Raw: m.Raw}
	if m.Definition != nil {
		l.Definition = m.Definition.Name
	}
	if !errors.As(refusal, &l.Refusal) {
		return fmt.Errorf("keep a refused message: %w", refusal)
	}
	if err := r.KeepLetter(ctx, l); err != nil {
		return fmt.Errorf("keep a refused message: %w", err)
	}
	return nil
}

// Refuse keeps a body that is refused before it is read, as one letter, and gives what its sender is told: the refusal, or
// what went wrong with keeping it.
func (l *Local) Refuse(ctx context.Context, r guard.Reading, b Body, refusal error) error {
	d, err := l.Definition(b.Definition)
	if err != nil {
		return err
	}
	f, err := l.Format(d)
	if err != nil {
		return err
	}
	_, err = Ingest(ctx, r, Message{Definition: d, Fault: refusal, Key: b.Key, Name: b.Name, Door: b.Door, Media: f.Media, Raw: b.Bytes})
	return err
}

// DeadLetter is a refused message as the operator reads it.
type DeadLetter struct {
	Task       fhir.Ref
	Waits      bool // nobody has dealt with it
	Door       string
	Definition string
	Key        string
	Media      string
	Raw        []byte
	sender     guard.Sender
	body       []byte // of the Task
}

// OpenLetter reads a letter, for the operator. Errors: NotFound for what is no letter.
func OpenLetter(ctx context.Context, operator guard.Reading, task fhir.Ref) (DeadLetter, error) {
	l := DeadLetter{Task: task}
	d, err := operator.Resource(ctx, task)
	if err != nil {
		return l, err
	}
	var b bytes.Buffer
	_, _ = d.WriteTo(&b) // a buffer takes everything
	l.body = b.Bytes()
	root, err := fhir.Walk(l.body)
	if err != nil {
		return l, fmt.Errorf("read a letter: %w", err)
	}
	if !isLetter(root) {
		return l, fhir.Errorf(fhir.NotFound, "this Task is no dead letter")
	}
	l.Waits = root.Get("status").Text() == "ready"
	var parts []fhir.Ref
	for input := range root.Get("input").Each() {
		text := input.Get("valueString").Text()
		switch input.At("type", "text").Text() {
		case guard.LetterMessage:
			if part, ok := fhir.ParseRef(input.At("valueReference", "reference").Text()); ok {
				parts = append(parts, part)
			}
		case guard.LetterDoor:
			l.Door = text
		case guard.LetterDefinition:
			l.Definition = text
		case guard.LetterKey:
			key, err := hex.DecodeString(text)
			if err != nil {
				return l, fmt.Errorf("read the key of a letter: %w", err)
			}
			l.Key = string(key)
		case guard.LetterSender:
			if err := json.Unmarshal([]byte(text), &l.sender); err != nil {
				return l, fmt.Errorf("read the sender of a letter: %w", err)
			}
		}
	}
	if len(parts) == 0 {
		return l, fhir.Errorf(fhir.NotFound, "this Task is no dead letter")
	}
	var kept bytes.Buffer
	for _, part := range parts {
		raw, media, err := operator.Content(ctx, part)
		if err != nil {
			return l, err
		}
		_, _ = raw.WriteTo(&kept) // as above
		l.Media = media
	}
	l.Raw = kept.Bytes()
	return l, nil
}

func isLetter(task fhir.Node) bool {
	for coding := range task.At("code", "coding").Each() {
		if coding.Get("system").Text() == guard.SystemReview && coding.Get("code").Text() == guard.ReviewLetter {
			return true
		}
	}
	return false
}

// caller is who sent the letter, for the operator's request.
func (l DeadLetter) caller(operator guard.Caller) (guard.Caller, error) {
	c := l.sender.As(guard.Caller{Issuer: operator.Issuer, Subject: operator.Subject, Request: operator.Request, Base: operator.Base})
	scopes, err := smart.Parse(l.sender.Scopes)
	if err != nil {
		return c, fhir.Errorf(fhir.BusinessRule, "the scopes of who sent this letter cannot be read any more")
	}
	c.Scopes = scopes
	return c, nil
}

// settled marks a letter as dealt with.
func (l DeadLetter) settled(ctx context.Context, operator guard.Reading) error {
	var task map[string]json.RawMessage
	if err := json.Unmarshal(l.body, &task); err != nil {
		return fmt.Errorf("complete a letter: %w", err)
	}
	task["status"] = json.RawMessage(`"completed"`)
	body, err := json.Marshal(task)
	if err != nil {
		return fmt.Errorf("complete a letter: %w", err)
	}
	done, err := fhir.DecodeJSON(body)
	if err != nil {
		return fmt.Errorf("complete a letter: %w", err)
	}
	_, err = operator.Commit(ctx, guard.Write{Do: guard.Update, Ref: l.Task, Resource: done})
	return err
}
