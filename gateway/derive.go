package gateway

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// errOther says that a body is that of another version.
var errOther = errors.New("the body is not that of this version")

// derive makes anew what is derived of a version. What was decided when it was written stays as it was decided: who
// sent it, under which version it is shown, and how far its ties reach (consent rules 15.2).
func derive(h guard.Held) (guard.Derived, error) {
	d := guard.Derived{Position: h.Position, Facts: h.Version.Facts}
	if h.Version.Deleted {
		return d, nil
	}
	r, err := fhir.DecodeJSON(h.Version.JSON)
	if h.Version.Ref.Type == "Binary" && len(h.Version.JSON) > fhir.MaxBytes { // a message that was refused is kept however long it is
		r, err = fhir.Stored(h.Version.JSON)
	}
	if err != nil {
		return d, err
	}
	meta := r.Root().Get("meta")
	at, err := time.Parse(time.RFC3339, meta.Get("lastUpdated").Text())
	if r.Ref() != h.Version.Ref || meta.Get("versionId").Text() != h.Version.ID || err != nil || !at.Truncate(time.Millisecond).Equal(h.Version.Updated.Truncate(time.Millisecond)) {
		return d, errOther
	}
	stored := h.Version.Facts
	f := consent.FactsOf(r, stored.Sender)
	f.Face = stored.Face
	labelAsStored(r, f, stored)
	if f.Gives.Patient != nil {
		f.Gives.Patient.Sender = stored.Sender
	}
	f.Gives.Ties = asGiven(f.Gives.Ties, stored)
	if stored.Gives.Rule == nil && stored.Sender != (fhir.Ref{}) && stored.Sender.Type != "Patient" {
		f.Gives.Rule = nil // its author could give none, as a person always can
	}
	if f.Gives.Rule != nil && stored.Gives.Rule != nil {
		f.Gives.Rule.Recorded = stored.Gives.Rule.Recorded
		if len(stored.Gives.Rule.Identifiers) == 0 {
			f.Gives.Rule.Identifiers = nil // it was recorded by staff, and takes the place of nobody's choice
		}
	}
	d.Facts, d.Index = f, search.Extract(r)
	return d, nil
}

// labelAsStored labels facts by the rules that are known here, where they are those by which the stored ones were
// labelled. What other rules say is for Relabelling to make anew.
func labelAsStored(r *fhir.Resource, f, stored *consent.Facts) {
	if labels := consent.DefaultLabels(); stored.Labels.Rules == labels.Epoch() {
		labels.Label(r, f)
		f.Labels.Blind = stored.Labels.Blind
		return
	}
	f.Labels = stored.Labels
	for i := range min(len(f.Parts), len(stored.Parts)) {
		f.Parts[i].Labels = stored.Parts[i].Labels
	}
}

// asGiven are the ties that the resource says, as they were limited when it was written. What its author could not give
// then it does not give now; what the operator entered gives all that it says.
func asGiven(said []consent.Tie, stored *consent.Facts) []consent.Tie {
	var ties []consent.Tie
	for _, t := range said {
		same := func(o consent.Tie) bool {
			return o.Kind == t.Kind && o.Who == t.Who && o.Role == t.Role && o.Period.From.Equal(t.Period.From)
		}
		before := stored.Gives.Ties
		switch i := slices.IndexFunc(before, func(o consent.Tie) bool { return same(o) && !narrowed(o, t) && !narrowed(t, o) }); {
		case i >= 0: // as it says, but for who said so
			t.By, t.Short = before[i].By, before[i].Short
		case stored.Sender == (fhir.Ref{}):
		default:
			if i = slices.IndexFunc(before, same); i < 0 {
				continue
			}
			t = before[i]
		}
		ties = append(ties, t)
	}
	return ties
}

// narrowed reports whether a tie ends earlier, or says less, than the other.
func narrowed(t, than consent.Tie) bool {
	ends := !t.Period.To.IsZero() && (than.Period.To.IsZero() || t.Period.To.Before(than.Period.To))
	return ends || (than.Parental && !t.Parental)
}

// sameFacts compares facts as they are kept.
func sameFacts(a, b *consent.Facts) bool { return bytes.Equal(a.Binary(), b.Binary()) }
