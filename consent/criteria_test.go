package consent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ugorji/go/codec"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/care"
)

// region is a trust with a ward, where ten people work, one of whom also works elsewhere.
func region(t testing.TB) *consent.Directory {
	t.Helper()
	entries := []consent.Entry{
		{Ref: ref("Organization/trust"), Kind: consent.OrgHealth, Active: true, Identifiers: []consent.Code{{System: "ods", Code: "T"}}},
		{Ref: ref("Organization/ward"), PartOf: ref("Organization/trust"), Active: true},
		{Ref: ref("PractitionerRole/elsewhere"), Practitioner: ref("Practitioner/n0"), Organization: ref("Organization/elsewhere"), Active: true},
		{Ref: ref("Group/on-call"), Members: []fhir.Ref{ref("Practitioner/clinician")}, Active: true},
	}
	for i := range 10 {
		entries = append(entries, consent.Entry{
			Ref: ref(fmt.Sprintf("PractitionerRole/r%d", i)), Practitioner: ref(fmt.Sprintf("Practitioner/n%d", i)), Organization: ref("Organization/ward"), Active: true,
		})
	}
	return consent.NewDirectory(1, entries)
}

func TestCriteria(t *testing.T) {
	t.Parallel()
	dir := region(t)
	actor := func(role, reference string) string {
		return `"actor":[{"role":{"coding":[{"code":"` + role + `"}]},"reference":` + reference + `}]`
	}
	by := func(who string) *consent.Facts {
		return thing(t, "Observation", `"performer":[{"reference":"`+who+`"}]`)
	}
	authored := func(typ string) string {
		return choice("c", `{"type":"`+typ+`","data":[{"meaning":"authoredby","reference":{"reference":"Organization/trust"}}]}`)
	}
	self := with(gp(t), func(v *consent.Viewer) { v.Directory = dir })
	plain := thing(t, "Observation", "")
	tests := []struct {
		name, choice string
		by           consent.Viewer
		what         *consent.Facts
		want         consent.Outcome
	}{
		{"a role at a part of an organisation writes for it", authored("permit"), self, by("PractitionerRole/r3"), consent.Permit},
		{"a practitioner who works nowhere else does too", authored("permit"), self, by("Practitioner/n3"), consent.Permit},
		{"one who also works elsewhere is not certain, which permits nothing", authored("permit"), self, by("Practitioner/n0"), consent.WeakDeny},
		{"and denies", authored("deny"), self, by("Practitioner/n0"), consent.Deny},
		{"an organisation named by identifier is the same one", choice("c", `{"type":"deny","data":[{"meaning":"authoredby","reference":{"identifier":{"system":"ods","value":"T"}}}]}`), self, by("PractitionerRole/r9"), consent.Deny},
		{"others write for others", authored("deny"), self, by("Practitioner/other"), consent.NotApplicable},
		{"an author by role is about the data", choice("c", `{"type":"deny",`+actor("AUT", `{"reference":"Organization/trust"}`)+`}`), self, by("Organization/ward"), consent.Deny},
		{"what a part keeps its whole keeps", choice("c", `{"type":"deny",`+actor("CST", `{"reference":"Organization/trust"}`)+`}`), self, from("Organization/ward", thing(t, "Observation", "")), consent.Deny},
		{"a custodian that cannot be followed keeps everything", choice("c", `{"type":"deny",`+actor("CST", `{"display":"the old hospital"}`)+`}`), self, plain, consent.Deny},
		{"and nothing in a permit", choice("c", `{"type":"permit",`+actor("CST", `{"display":"the old hospital"}`)+`}`), self, plain, consent.WeakDeny},
		{"a care team is its members now", choice("c", `{"type":"deny",`+to("CareTeam/t")+`}`), gp(t), plain, consent.Deny},
		{"and nobody else", choice("c", `{"type":"deny",`+to("CareTeam/t")+`}`), staff(t, "Organization/x", "clinician", consent.OrgHealth), plain, consent.NotApplicable},
		{"another care team is not", choice("c", `{"type":"deny",`+to("CareTeam/u")+`}`), gp(t), plain, consent.NotApplicable},
		{"a group is its members", choice("c", `{"type":"deny",`+to("Group/on-call")+`}`), with(gp(t), func(v *consent.Viewer) { v.Groups = dir.Groups(v.Self) }), plain, consent.Deny},
		{"an organisation is all that is part of it", choice("c", `{"type":"deny",`+to("Organization/trust")+`}`), with(staff(t, "Organization/ward", "nurse", consent.OrgHealth), func(v *consent.Viewer) { v.Orgs = dir.Orgs(v.Org) }), plain, consent.Deny},
		{"but not what it is part of", choice("c", `{"type":"deny",`+to("Organization/ward")+`}`), with(staff(t, "Organization/trust", "nurse", consent.OrgHealth), func(v *consent.Viewer) { v.Orgs = dir.Orgs(v.Org) }), plain, consent.NotApplicable},
		{"a recipient by identifier", choice("c", `{"type":"deny",`+actor("IRCP", `{"identifier":{"system":"ods","value":"T"}}`)+`}`), with(staff(t, "Organization/ward", "nurse", consent.OrgHealth), func(v *consent.Viewer) { v.Orgs = dir.Orgs(v.Org) }), plain, consent.Deny},
		{"a contained recipient is known by its identifier", strings.Replace(choice("c", `{"type":"deny",`+actor("IRCP", `{"reference":"#o"}`)+`}`), `"status"`, `"contained":[{"resourceType":"Organization","id":"o","identifier":[{"system":"ods","value":"T"}]}],"status"`, 1), with(gp(t), func(v *consent.Viewer) { v.Orgs = dir.Orgs(ref("Organization/trust")) }), plain, consent.Deny},
		{"a profile, whatever the version", choice("c", `{"type":"deny","class":[{"system":"http://hl7.org/fhir/StructureDefinition","code":"http://x/y"}]}`), gp(t), thing(t, "Observation", `"meta":{"profile":["http://x/y|2"]}`), consent.Deny},
		{"a class of no system denies that code in any", choice("c", `{"type":"deny","class":[{"code":"Observation"}]}`), gp(t), plain, consent.Deny},
		{"and permits nothing", choice("c", `{"type":"permit","class":[{"code":"Observation"}]}`), gp(t), plain, consent.WeakDeny},
		{"a class without a code denies", choice("c", `{"type":"deny","class":[{"display":"letters"}]}`), gp(t), plain, consent.Deny},
		{"a type of document", choice("c", `{"type":"deny","class":[{"system":"http://loinc.org","code":"34133-9"}]}`), gp(t), thing(t, "DocumentReference", `"type":{"coding":[{"system":"http://loinc.org","code":"34133-9"}]}`), consent.Deny},
		{"a MIME type", choice("c", `{"type":"deny","class":[{"system":"urn:ietf:bcp:13","code":"audio/mpeg"}]}`), gp(t), thing(t, "DocumentReference", `"content":[{"attachment":{"contentType":"audio/mpeg"}}]`), consent.Deny},
		{"a section of ours", choice("c", `{"type":"deny",`+class("clinical")+`}`), gp(t), plain, consent.Deny},
		{"a claimed profile of ours adds its section", choice("c", `{"type":"deny",`+class("what-matters")+`}`), gp(t), thing(t, "Observation", `"meta":{"profile":["`+care.ProfileAboutMe+`"]}`), consent.Deny},
		{"a period that cannot be read denies", choice("c", `{"type":"deny","provision":[{"type":"deny","period":{"end":"some day"}}]}`), gp(t), plain, consent.Deny},
		{"and permits nothing", choice("c", `{"type":"permit","period":{"end":"some day"}}`), gp(t), plain, consent.NotApplicable},
		{"an action that is not known denies", choice("c", `{"type":"deny","action":[{"coding":[{"code":"gossip"}]}]}`), gp(t), plain, consent.Deny},
		{"and permits nothing", choice("c", `{"type":"permit","action":[{"coding":[{"code":"gossip"}]}]}`), gp(t), plain, consent.NotApplicable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy, err := consent.Compile(consent.Default(), person(t, team, tt.choice))
			if err != nil {
				t.Fatal(err)
			}
			if got := policy.For(tt.by).Consents(tt.what); got != tt.want {
				t.Errorf("outcome %d, want %d", got, tt.want)
			}
		})
	}
}

func TestAllergyListsThatSayNone(t *testing.T) {
	t.Parallel()
	empty := `"emptyReason":{"coding":[{"code":"nilknown"}]}`
	tests := []struct {
		name string
		f    *consent.Facts
		want bool
	}{
		{"an allergy list with nothing known", thing(t, "List", empty+`,"code":{"coding":[{"system":"http://loinc.org","code":"48765-2"}]}`), true},
		{"a list of something else", thing(t, "List", empty+`,"code":{"coding":[{"system":"http://loinc.org","code":"10160-0"}]}`), false},
		{"a list of nobody knows what", thing(t, "List", empty), true},
		{"a section of a document", thing(t, "Composition", `"section":[{"title":"x"},{`+empty+`,"code":{"coding":[{"code":"48765-2"}]}}]`), true},
		{"an answer to a question", thing(t, "QuestionnaireResponse", `"item":[{"answer":[{"valueCoding":{"system":"http://snomed.info/sct","code":"409137002"}}]}]`), true},
		{"an allergy", thing(t, "AllergyIntolerance", `"code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005"}]}`), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.f.NoneKnown != tt.want {
				t.Errorf("says that none is known: %t, want %t", tt.f.NoneKnown, tt.want)
			}
		})
	}
}

// A later version may add fields at the end of any struct: what it wrote must still be read.
func TestFactsOfALaterVersionAreRead(t *testing.T) {
	t.Parallel()
	handle := &codec.MsgpackHandle{WriteExt: true}
	var fields []any
	f := &consent.Facts{Ref: ref("Observation/1"), Codes: []consent.Code{{System: "s", Code: "c"}}, NoneKnown: true}
	if err := codec.NewDecoderBytes(f.Binary(), handle).Decode(&fields); err != nil {
		t.Fatal(err)
	}
	var later []byte
	if err := codec.NewEncoderBytes(&later, handle).Encode(append(fields, "a field of the future", map[string]int{"x": 1})); err != nil {
		t.Fatal(err)
	}
	back, err := consent.FactsFrom(later)
	if err != nil {
		t.Fatal(err)
	}
	if back.Ref != f.Ref || !back.NoneKnown || len(back.Codes) != 1 {
		t.Errorf("read %+v", back)
	}
}

func TestUnderstoodByTheOperator(t *testing.T) {
	t.Parallel()
	d := region(t)
	if e, ok := d.Entry(ref("Group/on-call")); !ok || len(e.Members) != 1 {
		t.Errorf("entry %+v", e)
	}
	if consent.Step(200).String() != "unknown" || consent.StepDeny.String() != "consent-deny" {
		t.Error("steps are not named")
	}
	many := &consent.Standing{Rules: make([]consent.Rule, 1<<15)}
	if _, err := consent.Compile(consent.Default(), many); err == nil {
		t.Error("more rules than a Reason can name are taken")
	}
	if r := compile(t, &consent.Standing{}); r.Rule(-1) != (fhir.Ref{}) || r.Rule(7) != (fhir.Ref{}) {
		t.Error("no rule has a reference")
	}
}
