package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/sqlite"
)

// labelStore is a store that can be labelled anew, with its trail.
type labelStore interface {
	guard.Relabeller
	guard.Trail
}

var labelTime = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func labelClock() time.Time { return labelTime }

// labelStores are the stores that need nothing outside, each told that the rules of Concord are in force.
func labelStores(t *testing.T) map[string]labelStore {
	t.Helper()
	lite, err := sqlite.Open(t.Context(), sqlite.Config{
		Path: filepath.Join(t.TempDir(), "record.db"), Now: labelClock, NewID: func() string { return "chain" }, Log: slog.New(slog.DiscardHandler),
		Labels: consent.DefaultLabels().Epoch(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lite.Close() })
	return map[string]labelStore{"memory": memory.New(labelClock), "sqlite": lite}
}

// over is a guard over a store that labels by some rules. Two of them on one store are two nodes, or one before and after
// its rules changed.
func over(t *testing.T, store labelStore, labels *consent.Labeller) *guard.Guard {
	t.Helper()
	n := 0
	g, err := guard.New(guard.Config{
		Store: store, Trail: store, Cache: memory.NewCache(1<<20, labelClock), Base: consent.Default(), Now: labelClock,
		NewID: func() string { n++; return fmt.Sprintf("%d-%d", labels.Epoch()%1000, n) }, Secret: make([]byte, 32), Build: "test", Labels: labels,
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func labelScopes(t *testing.T, text string) smart.Scopes {
	t.Helper()
	scopes, err := smart.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return scopes
}

func bring(t *testing.T, g *guard.Guard, bodies ...string) {
	t.Helper()
	r := g.As(guard.Caller{Client: "op", Operator: true, Scopes: labelScopes(t, "system/*.cruds")})
	for _, body := range bodies {
		res, err := fhir.DecodeJSON([]byte(body))
		if err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if _, err := r.Commit(t.Context(), guard.Write{Do: guard.Import, Resource: res}); err != nil {
			t.Fatal(err)
		}
	}
}

// oldRules find nothing of what these tests are about.
func oldRules(t *testing.T) *consent.Labeller {
	t.Helper()
	labels, err := consent.NewLabeller([]byte("words old TBOO taboo\n"))
	if err != nil {
		t.Fatal(err)
	}
	return labels
}

const labelPatient = `"subject":{"reference":"Patient/amina"}`

// choice is a Consent that denies the practice what has a label, or permits it, and nothing else, what has at most one.
func choice(kind, system, code string) string {
	return fmt.Sprintf(`{"resourceType":"Consent","id":"choice","status":"active","dateTime":"2026-01-01","patient":{"reference":"Patient/amina"},
"scope":{"coding":[{"system":%q,"code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],
"policyRule":{"coding":[{"code":"OPTIN"}]},"performer":[{"reference":"Patient/amina"}],
"provision":{"type":%q,"actor":[{"role":{"coding":[{"system":%q,"code":"IRCP"}]},"reference":{"reference":"Organization/practice"}}],
"securityLabel":[{"system":%q,"code":%q}]}}`, care.SystemConsentScope, kind, care.SystemParticipation, system, code)
}

// region is a practice with a patient who has five findings; the third is of a sensitive kind. The first is changed
// later, and the last deleted.
func region(t *testing.T, g *guard.Guard, choice string) {
	t.Helper()
	bring(t, g,
		fmt.Sprintf(`{"resourceType":"Organization","id":"practice","active":true,"name":"Mill Lane","type":[{"coding":[{"system":%q,"code":%q}]}]}`, care.SystemKind, care.KindHealth),
		`{"resourceType":"Practitioner","id":"okafor","name":[{"family":"Okafor"}]}`,
		`{"resourceType":"Patient","id":"amina","generalPractitioner":[{"reference":"Organization/practice"}]}`,
		choice)
	for i := range 5 {
		code := "38341003"
		if i == 2 {
			code = "86406008"
		}
		bring(t, g, fmt.Sprintf(`{"resourceType":"Condition","id":"c%d","code":{"coding":[{"system":"http://snomed.info/sct","code":%q}]},%s}`, i, code, labelPatient))
	}
	bring(t, g, `{"resourceType":"Condition","id":"c0","code":{"text":"changed"},`+labelPatient+`}`)
	r := g.As(guard.Caller{Client: "op", Operator: true, Scopes: labelScopes(t, "system/*.cruds")})
	if _, err := r.Commit(t.Context(), guard.Write{Do: guard.Delete, Ref: fhir.Ref{Type: "Condition", ID: "c4"}}); err != nil {
		t.Fatal(err)
	}
}

// seen are the findings that the practice's clinician sees, as a text such as "0 1 3".
func seen(t *testing.T, g *guard.Guard) string {
	t.Helper()
	r := g.As(guard.Caller{
		User: fhir.Ref{Type: "Practitioner", ID: "okafor"}, Org: fhir.Ref{Type: "Organization", ID: "practice"},
		Roles: []string{care.RoleClinician}, Purposes: []string{"TREAT"}, Scopes: labelScopes(t, "user/*.cruds"),
	})
	var all []string
	for i := range 5 {
		if _, err := r.Resource(t.Context(), fhir.Ref{Type: "Condition", ID: fhir.ID(fmt.Sprintf("c%d", i))}); err == nil {
			all = append(all, fmt.Sprint(i))
		}
	}
	return strings.Join(all, " ")
}

func anew(store labelStore) gateway.Relabelling {
	return gateway.Relabelling{Store: store, Labels: consent.DefaultLabels(), Log: slog.New(slog.DiscardHandler)}
}

func TestWhatOtherRulesLabelledMeetsEveryDenyAndNoPermit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, choice        string
		first, before, then string
	}{
		{"a deny of HIV", choice("deny", care.SystemActCode, "HIV"), "0 1 2 3", "", "0 1 3"},
		{"a deny of what nobody has", choice("deny", care.SystemActCode, "TBOO"), "0 1 2 3", "", "0 1 2 3"},
		{"a permit of what is normal", choice("permit", care.SystemConfidentiality, "N"), "0 1 2 3", "", "0 1 3"},
	}
	for _, tt := range tests {
		for name, store := range labelStores(t) {
			t.Run(tt.name+" in "+name, func(t *testing.T) {
				t.Parallel()
				old := over(t, store, oldRules(t))
				region(t, old, tt.choice)
				if got := seen(t, old); got != tt.first {
					t.Errorf("under the old rules: %q, want %q", got, tt.first)
				}
				g := over(t, store, consent.DefaultLabels())
				if got := seen(t, g); got != tt.before {
					t.Errorf("before it is labelled anew: %q, want %q", got, tt.before)
				}
				n, err := anew(store).Once(t.Context())
				if err != nil || n == 0 {
					t.Fatalf("labelled %d: %v", n, err)
				}
				if got := seen(t, g); got != tt.then {
					t.Errorf("after: %q, want %q", got, tt.then)
				}
				if n, err := anew(store).Once(t.Context()); n != 0 || err != nil {
					t.Errorf("labelled %d again: %v", n, err)
				}
			})
		}
	}
}

func TestEveryVersionIsLabelledAnewAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	for name, store := range labelStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			region(t, over(t, store, oldRules(t)), choice("deny", care.SystemActCode, "HIV"))
			before := everyVersion(t, store)
			if _, err := anew(store).Once(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i, v := range everyVersion(t, store) {
				was := before[i]
				if v.Facts.Labels.Rules != consent.DefaultLabels().Epoch() {
					t.Errorf("%s/%s is not labelled", v.Ref, v.ID)
				}
				was.Facts.Labels, v.Facts.Labels = consent.Labels{}, consent.Labels{}
				if v.ID != was.ID || !bytes.Equal(v.JSON, was.JSON) || !bytes.Equal(was.Facts.Binary(), v.Facts.Binary()) {
					t.Errorf("%s/%s is another", v.Ref, v.ID)
				}
			}
		})
	}
}

// everyVersion is a copy of every version, in the order of the commits.
func everyVersion(t *testing.T, store guard.Store) []guard.Version {
	t.Helper()
	entries, _, err := store.Follow(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var all []guard.Version
	err = store.View(t.Context(), guard.Want{}, func(snap guard.Snapshot) error {
		all = nil
		for _, e := range entries {
			history, err := snap.History(e.Ref)
			if err != nil {
				return err
			}
			for _, v := range history {
				if v.ID == e.Version {
					one, facts := *v, *v.Facts
					one.Facts = &facts
					all = append(all, one)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// stopping is a store that goes away after some batches.
type stopping struct {
	labelStore
	left int
	most int // entries of a batch
}

var errGoneAway = errors.New("the store went away")

func (s *stopping) Follow(ctx context.Context, after guard.Position, _ int) ([]guard.Entry, guard.Position, error) {
	return s.labelStore.Follow(ctx, after, s.most)
}

func (s *stopping) Relabel(ctx context.Context, versions []guard.Relabelled, done guard.Labelled) error {
	if s.left--; s.left < 0 {
		return errGoneAway
	}
	return s.labelStore.Relabel(ctx, versions, done)
}

// Cut off anywhere, it goes on where it was, and what is not done yet stays hidden.
func TestLabellingAnewGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	for name, store := range labelStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			region(t, over(t, store, oldRules(t)), choice("deny", care.SystemActCode, "HIV"))
			g := over(t, store, consent.DefaultLabels())
			work, shown := 0, 0
			for rounds := 0; ; rounds++ {
				part := anew(store)
				part.Store = &stopping{labelStore: store, left: 1, most: 2}
				n, err := part.Once(t.Context())
				work += n
				got := seen(t, g)
				if strings.Contains(got, "2") || len(got) < shown {
					t.Fatalf("after %d rounds %q is seen", rounds, got)
				}
				shown = len(got)
				if err == nil {
					break
				}
				if !errors.Is(err, errGoneAway) || rounds > 20 {
					t.Fatal(err)
				}
			}
			if want := len(everyVersion(t, store)); work != want || seen(t, g) != "0 1 3" {
				t.Errorf("%d of %d versions were labelled, each once; %q is seen", work, want, seen(t, g))
			}
		})
	}
}

// Two nodes at once do no harm, and one with older rules leaves the store to the one that came later.
func TestSeveralNodesLabelAnew(t *testing.T) {
	t.Parallel()
	for name, store := range labelStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := over(t, store, oldRules(t))
			region(t, before, choice("deny", care.SystemActCode, "HIV"))
			var nodes sync.WaitGroup
			for range 3 {
				nodes.Go(func() {
					if _, err := anew(store).Once(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			nodes.Wait()
			bring(t, before, `{"resourceType":"Condition","id":"c4","code":{"text":"written by a node with the old rules"},`+labelPatient+`}`)
			g := over(t, store, consent.DefaultLabels())
			if got := seen(t, g); got != "0 1 3" {
				t.Errorf("%q is seen, before the newest is labelled", got)
			}
			if n, err := anew(store).Once(t.Context()); n != 1 || err != nil {
				t.Errorf("labelled %d: %v", n, err)
			}
			if got := seen(t, g); got != "0 1 3 4" {
				t.Errorf("%q is seen", got)
			}
		})
	}
}

// A node that runs leaves a store alone that another has taken over with other rules, and ends with its context.
func TestRunLeavesTheStoreToWhoComesLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(labelClock)
		region(t, over(t, store, oldRules(t)), choice("deny", care.SystemActCode, "HIV"))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			anew(store).Run(ctx)
			close(ended)
		}()
		synctest.Wait()
		if done, _ := store.Labelled(t.Context()); done.Rules != consent.DefaultLabels().Epoch() {
			t.Error("it did nothing")
		}
		other := anew(store)
		other.Labels = oldRules(t)
		if n, err := other.Once(t.Context()); n == 0 || err != nil {
			t.Errorf("the later node labelled %d: %v", n, err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if done, _ := store.Labelled(t.Context()); done.Rules != oldRules(t).Epoch() {
			t.Error("the earlier node took the store back")
		}
		stop()
		<-ended
	})
}
