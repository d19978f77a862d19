package gateway_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/hl7v2"
)

// pas is a ward with a hospital that sends HL7 v2.
type pas struct {
	*ward
	definitions []*mappings.Definition
	sent        int
}

func newPAS(t *testing.T) *pas {
	t.Helper()
	p := &pas{ward: newWard(t)}
	for _, name := range definitions.Names() {
		if !strings.HasPrefix(name, "hl7v2-") {
			continue
		}
		d, err := definitions.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		p.definitions = append(p.definitions, d)
	}
	return p
}

// segments are those of one message behind its header.
func segments(all ...string) string { return strings.Join(all, "\r") + "\r" }

// at sends a message that says when it was written, and gives what became of it.
func (p *pas) at(when, event, body string) gateway.Ingested {
	p.Helper()
	p.sent++
	return p.take(fmt.Sprintf("MSH|^~\\&|PAS|RXX01|CONCORD|HUB|%s||%s|M%d|P|2.5.1\r%s", when, event, p.sent, body))
}

func (p *pas) take(text string) gateway.Ingested {
	p.Helper()
	m, err := hl7v2.Parse([]byte(text), hl7v2.Limits{})
	if err != nil {
		p.Fatal(err)
	}
	key, err := m.Key()
	if err != nil {
		p.Fatal(err)
	}
	hash := m.Hash()
	message := gateway.Message{Record: m.Tree(hl7v2.GroupsOf(m)...), Key: key, Digest: hex.EncodeToString(hash[:]), Care: guard.CareByVisits, Door: "pas"}
	for _, d := range p.definitions {
		if d.Takes(message.Record) {
			message.Definition = d
		}
	}
	told, err := gateway.Ingest(p.Context(), p.guard.As(p.system("hospital")), message)
	if err != nil {
		p.Fatal(err)
	}
	return told
}

// one is the only resource of a type.
func (p *pas) one(typ string) fhir.Node {
	p.Helper()
	all := p.find(p.system("hospital"), typ)
	if len(all) != 1 {
		p.Fatalf("there are %d of type %s", len(all), typ)
	}
	n, err := fhir.Walk(all[0])
	if err != nil {
		p.Fatal(err)
	}
	return n
}

// texts are all texts at a path.
func texts(n fhir.Node, path string) []string {
	var all []string
	for v := range n.All(strings.Split(path, ".")...) {
		all = append(all, v.Text())
	}
	return all
}

func (p *pas) want(n fhir.Node, path string, want ...string) {
	p.Helper()
	if diff := cmp.Diff(want, texts(n, path)); diff != "" {
		p.Errorf("%s: %s", path, diff)
	}
}

// patch changes a resource as a clinician of the hospital does through FHIR.
func (p *pas) patch(n fhir.Node, old, changed string) {
	p.Helper()
	p.change(p.clinician("hospital"), n, old, changed)
}

func (p *pas) change(c guard.Caller, n fhir.Node, old, changed string) {
	p.Helper()
	_, err := p.guard.As(c).Commit(p.Context(), guard.Write{Do: guard.Patch, Ref: refOf(n), Patch: func(r *fhir.Resource) (*fhir.Resource, error) {
		body := bytes.Replace(r.JSON(), []byte(old), []byte(changed), 1)
		if bytes.Equal(body, r.JSON()) {
			p.Fatalf("there is no %s in %s", old, body)
		}
		return fhir.DecodeJSON(body)
	}})
	if err != nil {
		p.Fatal(err)
	}
}

func refOf(n fhir.Node) fhir.Ref {
	return fhir.Ref{Type: fhir.Type(n.Get("resourceType").Text()), ID: fhir.ID(n.Get("id").Text())}
}

func version(n fhir.Node) string { return n.Get("meta").Get("versionId").Text() }

const (
	fullPID   = "PID|||778812^^^RXX01^MR~9434765919^^^NHS^NH||Begum^Amina^Jane^^Mrs^^L||19551230|F|||12 Mill Lane^^Sodbury^Avon^BS37 6QW^GBR^H||01632960111^PRN^PH~07700900222^PRN^CP|01632960999^WPN^PH|en|M"
	fullPD1   = "PD1|||MILL STREET SURGERY^^A81001|G9988776^Osei^Ama^^^Dr"
	sparsePID = "PID|||778812^^^RXX01^MR||Begum^A"
	fullPV1   = "PV1||I|MAU^Bay 2^Bed 4^RXX01|E|||C08^Woolf^Kathleen^^^Dr||||||||||||V1^^^RXX01|||||||||||||||||||||||||20260301074512"
)

func admitted(t *testing.T) *pas {
	t.Helper()
	p := newPAS(t)
	p.at("20260301080000", "ADT^A04", segments(fullPID, fullPD1, fullPV1))
	return p
}

func TestAResultDoesNotUpdateWhoItIsAbout(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	before := p.one("Patient")
	told := p.at("20260301081000", "ORU^R01", segments(sparsePID, "PV1||I", "OBR|1||F1^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F", "OBX|1|NM|GLU^Glucose^LN||5.1|mmol/L|||||F"))
	after := p.one("Patient")
	if version(before) != version(after) {
		t.Errorf("the result has changed the patient: %s", after.Bytes())
	}
	p.want(p.one("Observation"), "subject.reference", refOf(before).String())
	if diff := cmp.Diff([]guard.Left{{Ref: refOf(before), Why: guard.LeftThere}}, told.Left); diff != "" {
		t.Error(diff)
	}
	provenance, err := fhir.Walk([]byte(read(t.Context(), p.guard.As(p.system("hospital")), told.Provenance)))
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range texts(provenance, "target.reference") {
		if target == refOf(before).String() {
			t.Error("the Provenance of the result claims the patient")
		}
	}
	p.want(provenance, "occurredDateTime", "2026-03-01T08:10:00Z")
	reasons := map[string]string{}
	for _, f := range told.Report.Fields {
		reasons[f.Path] = f.Why
	}
	if !strings.Contains(reasons["PID-5.2"], "there already") || reasons["OBR-4.1"] != "" {
		t.Errorf("the report: %v", reasons)
	}
}

func TestAResultOfSomebodyUnknownMakesThem(t *testing.T) {
	t.Parallel()
	p := newPAS(t)
	told := p.at("20260301081000", "ORU^R01", segments(fullPID, "OBR|1||F1^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F"))
	p.want(p.one("Patient"), "address.city", "Sodbury")
	if len(told.Left) != 0 {
		t.Errorf("%v", told.Left)
	}
}

func TestAMessageChangesWhatItSpeaksOf(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	p.at("20260301081000", "ADT^A08", segments(`PID|||778812^^^RXX01^MR||Begum-Khan^Amina^^^Mrs^^L||||||||""|||S`))
	n := p.one("Patient")
	p.want(n, "name.family", "Begum-Khan")
	p.want(n, "name.given", "Amina")
	p.want(n, "telecom.value", "01632960999")
	p.want(n, "maritalStatus.coding.code", "S")
	p.want(n, "address.city", "Sodbury")
	p.want(n, "birthDate", "1955-12-30")
	p.want(n, "generalPractitioner.display", "MILL STREET SURGERY", "Dr Ama Osei")
	p.want(n, "communication.language.coding.code", "en")
}

func TestADischargeThatSaysLittleKeepsWhereThePersonWas(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	p.at("20260301120000", "ADT^A03", segments(sparsePID, "PV1||I|||||||||||||||||V1^^^RXX01||||||||||||||||||||||||||20260301115500"))
	n := p.one("Encounter")
	p.want(n, "status", "finished")
	p.want(n, "location.location.display", "MAU", "Bay 2", "Bed 4", "RXX01")
	p.want(n, "participant.individual.display", "Dr Kathleen Woolf")
	p.want(n, "period.start", "2026-03-01T07:45:12Z")
	p.want(n, "period.end", "2026-03-01T11:55:00Z")
}

func TestATransferReplacesThePlaceAsAWhole(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	p.at("20260301090000", "ADT^A02", segments(sparsePID, "PV1||I|WARD7||||||||||||||||V1^^^RXX01"))
	n := p.one("Encounter")
	p.want(n, "location.location.display", "WARD7")
	p.want(n, "participant.individual.display", "Dr Kathleen Woolf")
}

func TestAMessageThatDoesNotKnowTheStatusOfAVisitLeavesIt(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	p.at("20260301090000", "MDM^T02", segments(sparsePID, "PV1||I|||||||||||||||||V1^^^RXX01", "TXA|1|DS||||||||||D1", "OBX|1|TX|||a line"))
	p.want(p.one("Encounter"), "status", "in-progress")
	p.at("20260301120000", "ADT^A03", segments(sparsePID, "PV1||I|||||||||||||||||V1^^^RXX01||||||||||||||||||||||||||20260301115500"))
	p.at("20260301130000", "ADT^A08", segments(sparsePID, "PV1||I|||||||||||||||||V1^^^RXX01|||||||||||||||||||||||||20260301074512"))
	p.want(p.one("Encounter"), "status", "finished")
}

func TestAMergeOutlivesLaterMessagesAndEndsByItsReversal(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	patient := func(id fhir.ID) fhir.Node {
		n, err := fhir.Walk([]byte(read(t.Context(), p.guard.As(p.system("hospital")), fhir.Ref{Type: "Patient", ID: id})))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	survivor := refOf(p.one("Patient")).ID
	told := p.at("20260301090000", "ADT^A40^ADT_A39", segments(sparsePID, "MRG|555^^^RXX01"))
	var replaced fhir.ID
	for _, ref := range told.Refs {
		if ref.ID != survivor {
			replaced = ref.ID
		}
	}
	p.at("20260301091000", "ADT^A08", segments(sparsePID))
	p.at("20260301092000", "ADT^A08", segments("PID|||555^^^RXX01||Begum^A"))
	p.want(patient(survivor), "link.other.reference", "Patient/"+string(replaced))
	p.want(patient(survivor), "address.city", "Sodbury")
	p.want(patient(replaced), "link.other.reference", "Patient/"+string(survivor))
	p.want(patient(replaced), "active", "false")
	p.at("20260301100000", "ADT^A37", segments(sparsePID, "PID|||555^^^RXX01"))
	for _, id := range []fhir.ID{survivor, replaced} {
		p.want(patient(id), "link.type")
		p.want(patient(id), "active", "true")
	}
	p.at("20260301110000", "ADT^A40^ADT_A39", segments(sparsePID, "MRG|555^^^RXX01"))
	p.at("20260301120000", "ADT^A40^ADT_A39", segments("PID|||555^^^RXX01||Begum^A", "MRG|778812^^^RXX01"))
	p.want(patient(replaced), "link.type", "replaces")
	p.want(patient(survivor), "link.type", "replaced-by")
	p.want(patient(survivor), "address.city", "Sodbury")
}

func TestWhatOthersAddedThroughFHIRStays(t *testing.T) {
	t.Parallel()
	p := newPAS(t)
	p.at("20260301080000", "ADT^A04", segments(strings.Replace(fullPID, "|en|M", "||M", 1), fullPD1))
	p.patch(p.one("Patient"), `"gender":"female"`, `"gender":"female","communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"bn"}]},"preferred":true}],"photo":[{"contentType":"image/png","url":"https://photos.example/1"}]`)
	p.patch(p.one("Patient"), `"city":"Sodbury"`, `"city":"Sodbury","_city":{"extension":[{"url":"https://elsewhere.example/checked","valueBoolean":true}]}`)
	p.patch(p.one("Patient"), `"telecom":[`, `"telecom":[{"system":"email","value":"amina@example.org"},`)
	p.patch(p.one("Patient"), `"birthDate":"1955-12-30"`, `"birthDate":"1955-12-30","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1955-12-30T04:00:00Z"}]}`)
	before := p.one("Patient")
	p.at("20260301081000", "ADT^A31", segments(strings.Replace(fullPID, "|en|M", "||M", 1), fullPD1))
	if n := p.one("Patient"); version(n) != version(before) {
		t.Errorf("a message that says nothing new has changed something: %s", n.Bytes())
	}
	p.at("20260301082000", "ADT^A31", segments("PID|||778812^^^RXX01^MR||Begum^Amina^Jane^^Mrs^^L||19551231|F|||12 Mill Lane^^Sodbury^Avon^BS37 6QW^GBR^H||01632960555^PRN^PH"))
	n := p.one("Patient")
	p.want(n, "communication.language.coding.code", "bn")
	p.want(n, "communication.preferred", "true")
	p.want(n, "photo.url", "https://photos.example/1")
	p.want(n, "telecom.value", "amina@example.org", "01632960555", "01632960999")
	p.want(n, "address._city.extension.valueBoolean", "true")
	p.want(n, "birthDate", "1955-12-31")
	p.want(n, "_birthDate.extension.url")
}

func TestNumbersAreCorrectedByWhoGaveThemOutAndOthersStay(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	numbers := func() map[string]string {
		all := map[string]string{}
		for id := range p.one("Patient").All("identifier") {
			if system := id.Get("system").Text(); !strings.Contains(system, "concord.health") {
				all[system+id.Get("assigner").Get("display").Text()] = id.Get("value").Text()
			}
		}
		return all
	}
	before := p.one("Patient")
	p.at("20260301081000", "ADT^A08", segments("PID|||778812^^^RXX01^MR"))
	if after := p.one("Patient"); version(before) != version(after) {
		t.Errorf("a message that says nothing has changed something: %s", after.Bytes())
	}
	nhs := "https://fhir.nhs.uk/Id/nhs-number"
	if diff := cmp.Diff(map[string]string{nhs: "9434765919", "RXX01": "778812"}, numbers()); diff != "" {
		t.Error(diff)
	}
	p.at("20260301082000", "ADT^A08", segments("PID|||778812^^^RXX01^MR~9990000018^^^NHS^NH~55^^^OTHER^PI"))
	if diff := cmp.Diff(map[string]string{nhs: "9990000018", "RXX01": "778812", "OTHER": "55"}, numbers()); diff != "" {
		t.Error(diff)
	}
}

func TestAMessageThatCameLateDoesNotUndoWhatHasHappenedSince(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	p.at("20260301083000", "ADT^A02", segments(sparsePID, "PV1||I|WARD7||||||||||||||||V1^^^RXX01"))
	before := p.one("Encounter")
	late := fmt.Sprintf("MSH|^~\\&|PAS|RXX01|CONCORD|HUB|20260301081500||ADT^A02|LATE|P|2.5.1\r%s",
		segments(sparsePID, "PV1||I|WARD3||||||||||||||||V1^^^RXX01", "AL1|1|DA|PEN^Penicillin"))
	told := p.take(late)
	if n := p.one("Encounter"); version(n) != version(before) {
		t.Errorf("the later place is undone: %s", n.Bytes())
	}
	p.want(p.one("AllergyIntolerance"), "code.coding.code", "PEN") // nothing later has told of it
	if len(told.Left) != 2 || told.Left[0].Why != guard.LeftNewer {
		t.Errorf("it does not say so: %v", told.Left)
	}
	if again := p.take(late); !again.Replayed {
		t.Error("it is not noted as received")
	}
	p.at("20260301083000", "ADT^A02", segments(sparsePID, "PV1||I|WARD8||||||||||||||||V1^^^RXX01"))
	p.want(p.one("Encounter"), "location.location.display", "WARD8")
}

// TestAProvenanceOfSomebodysOwnHoldsUpNoMessage has a clinician of the sender write that the visit was told of later.
func TestAProvenanceOfSomebodysOwnHoldsUpNoMessage(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	visit := "Encounter/" + p.one("Encounter").Get("id").Text()
	p.change(p.operator(), p.one("Encounter"), `"status":"in-progress"`, `"status":"in-progress","language":"en"`) // a version that no message is remembered by
	r, err := fhir.DecodeJSON([]byte(`{"resourceType":"Provenance","target":[{"reference":"` + visit + `"}],"occurredDateTime":"2026-03-01T08:59:00Z","recorded":"2026-03-01T08:59:00Z",` +
		`"policy":["https://concord.health/fhir/mapping/hl7v2-adt|1.0.0"],"agent":[{"who":{"reference":"Organization/hospital"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.guard.As(p.clinician("hospital")).Commit(t.Context(), guard.Write{Do: guard.Create, Resource: r}); err != nil {
		t.Fatal(err)
	}
	p.at("20260301083000", "ADT^A02", segments(sparsePID, "PV1||I|WARD9||||||||||||||||V1^^^RXX01"))
	p.want(p.one("Encounter"), "location.location.display", "WARD9")
}

func TestWhatIsTakenBackLivesAgainWhenItIsSentAsItShouldBe(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	allergy := segments(sparsePID, "AL1|1|DA|PEN^Penicillin|SV")
	wrong := p.at("20260301081000", "ADT^A08", allergy)
	p.patch(p.one("AllergyIntolerance"), `"criticality":"high"`, `"criticality":"high","note":[{"text":"seen by the pharmacist"}]`)
	p.at("20260301081500", "ADT^A08", segments(sparsePID))
	if _, err := gateway.Retract(t.Context(), p.guard.As(p.system("hospital")), wrong.Provenance); err != nil {
		t.Fatal(err)
	}
	n := p.one("AllergyIntolerance")
	p.want(n, "verificationStatus.coding.code", "entered-in-error")
	p.want(n, "note.text", "seen by the pharmacist")
	p.at("20260301082000", "ADT^A08", allergy)
	n = p.one("AllergyIntolerance")
	p.want(n, "verificationStatus.coding.code")
	p.want(n, "clinicalStatus.coding.code", "active")
}

func TestARowOfATableSaysAllThatItHasColumnsFor(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	p := &pas{ward: w}
	w.send(w.system("hospital"), row)
	p.patch(p.one("AllergyIntolerance"), `"code":{`, `"note":[{"text":"rash in 2010"}],"code":{"coding":[{"code":"PEN"}],`)
	p.patch(p.one("Patient"), `"birthDate"`, `"gender":"female","birthDate"`)
	w.send(w.system("hospital"), strings.Replace(row, "Nowak", "Kowal", 1))
	p.want(p.one("Patient"), "name.family", "Kowal")
	p.want(p.one("Patient"), "gender", "female")
	p.want(p.one("AllergyIntolerance"), "note.text", "rash in 2010")
	p.want(p.one("AllergyIntolerance"), "code.coding.code", "PEN")
}

func TestACorrectedResultHasNothingOfTheOneBefore(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	const order = "OBR|1||F1^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F"
	p.at("20260301081000", "ORU^R01", segments(sparsePID, order, "OBX|1|NM|GLU^Glucose^LN||15.1|mmol/L|4-7|HH|||F", "NTE|1||phoned to the ward", "OBX|2|NM|K^Potassium^LN||4.1|mmol/L|||||F"))
	p.at("20260301082000", "ORU^R01", segments(sparsePID, order, "OBX|1|NM|GLU^Glucose^LN||5.1|mmol/L|4-7||||C"))
	for _, body := range p.find(p.system("hospital"), "Observation") {
		n, err := fhir.Walk(body)
		if err != nil {
			t.Fatal(err)
		}
		if n.Get("status").Text() == "corrected" {
			p.want(n, "valueQuantity.value", "5.1")
			p.want(n, "interpretation")
			p.want(n, "note")
		}
	}
	if n := len(texts(p.one("DiagnosticReport"), "result.reference")); n != 2 {
		t.Errorf("the report has %d results: one that is not sent again is one of it all the same", n)
	}
}

func TestWhatASenderCannotSeeOfAThingSurvivesItsMessages(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	p.at("20260301081000", "ORU^R01", segments(sparsePID, "OBR|1||F1^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F", "OBX|1|NM|GLU^Glucose^LN||5.1|mmol/L|||||F"))
	n := p.one("Observation")
	p.bring(`{"resourceType":"Observation","id":"secret","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},"status":"final","code":{"text":"x"},"subject":{"reference":"` + refOf(p.one("Patient")).String() + `"}}`)
	p.bring(strings.ReplaceAll(strings.ReplaceAll(choice("deny", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "V"), "Patient/amina", refOf(p.one("Patient")).String()), "Organization/practice", "Organization/hospital"))
	p.change(p.operator(), n, `"status":"final"`, `"status":"final","hasMember":[{"reference":"Observation/secret"}]`)
	hospital := func() fhir.Node {
		seen, err := fhir.Walk([]byte(read(t.Context(), p.guard.As(p.system("hospital")), refOf(n))))
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	p.want(hospital(), "hasMember.reference")
	p.at("20260301082000", "ORU^R01", segments(sparsePID, "OBR|1||F1^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F", "OBX|1|NM|GLU^Glucose^LN||6.2|mmol/L|||||C"))
	p.want(hospital(), "valueQuantity.value", "6.2")
	p.want(hospital(), "hasMember.reference")
	whole, err := fhir.Walk([]byte(read(t.Context(), p.guard.As(p.operator()), refOf(n))))
	if err != nil {
		t.Fatal(err)
	}
	p.want(whole, "hasMember.reference", "Observation/secret")
}

func TestAResultAfterTheVisitDoesNotUpdateWhoItIsAbout(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	before := p.one("Patient")
	p.at("20260301120000", "ADT^A03", segments(sparsePID, "PV1||I||||||||||||||||V1^^^RXX01||||||||||||||||||||||||||20260301115500"))
	p.clock.Add(int64(30 * 24 * time.Hour / time.Millisecond))
	told := p.at("20260331100000", "ORU^R01", segments(sparsePID, "OBR|1||F1^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F"))
	whole, err := fhir.Walk([]byte(read(t.Context(), p.guard.As(p.operator()), refOf(before))))
	if err != nil {
		t.Fatal(err)
	}
	p.want(whole, "address.city", "Sodbury")
	if len(told.Left) != 1 {
		t.Errorf("%v", told.Left)
	}
}

func TestAVisitThatAResultMadeIsToldOfByItsAdmission(t *testing.T) {
	t.Parallel()
	p := newPAS(t)
	const visit = "PV1||I|LAB||||||||||||||||V1^^^RXX01"
	p.at("20260301080000", "ORU^R01", segments(fullPID, visit, "OBR|1||F1^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F"))
	p.want(p.one("Encounter"), "status", "unknown")
	p.at("20260301081000", "ADT^A08", segments(fullPID, fullPV1))
	p.want(p.one("Encounter"), "status", "in-progress")
	p.want(p.one("Encounter"), "location.location.display", "MAU", "Bay 2", "Bed 4", "RXX01")
	p.at("20260301082000", "ORU^R01", segments(sparsePID, visit, "OBR|1||F2^LAB|GLU^Glucose|||20260301080500||||||||||||||||||F"))
	p.want(p.one("Encounter"), "location.location.display", "MAU", "Bay 2", "Bed 4", "RXX01") // a laboratory repeats what it was told with the order
}

func TestAnAllergyThatSomebodyResolvedIsNotMadeActiveByHearingOfItAgain(t *testing.T) {
	t.Parallel()
	p := admitted(t)
	p.at("20260301081000", "ADT^A08", segments(sparsePID, "AL1|1|DA|PEN^Penicillin|SV"))
	p.patch(p.one("AllergyIntolerance"), `"code":"active"`, `"code":"resolved"`)
	p.at("20260301082000", "ADT^A08", segments(sparsePID, "AL1|1|DA|PEN^Penicillin||Rash"))
	n := p.one("AllergyIntolerance")
	p.want(n, "clinicalStatus.coding.code", "resolved")
	p.want(n, "criticality", "high")
	p.want(n, "reaction.manifestation.text", "Rash")
}
