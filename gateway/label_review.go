package gateway

import (
	"context"
	"fmt"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
)

// ToReview is something that words alone say to be sensitive: a person has to look at it (CONSENT rules 14.21). It tells
// nothing of what the thing says.
type ToReview struct {
	Ref     fhir.Ref
	Version string
	Rule    string
	Topics  []consent.Code // what the rule finds it sensitive for
	Applied bool           // it is labelled so meanwhile; contingency, advance care, allergies and adjustments are not
	Mark    string         // code of care.SystemReviewed in meta.security by which its sender, or the operator, says that it is harmless
}

func (t ToReview) String() string {
	state := "labelled meanwhile"
	if !t.Applied {
		state = "not labelled until somebody has looked"
	}
	var topics []string
	for _, topic := range t.Topics {
		topics = append(topics, topic.Code)
	}
	return fmt.Sprintf("%s/_history/%s: %s by %s: %s; harmless: %s|%s", t.Ref, t.Version, strings.Join(topics, ","), t.Rule, state, care.SystemReviewed, t.Mark)
}

// LabelReview tells what awaits a person's look, in the order in which it was written: of current versions alone, and of
// those that these rules have labelled.
func LabelReview(ctx context.Context, store guard.Maintainer, labels *consent.Labeller, tell func(ToReview) error) error {
	return store.Each(ctx, guard.Part{}, func(h guard.Held) error {
		if !h.Current || h.Fault != nil || h.Version.Deleted || h.Version.Facts == nil || h.Version.Facts.Labels.Rules != labels.Epoch() {
			return nil //nolint:nilerr // what cannot be read is for Check to tell
		}
		waiting := toReview(h.Version)
		if len(waiting) == 0 {
			return nil
		}
		body, err := fhir.Stored(h.Version.JSON)
		if err != nil {
			return fmt.Errorf("read a stored body: %w", err)
		}
		mark := labels.Mark(body)
		for _, one := range waiting {
			one.Mark = mark
			if err := tell(one); err != nil {
				return err
			}
		}
		return nil
	})
}

// toReview is what words found in a version, each rule once.
func toReview(v *guard.Version) []ToReview {
	var all []ToReview
	labels := &v.Facts.Labels
	for _, b := range labels.Basis {
		if !b.Word {
			continue
		}
		if n := len(all); n > 0 && all[n-1].Rule == b.Rule {
			all[n-1].Topics = append(all[n-1].Topics, b.Label)
			continue
		}
		topic, _ := consent.TopicsOf(b.Label)
		all = append(all, ToReview{Ref: v.Ref, Version: v.ID, Rule: b.Rule, Topics: []consent.Code{b.Label}, Applied: labels.Topics.Covers(topic)})
	}
	return all
}
