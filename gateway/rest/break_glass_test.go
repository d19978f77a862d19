package rest_test

import (
	"bytes"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/rest"
)

// glazed is a village in which doctors may break the glass, and whose emergencies do not wait for the trail.
func glazed(t *testing.T, more ...string) *twin {
	t.Helper()
	w := village(t, more...)
	queue, err := guard.OpenTrailQueue(filepath.Join(t.TempDir(), "queue"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = queue.Close() })
	w.rebuild(t, guard.Glass{ACR: []string{"stepped-up"}, Roles: []string{care.RoleClinician}}, queue)
	return w
}

// rebuild makes the guard and the door anew over the same store.
func (w *twin) rebuild(t *testing.T, glass guard.Glass, queue *guard.TrailQueue) {
	t.Helper()
	clock := func() time.Time { return w.now }
	var err error
	w.guard, err = guard.New(guard.Config{
		Store: w.store, Trail: w.store, Cache: memory.NewCache(1<<20, clock), Base: consent.Default(), Now: clock,
		NewID: w.guard.NewID, Secret: bytes.Repeat([]byte("k"), 32), Build: "test", Glass: glass, Queue: queue,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.handler, err = rest.New(rest.Config{Guard: w.guard, Auth: w, Base: "http://twin/fhir", Now: clock, NewID: func() string { return "request" }, Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
}

// doctor is one who has stepped up to break the glass.
func doctor(t *testing.T) guard.Caller {
	t.Helper()
	c := worker(t, "hospital", care.RoleClinician, "BTG", "user/*.cruds")
	c.ACR = "stepped-up"
	return c
}

func demand(more ...any) string {
	reason := map[string]any{"name": "reason", "valueCoding": map[string]any{"system": care.SystemReason, "code": care.ReasonEmergency}}
	return object("Parameters", "", "parameter", append([]any{reason, map[string]any{"name": "text", "valueString": "found unconscious"}}, more...))
}

func byNumber(i int) string {
	return demand(map[string]any{"name": "identifier", "valueIdentifier": identifier(i)}, map[string]any{"name": "birthDate", "valueDate": "1980-01-01"})
}

func (w *twin) breaks(t *testing.T, who guard.Caller) {
	t.Helper()
	w.status(t, who, "200", "POST", "Patient/p0/$break-glass", demand())
}

const denyAll = `{"resourceType":"Consent","id":"no","status":"active","patient":{"reference":"Patient/p0"},"dateTime":"2026-01-01",
"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"performer":[{"reference":"Patient/p0"}],
"provision":{"type":"deny","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}]}}`

func TestBreakGlassOpensOneRecordForAWhile(t *testing.T) {
	t.Parallel()
	w := glazed(t, observation("o1", "44054006"), observation("sealed", "44054006", "meta", label(care.LabelSealed)), denyAll)
	doc := doctor(t)
	w.status(t, doc, "404", "GET", "Observation/o1")
	w.status(t, doc, "404", "GET", "Patient/p0/$whole-person")
	body := w.status(t, doc, "200", "POST", "Patient/$break-glass", byNumber(0))
	if !strings.Contains(body, `"start":"2026-11-21T09:00:00Z","end":"2026-11-21T21:00:00Z"`) {
		t.Errorf("the window: %s", body)
	}
	w.status(t, doc, "200", "GET", "Observation/o1")
	w.status(t, doc, "200", "GET", "Observation/sealed")
	if found := w.status(t, doc, "200", "GET", "Observation?patient=Patient/p0"); !strings.Contains(found, "Observation/o1") {
		t.Errorf("a search finds nothing:\n%s", found)
	}
	if view := w.status(t, doc, "200", "GET", "Patient/p0/$whole-person"); !strings.Contains(view, "Observation/o1") {
		t.Errorf("the view lacks it:\n%s", view)
	}
	w.now = w.now.Add(11 * time.Hour)
	w.breaks(t, doc) // renewed
	w.now = w.now.Add(2 * time.Hour)
	w.status(t, doc, "200", "GET", "Observation/o1")
	w.now = w.now.Add(11 * time.Hour)
	w.status(t, doc, "404", "GET", "Observation/o1")
	log := w.status(t, person(t, "p0"), "200", "GET", "AuditEvent?patient=Patient/p0")
	for _, want := range []string{"break-glass", "110127", "Emergency Override Started", "The hospital"} {
		if !strings.Contains(log, want) {
			t.Errorf("the person's log lacks %q", want)
		}
	}
	if strings.Contains(log, "found unconscious") {
		t.Error("the person's log has the doctor's own words")
	}
	events, err := w.store.Looked(t.Context(), w.personOf(t, "p0"), time.Time{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(events, func(e guard.Event) bool {
		return e.Interaction == "break-glass" && e.Severity == guard.SeverityHigh && e.Note == "found unconscious" && e.Reason == care.ReasonEmergency
	}) {
		t.Error("the trail lacks the demand")
	}
	tasks := w.status(t, operator(t), "200", "GET", "Task?status=ready&code="+url.QueryEscape(guard.SystemReview+"|"+guard.ReviewGlass))
	if !strings.Contains(tasks, "found unconscious") || !strings.Contains(tasks, "Practitioner/dr-hospital") {
		t.Errorf("nobody is asked to look at it:\n%s", tasks)
	}
	for _, who := range []guard.Caller{gp(t), doc, person(t, "p0")} {
		if seen := w.status(t, who, "200", "GET", "Task"); strings.Contains(seen, "unconscious") {
			t.Errorf("%s sees the review", who.Subject)
		}
	}
}

func (w *twin) personOf(t *testing.T, id string) consent.Person {
	t.Helper()
	var p consent.Person
	err := w.store.View(t.Context(), guard.Want{}, func(s guard.Snapshot) error {
		var err error
		p, err = s.Person(fhir.Ref{Type: "Patient", ID: fhir.ID(id)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Each of these is an attack on break-glass, and finds the record as closed as before.
func TestBreakGlassOpensNothingElse(t *testing.T) {
	t.Parallel()
	refused := strings.Replace(strings.Replace(denyAll, `"id":"no"`, `"id":"never"`, 1), `"code":"TREAT"`, `"code":"ETREAT"`, 1)
	named := sharing("ex", "patient-privacy", "deny", "actor", recipient("Practitioner/dr-hospital"))
	confidential := func(code string) []any {
		return []any{"meta", map[string]any{"security": list(map[string]any{"system": care.SystemConfidentiality, "code": code})}}
	}
	for _, c := range []struct {
		name   string
		more   []string
		opens  func(w *twin, doc *guard.Caller)
		reader func(doc *guard.Caller)
		thing  string
		want   string
	}{
		{name: "without a window", opens: func(*twin, *guard.Caller) {}, want: "404"},
		{name: "with one", want: "200"},
		{name: "another user's window", reader: func(d *guard.Caller) { d.User.ID = "dr-practice" }, want: "404"},
		{name: "a session that has not stepped up", reader: func(d *guard.Caller) { d.ACR = "0" }, want: "404"},
		{name: "a token without the purpose", reader: func(d *guard.Caller) { d.Purposes = []string{"TREAT"} }, want: "404"},
		{name: "a token with more purposes", reader: func(d *guard.Caller) { d.Purposes = []string{"BTG", "TREAT"} }, want: "404"},
		{name: "a role that is not configured", reader: func(d *guard.Caller) { d.Roles = []string{care.RoleReception} }, want: "404"},
		{name: "a backend", reader: func(d *guard.Caller) { d.User = fhir.Ref{} }, want: "404"},
		{name: "another person's record", thing: "Observation/theirs", want: "404"},
		{name: "what is locked", more: []string{observation("x", "44054006", "meta", label(care.LabelLocked))}, thing: "Observation/x", want: "404"},
		{name: "what is very restricted", more: []string{observation("x", "44054006", confidential("V")...)}, thing: "Observation/x", want: "404"},
		{name: "what is restricted, it opens", more: []string{observation("x", "44054006", confidential("R")...)}, thing: "Observation/x", want: "200"},
		{name: "what is refused for emergencies by name", more: []string{refused}, want: "404"},
		{name: "what is denied to this very user", more: []string{named}, want: "404"},
		{name: "somebody who has died", more: []string{object("Patient", "p0", "identifier", list(identifier(0)), "birthDate", "1980-01-01", "deceasedDateTime", "2026-11-20")}, want: "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := glazed(t, append([]string{
				observation("o1", "44054006"), denyAll, object("Patient", "p1", "birthDate", "1980-01-01"),
				object("Observation", "theirs", "status", "final", "code", concept("44054006"), "subject", reference("Patient/p1")),
			}, c.more...)...)
			doc := doctor(t)
			if c.opens == nil {
				w.breaks(t, doc)
			}
			if c.reader != nil {
				c.reader(&doc)
			}
			thing := c.thing
			if thing == "" {
				thing = "Observation/o1"
			}
			w.status(t, doc, c.want, "GET", thing)
		})
	}
}

func TestBreakGlassDoesNotTellWhomItKnows(t *testing.T) {
	t.Parallel()
	w := glazed(t)
	known := w.status(t, doctor(t), "200", "POST", "Patient/$break-glass", byNumber(0))
	unknown := w.status(t, doctor(t), "200", "POST", "Patient/$break-glass", byNumber(7))
	here := w.status(t, doctor(t), "200", "POST", "Patient/p0/$break-glass", demand())
	absent := w.status(t, doctor(t), "200", "POST", "Patient/nobody/$break-glass", demand())
	if known != unknown || known != here || known != absent {
		t.Errorf("known %s\nunknown %s\nhere %s\nabsent %s", known, unknown, here, absent)
	}
	w.status(t, doctor(t), "400", "POST", "Patient/p0/$break-glass", object("Parameters", "", "parameter", list(map[string]any{"name": "text", "valueString": "x"})))
	w.store.full = true
	w.caller = doctor(t)
	for _, path := range []string{"Patient/p0/$break-glass", "Patient/nobody/$break-glass"} {
		if status, _ := w.raw(t, "POST", path, demand()); status < 500 {
			t.Errorf("%s with the trail full: %d", path, status)
		}
	}
}
