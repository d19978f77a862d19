package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/mappings"
)

// choices are a definition by which a system says everything of a sharing choice itself.
const choices = `
definition: choices
version: 1.0.0
format: csv
source: https://hospital.example.org/ids
keep: true
columns: [Choice, NHS, Surname, Born, Status, Scope, Says]
tables:
  status:
    system: http://hl7.org/fhir/consent-state-codes
    unmapped: refuse
    rows: [[active, active], [proposed, proposed], [inactive, inactive], [rejected, rejected], [entered-in-error, entered-in-error]]
  says:
    system: http://hl7.org/fhir/consent-provision-type
    unmapped: refuse
    rows: [[permit, permit], [deny, deny]]
resources:
  - name: choice
    type: Consent
    key: Choice
    rules:
      - {local: Status, fhir: status, as: code status, must: true}
      - {fhir: "scope.coding[system=http://terminology.hl7.org/CodeSystem/consentscope].code", local: Scope, must: true}
      - {fhir: "category[0].coding[system=http://loinc.org].code", value: 59284-0}
      - {fhir: patient, ref: patient}
      - {fhir: "performer[]", ref: patient}
      - {fhir: dateTime, value: "2026-01-01"}
      - {fhir: "policy[0].uri", value: "https://hospital.example.org/sharing"}
      - fhir: provision
        rules:
          - {local: Says, fhir: type, as: code says, must: true}
          - fhir: "actor[role.coding.code=IRCP]"
            rules:
              - {fhir: "reference.reference", value: "Organization/practice"}
          - fhir: "provision[purpose.system=http://terminology.hl7.org/CodeSystem/v3-ActReason,purpose.code=ETREAT]"
            when: Says = deny
            rules:
              - {fhir: type, value: deny}
  - name: patient
    type: Patient
    key: NHS as nhs
    identifier: https://fhir.nhs.uk/Id/nhs-number
    rules:
      - {local: Surname, fhir: "name[0].family", must: true}
      - {local: Born, fhir: birthDate, must: true}
`

// deciding is a surgery's ward with a hospital that sends choices.
func deciding(t *testing.T) *surgery {
	t.Helper()
	s := &surgery{ward: newWard(t)}
	d, err := mappings.Load([]byte(choices), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.local.Definitions = append(s.local.Definitions, d)
	return s
}

// says sends one choice and gives all that its sender hears.
func (s *surgery) says(status, scope, kind string) string {
	s.Helper()
	body := "Choice,NHS,Surname,Born,Status,Scope,Says\nc1,9990000018,Nowak,1980-02-03," + status + "," + scope + "," + kind + "\n"
	outcomes, err := s.local.Take(s.Context(), s.guard.As(s.system("hospital")), gateway.Body{Definition: "choices", Bytes: []byte(body)})
	if err != nil {
		s.Fatal(err)
	}
	told := ""
	for _, o := range outcomes {
		told += fmt.Sprintf("%v %v %v %v %d %v\n", o.Refs, o.Left, o.Warnings, o.Err, o.More, o.Replayed)
		if o.Report != nil {
			totals := s.local.Totals("choices", outcomes)
			told += totals.Text()
		}
	}
	return told
}

// A system could send a choice that it may not write down, and tell from the refusal what the person had decided of the one before.
func TestAFeedDoesNotHearWhatThePersonDecided(t *testing.T) {
	t.Parallel()
	for _, probe := range [][3]string{
		{"active", "patient-privacy", "permit"},
		{"proposed", "patient-privacy", "permit"},
		{"inactive", "patient-privacy", "permit"},
		{"active", "patient-privacy", "deny"},
		{"entered-in-error", "patient-privacy", "permit"},
		{"active", "treatment", "permit"},
		{"rejected", "patient-privacy", "deny"},
	} {
		t.Run(strings.Join(probe[:], " "), func(t *testing.T) {
			t.Parallel()
			heard := map[string]string{}
			for _, decision := range []string{"", "active", "rejected", "inactive"} {
				s := deciding(t)
				s.says("proposed", "patient-privacy", "permit")
				if decision != "" {
					s.decides(decision)
				}
				heard[decision] = s.says(probe[0], probe[1], probe[2])
			}
			for decision, told := range heard {
				if told != heard[""] {
					t.Errorf("when the person decides %s it hears\n%s\nelse\n%s", decision, told, heard[""])
				}
			}
		})
	}
}

// A choice that turns into something else is one choice less.
func TestAFeedDoesNotTurnADenyIntoSomethingElse(t *testing.T) {
	t.Parallel()
	for _, probe := range [][3]string{{"active", "treatment", "permit"}, {"active", "adr", "deny"}, {"entered-in-error", "patient-privacy", "deny"}, {"inactive", "patient-privacy", "deny"}} {
		t.Run(strings.Join(probe[:], " "), func(t *testing.T) {
			t.Parallel()
			s := deciding(t)
			s.says("active", "patient-privacy", "deny")
			s.says(probe[0], probe[1], probe[2])
			s.status("active")
			if got := texts(s.choice(), "scope.coding.code"); got[0] != "patient-privacy" {
				t.Errorf("its scope is %s", got)
			}
		})
	}
}

// A person who deletes what a system wrote down of them would have it back with the next message.
func TestAChoiceThatThePersonDeletedDoesNotComeBack(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"deny", "permit"} {
		s := deciding(t)
		status := map[string]string{"deny": "active", "permit": "proposed"}[kind]
		first := s.says(status, "patient-privacy", kind)
		n := s.choice()
		patient, _ := fhir.ParseRef(n.At("patient", "reference").Text())
		person := guard.Caller{Subject: "maja", Client: "app", User: patient, Patient: patient, Scopes: s.scopes("patient/*.cruds")}
		if _, err := s.guard.As(person).Commit(t.Context(), guard.Write{Do: guard.Delete, Ref: refOf(n)}); err != nil {
			t.Fatal(err)
		}
		if again := s.says(status, "patient-privacy", kind); again != first {
			t.Errorf("its sender hears %s\nat first it heard %s", again, first)
		}
		if n := s.count("Consent"); n != 0 {
			t.Errorf("the %s is there again", kind)
		}
	}
}

// recorded is a choice that staff of the hospital write down.
func recorded(patient, provision, more string) string {
	return `{"resourceType":"Consent","status":"active",` + more + `"dateTime":"2026-01-01","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"` + patient + `"},"performer":[{"reference":"` + patient + `"}],` +
		`"policy":[{"uri":"https://x.example"}],"provision":` + provision + `}`
}

func recipient(role, who string) string {
	return `{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"` + role + `"}]},"reference":{"reference":"` + who + `"}}`
}

// kept is a ward with a person of the hospital's, and a social care organisation and a charity that nothing relates to them at first.
func kept(t *testing.T) *surgery {
	t.Helper()
	s := &surgery{ward: newWard(t)}
	for id, kind := range map[string]string{"social": care.KindSocial, "charity": care.KindVoluntary} {
		s.bring(fmt.Sprintf(`{"resourceType":"Organization","id":%q,"active":true,"name":%q,"type":[{"coding":[{"system":%q,"code":%q}]}]}`, id, id, care.SystemKind, kind))
	}
	s.bring(`{"resourceType":"Patient","id":"maja","birthDate":"1980-02-03"}`)
	s.bring(`{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"Patient/maja"},"participant":[{"member":{"reference":"Organization/hospital"}}]}`)
	s.bring(`{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/maja"},"code":{"text":"asthma"}}`)
	return s
}

// create creates as a caller, and gives the error.
func (s *surgery) create(c guard.Caller, body string) ([]guard.Written, error) {
	s.Helper()
	r, err := fhir.DecodeJSON([]byte(body))
	if err != nil {
		s.Fatal(err)
	}
	return s.guard.As(c).Commit(s.Context(), guard.Write{Do: guard.Create, Ref: fhir.Ref{Type: r.Type()}, Resource: r})
}

func (s *surgery) reads(org, purpose string) bool {
	s.Helper()
	c := s.clinician(org)
	c.Purposes = []string{purpose}
	return strings.Contains(read(s.Context(), s.guard.As(c), fhir.Ref{Type: "Condition", ID: "c"}), "asthma")
}

// Under the cloak of a deny that spares emergencies an organisation could let in whom it likes.
func TestAChoiceThatStaffWriteDownLetsNobodyIn(t *testing.T) {
	t.Parallel()
	const emergency = `"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"ETREAT"}]`
	charity, social, hospital, practice := recipient("IRCP", "Organization/charity"), recipient("IRCP", "Organization/social"), recipient("IRCP", "Organization/hospital"), recipient("IRCP", "Organization/practice")
	spares := func(root, within string) string {
		return `{"type":"deny",` + root + `"provision":[{"type":"permit",` + within + emergency + `}]}`
	}
	for _, c := range []struct{ name, provision, org, team string }{
		{"an accomplice that the exception names", spares(`"actor":[`+charity+`],`, `"actor":[`+charity+`],`), "charity", ""},
		{"one in an exception for everybody", spares(``, `"actor":[`+charity+`],`), "charity", ""},
		{"itself, once it has nothing to do with the person", spares(``, `"actor":[`+hospital+`],`), "hospital", "practice"},
		{"itself, beside another, in a role that nobody knows", spares(`"actor":[`+practice+`,`+recipient("ODD", "Organization/hospital")+`],`, ``), "hospital", "practice"},
		{"to all that there is, who sees the plan alone", spares(`"actor":[`+social+`],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Basic"}],`, ``), "social", "social"},
		{"to all, where everybody is spared", spares(``, ``), "social", "social"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := kept(t)
			if c.team == "social" {
				s.bring(`{"resourceType":"CareTeam","id":"more","status":"active","subject":{"reference":"Patient/maja"},"participant":[{"member":{"reference":"Organization/social"}}]}`)
				s.bring(`{"resourceType":"Observation","id":"c","subject":{"reference":"Patient/maja"},"status":"final","code":{"text":"asthma"}}`)
			}
			see := func() bool {
				if c.team != "social" {
					return s.reads(c.org, "ETREAT")
				}
				who := s.clinician(c.org)
				who.Purposes, who.Roles = []string{"ETREAT"}, []string{care.RoleSocialWorker}
				return strings.Contains(read(s.Context(), s.guard.As(who), fhir.Ref{Type: "Observation", ID: "c"}), "asthma")
			}
			if _, err := s.create(s.clinician("hospital"), recorded("Patient/maja", c.provision, "")); err != nil {
				t.Log(err)
			}
			if c.team == "practice" {
				s.bring(`{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"Patient/maja"},"participant":[{"member":{"reference":"Organization/practice"}}]}`)
			}
			if see() {
				t.Error("it sees in an emergency what it did not see before")
			}
		})
	}
}

// Whoever knows the identifier of a person's deny could write down another deny under it; when the person ends that one, their own would
// have gone with it.
func TestEndingAChoiceThatStaffWroteDownEndsNoOther(t *testing.T) {
	t.Parallel()
	s := kept(t)
	const own = `"identifier":[{"system":"https://app.example","value":"1"}],`
	const all = `{"type":"deny","actor":[{"role":{"coding":[{"code":"IRCP"}]},"reference":{"reference":"Organization/practice"}}],"provision":[{"type":"deny","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"ETREAT"}]}]}`
	person := guard.Caller{Subject: "maja", Client: "app", User: fhir.Ref{Type: "Patient", ID: "maja"}, Patient: fhir.Ref{Type: "Patient", ID: "maja"}, Scopes: s.scopes("patient/*.cruds")}
	s.bring(`{"resourceType":"CareTeam","id":"more","status":"active","subject":{"reference":"Patient/maja"},"participant":[{"member":{"reference":"Organization/practice"}}]}`)
	if !s.reads("practice", "TREAT") {
		t.Fatal("the practice sees nothing from the beginning")
	}
	if _, err := s.create(person, recorded("Patient/maja", all, own)); err != nil {
		t.Fatal(err)
	}
	done, err := s.create(s.clinician("hospital"), recorded("Patient/maja", strings.Replace(all, "practice", "charity", 1), own))
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []string{"inactive", "active"} {
		_, err = s.guard.As(person).Commit(t.Context(), guard.Write{Do: guard.Patch, Ref: done[0].Ref, Patch: func(r *fhir.Resource) (*fhir.Resource, error) {
			before, after := "active", "inactive"
			if status == "active" {
				before, after = after, before
			}
			return fhir.DecodeJSON([]byte(strings.Replace(string(r.JSON()), `"status":"`+before+`"`, `"status":"`+after+`"`, 1)))
		}})
		if err != nil {
			t.Fatal(err)
		}
		if s.reads("practice", "TREAT") {
			t.Errorf("the person's own deny is gone when the other is %s", status)
		}
	}
}
