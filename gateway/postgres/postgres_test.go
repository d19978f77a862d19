package postgres_test

import (
	"context"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/postgres"
	"concord/gateway/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Both { t.Helper(); return fresh(t) })
}

func TestStoreIsLikeMemory(t *testing.T) {
	t.Parallel()
	storetest.Compare(t, func(*testing.T) storetest.Both { return memory.New(time.Now) },
		func(t *testing.T) storetest.Both { t.Helper(); return fresh(t) })
}

// goal makes a change that puts one goal with an event.
func goal(id string) guard.Change {
	ref := fhir.Ref{Type: "Goal", ID: fhir.ID(id)}
	now := time.Date(2025, 1, 2, 3, 4, 5, 6000000, time.UTC)
	return guard.Change{
		Put: []guard.Put{{
			Version: &guard.Version{
				Ref: ref, ID: "v-" + id, Updated: now, JSON: []byte(`{"resourceType":"Goal","id":"` + id + `"}`),
				Facts: &consent.Facts{Ref: ref},
			},
			Index:  []search.Entry{{Param: "code", Kind: search.Token, System: "s", Value: id}},
			People: []consent.Person{"p"},
		}},
		Events: []guard.Event{{ID: "e-" + id, At: now, Person: "p", Interaction: "create", Action: 'C', Permit: true, Ref: ref}},
	}
}

func commit(t testing.TB, s *postgres.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.Commit(context.Background(), goal(id)); err != nil {
			t.Fatal(err)
		}
	}
}
