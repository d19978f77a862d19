package gateway_test

import (
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway"
	"concord/gateway/guard"
)

// silence has a person deny an organisation everything.
func (w *ward) silence(patient, org string) {
	w.Helper()
	w.bring(`{"resourceType":"Consent","id":"silence","status":"active","dateTime":"2026-01-01","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"` + patient + `"},"policy":[{"uri":"https://x.example"}],` +
		`"provision":{"type":"deny","action":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentaction","code":"access"}]}],"actor":[` + recipient("IRCP", "Organization/"+org) + `]}}`)
}

// A thing that a sender does not see any more is put into; sent as somebody else's it would carry what others wrote there to where the sender sees it.
func TestAHiddenThingDoesNotBecomeSomebodyElses(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.send(w.system("hospital"), "v1,9990000018,Nowak,1980-02-03,expected,penicillin,7B", "v2,9434765919,Begum,1955-12-30,expected,nuts,7B")
	var allergy fhir.Node
	for _, one := range w.find(w.operator(), "AllergyIntolerance") {
		if n, _ := fhir.Walk(one); n.At("code", "text").Text() == "penicillin" {
			allergy = n
		}
	}
	p := &pas{ward: w}
	patient := allergy.At("patient", "reference").Text()
	p.change(w.operator(), allergy, `"text":"penicillin"}`, `"text":"penicillin"},"note":[{"text":"she is in the refuge"}]`)
	w.silence(patient, "hospital")
	if told := read(t.Context(), w.guard.As(w.system("hospital")), refOf(allergy)); strings.Contains(told, "penicillin") {
		t.Fatal("it is not hidden")
	}
	hidden := w.send(w.system("hospital"), "v1,9434765919,Begum,1955-12-30,expected,penicillin,7B")
	if told := read(t.Context(), w.guard.As(w.system("hospital")), refOf(allergy)); strings.Contains(told, "refuge") {
		t.Errorf("what others wrote of one person is read in another's record: %s", told)
	}
	whole := read(t.Context(), w.guard.As(w.operator()), refOf(allergy))
	if !strings.Contains(whole, patient) {
		t.Errorf("it is the other's now: %s", whole)
	}
	t.Log(hidden[0].Err)
}

// A choice, or a team, that goes over to somebody else would stay in force for whom it was about, with nobody able to end it.
func TestWhatGivesStandingDoesNotGoOverToSomebodyElse(t *testing.T) {
	t.Parallel()
	s := deciding(t)
	s.says("proposed", "patient-privacy", "permit")
	s.decides("active")
	before := s.choice().At("patient", "reference").Text()
	body := "Choice,NHS,Surname,Born,Status,Scope,Says\nc1,9434765919,Begum,1955-12-30,inactive,patient-privacy,permit\n"
	if _, err := s.local.Take(t.Context(), s.guard.As(s.system("hospital")), gateway.Body{Definition: "choices", Bytes: []byte(body)}); err != nil {
		t.Fatal(err)
	}
	if after := s.choice().At("patient", "reference").Text(); after != before {
		t.Errorf("it was about %s, and is about %s", before, after)
	}
}

// What others added to a thing that its sender does not see any more is not for the answer to tell.
func TestWhatOthersAddedToAHiddenThingIsNotToldByARefusal(t *testing.T) {
	t.Parallel()
	for name, added := range map[string]string{
		"nothing":               ``,
		"a label that is kept":  `,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]}`,
		"a seal":                `,"meta":{"security":[{"system":"` + care.SystemLabel + `","code":"` + care.LabelLocked + `"}]}`,
		"a note":                `,"note":[{"text":"x"}]`,
		"a contained reference": `,"contained":[{"resourceType":"Practitioner","id":"p"}],"recorder":{"reference":"#p"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			p := &pas{ward: w}
			w.send(w.system("hospital"), strings.Replace(row, "in,", "expected,", 1))
			n := p.one("AllergyIntolerance")
			if label, ok := strings.CutPrefix(added, `,"meta":{`); ok {
				p.change(w.operator(), n, `"meta":{`, `"meta":{`+strings.TrimSuffix(label, "}")+",")
			} else if added != "" {
				p.change(w.operator(), n, `"text":"penicillin"}`, `"text":"penicillin"}`+added)
			}
			w.silence(n.At("patient", "reference").Text(), "hospital")
			for _, o := range w.send(w.system("hospital"), strings.Replace(row, "in,", "expected,", 1)) {
				if o.Err != nil {
					t.Errorf("it hears %v", o.Err)
				}
			}
		})
	}
}

// A clock that was wrong for one message may not keep out those that come late ever after.
func TestAMessageFromTheFutureFreezesNothing(t *testing.T) {
	t.Parallel()
	for _, forgets := range []bool{false, true} {
		p := admitted(t)
		p.at("29990101000000", "ADT^A08", segments(strings.Replace(fullPID, "Mill Lane", "Future Lane", 1)))
		if forgets {
			p.guard = p.restarted(t)
		}
		p.clock.Add(int64(2 * time.Hour / time.Millisecond))
		told := p.at("20260301105000", "ADT^A08", segments(strings.Replace(fullPID, "Mill Lane", "New Lane", 1)))
		if len(told.Left) > 0 {
			t.Errorf("nothing is taken any more, when it is read anew %v: %v", forgets, told.Left)
		}
		p.want(p.one("Patient"), "address.line", "12 New Lane")
	}
}

// restarted is the guard as a process has it that remembers nothing.
func (w *ward) restarted(t *testing.T) *guard.Guard {
	t.Helper()
	c := w.guard.Config
	g, err := guard.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The operator takes a door away; what it had refused may not be taken in as that door all the same.
func TestALetterOfADoorThatIsGoneIsNotReplayed(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.local.Doors = map[string]gateway.Door{"pas": {Caller: w.system("hospital"), Definitions: []string{"visits"}}}
	w.sendAs(w.system("hospital"), gateway.Body{Door: "pas"}, "v1,9990000018,Nowak,1980-02-03,nonsense,penicillin,7B")
	letter := w.find(w.operator(), "Task?status=ready")
	if len(letter) != 1 {
		t.Fatalf("%d letters", len(letter))
	}
	n, err := fhir.Walk(letter[0])
	if err != nil {
		t.Fatal(err)
	}
	mended := []byte("Visit,NHS,Surname,Born,Status,Allergy,Ward\n" + row + "\n")
	for name, doors := range map[string]map[string]gateway.Door{
		"gone":                                nil,
		"there, and takes other records only": {"pas": {Caller: w.system("hospital"), Definitions: []string{"charity-referrals"}}},
	} {
		w.local.Doors = doors
		outcomes, err := w.local.Replay(t.Context(), w.guard, w.operator(), refOf(n), mended)
		if err == nil {
			t.Errorf("the door is %s: %v", name, outcomes)
		}
	}
	if w.count("Patient") != 0 {
		t.Error("something was taken in")
	}
}

// What a definition does not read of a message is no less sensitive for that.
func TestWhatNobodyReadsOfAMessageIsNotShownByTheLittleThatIsRead(t *testing.T) {
	t.Parallel()
	notes := func(p *pas, c guard.Caller) int {
		p.Helper()
		n := 0
		_, _, err := p.guard.As(c).Local(t.Context(), refOf(p.one("Patient")), func(sent guard.Sent) ([]byte, string, error) {
			n = len(sent.Records)
			return nil, "", nil
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	sent := func() *pas {
		p := newPAS(t)
		p.at("20260301080000", "ADT^A31", segments("PID|||778812^^^RXX01^MR~9434765919^^^NHS^NH||Begum^Amina||19551230|F", "ZDX|1|F20^Schizophrenia^I10"))
		return p
	}
	p := sent()
	reception := p.clinician("hospital")
	reception.Roles = []string{care.RoleReception}
	if n := notes(p, p.system("hospital")); n != 1 {
		t.Errorf("its sender is given %d notes", n)
	}
	if n := notes(p, p.clinician("hospital")); n != 1 {
		t.Errorf("a clinician of its sender is given %d notes", n)
	}
	if n := notes(p, reception); n != 0 {
		t.Error("reception is given a diagnosis with the address")
	}
	p.bring(`{"resourceType":"Consent","id":"topic","status":"active","dateTime":"2026-01-01","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"` + refOf(p.one("Patient")).String() + `"},"policy":[{"uri":"https://x.example"}],` +
		`"provision":{"type":"deny","actor":[` + recipient("IRCP", "Organization/hospital") + `],"code":[{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"F20"}]}]}}`)
	for _, c := range []guard.Caller{p.system("hospital"), p.clinician("hospital")} {
		if n := notes(p, c); n != 0 {
			t.Error("what the person withholds is given back with what they do not")
		}
	}
}

// A message that was wrong is taken back, and sent as it should be: what was sealed stays sealed.
func TestWhatIsSentAnewAfterAnErrorIsSealedStill(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		p := admitted(t)
		told := p.at("20260301081000", "ADT^A08", segments(sparsePID, "AL1|1|DA|PEN^Penicillin|SV"))
		p.patch(p.one("AllergyIntolerance"), `"meta":{`, `"meta":{"security":[{"system":"`+care.SystemLabel+`","code":"`+care.LabelSealed+`"},{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}],`)
		ref := refOf(p.one("AllergyIntolerance"))
		if _, err := gateway.Retract(t.Context(), p.guard.As(p.clinician("hospital")), told.Provenance); err != nil {
			t.Fatal(err)
		}
		if hidden {
			p.silence(refOf(p.one("Patient")).String(), "hospital")
		}
		p.at("20260301091000", "ADT^A08", segments(sparsePID, "AL1|1|DA|PEN^Penicillin|MO"))
		whole := read(t.Context(), p.guard.As(p.operator()), ref)
		if strings.Contains(whole, "entered-in-error") {
			t.Errorf("it is not sent anew: %s", whole)
		}
		for _, label := range []string{care.LabelSealed, `"code":"R"`} {
			if !strings.Contains(whole, label) {
				t.Errorf("hidden %v, the label %s is gone: %s", hidden, label, whole)
			}
		}
	}
}
