package rest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/care"
)

// world of one person's record as several see it: by caller and thing, the body; empty where it is hidden.
func (w *twin) eyes(t *testing.T, callers []caller, refs []fhir.Ref) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, who := range callers {
		all[who.name] = map[string]string{}
		for _, ref := range refs {
			if status, body := w.as(t, who.Caller, "GET", ref.String()); status == "200" {
				all[who.name][ref.String()] = versioned.ReplaceAllString(body, "")
			}
		}
	}
	return all
}

var versioned = regexp.MustCompile(`"(versionId|lastUpdated)":"[^"]*",?`)

// What a preview promises is what the write then does: for every viewer and thing that the person sees, what it says
// will change changes so, and what it does not mention stays.
func TestAPreviewIsWhatThenHappens(t *testing.T) {
	t.Parallel()
	promised := 0
	for seed := range uint64(25) {
		region := generate(seed)
		rng := rand.New(rand.NewPCG(seed, 99))
		w := newTwin(t, "n")
		w.fill(t, region)
		for range 3 {
			promised += w.keepsItsWord(t, region, randomDraft(rng, w, t), fmt.Sprintf("seed %d", seed))
			if t.Failed() {
				return
			}
		}
	}
	if promised < 50 {
		t.Errorf("only %d things changed: the test shows nothing", promised)
	}
}

// randomDraft is a new choice of the person p0, or another in the place of one that is there, which may end it.
func randomDraft(rng *rand.Rand, w *twin, t *testing.T) string {
	t.Helper()
	id := fmt.Sprintf("s0-%d", rng.IntN(3))
	if status, _ := w.as(t, person(t, "p0"), "GET", "Consent/"+id); status != "200" || rng.IntN(3) > 0 {
		id = ""
	}
	return generatedDraft(rng, id, "0")
}

// generatedDraft is a random choice of the person of that number that may be written: every deny has a word on
// emergencies. Some ask for labels, times, and what hangs together.
func generatedDraft(rng *rand.Rand, id, n string) string {
	me := "Patient/p" + n
	pairs := choice(rng, me, n)
	provision, _ := pairs[len(pairs)-1].(map[string]any)
	children, _ := provision["provision"].([]any)
	child, _ := children[0].(map[string]any)
	switch rng.IntN(6) {
	case 0:
		child["securityLabel"] = list(map[string]any{"system": care.SystemConfidentiality, "code": []string{"R", "N"}[rng.IntN(2)]})
	case 1:
		child["dataPeriod"] = map[string]any{"start": "2025-03", "end": "2025-06"}
	case 2:
		child["data"] = list(map[string]any{"meaning": "related", "reference": reference("CarePlan/plan" + n)})
	}
	word := map[string]any{"type": []string{"permit", "deny"}[rng.IntN(2)], "purpose": purposes("ETREAT")}
	if child["type"] == "deny" {
		child["provision"] = list(word)
	}
	if provision["type"] == "deny" {
		provision["provision"] = append(children, word)
	}
	return object("Consent", id, pairs...)
}

// What is promised of an emergency doctor who has never met the person is what happens to one who starts care.
func TestAPreviewKnowsWhoHasNotComeYet(t *testing.T) {
	t.Parallel()
	changed := 0
	for seed := range uint64(10) {
		region := generate(seed)
		region.resources = append(region.resources, []byte(object("Organization", "faraway", "active", true, "type", kind(care.KindHealth))))
		draft := forEverybody(t, generatedDraft(rand.New(rand.NewPCG(seed, 5)), "", "0"))
		asked, done := newTwin(t, "n"), newTwin(t, "n")
		asked.fill(t, region)
		done.fill(t, region)
		effects, ok := asked.preview(t, draft).said("emergency", "", "", "ETREAT")
		if !ok {
			t.Fatal("nothing is said of an emergency doctor")
		}
		doc := worker(t, "faraway", care.RoleClinician, "ETREAT", "user/*.cruds")
		done.status(t, doc, "200", "POST", "Patient/$start-care", startCare(0).body)
		who := []caller{{"faraway", doc}}
		before := done.eyes(t, who, region.refs)["faraway"]
		done.status(t, person(t, "p0"), "201", "POST", "Consent", draft)
		after := done.eyes(t, who, region.refs)["faraway"]
		for thing, effect := range effects {
			changed++
			if want := happened(before[thing], after[thing], effect); want != effect {
				t.Errorf("seed %d: %s: promised %q, happened %q", seed, thing, effect, want)
			}
		}
	}
	if changed == 0 {
		t.Error("nothing changed: the test shows nothing")
	}
}

// forEverybody is a draft that names nobody.
func forEverybody(t *testing.T, draft string) string {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(draft), &body); err != nil {
		t.Fatal(err)
	}
	provision, _ := body["provision"].(map[string]any)
	delete(provision, "actor")
	children, _ := provision["provision"].([]any)
	for _, child := range children {
		if one, ok := child.(map[string]any); ok {
			delete(one, "actor")
		}
	}
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// keepsItsWord previews a draft, writes it, and compares. It returns how much changed.
func (w *twin) keepsItsWord(t *testing.T, region world, draft, what string) int {
	t.Helper()
	refs := slices.DeleteFunc(slices.Clone(region.refs), func(ref fhir.Ref) bool {
		return ref.Type == "Appointment" || ref.Type == "Organization" || strings.HasPrefix(ref.String(), "Binary/scan") // about two, about nobody
	})
	me := person(t, "p0")
	callers := slices.DeleteFunc(slices.Clone(region.callers), func(c caller) bool {
		return c.name == "the person" || c.ACR != "" || strings.Contains(c.name, "granular")
	})
	mine := w.eyes(t, []caller{{"me", me}}, refs)["me"]
	whole := w.eyes(t, []caller{{"all", operator(t)}}, refs)["all"]
	before := w.eyes(t, callers, refs)
	got := w.preview(t, draft)
	method, path := "POST", "Consent"
	if id := idOf(t, draft); id != "" {
		method, path = "PUT", "Consent/"+id
	}
	if status, body := w.as(t, me, method, path, draft); status != "201" && status != "200" {
		t.Fatalf("%s: the preview was given and the write refused: %s\n%s", what, status, body)
	}
	after := w.eyes(t, callers, refs)
	changed := 0
	for _, who := range callers {
		effects := got.forCaller(who)
		for _, ref := range refs {
			thing := ref.String()
			if thing == path {
				continue
			}
			was, will := before[who.name][thing], after[who.name][thing]
			effect := effects[thing]
			if _, seen := mine[thing]; !seen {
				if effect != "" {
					t.Errorf("%s: %s is hidden from the person, and the preview names it", what, thing)
				}
				continue
			}
			if effect != "" {
				changed++
			}
			if cut := strings.Count(mine[thing], "reference") != strings.Count(whole[thing], "reference"); cut && was != "" && will != "" {
				continue // what is left out for the person is not theirs to hear of
			}
			if want := happened(was, will, effect); want != effect {
				t.Errorf("%s: %s for %s: promised %q, happened %q\n%s\nbefore %s\nafter %s\npreview %+v", what, thing, who.name, effect, want, draft, was, will, effects)
				return changed
			}
		}
	}
	return changed
}

// happened is the effect that the change of a body shows; where both are shown, the promise itself as far as it fits.
func happened(was, will, promised string) string {
	switch {
	case was == will:
		return ""
	case was == "":
		return "shown"
	case will == "":
		return "hidden"
	case promised == "less" && len(will) < len(was), promised == "more" && len(will) > len(was), promised == "otherwise":
		return promised
	default:
		return "changed"
	}
}

// forCaller is what is promised for somebody: by name, else as staff of their organisation; nothing where they are not there.
func (p part) forCaller(who caller) map[string]string {
	org := ""
	if who.Org != (fhir.Ref{}) {
		org = who.Org.String()
	}
	purpose := "FAMRQT"
	if len(who.Purposes) > 0 {
		purpose = who.Purposes[0]
	}
	if effects, ok := p.said("", who.User.String(), org, purpose); ok {
		return effects
	}
	effects, _ := p.said("", "", org, purpose)
	return effects
}

func idOf(t *testing.T, body string) string {
	t.Helper()
	var r struct{ ID string }
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	return r.ID
}
