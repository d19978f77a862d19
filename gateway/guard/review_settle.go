package guard

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
)

// settleMany bounds how many questions are answered at once.
const settleMany = 100

// Settle answers questions that conditional creates left: where something else fits the condition the Task is ready for a
// person and names it, and where nothing does the question goes. It is for the operator, in the background, on as many
// nodes as like: what another node has answered is left to it. It shows nothing to anybody. The result is how many
// were answered; when it is none, none are left.
func (r Reading) Settle(ctx context.Context) (int, error) {
	var changes []Change
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		changes = nil
		j, err := r.g.judge(ctx, r.c, snap, consent.Access, 's')
		if err != nil {
			return err
		}
		if !j.operator() {
			return errOperatorsOnly
		}
		plan, _, err := r.Parse("Task", url.Values{"code": {SystemReview + "|" + ReviewMatch}, "status": {reviewAsked}}, true)
		if err != nil {
			return err
		}
		plan.Count = settleMany
		page, err := j.snap.Search(plan, Reach{All: true}, func(v *Version) (Seen, error) { return Seen{OK: ours(v.Facts)}, nil })
		if err != nil {
			return fmt.Errorf("find what is asked: %w", err)
		}
		for _, task := range page.Versions {
			change, err := j.settle(task)
			if err != nil {
				return err
			}
			changes = append(changes, change)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, change := range changes {
		if _, err := r.g.Store.Commit(ctx, change); err != nil && err != ErrConflict { //nolint:errorlint // stores return ErrConflict itself
			return 0, err
		}
	}
	return len(changes), nil
}

// ours reports whether a Task is one of the gateway's own. One that is about somebody, or that somebody sent, may say the
// same words, but whoever can read it must not read what the operator sees.
func ours(f *consent.Facts) bool { return len(f.About) == 0 && f.Sender == fhir.Ref{} }

// settle answers one question.
func (j *judge) settle(task *Version) (Change, error) {
	root, err := fhir.Walk(task.JSON)
	if err != nil {
		return Change{}, fmt.Errorf("read a review: %w", err)
	}
	var created fhir.Ref
	var asked strings.Builder
	for input := range root.Get("input").Each() {
		if ref, ok := fhir.ParseRef(input.At("valueReference", "reference").Text()); ok {
			created = ref
		}
		asked.WriteString(input.Get("valueString").Text())
	}
	fits, reason, err := j.others(created, asked.String())
	if err != nil {
		return Change{}, err
	}
	change := Change{If: []Expect{{Ref: task.Ref, Version: task.ID}}}
	now := j.viewers[0].Time
	if len(fits) == 0 && reason == "" {
		gone := *task.Facts
		gone.Deleted, gone.Cuts, gone.Parts = true, nil, nil
		change.Put = []Put{{Version: &Version{Ref: task.Ref, ID: randomHex(), Updated: now, Deleted: true, Facts: &gone}}}
		return change, nil
	}
	ready := grow(root)
	set := func(name, text string) {
		if was := ready.get(name); was != nil {
			was.raw = appendString(nil, text)
			return
		}
		ready.add(name, &branch{raw: appendString(nil, text)})
	}
	set("status", reviewReady)
	set("description", reason)
	for _, ref := range fits {
		ready.push("input", fitting(ref))
	}
	r, err := fhir.DecodeJSON(ready.append(nil))
	if err != nil {
		return Change{}, fmt.Errorf("write a review: %w", err)
	}
	change.Put = []Put{j.g.reviewed(r, now)}
	return change, nil
}

// fitting is the input that names what fits.
func fitting(ref fhir.Ref) *branch {
	word := func(name, text string) *branch {
		return &branch{kind: fhir.Object, members: []named{{name, &branch{raw: appendString(nil, text)}}}}
	}
	return &branch{kind: fhir.Object, members: []named{{"type", word("text", "fits")}, {"valueReference", word("reference", ref.String())}}}
}

// others are what fits a condition besides what was created by it, at most two of them. A condition that cannot be asked
// is for a person to look at.
func (j *judge) others(created fhir.Ref, condition string) ([]fhir.Ref, string, error) {
	const unasked = "whether something else fits the condition could not be found out"
	typ, query, _ := strings.Cut(condition, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, unasked, nil //nolint:nilerr // a person looks at it
	}
	plan, _, err := j.g.Limits.Query.Parse(fhir.Type(typ), values, j.c.Base, true)
	if err != nil {
		return nil, unasked, nil //nolint:nilerr // a person looks at it
	}
	plan.Count, plan.Total, plan.Summary, plan.Sort, plan.Order = 3, "", "", search.ByID, nil
	f, err := j.find(plan)
	var told *fhir.Error
	if errors.As(err, &told) && (told.Kind == fhir.TooCostly || told.Kind == fhir.NotSupported) {
		return nil, unasked, nil // such as by a value set that has gone: others wait behind this one
	}
	if err != nil {
		return nil, "", err
	}
	var fits []fhir.Ref
	for _, row := range f.rows {
		if row.version.Ref != created && len(fits) < 2 {
			fits = append(fits, row.version.Ref)
		}
	}
	if len(fits) == 0 {
		return nil, "", nil
	}
	return fits, "something was there already that fits the condition of a create, and its author could not see it: are they the same?", nil
}
