package guard

import (
	"fmt"
	"slices"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// facts are those of a resource as it is written, with its labels: a thing is labelled before anything is decided on it
// (CONSENT rules section 5).
func (g *Guard) facts(r *fhir.Resource, sender fhir.Ref) *consent.Facts {
	f := consent.FactsOf(r, sender)
	g.Labels.Label(r, f)
	return f
}

// facts are those of a write: they know what its writer could not see of what it gathers.
func (d *draft) facts(r *fhir.Resource, sender fhir.Ref, prior *Version) (*consent.Facts, error) {
	f := d.j.g.facts(r, sender)
	return f, d.blind(f, prior)
}

// keepLabels is what an update may make of the labels of the version before: they stay, and others may come, of which
// the highest confidentiality counts. Who sent a thing may seal and unseal it, hold it back and release it, and say that
// its words were looked at; nobody else may. To lower a label takes the operator, who never comes here.
func (d *draft) keepLabels(prior *Version, update *fhir.Resource) (*fhir.Resource, error) {
	return labelling{sent: prior.Facts.Sender == d.sender()}.of(prior, update)
}

// of is an update with its labels.
func (l labelling) of(prior *Version, update *fhir.Resource) (*fhir.Resource, error) {
	before, err := fhir.Walk(prior.JSON)
	if err != nil {
		return nil, fmt.Errorf("read the version before: %w", err)
	}
	for label := range before.All("meta", "security") {
		l.keep(label)
	}
	were, come := len(l.kept), 0
	restricted := l.purposes
	for label := range update.Root().All("meta", "security") {
		l.add(label, restricted)
		come++
	}
	entries := l.entries()
	if were == 0 && len(entries) == come {
		return update, nil // as it came
	}
	root := grow(update.Root())
	meta := root.get("meta")
	if meta == nil {
		meta = &branch{kind: fhir.Object}
		root.add("meta", meta)
	}
	meta.members = slices.DeleteFunc(meta.members, func(m named) bool { return m.name == "security" })
	if len(entries) > 0 {
		meta.add("security", &branch{kind: fhir.Array, entries: entries})
	}
	if len(meta.members) == 0 {
		root.members = slices.DeleteFunc(root.members, func(m named) bool { return m.name == "meta" })
	}
	return fhir.DecodeJSON(root.append(nil))
}

// labelling is the labels that an updated resource will have.
type labelling struct {
	sent     bool // the caller sent the thing
	unseen   bool // and does not see it any more: what it does not know of is not for it to take away
	kept     []fhir.Node
	level    consent.Level
	purposes bool // for which purposes alone it may be used is said
}

func labelOf(label fhir.Node) consent.Code {
	return consent.Code{System: label.Get("system").Text(), Code: label.Get("code").Text()}
}

// sendersOwn are the labels that are for the sender to set and to take away.
func sendersOwn(c consent.Code) bool {
	return c.System == care.SystemLabel || c.System == care.SystemReviewed
}

// keep takes over a label of the version before. What its sender may take away comes back with the update.
func (l *labelling) keep(label fhir.Node) {
	if c := labelOf(label); !l.sent || l.unseen || !sendersOwn(c) {
		l.take(label, c)
	}
}

// add takes a label that comes with the update. Where purposes are restricted already another purpose would widen; where
// they are not, its sender alone may restrict them, since that takes a thing from everybody who comes for another.
func (l *labelling) add(label fhir.Node, restricted bool) {
	c := labelOf(label)
	again := slices.ContainsFunc(l.kept, func(n fhir.Node) bool { return labelOf(n) == c })
	if again || (!l.sent && (sendersOwn(c) || c.System == care.SystemPurpose)) || (restricted && c.System == care.SystemPurpose) {
		return
	}
	l.take(label, c)
}

func (l *labelling) take(label fhir.Node, c consent.Code) {
	level, _ := consent.LevelOf(c)
	l.level = max(l.level, level)
	l.purposes = l.purposes || c.System == care.SystemPurpose
	l.kept = append(l.kept, label)
}

// entries are the labels without the confidentialities that another is higher than.
func (l *labelling) entries() []*branch {
	var entries []*branch
	for _, label := range l.kept {
		if level, ok := consent.LevelOf(labelOf(label)); !ok || level == l.level {
			entries = append(entries, grow(label))
		}
	}
	return entries
}
