package gateway_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/mappings/definitions"
	"concord/mappings/tabular"
)

// surgery is a ward whose practice sends the records of gp-record.
type surgery struct {
	*ward
	sent int
}

// sends sends a person with these sharing choices, and gives what became of it.
func (s *surgery) sends(choices ...string) (gateway.Ingested, error) {
	s.Helper()
	d, err := definitions.Load("gp-record")
	if err != nil {
		s.Fatal(err)
	}
	body := fmt.Sprintf(`{"id":"p-17","nhsNumber":"9434765919","name":{"family":"Begum"},"born":"1955-12-30","choices":[%s]}`, strings.Join(choices, ","))
	records, err := tabular.ReadJSON([]byte(body))
	if err != nil {
		s.Fatal(err)
	}
	s.sent++
	return gateway.Ingest(s.Context(), s.guard.As(s.system("practice")), gateway.Message{
		Definition: d, Record: records[0].Tree, Key: fmt.Sprint("r", s.sent), Digest: fmt.Sprint("r", s.sent), Raw: []byte(body),
	})
}

func (s *surgery) must(choices ...string) gateway.Ingested {
	s.Helper()
	told, err := s.sends(choices...)
	if err != nil {
		s.Fatalf("%v\n%+v", err, err)
	}
	return told
}

// choice is the one sharing choice that there is.
func (s *surgery) choice() fhir.Node {
	s.Helper()
	all := s.find(s.operator(), "Consent")
	if len(all) != 1 {
		s.Fatalf("%d choices", len(all))
	}
	n, err := fhir.Walk(all[0])
	if err != nil {
		s.Fatal(err)
	}
	return n
}

func (s *surgery) status(want string) {
	s.Helper()
	if got := s.choice().Get("status").Text(); got != want {
		s.Errorf("the choice is %s, want %s", got, want)
	}
}

// decides has the person change the status of their choice.
func (s *surgery) decides(status string) {
	s.Helper()
	n := s.choice()
	text := strings.Replace(string(s.find(s.operator(), "Consent")[0]), `"status":"`+n.Get("status").Text()+`"`, `"status":"`+status+`"`, 1)
	r, err := fhir.DecodeJSON([]byte(text))
	if err != nil {
		s.Fatal(err)
	}
	patient, _ := fhir.ParseRef(n.At("patient", "reference").Text())
	person := guard.Caller{Subject: "mina", Client: "app", User: patient, Patient: patient, Scopes: s.scopes("patient/*.cruds")}
	if _, err := s.guard.As(person).Commit(s.Context(), guard.Write{Do: guard.Update, Ref: r.Ref(), Resource: r}); err != nil {
		s.Fatal(err)
	}
}

func (s *surgery) reviews() int {
	s.Helper()
	return s.count("Task?code=" + guard.SystemReview + "|" + guard.ReviewConsent)
}

const (
	shares    = `{"id":"s","made":"2025-05-02","says":"share","with":"HSP01"}`
	shared    = `{"id":"s","made":"2025-05-02","says":"share","with":"HSP01","ended":"2025-06-02"}`
	withholds = `{"id":"s","made":"2025-05-02","says":"withhold","with":"HSP01"}`
	withheld  = `{"id":"s","made":"2025-05-02","says":"withhold","with":"HSP01","ended":"2025-06-02"}`
)

// TestASharingChoiceThatASystemSends follows one choice through what its sender says of it and what the person decides.
func TestASharingChoiceThatASystemSends(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		does    func(s *surgery)
		status  string
		reviews int
	}{
		{"what narrows is in force at once", func(s *surgery) { s.must(withholds) }, "active", 0},
		{"what widens is proposed", func(s *surgery) { s.must(shares) }, "proposed", 0},
		{"and in force when the person confirms it, however often it is sent again", func(s *surgery) {
			s.must(shares)
			s.decides("active")
			s.must(shares)
		}, "active", 0},
		{"what the person rejects is not proposed again", func(s *surgery) {
			s.must(shares)
			s.decides("rejected")
			s.must(shares)
		}, "rejected", 0},
		{"a permit ends when its sender says so", func(s *surgery) {
			s.must(shares)
			s.decides("active")
			s.must(shared)
		}, "inactive", 0},
		{"or turns into a deny", func(s *surgery) {
			s.must(shares)
			s.decides("active")
			s.must(withholds)
		}, "active", 0},
		{"a proposal that becomes a deny is in force", func(s *surgery) { s.must(shares); s.must(withholds) }, "active", 0},
		{"a proposal ends", func(s *surgery) { s.must(shares); s.must(shared) }, "inactive", 0},
		{"a deny is not ended by its sender: the operator is asked, once", func(s *surgery) {
			s.must(withholds)
			s.must(withheld)
			s.must(withheld)
		}, "active", 1},
		{"nor turned into a proposal", func(s *surgery) { s.must(withholds); s.must(shares) }, "active", 0},
		{"a deny that the person ended is not in force again because it is sent again", func(s *surgery) {
			s.must(withholds)
			s.decides("inactive")
			s.must(withholds)
		}, "inactive", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &surgery{ward: newWard(t)}
			c.does(s)
			s.status(c.status)
			if got := s.reviews(); got != c.reviews {
				t.Errorf("%d reviews, want %d", got, c.reviews)
			}
		})
	}
}

// TestAChoiceOfASystemTakesNobodysPlace sends a choice under the identifier that another has.
func TestAChoiceOfASystemTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	s := &surgery{ward: newWard(t)}
	s.must(withholds)
	patient := s.choice().At("patient", "reference").Text()
	s.bring(`{"resourceType":"Consent","id":"own","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"identifier":[{"system":"https://gp.example.org/ids/choice","value":"p-17|t"}],"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"` + patient + `"},` +
		`"policy":[{"uri":"https://x.example"}],"provision":{"type":"deny","actor":[{"role":{"coding":[{"code":"IRCP"}]},"reference":{"reference":"Organization/hospital"}}]}}`)
	s.must(withholds, strings.Replace(withholds, `"s"`, `"t"`, 1))
	s.bring(`{"resourceType":"Condition","id":"c","subject":{"reference":"` + patient + `"},"code":{"text":"asthma"}}`)
	s.bring(`{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"` + patient + `"},"participant":[{"member":{"reference":"Organization/hospital"}}]}`)
	if told := read(t.Context(), s.guard.As(s.clinician("hospital")), fhir.Ref{Type: "Condition", ID: "c"}); strings.Contains(told, "asthma") {
		t.Error("a choice of the person was replaced by one that a system sent")
	}
}

// TestAChoiceOfAnAdmissionIsInForce sends the refusal of release that an admission tells of.
func TestAChoiceOfAnAdmissionIsInForce(t *testing.T) {
	t.Parallel()
	p := newPAS(t)
	p.at("20260301090000", "ADT^A31", segments("PID|1||9990000018^^^NHS||NOWAK^MAJA||19800203|F|||1 MILL LANE^^SODBURY", "PD1||||||||||||Y", "CON|1|001|||||||||R||20260301"))
	(&surgery{ward: p.ward}).status("active")
	patient := (&surgery{ward: p.ward}).choice().At("patient", "reference").Text()
	p.bring(`{"resourceType":"Condition","id":"c","subject":{"reference":"` + patient + `"},"code":{"text":"asthma"}}`)
	p.bring(`{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"` + patient + `"},"participant":[{"member":{"reference":"Organization/practice"}}]}`)
	p.at("20260301100000", "ADT^A08", segments("PID|1||9990000018^^^NHS||NOWAK^MAJA^ANNA||19800203|F"))
	p.at("20260301110000", "ADT^A08", segments("PID|1||9990000018^^^NHS||NOWAK^MAJA^ANNA||19800203|F"))
	kept := read(t.Context(), p.guard.As(p.operator()), fhir.Ref{Type: "Patient", ID: fhir.ID(strings.TrimPrefix(patient, "Patient/"))})
	for _, want := range []string{"ANNA", "1 MILL LANE", `"code":"R"`} {
		if !strings.Contains(kept, want) {
			t.Errorf("its sender does not see it any more, and %q is gone: %s", want, kept)
		}
	}
	if n := p.versions(patient); n != 2 {
		t.Errorf("%d versions of what was sent, changed, and sent again", n)
	}
	condition, clinician := fhir.Ref{Type: "Condition", ID: "c"}, p.clinician("practice")
	if told := read(t.Context(), p.guard.As(clinician), condition); strings.Contains(told, "asthma") {
		t.Error("it is not in force")
	}
	clinician.Purposes = []string{"ETREAT"}
	if told := read(t.Context(), p.guard.As(clinician), condition); !strings.Contains(told, "asthma") {
		t.Error("it does not spare emergencies")
	}
}

// versions is how many versions of a resource the operator finds.
func (p *pas) versions(text string) int {
	p.Helper()
	ref, _ := fhir.ParseRef(text)
	d, err := p.guard.As(p.operator()).History(p.Context(), ref, guard.Past{})
	if err != nil {
		p.Fatal(err)
	}
	var b bytes.Buffer
	_, _ = d.WriteTo(&b)
	n, err := fhir.Walk(b.Bytes())
	if err != nil {
		p.Fatal(err)
	}
	count := 0
	for range n.All("entry", "resource") {
		count++
	}
	return count
}
