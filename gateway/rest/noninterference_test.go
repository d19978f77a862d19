package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/rest"
)

// The twin-store test (CONSENT rules section 10): a generated store, and a second one that never held what a
// caller may not see, must give that caller the same bytes for every kind of request. A fixed seed runs in CI;
// CONCORD_SEEDS=N (make noninterference SEEDS=N) runs N of them.
func TestTwinStoresAnswerAlike(t *testing.T) {
	t.Parallel()
	seeds := seedsOfTest
	if s := os.Getenv("CONCORD_SEEDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("CONCORD_SEEDS must be a number of seeds, not %q", s)
		}
		seeds = n
	}
	hidden, asked, told := 0, 0, map[string]bool{}
	for seed := range seeds {
		world := generate(uint64(seed))
		for _, who := range world.callers {
			h, a := compareTwins(t, world, who, uint64(seed), told)
			hidden, asked = hidden+h, asked+a
			if t.Failed() {
				t.Fatalf("seed %d, caller %s", seed, who.name)
			}
		}
	}
	if hidden == 0 || asked < 100*seeds {
		t.Fatalf("the test proves nothing: %d things hidden, %d requests", hidden, asked)
	}
	for _, kind := range rest.Kinds() {
		if _, elsewhere := notTold[kind]; !elsewhere && !told[string(kind)] {
			t.Errorf("no answer to the twins' callers was %s", kind)
		}
	}
	for _, status := range []string{"200", "201", "204", "206", "304", "400", "403", "404", "405", "406", "410", "412", "415", "416", "422"} {
		if !told[status] {
			t.Errorf("no answer to the twins' callers had the status %s", status)
		}
	}
}

// notTold are the kinds of errors that twins cannot be asked for, and the tests in which they are.
var notTold = map[fhir.Kind]string{
	fhir.Login: "TestShape", fhir.Transient: "TestNothingIsShownThatCannotBeRecorded", fhir.Exception: "TestLeakOfOthers/consent store down",
	fhir.Throttled: "TestImportsWaitForTheirTurnAndAreNotTooMany",
}

var issueCode = regexp.MustCompile(`"severity":"error","code":"([a-z-]+)"`)

// note takes down what kinds of answers there were.
func note(told map[string]bool, answer string) {
	told[answer[:3]] = true
	for _, m := range issueCode.FindAllStringSubmatch(answer, -1) {
		told[m[1]] = true
	}
}

// seedsOfTest are those of "make test".
const seedsOfTest = 6

// caller is somebody of the generated region.
type caller struct {
	name string
	guard.Caller
}

// world is a generated region: resources in the order of their import, some of them changed later.
type world struct {
	resources [][]byte
	callers   []caller
	refs      []fhir.Ref
}

// twin is one store behind a whole door, with its own clock and ids.
type twin struct {
	store   *recorder
	guard   *guard.Guard
	handler http.Handler
	caller  guard.Caller
	now     time.Time
}

// recorder keeps the changes that it passes on, so that a twin can be made of them.
type recorder struct {
	*memory.Store
	changes []guard.Change
	full    bool // nothing can be recorded in the trail
}

// Append fails as a trail does whose disk is full.
func (r *recorder) Append(ctx context.Context, events ...guard.Event) error {
	if r.full {
		return errors.New("the disk is full")
	}
	return r.Store.Append(ctx, events...)
}

func (r *recorder) Commit(ctx context.Context, c guard.Change) (guard.Receipt, error) {
	if r.full && len(c.Events) > 0 {
		return guard.Receipt{}, errors.New("the disk is full")
	}
	receipt, err := r.Store.Commit(ctx, c)
	if err == nil {
		r.changes = append(r.changes, c)
	}
	return receipt, err
}

// Caller makes the twin its own authentication: whoever it is set to.
func (w *twin) Caller(context.Context, *http.Request) (guard.Caller, error) { return w.caller, nil }

var twinTime = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// newTwin makes a twin whose clock stands still, so that two stores that are asked a different number of times agree.
func newTwin(t *testing.T, ids string) *twin {
	t.Helper()
	w := &twin{now: twinTime}
	clock := func() time.Time { return w.now }
	n := 0
	w.store = &recorder{Store: memory.New(clock)}
	var err error
	w.guard, err = guard.New(guard.Config{
		Store: w.store, Trail: w.store, Cache: memory.NewCache(1<<20, clock), Base: consent.Default(), Now: clock,
		NewID:  func() string { n++; return ids + strconv.Itoa(n) },
		Secret: bytes.Repeat([]byte("k"), 32), Build: "test", Glass: guard.Glass{ACR: []string{"stepped-up"}, Roles: []string{care.RoleClinician}},
		Limits: guard.Limits{Looked: 60}, // so that some ask too much
	})
	if err != nil {
		t.Fatal(err)
	}
	w.handler, err = rest.New(rest.Config{
		Guard: w.guard, Auth: w, Base: "http://twin/fhir", Now: clock, NewID: func() string { return "request" }, Build: "test",
		Limits: rest.Limits{Parallel: 1}, Local: local(t),
	}) // ids are given in the order of the requests
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func operator(t *testing.T) guard.Caller {
	t.Helper()
	return guard.Caller{Subject: "operator", Client: "op", Scopes: scopes(t, "system/*.cruds"), Operator: true, Base: "http://twin/fhir"}
}

func scopes(t *testing.T, s string) smart.Scopes {
	t.Helper()
	parsed, err := smart.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// fill imports the region as the operator does.
func (w *twin) fill(t *testing.T, world world) {
	t.Helper()
	r := w.guard.As(operator(t))
	for _, body := range world.resources {
		res, err := fhir.DecodeJSON(body)
		if err != nil {
			t.Fatalf("a generated resource does not decode: %v\n%s", err, body)
		}
		if _, err := r.Commit(t.Context(), guard.Write{Do: guard.Import, Resource: res}); err != nil {
			t.Fatalf("import: %v\n%s", err, body)
		}
	}
}

// twins makes two stores of the same commits: the whole, and the other in which each resource stands only as the
// caller sees it. What hidden things say about who may see what is kept: the choices are in force in both.
func (w *twin) twins(t *testing.T, whole, other *twin, who caller, refs []fhir.Ref) (hidden int) {
	t.Helper()
	reading := w.guard.As(who.Caller)
	seen := map[fhir.Ref]map[string][]byte{} // what the caller sees of each, by version
	for _, ref := range refs {
		d, err := reading.History(t.Context(), ref, guard.Past{})
		if err != nil {
			hidden++ // hidden from this caller
			continue
		}
		var b bytes.Buffer
		if _, err := d.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		seen[ref] = versionsOf(t, b.Bytes())
	}
	for _, change := range w.store.changes {
		change.If, change.Events = nil, nil // nobody has looked yet, in either
		held := change
		held.Put = slices.Clone(change.Put)
		for i, p := range held.Put {
			if seen[p.Version.Ref] == nil && aside[p.Version.Ref.Type] {
				held.Put[i].Version = moreSensitive(p.Version)
			}
		}
		if _, err := whole.store.Commit(t.Context(), held); err != nil {
			t.Fatalf("make the store again: %v", err)
		}
		var puts []guard.Put
		for _, p := range change.Put {
			body, ok := seen[p.Version.Ref][p.Version.ID]
			switch {
			case p.Version.Facts.Open: // the directory is in force in both, whoever has a scope to read it
				puts = append(puts, p)
			case ok:
				puts = append(puts, asSeen(t, p, body))
			}
		}
		change.Put = puts
		if _, err := other.store.Commit(t.Context(), change); err != nil {
			t.Fatalf("make the twin: %v", err)
		}
	}
	if who.User.Type == "Practitioner" { // the person and their proxies are told of such windows
		whole.openedByOthers(t)
	}
	return hidden
}

// aside are types of which nothing else takes its labels.
var aside = map[fhir.Type]bool{"AllergyIntolerance": true, "RiskAssessment": true, "Encounter": true, "DocumentReference": true, "DiagnosticReport": true}

// moreSensitive is a hidden version with other labels, of which nothing may show.
func moreSensitive(v *guard.Version) *guard.Version {
	other, facts := *v, *v.Facts
	facts.Labels.Level, facts.Labels.Topics = consent.LevelV, ^facts.Labels.Topics
	other.Facts = &facts
	return &other
}

// openedByOthers gives somebody else a window of break-glass on everybody, of which nothing may show to staff.
func (w *twin) openedByOthers(t *testing.T) {
	t.Helper()
	change := guard.Change{Standings: map[consent.Person]*consent.Standing{}}
	err := w.store.View(t.Context(), guard.Want{}, func(s guard.Snapshot) error {
		for _, id := range []fhir.ID{"p0", "p1", "p2"} {
			p, err := s.Person(fhir.Ref{Type: "Patient", ID: id})
			if err != nil || p == "" {
				return fmt.Errorf("no person %s: %w", id, err)
			}
			state, err := s.State(p)
			if err != nil {
				return err
			}
			opened := state.Standing.Opened(consent.Opened{Who: consent.Party{Ref: fhir.Ref{Type: "Practitioner", ID: "dr-elsewhere"}}, From: twinTime, To: twinTime.Add(time.Hour)})
			opened.Person, opened.Version = p, state.Standing.Version+1
			change.Standings[p] = opened
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// asSeen is a version that never held what the caller may not see.
func asSeen(t *testing.T, p guard.Put, body []byte) guard.Put {
	t.Helper()
	r, err := fhir.DecodeJSON(body)
	if err != nil {
		t.Fatalf("what the caller sees is not a resource: %v\n%s", err, body)
	}
	v := *p.Version
	facts := consent.FactsOf(r, p.Version.Facts.Sender)
	consent.DefaultLabels().Label(r, facts)
	facts.Seal, facts.Held, facts.Labels = p.Version.Facts.Seal, p.Version.Facts.Held, p.Version.Facts.Labels // labels are not shown
	facts.Face = p.Version.Facts.Face
	consent.DefaultLabels().Label(r, facts)
	facts.Labels = p.Version.Facts.Labels
	v.JSON, v.Facts = body, facts
	return guard.Put{Version: &v, Index: search.Extract(r), People: p.People}
}

func versionsOf(t *testing.T, history []byte) map[string][]byte {
	t.Helper()
	var b struct {
		Entry []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(history, &b); err != nil {
		t.Fatal(err)
	}
	rows := map[string][]byte{}
	for _, e := range b.Entry {
		var m struct {
			Meta struct {
				VersionID string `json:"versionId"`
			} `json:"meta"`
		}
		if len(e.Resource) == 0 {
			continue
		}
		if err := json.Unmarshal(e.Resource, &m); err != nil {
			t.Fatal(err)
		}
		rows[m.Meta.VersionID] = e.Resource
	}
	return rows
}

// compareTwins asks both stores everything and compares; it returns how much was hidden and asked.
func compareTwins(t *testing.T, world world, who caller, seed uint64, told map[string]bool) (hidden, asked int) {
	t.Helper()
	first, a2, b2 := newTwin(t, "v"), newTwin(t, "new"), newTwin(t, "new")
	first.fill(t, world)
	hidden = first.twins(t, a2, b2, who, world.refs)
	a2.caller, b2.caller = who.Caller, who.Caller
	rng := rand.New(rand.NewPCG(seed, 7))
	for _, q := range questions(world, who, rng) {
		asked++
		got, want := a2.ask(t, q), b2.ask(t, q)
		note(told, got)
		if got != want {
			t.Errorf("%s %s differs for %s:\n%s\nbody of the request: %s", q.method, q.url, who.name, difference(want, got), q.body)
			return hidden, asked
		}
		for range 6 { // pages
			next := nextLink(got)
			if next == "" {
				break
			}
			asked++
			more := question{method: "GET", url: next}
			got, want = a2.ask(t, more), b2.ask(t, more)
			if got != want {
				t.Errorf("page %s of %s differs for %s:\n%s", next, q.url, who.name, difference(want, got))
				return hidden, asked
			}
		}
	}
	return hidden, asked
}

// difference shows where two answers part.
func difference(want, got string) string {
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	part := func(s string) string { return s[max(0, i-300):min(len(s), i+500)] }
	return fmt.Sprintf("at byte %d\n--- where it was never held: ...%s\n--- where it is hidden: ...%s", i, part(want), part(got))
}

type question struct {
	method, url, body string
	headers           map[string]string
}

// events hold random ids and say when others looked; the twins' differ by what the setting-up did.
var (
	eventIDs    = regexp.MustCompile(`[0-9a-f]{15}-[0-9a-f]{24}`)
	eventCursor = regexp.MustCompile(`(/AuditEvent\?[^"]*_cursor=)[A-Za-z0-9_-]+`)
)

func (w *twin) ask(t *testing.T, q question) string {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), q.method, q.url, strings.NewReader(q.body))
	if q.body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	req.Header.Set("Authorization", "Bearer x")
	for k, v := range q.headers {
		req.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	res := rec.Result()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= 500 {
		t.Fatalf("%s %s: %d\n%s", q.method, q.url, res.StatusCode, body)
	}
	var headers []string
	for k, v := range res.Header {
		if k != "X-Request-Id" && k != "Date" {
			headers = append(headers, k+": "+strings.Join(v, ", "))
		}
	}
	slices.Sort(headers)
	return fmt.Sprintf("%d\n%s\n\n%s", res.StatusCode, strings.Join(headers, "\n"),
		eventCursor.ReplaceAllString(eventIDs.ReplaceAllString(string(body), "event"), "${1}later"))
}

var nextURL = regexp.MustCompile(`"relation":"next","url":"([^"]+)"`)

func nextLink(answer string) string {
	m := nextURL.FindStringSubmatch(answer)
	if m == nil {
		return ""
	}
	return strings.ReplaceAll(m[1], `\u0026`, "&")
}

// questions are requests of every kind that the server has: a new way to read joins here.
func questions(world world, who caller, rng *rand.Rand) []question {
	var q []question
	get := func(format string, args ...any) {
		q = append(q, question{method: "GET", url: "http://twin/fhir/" + fmt.Sprintf(format, args...)})
	}
	unknown := []fhir.Ref{{Type: "Patient", ID: "nobody"}, {Type: "CarePlan", ID: "nothing"}, {Type: "Observation", ID: "0"}}
	refs := append(slices.Clone(world.refs), unknown...)
	for _, ref := range refs {
		get("%s", ref)
		get("%s/_history", ref)
		get("%s/_history/v%d", ref, 1+rng.IntN(3*len(world.refs)))
		q = append(q, question{method: "HEAD", url: "http://twin/fhir/" + ref.String()},
			question{method: "GET", url: "http://twin/fhir/" + ref.String(), headers: map[string]string{"If-None-Match": fmt.Sprintf(`W/"v%d"`, 1+rng.IntN(2*len(world.refs)))}},
			question{method: "GET", url: "http://twin/fhir/" + ref.String(), headers: map[string]string{"If-Modified-Since": "Sat, 21 Nov 2026 08:00:00 GMT"}})
		get("%s/_history?_count=1", ref)
		get("%s/$meta", ref)
		q = append(q, reads(ref)...)
		q = append(q, explanations(ref, rng)...)
		if ref.Type == "Patient" {
			get("%s/$whole-person", ref)
		}
	}
	for _, s := range histories(rng) {
		get("%s", s)
	}
	for _, s := range append(searches(world, rng), everySearch(rng)...) {
		get("%s", s)
		if typ, query, ok := strings.Cut(s, "?"); ok {
			q = append(q, question{
				method: "POST", url: "http://twin/fhir/" + typ + "/_search", body: query,
				headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			})
		}
	}
	for i := range 4 {
		q = append(q, frame(i))
	}
	q = append(q, question{method: "GET", url: "http://twin/fhir/AuditEvent?patient=" + who.User.String()})
	q = append(q, drafts(rng)...)
	q = append(q, writes(world, who, rng)...)
	q = append(q, everyWay(rng)...)
	q = append(q, conditions(world, rng)...)
	q = append(q, bundles(world, rng)...)
	for _, s := range histories(rng) {
		get("%s", s)
	}
	q = append(q, startCare(3), frame(3)) // starting care of the others would rightly show what was hidden before
	for range 20 {
		ref := refs[rng.IntN(len(refs))]
		get("%s", ref)
		get("%s/_history", ref)
	}
	for _, s := range searches(world, rng) {
		get("%s", s)
	}
	return q
}

func searches(world world, rng *rand.Rand) []string {
	patient := func() string { return "Patient/p" + strconv.Itoa(rng.IntN(4)) }
	one := func() fhir.Ref { return world.refs[rng.IntN(len(world.refs))] }
	var out []string
	for _, typ := range []string{"Patient", "Observation", "Condition", "CarePlan", "Goal", "AllergyIntolerance", "Task", "Consent", "RelatedPerson", "CareTeam", "Provenance", "Organization", "Binary", "DocumentReference", "DiagnosticReport"} {
		out = append(out, typ, typ+"?_count=2", typ+"?_sort=-_lastUpdated&_count=3", typ+"?_sort=_lastUpdated&_count=2",
			typ+"?_id="+string(one().ID)+","+string(one().ID), typ+"?_lastUpdated=gt2020-01-01", typ+"?bogus=1&_count=1")
	}
	out = append(out,
		"Observation?patient="+patient(), "Observation?subject="+patient()+"&code="+someCode(rng), "Observation?code:not="+someCode(rng),
		"Observation?date=ge2025-06-01&_count=2", "Observation?date=ne2025-03-01", "Observation?patient:missing=false",
		"Condition?code:missing=true", "Condition?code=http://snomed.info/sct|"+someCode(rng), "CarePlan?goal=Goal/"+string(one().ID),
		"CarePlan?goal:missing=true", "CarePlan?condition="+one().String(), "CarePlan?activity-reference="+one().String(),
		"CarePlan?activity-reference:missing=false", "Patient?name=person", "Patient?identifier="+url.QueryEscape(nhs+"|"+number(rng.IntN(4))),
		"Patient?birthdate=lt1990-01-01", "Patient?family:exact=Person0", "Patient?name:contains=erso", "Goal?patient="+patient()+"&_sort=-_lastUpdated&_count=1",
		"Provenance?target="+one().String(), "Task?owner=Organization/charity", "Task?status=requested&_count=1",
		"?_type=Observation,Condition&_count=2", "?_type=Goal&_sort=-_lastUpdated&_count=1", "?_lastUpdated=ge2020", "Patient/p0/Observation?_count=2", "Patient/p1/Condition",
		"Patient/p2/CarePlan?_include=CarePlan:goal", "Patient/nobody/Observation", "RelatedPerson/carer0/Appointment",
		"Observation?patient.name=person"+strconv.Itoa(rng.IntN(3)), "Observation?patient.identifier="+url.QueryEscape(nhs+"|"+number(rng.IntN(4))),
		"CarePlan?goal.lifecycle-status=active", "CarePlan?condition.code="+someCode(rng)+"&_count=1", "Observation?focus:Condition.code="+someCode(rng),
		"Patient?_has:Observation:patient:code="+someCode(rng), "Goal?_has:CarePlan:goal:status=active&_total=accurate", "Condition?_has:CarePlan:condition:_id=plan0",
		"Patient?_has:Condition:patient:_has:CarePlan:condition:status=active", "Provenance?target:CarePlan.goal=Goal/"+string(one().ID),
		"CarePlan?_include=CarePlan:goal&_include=CarePlan:condition&_count=2", "CarePlan?_include=*", "CarePlan?_include=CarePlan:activity-reference&_include:iterate=Task:focus",
		"Goal?_revinclude=CarePlan:goal&_count=2", "Goal?_revinclude=*", "Patient?_revinclude=Observation:patient&_revinclude=Condition:patient", "Task?_include=Task:focus&_include=Task:owner",
		"Observation?_sort=-date&_count=2", "Observation?_sort=code,-_id&_count=2", "CarePlan?_sort=goal&_count=1", "Observation?_total=accurate&_count=1",
		"Condition?_summary=count", "Observation?_count=0", "CarePlan?_summary=true", "CarePlan?_elements=goal,status", "CarePlan?_summary=data&_include=CarePlan:goal",
		"Observation?code-value-quantity=http://snomed.info/sct|44054006$gt5", "Observation?value-quantity=gt5||mg", "ValueSet?url=http://none.example",
		"Condition?code:in=http://twin.example/codes", "Condition?code:not-in=ValueSet/codes&_count=2", "Observation?focus:Condition.code:in=ValueSet/codes",
		"Patient?_has:Condition:patient:code:not-in=ValueSet/codes", "Goal?_list=nothing", "Goal?_list=list1", "Observation?focus:Condition._list=list"+strconv.Itoa(rng.IntN(3)),
		"Observation?_lastUpdated=ge2026-11-21T09:00:00Z&_sort=-_lastUpdated&_count=4")
	return out
}

// writes try everything a caller can try on what is there, hidden and absent.
func writes(world world, who caller, rng *rand.Rand) []question {
	var q []question
	const base = "http://twin/fhir/"
	some := func() fhir.Ref {
		if rng.IntN(4) == 0 {
			return fhir.Ref{Type: "Goal", ID: "nowhere"}
		}
		return world.refs[rng.IntN(len(world.refs))]
	}
	for range 12 {
		patient := "Patient/p" + strconv.Itoa(rng.IntN(5))
		q = append(q,
			question{method: "POST", url: base + "Observation", body: object("Observation", "", "status", "final", "code", concept(someCode(rng)), "subject", reference(patient), "focus", list(reference(some().String())))},
			question{method: "POST", url: base + "CarePlan", body: object("CarePlan", "", "status", "active", "intent", "plan", "subject", reference(patient), "goal", list(reference("Goal/g"+strconv.Itoa(rng.IntN(9)))), "addresses", list(reference("Condition/c"+strconv.Itoa(rng.IntN(10)))))},
			question{method: "POST", url: base + "Task", body: object("Task", "", "status", "requested", "intent", "order", "for", reference(patient), "owner", reference("Organization/charity"), "focus", reference(some().String()))},
		)
	}
	for range 12 {
		ref := some()
		if ref.Type != "Observation" && ref.Type != "Goal" && ref.Type != "Condition" {
			continue
		}
		body := object("Observation", string(ref.ID), "status", "amended", "code", concept(someCode(rng)), "subject", reference("Patient/p1"))
		if ref.Type == "Goal" {
			body = object("Goal", string(ref.ID), "lifecycleStatus", "active", "description", text("changed"), "subject", reference("Patient/p1"))
		}
		if ref.Type == "Condition" {
			body = object("Condition", string(ref.ID), "code", concept(someCode(rng)), "subject", reference("Patient/p1"))
		}
		q = append(q, question{method: "PUT", url: base + ref.String(), body: body},
			question{method: "PUT", url: base + ref.String(), body: body, headers: map[string]string{"If-Match": `W/"v1"`}})
	}
	for range 6 {
		q = append(q, question{method: "DELETE", url: base + some().String()})
	}
	return append(q, question{method: "POST", url: base + "Patient", body: object("Patient", "", "identifier", list(identifier(rng.IntN(5))), "birthDate", "1980-01-01")})
}

func frame(i int) question {
	return question{method: "POST", url: "http://twin/fhir/Patient/$whole-person", body: parameters(i)}
}

func startCare(i int) question {
	return question{method: "POST", url: "http://twin/fhir/Patient/$start-care", body: parameters(i,
		map[string]any{"name": "reason", "valueCoding": map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "ETREAT"}})}
}
