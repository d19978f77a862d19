package main

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

// findings are what is in a store, by who sent it and what they call it.
type findings struct {
	things   map[string][]int    // the numbers of the messages, by the versions of what they changed
	order    map[string][]string // the control ids of the messages, by the Provenances, by system
	letters  []string            // as they came
	notes    int
	care     map[string]string // what visits did to the relationship with their person, by the trail
	visits   map[fhir.Ref]string
	constant map[string]int // versions of what every message said alike
	once     int            // of them
	reviews  int            // Tasks that ask who somebody is
}

func newFindings() *findings {
	return &findings{things: map[string][]int{}, order: map[string][]string{}, care: map[string]string{}, visits: map[fhir.Ref]string{}, constant: map[string]int{}}
}

// readAll reads every version in the order of the feed, and the trail of everybody.
func (f *findings) readAll(ctx context.Context, in store, feed []guard.Entry) error {
	people, versions := map[consent.Person]bool{}, map[string]*guard.Version{}
	err := in.View(ctx, guard.Want{}, func(snap guard.Snapshot) error {
		for _, e := range feed {
			if versions[e.Version] == nil {
				history, err := snap.History(e.Ref)
				if err != nil {
					return err
				}
				for _, v := range history {
					versions[v.ID] = v
				}
			}
			if err := f.read(versions[e.Version]); err != nil {
				return err
			}
			for _, p := range e.People {
				people[p] = true
			}
		}
		return nil
	})
	for p := range people {
		events, late := in.Looked(ctx, p, time.Time{}, 1<<30)
		err = errors.Join(err, late)
		for _, e := range slices.Backward(events) { // the newest come first
			if visit := f.visits[e.Ref]; strings.HasSuffix(e.Interaction, "-care") {
				f.care[visit] = strings.TrimSpace(f.care[visit] + " " + e.Interaction)
			}
		}
	}
	return err
}

// read is told of each version.
func (f *findings) read(v *guard.Version) error {
	root, err := fhir.Walk(v.JSON)
	if err != nil {
		return err
	}
	sender := string(v.Facts.Sender.ID) + " "
	var thing, number string
	switch v.Ref.Type {
	case "Encounter":
		thing, number = ownNumber(root), roomOf(root)
		f.visits[v.Ref] = sender + thing
	case "Observation":
		thing, number = firstOf(root, "code", "coding", "code"), root.Get("valueQuantity").Get("value").Text()
	case "DocumentReference":
		thing, number = root.Get("masterIdentifier").Get("value").Text(), firstOf(root, "content", "attachment", "title")
	case "Appointment":
		thing, number = ownNumber(root), firstOf(root, "reasonCode", "coding", "display")
	case "Patient":
		thing, number = ownNumber(root), firstOf(root, "telecom", "value")
		if !strings.HasSuffix(thing, "-P") {
			f.always(v)
			return nil
		}
	case "Provenance":
		name := strings.Split(firstOf(root, "entity", "what", "identifier", "value"), "|")
		f.order[sender+name[0]] = append(f.order[sender+name[0]], name[len(name)-1])
		return nil
	case "DiagnosticReport":
		f.always(v)
		return nil
	case "Task":
		if code := firstOf(root, "code", "coding", "code"); code == guard.ReviewMatch {
			f.reviews++
		}
		return nil
	case "Binary":
		return f.binary(root)
	default:
		return nil
	}
	n := 0
	for _, digit := range number {
		n = 10*n + int(digit-'0')
	}
	f.things[sender+thing] = append(f.things[sender+thing], n)
	return nil
}

// always notes a version of something that every message says alike.
func (f *findings) always(v *guard.Version) {
	f.constant[v.Ref.String()]++
	f.once++
}

func (f *findings) binary(root fhir.Node) error {
	if root.Get("contentType").Text() != mediaHL7v2 {
		f.notes++
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(root.Get("data").Text())
	f.letters = append(f.letters, string(raw))
	return err
}

// firstOf is the first text at a path.
func firstOf(root fhir.Node, path ...string) string {
	for n := range root.All(path...) {
		return n.Text()
	}
	return ""
}

// ownNumber is the first number that the sender gave. The number by which the definition knows the thing holds a bar.
func ownNumber(root fhir.Node) string {
	for n := range root.All("identifier", "value") {
		if !strings.Contains(n.Text(), "|") {
			return n.Text()
		}
	}
	return ""
}

// roomOf is the number of the room that somebody is in.
func roomOf(visit fhir.Node) string {
	for n := range visit.All("location", "location", "display") {
		if room, ok := strings.CutPrefix(n.Text(), "R"); ok {
			return room
		}
	}
	return ""
}
