package rest_test

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/rest"
)

// tally counts what the guard asks of a store and of the trail, by method: who could measure more work behind a hidden
// thing than behind an absent one would know that it is there (CONSENT rules section 10 row 29).
type tally struct {
	guard.Store
	guard.Trail

	mu    sync.Mutex
	calls map[string]int
}

func (c *tally) count(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[what] += n
}

// take gives what was counted, and begins anew.
func (c *tally) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = map[string]int{}
	return calls
}

func (c *tally) View(ctx context.Context, want guard.Want, use func(guard.Snapshot) error) error {
	c.count("View", 1)
	return c.Store.View(ctx, want, func(s guard.Snapshot) error { return use(tallied{s, c}) })
}

func (c *tally) Commit(ctx context.Context, change guard.Change) (guard.Receipt, error) {
	c.count("Commit", 1)
	c.count("Commit, things", len(change.Put))
	c.count("Commit, events", len(change.Events))
	return c.Store.Commit(ctx, change)
}

func (c *tally) Append(ctx context.Context, events ...guard.Event) error {
	c.count("Append", 1)
	c.count("Append, events", len(events))
	return c.Trail.Append(ctx, events...)
}

// tallied counts what is asked of a snapshot. Person and State are not counted: they are of what the View named, and come
// with it.
type tallied struct {
	guard.Snapshot
	of *tally
}

func (s tallied) Current(ref fhir.Ref) (*guard.Version, error) {
	s.of.count("Current", 1)
	return s.Snapshot.Current(ref)
}

func (s tallied) History(ref fhir.Ref) ([]*guard.Version, error) {
	s.of.count("History", 1)
	return s.Snapshot.History(ref)
}

func (s tallied) Find(key string) (consent.Person, error) {
	s.of.count("Find", 1)
	return s.Snapshot.Find(key)
}

func (s tallied) Record(p consent.Person) ([]*guard.Version, error) {
	s.of.count("Record", 1)
	return s.Snapshot.Record(p)
}

func (s tallied) Changes(of guard.Stretch, reach guard.Reach, see func(*guard.Version) (bool, error)) error {
	s.of.count("Changes", 1)
	return s.Snapshot.Changes(of, reach, see)
}

func (s tallied) Search(plan search.Plan, reach guard.Reach, see guard.See) (guard.Page, error) {
	s.of.count("Search", 1)
	return s.Snapshot.Search(plan, reach, see)
}

func (s tallied) Directory() (*consent.Directory, error) {
	s.of.count("Directory", 1)
	return s.Snapshot.Directory()
}

// Get counts what is asked of the cache: it may be a trip to another machine.
func (c *tally) Get(context.Context, [32]byte) ([]byte, bool) {
	c.count("Cache.Get", 1)
	return nil, false
}

func (*tally) Put(context.Context, [32]byte, []byte, time.Time) {}

// tallied puts a tally between the twin's guard and its store, trail and cache.
func (w *twin) tallied(t *testing.T) *tally {
	t.Helper()
	clock := func() time.Time { return w.now }
	c := &tally{Store: w.store, Trail: w.store, calls: map[string]int{}}
	var err error
	w.guard, err = guard.New(guard.Config{
		Store: c, Trail: c, Cache: c, Base: consent.Default(), Now: clock, NewID: w.guard.NewID,
		Secret: bytes.Repeat([]byte("k"), 32), Build: "test", Glass: guard.Glass{ACR: []string{"stepped-up"}, Roles: []string{care.RoleClinician}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.handler, err = rest.New(rest.Config{Guard: w.guard, Auth: w, Base: "http://twin/fhir", Now: clock, NewID: func() string { return "request" }, Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// work asks twice, so that what can be remembered is, and gives the second answer's status and what it took.
func (c *tally) work(t *testing.T, w *twin, q question) map[string]int {
	t.Helper()
	var answer string
	for range 2 {
		c.take()
		answer = w.ask(t, q)
	}
	calls := c.take()
	status, err := strconv.Atoi(answer[:3])
	if err != nil {
		t.Fatal(err)
	}
	calls["status"] = status
	return calls
}

// closedTo is a village with things of each kind that the practice does not see, each hidden for another reason.
func closedTo(t *testing.T) *twin {
	t.Helper()
	locked := []any{"meta", label(care.LabelLocked)}
	me, target := reference("Patient/p0"), list(reference("Observation/locked"))
	ofStranger := func(body string) string { return strings.ReplaceAll(body, "Patient/p0", "Patient/p9") }
	plan := func(id, goal string) string {
		return object("CarePlan", id, "status", "active", "intent", "plan", "subject", me, "goal", list(reference(goal)))
	}
	w := village(t,
		object("Patient", "p9", "identifier", list(identifier(9)), "birthDate", "1980-01-01"),
		observation("locked", "44054006", locked...), observation("denied", "195967001"), ofStranger(observation("stranger", "44054006")),
		object("Observation", "nobodys", "status", "final", "code", concept("44054006")), ofStranger(observation("gone", "44054006")),
		object("Binary", "stranger", "contentType", "text/plain", "securityContext", reference("Patient/p9"), "data", "YQ=="),
		object("Binary", "nobodys", "contentType", "text/plain", "data", "YQ=="),
		object("Goal", "locked", append([]any{"lifecycleStatus", "active", "description", text("x"), "subject", me}, locked...)...),
		plan("led", "Goal/locked"), plan("lost", "Goal/absent"),
		object("List", "locked", append([]any{"status", "current", "mode", "working", "subject", me, "entry", list(map[string]any{"item": reference("Observation/denied")})}, locked...)...),
		object("Provenance", "hidden", "target", target, "recorded", "2026-01-01T00:00:00Z", "agent", list(map[string]any{"who": reference("Organization/practice")})),
		sharing("hide", "patient-privacy", "deny", "actor", recipient("Organization/practice"), "code", list(concept("195967001")),
			"provision", list(map[string]any{"type": "deny", "purpose": purposes("ETREAT")})))
	w.status(t, operator(t), "204", "DELETE", "Observation/gone")
	return w
}

const base = "http://twin/fhir/"

// waysTo are the interactions with one thing, and the searches for it.
func waysTo(typ, id string) []question {
	ref := base + typ + "/" + id
	jsonPatch := map[string]string{"Content-Type": "application/json-patch+json"}
	meta := object("Parameters", "", "parameter", list(map[string]any{"name": "meta", "valueMeta": map[string]any{"profile": list("http://a.example")}}))
	byID := base + typ + "?_id=" + id
	ways := []question{
		{method: "GET", url: ref},
		{method: "HEAD", url: ref},
		{method: "GET", url: ref + "/_history"},
		{method: "GET", url: ref + "/_history/v1"},
		{method: "GET", url: ref, headers: map[string]string{"If-None-Match": `W/"v1"`}},
		{method: "GET", url: ref, headers: map[string]string{"If-Modified-Since": "Sat, 21 Nov 2026 08:00:00 GMT"}},
		{method: "GET", url: ref, headers: map[string]string{"Accept": "application/fhir+xml"}},
		{method: "GET", url: ref + "/$meta"},
		{method: "GET", url: ref + "/$validate"},
		{method: "PUT", url: ref, body: object(typ, id, "status", "final", "code", concept("44054006"), "subject", reference("Patient/p0"))},
		{method: "PUT", url: ref, body: object(typ, id, "status", "final", "code", concept("44054006")), headers: map[string]string{"If-Match": `W/"v1"`}},
		{method: "DELETE", url: ref},
		{method: "PATCH", url: ref, body: `[{"op":"add","path":"/language","value":"en"}]`, headers: jsonPatch},
		{method: "PATCH", url: ref, body: fhirPathPatch(typ)},
		{method: "POST", url: ref + "/$meta-add", body: meta},
		{method: "POST", url: ref + "/$meta-delete", body: meta},
		{method: "GET", url: byID},
		{method: "GET", url: byID + "&_total=accurate"},
		{method: "GET", url: byID + "&_summary=count"},
		{method: "PATCH", url: byID, body: `[]`, headers: jsonPatch},
		{method: "DELETE", url: byID},
		{method: "POST", url: "http://twin/fhir", body: object("Bundle", "", "type", "batch", "entry", list(map[string]any{"request": map[string]any{"method": "GET", "url": typ + "/" + id}}))},
	}
	if typ == "Patient" {
		ways = append(ways,
			question{method: "GET", url: ref + "/$whole-person"}, question{method: "GET", url: ref + "/$everything"},
			question{method: "GET", url: base + "Observation?patient=" + id}, question{method: "GET", url: ref + "/Observation"},
			question{method: "GET", url: base + "Observation/$lastn?patient=" + id},
			question{method: "GET", url: ref + "/$explain-access?user=Organization/practice"},
			question{method: "POST", url: base + "Observation", body: object("Observation", "", "status", "final", "code", concept("44054006"), "subject", reference(typ+"/"+id))},
			question{method: "POST", url: ref + "/$preview-consent", body: draftOf(strings.ReplaceAll(sharing("", "patient-privacy", "permit"), "Patient/p0", "Patient/"+id))})
	}
	return ways
}

// What the store, the trail and the cache are asked is the same, call by call, for what is hidden and what is absent. Whose a
// thing is and their standing (Snapshot.Person and State) are not counted: they come with what the View named, in one trip.
func TestHiddenAndAbsentAreTheSameWork(t *testing.T) {
	t.Parallel()
	w := closedTo(t)
	c := w.tallied(t)
	w.caller = gp(t)
	same := func(hidden, absent question) {
		t.Helper()
		if diff := cmp.Diff(c.work(t, w, absent), c.work(t, w, hidden)); diff != "" {
			t.Errorf("%s %s is not the work of %s (-absent +hidden):\n%s", hidden.method, hidden.url, absent.url, diff)
		}
	}
	for _, thing := range []struct{ typ, id string }{
		{"Observation", "locked"},
		{"Observation", "denied"},
		{"Observation", "stranger"},
		{"Observation", "nobodys"},
		{"Observation", "gone"},
		{"Patient", "p9"},
		{"Binary", "stranger"},
		{"Binary", "nobodys"},
		{"Goal", "locked"},
		{"List", "locked"},
	} {
		absent := waysTo(thing.typ, "absent")
		for i, hidden := range waysTo(thing.typ, thing.id) {
			if thing.id == "nobodys" && thing.typ == "Binary" && strings.Contains(hidden.url, "?_id=") {
				continue // dearer, see below
			}
			same(hidden, absent[i])
		}
	}
	for hidden, absent := range map[string]string{
		"Observation?code=195967001": "Observation?code=1", "Patient?identifier=" + number(9): "Patient?identifier=" + number(8), "Goal?_list=locked": "Goal?_list=absent",
		"CarePlan?goal=locked": "CarePlan?goal=absent", "Patient?_has:Observation:patient:code=195967001": "Patient?_has:Observation:patient:code=1",
		"CarePlan?goal._id=locked": "CarePlan?goal._id=absent", "Observation?patient.identifier=" + number(9): "Observation?patient.identifier=" + number(8),
		"CarePlan?_id=led&_include=CarePlan:goal": "CarePlan?_id=lost&_include=CarePlan:goal", "CarePlan/led": "CarePlan/lost",
		"Observation?code=195967001&_revinclude=Provenance:target": "Observation?code=1&_revinclude=Provenance:target",
	} {
		same(question{method: "GET", url: base + hidden}, question{method: "GET", url: base + absent})
	}
	aPlan := func(goal string) question {
		return question{method: "POST", url: base + "CarePlan", body: object("CarePlan", "", "status", "active", "intent", "plan", "subject", reference("Patient/p0"), "goal", list(reference(goal)))}
	}
	same(aPlan("Goal/locked"), aPlan("Goal/absent"))
	unlessThere := func(condition string) question {
		return question{method: "POST", url: base + "Observation", body: observation("", "38341003"), headers: map[string]string{"If-None-Exist": condition}}
	}
	same(unlessThere("code=195967001"), unlessThere("code=1"))
	same(frame(9), frame(8))
	w.caller = doctor(t)
	for _, known := range []bool{true, false} { // by id, and by identity
		hidden, absent := question{method: "POST", url: base + "Patient/p9/$break-glass", body: demand()}, question{method: "POST", url: base + "Patient/absent/$break-glass", body: demand()}
		if !known {
			hidden, absent = question{method: "POST", url: base + "Patient/$break-glass", body: byNumber(9)}, question{method: "POST", url: base + "Patient/$break-glass", body: byNumber(8)}
		}
		same(hidden, absent)
	}
	w.caller = emergency(t)
	same(startCare(9), startCare(8))
}

// What is dearer than it should be, to the call: each of these tells somebody with a very good clock that something is there.
// The list may only get shorter.
func TestWhatIsDearerIsKnown(t *testing.T) { //nolint:tparallel // its parts count calls on one store
	t.Parallel()
	w := closedTo(t)
	c := w.tallied(t)
	w.caller = gp(t)
	for _, tt := range []struct {
		why, hidden, absent string
		more                map[string]int
	}{
		{"a Provenance is hidden with its targets, which are looked at", "Provenance/hidden", "Provenance/absent", map[string]int{"Current": 2}},
		{"and so it is when it is searched for", "Provenance?target=Observation/locked", "Provenance?target=Observation/absent", map[string]int{"Current": 1}},
		{"content of nobody is hidden with its hosts, which are searched for", "Binary?_id=nobodys", "Binary?_id=absent", map[string]int{"Search": 16}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			hidden, absent := c.work(t, w, question{method: "GET", url: base + tt.hidden}), c.work(t, w, question{method: "GET", url: base + tt.absent})
			for what, n := range absent {
				if hidden[what] -= n; hidden[what] == 0 {
					delete(hidden, what)
				}
			}
			if diff := cmp.Diff(tt.more, hidden); diff != "" {
				t.Errorf("(-known +now):\n%s", diff)
			}
		})
	}
}
