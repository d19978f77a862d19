package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
)

// start is when the tests begin. Times are whole milliseconds, as FHIR instants of ours are.
var start = time.Date(2025, 3, 4, 9, 0, 0, 0, time.UTC)

// at is a time some minutes after the start.
func at(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

func ref(typ fhir.Type, id string) fhir.Ref { return fhir.Ref{Type: typ, ID: fhir.ID(id)} }

// put makes a version that was written some minutes after the start, about the people.
func put(r fhir.Ref, version string, minutes int, people ...consent.Person) guard.Put {
	body := fmt.Sprintf(`{"resourceType":%q,"id":%q,"meta":{"versionId":%q}}`, r.Type, r.ID, version)
	return guard.Put{
		Version: &guard.Version{
			Ref: r, ID: version, Updated: at(minutes), JSON: []byte(body),
			Facts: &consent.Facts{Ref: r, Class: []consent.Code{{Code: string(r.Type)}}},
		},
		People: people,
	}
}

// gone makes a version that deletes.
func gone(r fhir.Ref, version string, minutes int, people ...consent.Person) guard.Put {
	return guard.Put{
		Version: &guard.Version{
			Ref: r, ID: version, Updated: at(minutes), Deleted: true, Facts: &consent.Facts{Ref: r, Deleted: true},
		},
		People: people,
	}
}

// indexed adds index entries.
func indexed(p guard.Put, entries ...search.Entry) guard.Put {
	p.Index = append(p.Index, entries...)
	return p
}

// stand makes a standing in which the practitioners have a tie to the person.
func stand(p consent.Person, version int64, practitioners ...string) *consent.Standing {
	standing := &consent.Standing{Person: p, Version: version}
	for _, id := range practitioners {
		standing.Ties = append(standing.Ties, consent.Tie{
			Kind: consent.TieCareTeam, Who: consent.Party{Ref: ref("Practitioner", id)}, From: ref("CareTeam", "team"),
		})
	}
	return standing
}

// commit commits what must not fail.
func commit(t *testing.T, s Both, change guard.Change) guard.Receipt {
	t.Helper()
	receipt, err := s.Commit(t.Context(), change)
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	return receipt
}

// puts commits versions alone.
func puts(t *testing.T, s Both, all ...guard.Put) guard.Receipt {
	t.Helper()
	return commit(t, s, guard.Change{Put: all})
}

// conflict commits what must be refused because something has changed.
func conflict(t *testing.T, s Both, change guard.Change) {
	t.Helper()
	if _, err := s.Commit(t.Context(), change); !errors.Is(err, guard.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
}

// view reads a snapshot; the function fails by its error.
func view(t *testing.T, s Both, use func(v guard.Snapshot) error) {
	t.Helper()
	called := 0
	err := s.View(t.Context(), guard.Want{}, func(v guard.Snapshot) error {
		called++
		return use(v)
	})
	if err != nil {
		t.Fatalf("view: %v", err)
	}
	if called != 1 {
		t.Fatalf("view called its function %d times", called)
	}
}

// get gives one answer of a snapshot.
func get[T any](t *testing.T, s Both, ask func(v guard.Snapshot) (T, error)) T {
	t.Helper()
	var answer T
	view(t, s, func(v guard.Snapshot) error {
		var err error
		answer, err = ask(v)
		return err
	})
	return answer
}

// same compares what two stores, or a store and a test, say. Facts and standings are compared as they are stored.
var same = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Transformer("facts", func(f *consent.Facts) string {
		if f == nil {
			return ""
		}
		return string(f.Binary())
	}),
	cmp.Transformer("standing", func(s *consent.Standing) string {
		if s == nil {
			return ""
		}
		return string(s.Binary())
	}),
}

func equal[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// names are the references of versions.
func names(versions []*guard.Version) []string {
	var all []string
	for _, v := range versions {
		all = append(all, v.Ref.String())
	}
	return all
}
