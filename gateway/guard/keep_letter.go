package guard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// letterPart is how many bytes of a message one Binary holds: no more than a Binary that somebody sends may have, in base64.
const letterPart = fhir.MaxBytes*3/4 - 1<<10

// KeepLetter keeps a refused message where the operator alone finds it, durably, before its sender is answered. The
// same message refused again is kept once. A long one is cut into parts, so that no store and no reader has to hold it in
// one piece; its Task comes last, and so stands for all of them.
//
// Error: Forbidden for a token that could not have had anything taken in.
func (r Reading) KeepLetter(ctx context.Context, l Letter) error {
	digest := sha256.Sum256(l.Raw)
	parts := slices.Collect(slices.Chunk(l.Raw, letterPart))
	if len(parts) == 0 {
		parts = [][]byte{nil}
	}
	for number, content := range slices.Backward(parts) {
		part := letterPiece{Letter: l, digest: hex.EncodeToString(digest[:]), number: number, of: len(parts), content: content}
		if err := r.keepPart(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// letterPiece is a part of a letter. The first has the Task with it.
type letterPiece struct {
	Letter
	digest  string // of the whole
	number  int    // from 0
	of      int
	content []byte
}

func (r Reading) keepPart(ctx context.Context, p letterPiece) error {
	for range commitTries {
		change, err := r.letter(ctx, p)
		if err != nil || len(change.Put) == 0 {
			return err
		}
		if _, err := r.g.Store.Commit(ctx, change); err != ErrConflict { //nolint:errorlint // stores return ErrConflict itself
			return err
		}
	}
	return errBusy
}

// letter is the change that keeps a part; of one that is there already, and of a letter that waits already, there is none.
func (r Reading) letter(ctx context.Context, p letterPiece) (Change, error) {
	var change Change
	err := r.g.Store.View(ctx, Want{}, func(snap Snapshot) error {
		change = Change{}
		dir, err := snap.Directory()
		if err != nil {
			return fmt.Errorf("read the directory: %w", err)
		}
		org := r.c.org(dir)
		if err := r.c.maySend(dir, org, p.Door); err != nil {
			return err
		}
		ids := make([]fhir.ID, p.of)
		ids[0] = r.g.derivedID("letter", org.String(), p.Door, p.Definition, p.Key, p.digest)
		for i := 1; i < p.of; i++ {
			ids[i] = r.g.derivedID("letter part", string(ids[0]), strconv.Itoa(i))
		}
		task, content, now := fhir.Ref{Type: "Task", ID: ids[0]}, fhir.Ref{Type: "Binary", ID: ids[p.number]}, r.g.Now()
		asked, err := snap.Current(task)
		if err != nil {
			return fmt.Errorf("look for a letter: %w", err)
		}
		if asked != nil && waits(asked) {
			return nil
		}
		before, err := snap.Current(content)
		if err != nil {
			return fmt.Errorf("look for a letter: %w", err)
		}
		if before == nil || before.Deleted {
			binary, err := contentAs(content.ID, p.Media, p.content)
			if err != nil {
				return err
			}
			change.If, change.Put = append(change.If, expected(content, before)), append(change.Put, r.g.reviewed(binary, now))
		}
		if p.number > 0 {
			return nil
		}
		why, err := p.task(ids, r.c, instant(now))
		if err != nil {
			return err
		}
		change.If, change.Put = append(change.If, expected(task, asked)), append(change.Put, r.g.reviewed(why, now))
		change.Events = []Event{{
			ID: eventID(now), At: now, Interaction: ReviewLetter, Action: 'C', Ref: task, User: r.c.User, Name: r.c.Name, Org: org,
			OrgName: r.c.orgName(dir, org), Client: r.c.Client, Token: r.c.Token, Request: r.c.Request, Policy: r.g.Base.ID, Labels: r.g.Base.Labels,
		}}
		return nil
	})
	return change, err
}

// expected is that the thing is as it was seen.
func expected(ref fhir.Ref, seen *Version) Expect {
	e := Expect{Ref: ref}
	if seen != nil {
		e.Version = seen.ID
	}
	return e
}

// maySend reports whether a token could have something taken in: whoever could not has nothing to be kept for it. A
// configured door may always.
func (c Caller) maySend(dir *consent.Directory, org fhir.Ref, door string) error {
	if door != "" {
		return nil
	}
	if err := c.readsOnly(); err != nil {
		return err
	}
	if c.class() == consent.Operator {
		return errNoOperator
	}
	writes := slices.ContainsFunc(c.Scopes.Grants(), func(g smart.Grant) bool {
		return g.Letters.Has(smart.Create) || g.Letters.Has(smart.Update)
	})
	if !writes {
		return errNoSending
	}
	if _, known := dir.Org(org); !known {
		return errUnknownOrganisation
	}
	return nil
}

var errNoSending = fhir.Errorf(fhir.Forbidden, "the scopes of the token do not allow to have records taken in")

// waits reports whether a letter is there that nobody has dealt with.
func waits(task *Version) bool {
	root, err := fhir.Walk(task.JSON)
	return err == nil && !task.Deleted && root.Get("status").Text() == reviewReady
}
