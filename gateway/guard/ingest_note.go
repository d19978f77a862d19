package guard

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"concord/fhir"
)

// A note of each record that was taken in is kept as a Binary under the id of the record's Provenance: by which content it
// came, what it made, and what its definition kept of it to give back. It is about nobody and came from nobody, so that it is
// shown to the operator alone; what it kept is given back by Local, under the rules of what the record made.

// noteMedia is the content type of a note.
const noteMedia = "application/vnd.concord.local+json"

// note is the content of such a Binary.
type note struct {
	Digest string          `json:"digest,omitempty"`
	Made   []string        `json:"made"`
	Local  json.RawMessage `json:"local,omitempty"`
}

// note is the Binary in which a delivery is noted.
func (d *draft) note(v Delivery) fhir.Ref {
	if v.Key == "" {
		return fhir.Ref{Type: "Binary", ID: fhir.ID(d.j.g.NewID())}
	}
	return fhir.Ref{Type: "Binary", ID: d.j.g.derivedID("record", d.sender().String(), v.Key)}
}

// received looks whether the record was taken in before.
func (d *draft) received(ref fhir.Ref, v Delivery) (Ingested, error) {
	if v.Key == "" {
		return Ingested{}, nil
	}
	before, err := d.j.snap.Current(ref)
	if err != nil {
		return Ingested{}, fmt.Errorf("look whether a record came before: %w", err)
	}
	if before != nil && before.Deleted { // what was deleted was received all the same
		if before, err = d.j.lastLiving(ref); err != nil {
			return Ingested{}, err
		}
	}
	if before == nil {
		return Ingested{}, nil
	}
	n, err := noteOf(before)
	if err != nil {
		return Ingested{}, err
	}
	if n.Digest != v.Digest {
		return Ingested{}, errOtherContent
	}
	done := Ingested{Replayed: true}
	link := fhir.Ref{Type: "Provenance", ID: ref.ID}
	linked, err := d.j.snap.Current(link)
	if err != nil {
		return Ingested{}, fmt.Errorf("look whether a record came before: %w", err)
	}
	if linked != nil {
		done.Provenance = link
	}
	for _, made := range n.Made {
		if made, ok := fhir.ParseRef(made); ok {
			done.Refs = append(done.Refs, made)
		}
	}
	return done, nil
}

// noteBeside is the note of the record that a Provenance tells of; nil when somebody wrote the Provenance by hand.
func noteBeside(snap Snapshot, provenance *Version) (*Version, error) {
	kept, err := snap.Current(fhir.Ref{Type: "Binary", ID: provenance.Ref.ID})
	if err != nil {
		return nil, fmt.Errorf("read the note of a record: %w", err)
	}
	if kept == nil || kept.Deleted || kept.Facts.Sender != (fhir.Ref{}) { // not one of ours
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	return kept, nil
}

// noteOf reads a note.
func noteOf(v *Version) (note, error) {
	root, err := fhir.Walk(v.JSON)
	if err != nil {
		return note{}, fmt.Errorf("read the note of a record: %w", err)
	}
	content, err := base64.StdEncoding.DecodeString(root.Get("data").Text())
	if err != nil {
		return note{}, fmt.Errorf("read the note of a record: %w", err)
	}
	var n note
	if err := json.Unmarshal(content, &n); err != nil {
		return note{}, fmt.Errorf("read the note of a record: %w", err)
	}
	return n, nil
}

// write writes down a delivery.
func (n note) write(ref fhir.Ref) (*fhir.Resource, error) {
	content, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("write the note of a record: %w", err)
	}
	return contentAs(ref.ID, noteMedia, content)
}

// contentAs is a Binary with this content.
func contentAs(id fhir.ID, media string, content []byte) (*fhir.Resource, error) {
	body, err := json.Marshal(struct {
		ResourceType string  `json:"resourceType"`
		ID           fhir.ID `json:"id"`
		ContentType  string  `json:"contentType"`
		Data         []byte  `json:"data,omitempty"`
	}{"Binary", id, media, content})
	if err != nil {
		return nil, fmt.Errorf("write a Binary: %w", err)
	}
	return fhir.Stored(body) // what came may be longer than a resource that others send
}

// link puts the Provenance of a record, in the name of its sender.
func (d *draft) link(r *fhir.Resource, id fhir.ID) error {
	stamped, version := d.stamp(r, id)
	return d.put(stamped, version, d.j.g.facts(stamped, d.sender()), nil, "create", 'C')
}

// keep puts a note.
func (d *draft) keep(n note, ref fhir.Ref) error {
	written, err := n.write(ref)
	if err != nil {
		return err
	}
	d.change.Put = append(d.change.Put, d.j.g.reviewed(written, d.j.viewers[0].Time))
	d.change.If = append(d.change.If, Expect{Ref: ref})
	return nil
}
