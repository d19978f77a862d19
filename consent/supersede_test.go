package consent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// numbered is a choice with the business identifier "1".
func numbered(id, provision string) string {
	return strings.Replace(choice(id, provision), `"status"`, `"identifier":[{"system":"s","value":"1"}],"status"`, 1)
}

// replacing is a choice that says that it takes the place of another.
func replacing(id, other, provision string) string {
	return strings.Replace(choice(id, provision), `"status"`,
		`"extension":[{"url":"`+care.ExtensionReplaces+`","valueReference":{"reference":"Consent/`+other+`"}}],"status"`, 1)
}

func status(consent, status string) string {
	return strings.Replace(consent, `"active"`, `"`+status+`"`, 1)
}

func TestSupersession(t *testing.T) {
	t.Parallel()
	denied, no, yes := choice("a", `{"type":"deny"}`), numbered("a", `{"type":"deny"}`), numbered("b", `{"type":"permit"}`)
	replaces := replacing("b", "a", `{"type":"permit"}`)
	ended := strings.Replace(yes, `{"type":"permit"`, `{"type":"permit","period":{"end":"2020"}`, 1)
	later := strings.Replace(yes, `{"type":"permit"`, `{"type":"permit","period":{"start":"2030"}`, 1)
	const gone = "gone"
	tests := []struct {
		name     string
		consents []string
		seen     bool
	}{
		{"of one identifier the later commit counts", []string{no, yes}, true},
		{"whatever its date says", []string{yes, no}, false},
		{"one that says so replaces another", []string{denied, replaces}, true},
		{"a later permit does not delete a deny by itself", []string{denied, choice("b", `{"type":"permit"}`)}, false},
		{"one that is not in force yet replaces nothing until then", []string{no, later}, false},
		{"one that is set inactive does not revive the older", []string{no, yes, status(yes, "inactive")}, true},
		{"one that expires does not", []string{no, ended}, true},
		{"one that is deleted does not", []string{no, yes, gone}, true},
		{"one entered in error does not", []string{no, yes, status(yes, "entered-in-error")}, true},
		{"one that no longer says what it replaces does not", []string{denied, replaces, choice("b", `{"type":"permit"}`)}, true},
		{"one that came when it was over already does", []string{no, status(yes, "inactive")}, true},
		{"committing the older one anew makes a choice of it", []string{no, yes, gone, no}, false},
		{"ending the older one afterwards leaves the new", []string{yes, no, status(yes, "inactive")}, false},
		{"a draft replaces nothing", []string{no, status(yes, "draft")}, false},
		{"nor does one that was rejected", []string{no, status(yes, "rejected")}, false},
		{"a draft that becomes active does", []string{no, status(yes, "draft"), yes}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := person(t, team)
			for _, c := range tt.consents {
				if c == gone {
					s = s.With(&consent.Facts{Ref: ref("Consent/b"), Deleted: true})
					continue
				}
				s = s.With(facts(t, c))
			}
			v := decide(t, s, gp(t), thing(t, "Observation", ""))
			if (v.Sight == consent.Whole) != tt.seen {
				t.Errorf("seen %t, want %t", v.Sight == consent.Whole, tt.seen)
			}
		})
	}
}

func TestAChoiceThatBeginsLaterTakesItsPlaceThen(t *testing.T) {
	t.Parallel()
	s := person(t, team, numbered("a", `{"type":"deny"}`), numbered("b", `{"type":"permit","period":{"start":"2026-07-01"}}`))
	begins := time.Date(2026, 6, 30, 23, 0, 0, 0, time.UTC) // in London
	policy, err := consent.Compile(consent.Default(), s)
	if err != nil {
		t.Fatal(err)
	}
	if until := policy.For(gp(t)).Until(); !until.Equal(begins) {
		t.Errorf("until %s, want %s", until, begins)
	}
	then := with(gp(t), func(v *consent.Viewer) { v.Time = begins })
	if v := decide(t, s, then, thing(t, "Observation", "")); v.Sight != consent.Whole {
		t.Errorf("from then on: %+v", v)
	}
	s = s.With(&consent.Facts{Ref: ref("Consent/b"), Deleted: true})
	if v := decide(t, s, then, thing(t, "Observation", "")); v.Sight != consent.Whole {
		t.Errorf("once it is deleted: %+v", v)
	}
}

func TestJoinedRecordsSupersedeEachOther(t *testing.T) {
	t.Parallel()
	a, b := person(t, team, numbered("a", `{"type":"deny"}`)), person(t, numbered("b", `{"type":"permit"}`))
	j := consent.Join(a, b).With(&consent.Facts{Ref: ref("Consent/b"), Deleted: true})
	if v := decide(t, j, gp(t), thing(t, "Observation", "")); v.Sight != consent.Whole {
		t.Errorf("the older of the two lives again: %+v", v)
	}
	if !a.Rules[0].Superseded.IsZero() {
		t.Error("the standing that was joined has changed")
	}
}

// live are the Consents in force at noon.
func live(s *consent.Standing) []fhir.Ref {
	var refs []fhir.Ref
	for _, c := range s.Choices(noon, func(fhir.Ref) string { return "" }) {
		refs = append(refs, c.Ref)
	}
	return refs
}

// drawVersion is the next version of some Consent, or its deletion.
func drawVersion(t *rapid.T, identifiers ...string) *consent.Facts {
	self := fhir.Ref{Type: "Consent", ID: fhir.ID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "which"))}
	if rarely(t, "deleted") {
		return &consent.Facts{Ref: self, Deleted: true}
	}
	r := &consent.Rule{Ref: self, Active: !rarely(t, "ended"), Readings: []consent.Provision{{Permit: true}}}
	if rarely(t, "expired") {
		r.Readings[0].Period.To = noon.Add(-1)
	}
	if id := rapid.SampledFrom(identifiers).Draw(t, "identifier"); id != "" {
		r.Identifiers = []consent.Code{{System: "s", Code: id}}
	}
	return &consent.Facts{Ref: self, Gives: consent.Gives{Rule: r}}
}

func TestOfOneIdentifierTheLastThatWasMadeCountsAndNoOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &consent.Standing{}
		last, known := fhir.Ref{}, map[fhir.Ref]*consent.Rule{}
		for range rapid.IntRange(1, 8).Draw(t, "commits") {
			f := drawVersion(t, "1")
			s = s.With(f)
			if r := f.Gives.Rule; r != nil && (r.Active || known[f.Ref] == nil) {
				last = f.Ref
			}
			known[f.Ref] = f.Gives.Rule
			var want []fhir.Ref
			if r := known[last]; r != nil && r.Active && r.Readings[0].Period.To.IsZero() {
				want = []fhir.Ref{last}
			}
			if got := live(s); !slices.Equal(got, want) {
				t.Fatalf("in force %v, want %v", got, want)
			}
		}
	})
}

func TestEndingAChoiceBringsNoneBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &consent.Standing{}
		for range rapid.IntRange(1, 10).Draw(t, "commits") {
			f := drawVersion(t, "", "1", "2")
			if r := f.Gives.Rule; r != nil && rarely(t, "replaces") {
				r.Replaces = []fhir.Ref{{Type: "Consent", ID: fhir.ID(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "what"))}}
			}
			before := live(s)
			kept := fmt.Sprint(s)
			next := s.With(f)
			if fmt.Sprint(s) != kept {
				t.Fatal("With changed the standing that it was asked of")
			}
			s = next
			for _, ref := range live(s) {
				if (f.Gives.Rule == nil || !f.Gives.Rule.Active) && !slices.Contains(before, ref) {
					t.Fatalf("%s is in force again when %s ends", ref, f.Ref)
				}
			}
		}
	})
}
