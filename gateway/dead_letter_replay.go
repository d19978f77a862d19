package gateway

import (
	"context"
	"slices"

	"concord/fhir"
	"concord/gateway/guard"
)

// Replay takes a letter in again, as who sent it: by the definition that it was sent for, and with the bytes in mended, if
// there are any, instead of those that were refused. A letter by a configured door acts as that door does now. When all of it is
// taken the letter is done with; what is refused again stays.
func (l *Local) Replay(ctx context.Context, g *guard.Guard, operator guard.Caller, task fhir.Ref, mended []byte) ([]Outcome, error) {
	reading := g.As(operator)
	letter, err := OpenLetter(ctx, reading, task)
	if err != nil {
		return nil, err
	}
	if !letter.Waits {
		return nil, fhir.Errorf(fhir.BusinessRule, "this letter was dealt with already")
	}
	caller, err := letter.caller(operator)
	if err != nil {
		return nil, err
	}
	door, configured := l.Doors[letter.Door]
	switch {
	case !configured && letter.Door != "":
		return nil, fhir.Errorf(fhir.BusinessRule, "the door that this letter came by is not configured any more: configure it under its label, or complete the Task")
	case configured:
		caller = door.Caller
		caller.Request, caller.Base = operator.Request, operator.Base
	}
	raw := letter.Raw
	if len(mended) > 0 {
		raw = mended
	}
	outcomes, err := l.again(ctx, g.As(caller), letter, door, raw)
	if err != nil {
		return outcomes, err
	}
	if slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Err != nil }) {
		return outcomes, nil
	}
	return outcomes, letter.settled(ctx, reading)
}

// again takes the bytes of a letter in. It is noted under the key and the content that were refused, so that its sender, who may send
// it again, hears that it was taken.
func (l *Local) again(ctx context.Context, r guard.Reading, letter DeadLetter, door Door, raw []byte) ([]Outcome, error) {
	name := letter.Definition
	if name == "" {
		chosen, err := l.chosen(door, letter, raw)
		if err != nil {
			return nil, err
		}
		name = chosen
	}
	d, err := l.Definition(name)
	if err != nil {
		return nil, err
	}
	if !door.has(d) {
		return nil, fhir.Errorf(fhir.BusinessRule, "the door that this letter came by takes no records of this definition now")
	}
	f, err := l.Format(d)
	if err != nil {
		return nil, err
	}
	records, err := f.Read(d, raw)
	if err != nil {
		return nil, err
	}
	if len(records) == 1 && letter.Key != "" {
		records[0].Key, records[0].Digest = letter.Key, digestOf(letter.Raw)
		if before, err := f.Read(d, letter.Raw); err == nil && len(before) == 1 && before[0].Digest != "" {
			records[0].Digest = before[0].Digest
		}
	}
	return each(ctx, r, Message{Definition: d, Name: printable(letter.Key), Care: door.Care, Door: letter.Door, Media: f.Media}, records, ingest)
}

// chosen is the name of the definition that takes a letter that none took before.
func (l *Local) chosen(door Door, letter DeadLetter, raw []byte) (string, error) {
	for _, d := range l.Definitions {
		f, err := l.Format(d)
		if err != nil || f.Media != letter.Media {
			continue
		}
		records, err := f.Read(d, raw)
		if err != nil || len(records) == 0 || records[0].Err != nil {
			continue
		}
		if found := l.Choose(door, d.Format, records[0].Tree); found != nil {
			return found.Name, nil
		}
	}
	return "", fhir.Errorf(fhir.NotSupported, "no definition here takes this letter: add one to the door, or mend the message")
}
