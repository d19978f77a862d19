package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
	"concord/fhir/care"
	"concord/gateway"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/tabular"
)

// ward is a gateway on a memory store with a hospital, a practice and a charity, and systems that send to it.
type ward struct {
	*testing.T
	guard *guard.Guard
	local *gateway.Local
	clock *atomic.Int64
}

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{T: t, clock: &atomic.Int64{}}
	w.clock.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMilli())
	now := func() time.Time { return time.UnixMilli(w.clock.Add(10)).UTC() }
	var ids atomic.Int64
	store := memory.New(now)
	var err error
	w.guard, err = guard.New(guard.Config{
		Store: store, Trail: store, Cache: memory.NewCache(1<<20, now), Base: consent.Default(), Now: now,
		NewID: func() string { return fmt.Sprintf("id-%04d", ids.Add(1)) }, Secret: make([]byte, 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, org := range []string{"hospital", "practice"} {
		w.bring(fmt.Sprintf(`{"resourceType":"Organization","id":%q,"active":true,"name":%q,"type":[{"coding":[{"system":%q,"code":%q}]}]}`, org, org, care.SystemKind, care.KindHealth))
	}
	w.local = &gateway.Local{Formats: map[string]gateway.Format{
		mappings.CSV: {Media: "text/csv", Read: readCSV, Print: printCSV}, mappings.XLSX: {Media: "text/csv", Read: readCSV, Print: printCSV},
	}}
	for _, source := range []string{visits, "charity-referrals"} {
		d, err := definitions.Load(source)
		if source == visits {
			d, err = mappings.Load([]byte(visits), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.local.Definitions = append(w.local.Definitions, d)
	}
	return w
}

// visits are the admissions of a hospital, one a row.
const visits = `
definition: visits
version: 1.0.0
format: csv
source: https://hospital.example.org/ids
keep: true
columns: [Visit, NHS, Surname, Born, Status, Allergy, Ward]
tables:
  status:
    system: http://hl7.org/fhir/encounter-status
    unmapped: refuse
    rows:
      - [in, in-progress]
      - [out, finished]
      - [expected, planned]
resources:
  - name: visit
    type: Encounter
    key: Visit
    rules:
      - {local: Status, fhir: status, as: code status, must: true}
      - {fhir: class.code, value: IMP}
      - {fhir: subject, ref: patient}
  - name: patient
    type: Patient
    key: NHS as nhs
    identifier: https://fhir.nhs.uk/Id/nhs-number
    rules:
      - {local: Surname, fhir: "name[0].family", must: true}
      - {local: Born, fhir: birthDate, must: true}
  - name: allergy
    type: AllergyIntolerance
    key: [Visit, Allergy]
    when: Allergy
    rules:
      - {fhir: patient, ref: patient}
      - {local: Allergy, fhir: code.text}
`

func readCSV(d *mappings.Definition, body []byte) ([]gateway.Record, error) {
	table, err := tabular.ReadCSV(body, tabular.Dialect{})
	if err != nil {
		return nil, err
	}
	if _, err := table.Check(d); err != nil {
		return nil, err
	}
	var all []gateway.Record
	for i, r := range table.Records {
		raw, err := (&tabular.Table{Columns: table.Columns, Records: table.Records[i : i+1]}).CSV()
		if err != nil {
			return nil, err
		}
		record := gateway.Record{Tree: r.Tree, Raw: raw}
		if r.Err != nil {
			record.Err = r.Err
		}
		all = append(all, record)
	}
	return all, nil
}

func printCSV(d *mappings.Definition, trees []*mappings.Tree) ([]byte, error) {
	t := &tabular.Table{Columns: d.Columns()}
	for _, tree := range trees {
		t.Records = append(t.Records, tabular.Record{Tree: tree})
	}
	return t.CSV()
}

// bring stores a resource as the operator.
func (w *ward) bring(body string) {
	w.Helper()
	r, err := fhir.DecodeJSON([]byte(body))
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.guard.As(w.operator()).Commit(w.Context(), guard.Write{Do: guard.Import, Ref: r.Ref(), Resource: r}); err != nil {
		w.Fatal(err)
	}
}

func (w *ward) scopes(s string) smart.Scopes {
	w.Helper()
	parsed, err := smart.Parse(s)
	if err != nil {
		w.Fatal(err)
	}
	return parsed
}

func (w *ward) operator() guard.Caller {
	return guard.Caller{Client: "operator", Operator: true, Scopes: w.scopes("system/*.cruds")}
}

// system is the caller that a door acts as.
func (w *ward) system(org string) guard.Caller {
	return guard.Caller{Client: "door", Org: fhir.Ref{Type: "Organization", ID: fhir.ID(org)}, Purposes: []string{"TREAT"}, Scopes: w.scopes("system/*.cruds")}
}

func (w *ward) clinician(org string) guard.Caller {
	c := w.system(org)
	c.User, c.Roles, c.Scopes = fhir.Ref{Type: "Practitioner", ID: fhir.ID("dr-" + org)}, []string{care.RoleClinician}, w.scopes("user/*.cruds")
	return c
}

// send sends rows with the columns of visits.
func (w *ward) send(c guard.Caller, rows ...string) []gateway.Outcome {
	w.Helper()
	return w.sendAs(c, gateway.Body{Care: guard.CareByVisits}, rows...)
}

func (w *ward) sendAs(c guard.Caller, b gateway.Body, rows ...string) []gateway.Outcome {
	w.Helper()
	b.Definition, b.Bytes = "visits", []byte("Visit,NHS,Surname,Born,Status,Allergy,Ward\n"+strings.Join(rows, "\n")+"\n")
	outcomes, err := w.local.Take(w.Context(), w.guard.As(c), b)
	if err != nil {
		w.Fatal(err)
	}
	return outcomes
}

// count is how many resources the operator finds.
func (w *ward) count(query string) int {
	w.Helper()
	return len(w.find(w.operator(), query))
}

func (w *ward) find(c guard.Caller, query string) []json.RawMessage {
	w.Helper()
	typ, rest, _ := strings.Cut(query, "?")
	r := w.guard.As(c)
	values := map[string][]string{"_count": {"500"}}
	for pair := range strings.SplitSeq(rest, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			values[name] = []string{value}
		}
	}
	d, err := r.Search(w.Context(), guard.Query{Type: fhir.Type(typ), Values: values, Strict: true})
	if err != nil {
		w.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := d.WriteTo(&b); err != nil {
		w.Fatal(err)
	}
	var bundle struct {
		Entry []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(b.Bytes(), &bundle); err != nil {
		w.Fatal(err)
	}
	var all []json.RawMessage
	for _, e := range bundle.Entry {
		all = append(all, e.Resource)
	}
	return all
}

func read(ctx context.Context, r guard.Reading, ref fhir.Ref) string {
	d, err := r.Resource(ctx, ref)
	if err != nil {
		return err.Error()
	}
	var b bytes.Buffer
	_, _ = d.WriteTo(&b)
	return b.String()
}

const row = "v1,9990000018,Nowak,1980-02-03,in,penicillin,7B"

func TestARecordSentAgainUpdatesAndNeverDoubles(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	hospital := w.system("hospital")
	first := w.send(hospital, row)
	if first[0].Err != nil || len(first[0].Refs) != 3 {
		t.Fatalf("%+v", first[0])
	}
	again := w.send(hospital, strings.Replace(row, ",in,", ",out,", 1), row)
	for _, o := range again {
		if o.Err != nil || fmt.Sprint(o.Refs) != fmt.Sprint(first[0].Refs) {
			t.Errorf("%+v", o)
		}
	}
	if same := w.send(hospital, row); same[0].Err != nil || same[0].Provenance != (fhir.Ref{}) {
		t.Errorf("what says nothing new: %+v", same[0])
	}
	for query, want := range map[string]int{"Patient": 1, "Encounter": 1, "AllergyIntolerance": 1, "Provenance": 3, "Encounter?status=in-progress": 1} {
		if got := w.count(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if told := read(t.Context(), w.guard.As(w.operator()), first[0].Provenance); !strings.Contains(told, "visits|1.0.0") || !strings.Contains(told, string(first[0].Refs[0].ID)) {
		t.Errorf("the Provenance: %s", told)
	}
}

func TestTheSameRecordOfAnotherOrganisationIsAnother(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	a, b := w.send(w.system("hospital"), row), w.send(w.system("practice"), row)
	if b[0].Err != nil || a[0].Refs[0] == b[0].Refs[0] {
		t.Errorf("%+v", b[0])
	}
	if n := w.count("Patient"); n != 2 {
		t.Errorf("%d patients", n)
	}
}

func TestAKeyIsTakenOnceAndNeverForOtherContent(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	hospital, keyed := w.system("hospital"), gateway.Body{Key: "file-1"}
	first := w.sendAs(hospital, keyed, row)
	w.send(hospital, strings.Replace(row, ",in,", ",out,", 1))
	again := w.sendAs(hospital, keyed, row)
	if again[0].Err != nil || !again[0].Replayed || fmt.Sprint(again[0].Refs) != fmt.Sprint(first[0].Refs) {
		t.Errorf("the same again: %+v", again[0])
	}
	if n := w.count("Encounter?status=finished"); n != 1 {
		t.Error("a message that came before has changed something")
	}
	other := w.sendAs(hospital, keyed, strings.Replace(row, "Nowak", "Kowal", 1))
	if told, ok := errors.AsType[*fhir.Error](other[0].Err); !ok || told.Kind != fhir.Conflict || !other[0].Kept {
		t.Errorf("other content under the key: %+v", other[0])
	}
	if n := w.count("Patient?family=Kowal"); n != 0 {
		t.Error("it was taken in")
	}
	if b := w.sendAs(w.system("practice"), keyed, row); b[0].Err != nil || b[0].Replayed {
		t.Errorf("keys belong to a sender: %+v", b[0])
	}
}

func TestVisitsOpenAndEndARelationship(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.bring(`{"resourceType":"Patient","id":"known","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"birthDate":"1980-02-03","generalPractitioner":[{"reference":"Organization/practice"}]}`)
	w.bring(`{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/known"},"code":{"text":"asthma"}}`)
	condition, doctor := fhir.Ref{Type: "Condition", ID: "c1"}, w.guard.As(w.clinician("hospital"))
	sees := func() bool { return strings.Contains(read(t.Context(), doctor, condition), "asthma") }
	if sees() {
		t.Fatal("a stranger sees the record")
	}
	w.send(w.system("hospital"), strings.Replace(row, ",in,", ",expected,", 1))
	if sees() {
		t.Error("a visit that is planned opens the record")
	}
	if o := w.send(w.system("hospital"), row); o[0].Err != nil {
		t.Fatal(o[0].Err)
	}
	w.clock.Add(int64(100 * time.Hour / time.Millisecond))
	if !sees() {
		t.Error("the visit lasts, and the record is closed")
	}
	if o := w.send(w.system("hospital"), strings.Replace(row, ",in,", ",out,", 1)); o[0].Err != nil {
		t.Fatal(o[0].Err)
	}
	w.clock.Add(int64(23 * time.Hour / time.Millisecond))
	if !sees() {
		t.Error("the record is closed before a day has passed")
	}
	w.clock.Add(int64(2 * time.Hour / time.Millisecond))
	if sees() {
		t.Error("the record is open a day after the end")
	}
	wrong := w.send(w.system("hospital"), strings.Replace(row, "v1,", "v2,", 1))
	if !sees() {
		t.Fatal("another visit does not open the record")
	}
	if _, err := gateway.Retract(t.Context(), w.guard.As(w.system("hospital")), wrong[0].Provenance); err != nil {
		t.Fatal(err)
	}
	if sees() {
		t.Error("a visit that never was leaves the record open")
	}
}

func TestARefusedRecordIsKeptAndTakenInWhenItIsMended(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	bad := strings.Replace(row, ",in,", ",lost,", 1)
	for range 2 { // the same again is kept once
		o := w.sendAs(w.system("hospital"), gateway.Body{Key: "f"}, bad, "v2,9990000026,Ali,1990-01-01,in,,")
		if o[0].Err == nil || !o[0].Kept || o[1].Err != nil {
			t.Fatalf("%+v", o)
		}
	}
	letters := w.find(w.operator(), "Task?code="+guard.SystemReview+"|"+guard.ReviewLetter+"&status=ready")
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	task, err := fhir.DecodeJSON(letters[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []guard.Caller{w.clinician("hospital"), w.system("hospital"), w.clinician("practice")} {
		if told := read(t.Context(), w.guard.As(c), task.Ref()); !strings.HasPrefix(told, "not-found") {
			t.Errorf("others than the operator see the letter: %s", told)
		}
		if _, err := w.local.Replay(t.Context(), w.guard, c, task.Ref(), nil); err == nil {
			t.Error("others than the operator replay it")
		}
	}
	letter, err := gateway.OpenLetter(t.Context(), w.guard.As(w.operator()), task.Ref())
	if err != nil || !strings.Contains(string(letter.Raw), bad) || letter.Definition != "visits" {
		t.Fatalf("%v %s", err, letter.Raw)
	}
	if told := string(letters[0]); strings.Contains(told, "Nowak") || !strings.Contains(told, "Status") {
		t.Errorf("the reason quotes the record, or does not say where: %s", told)
	}
	again, err := w.local.Replay(t.Context(), w.guard, w.operator(), task.Ref(), nil)
	if err != nil || again[0].Err == nil {
		t.Errorf("as it was it is refused again: %+v %v", again, err)
	}
	mended, err := w.local.Replay(t.Context(), w.guard, w.operator(), task.Ref(), bytes.Replace(letter.Raw, []byte("lost"), []byte("in"), 1))
	if err != nil || mended[0].Err != nil {
		t.Fatalf("%+v %v", mended, err)
	}
	if n := w.count("Task?code=" + guard.SystemReview + "|" + guard.ReviewLetter + "&status=ready"); n != 0 {
		t.Errorf("%d letters are left", n)
	}
	if _, err := w.local.Replay(t.Context(), w.guard, w.operator(), task.Ref(), nil); err == nil {
		t.Error("a letter that was dealt with is replayed")
	}
	if o := w.sendAs(w.system("hospital"), gateway.Body{Key: "f"}, bad); o[0].Err != nil || !o[0].Replayed {
		t.Errorf("its sender is not told that it was taken: %+v", o[0])
	}
}

func TestADoorDoesOnlyWhatItsCallerMay(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	narrow := w.system("hospital")
	narrow.Scopes = w.scopes("system/Patient.cu system/Encounter.cu")
	stranger := w.system("nowhere")
	research := w.system("hospital")
	research.Purposes = []string{"HRESCH"}
	for name, c := range map[string]guard.Caller{"a type outside the scopes": narrow, "an unknown organisation": stranger, "care for research": research, "the operator": w.operator()} {
		o := w.send(c, row)
		if told, ok := errors.AsType[*fhir.Error](o[0].Err); !ok || told.Kind != fhir.Forbidden {
			t.Errorf("%s: %+v", name, o[0])
		}
	}
	if n := w.count("Patient") + w.count("Task"); n != 0 {
		t.Errorf("%d things are kept", n)
	}
	door := w.sendAs(narrow, gateway.Body{Door: "pas"}, row)
	if n := w.count("Task?code=" + guard.SystemReview + "|" + guard.ReviewLetter); !door[0].Kept || n != 1 {
		t.Errorf("what a configured door may not is kept for the operator: %d", n)
	}
}

func TestWhatIsKeptGoesBackToItsSenderAlone(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	o := w.send(w.system("hospital"), row)
	patient := o[0].Refs[0]
	w.send(w.system("practice"), "x,9990000018,Nowak,1980-02-03,in,,")
	back := func(c guard.Caller, ref fhir.Ref) string {
		d, media, err := w.local.Convert(t.Context(), w.guard.As(c), ref, "visits")
		if err != nil {
			return err.Error()
		}
		var b bytes.Buffer
		_, _ = d.WriteTo(&b)
		return media + "\n" + b.String()
	}
	if got := back(w.system("hospital"), patient); !strings.Contains(got, "v1,") || !strings.Contains(got, "penicillin") || !strings.Contains(got, "7B") {
		t.Errorf("the sender: %s", got)
	}
	if got := back(w.operator(), patient); !strings.Contains(got, "penicillin") || strings.Contains(got, "7B") {
		t.Errorf("the operator: %s", got)
	}
	absent := back(w.clinician("practice"), fhir.Ref{Type: "Patient", ID: "nobody"})
	if got := back(w.clinician("nowhere"), patient); got != absent {
		t.Errorf("a stranger: %s", got)
	}
	less := w.clinician("hospital")
	less.Scopes = w.scopes("user/Patient.rs user/Encounter.rs user/Provenance.rs")
	if got := back(less, patient); strings.Contains(got, "penicillin") || strings.Contains(got, "7B") {
		t.Errorf("somebody who sees less of it: %s", got)
	}
}

func TestAWrongMessageIsEnteredInErrorWithAllThatItAloneMade(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	hospital := w.system("hospital")
	wrong := w.sendAs(hospital, gateway.Body{Key: "wrong"}, row)
	right := w.send(hospital, "v2,9990000018,Nowak,1980-02-03,in,,")
	if _, err := gateway.Retract(t.Context(), w.guard.As(w.clinician("practice")), wrong[0].Provenance); err == nil {
		t.Error("a stranger takes it back")
	}
	done, err := gateway.Retract(t.Context(), w.guard.As(hospital), wrong[0].Provenance)
	if err != nil {
		t.Fatal(err)
	}
	got := map[fhir.Type]gateway.Retraction{}
	for _, one := range done {
		got[one.Ref.Type] = one.What
	}
	if want := map[fhir.Type]gateway.Retraction{"Patient": gateway.RetractLeft, "Encounter": gateway.RetractMarked, "AllergyIntolerance": gateway.RetractMarked}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
	if n := w.count("Encounter?status=entered-in-error"); n != 1 {
		t.Errorf("%d visits in error", n)
	}
	if n := w.count("AllergyIntolerance?verification-status=entered-in-error"); n != 1 {
		t.Errorf("%d allergies in error", n)
	}
	if again := w.sendAs(hospital, gateway.Body{Key: "wrong"}, row); !again[0].Replayed || w.count("Encounter?status=entered-in-error") != 1 {
		t.Errorf("sent again it is there again: %+v", again[0])
	}
	if _, err := gateway.Retract(t.Context(), w.guard.As(hospital), fhir.Ref{Type: "Provenance", ID: "nothing"}); err == nil {
		t.Error("what is not there is taken back")
	}
	if told := read(t.Context(), w.guard.As(hospital), right[0].Refs[1]); !strings.Contains(told, "in-progress") {
		t.Errorf("another message's visit: %s", told)
	}
}

func TestAMessageIsKeptHoweverLongItIs(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	raw := bytes.Repeat([]byte("OBX|1|ED|long\r"), 500_000)
	told, err := gateway.Ingest(t.Context(), w.guard.As(w.system("hospital")), gateway.Message{Fault: fhir.Errorf(fhir.TooLong, "too long"), Door: "pas", Media: "text/plain", Raw: raw})
	if err == nil || !told.Kept {
		t.Fatal(err)
	}
	letters := w.find(w.operator(), "Task?code="+guard.SystemReview+"|"+guard.ReviewLetter)
	task, err := fhir.DecodeJSON(letters[0])
	if err != nil {
		t.Fatal(err)
	}
	letter, err := gateway.OpenLetter(t.Context(), w.guard.As(w.operator()), task.Ref())
	if err != nil || !bytes.Equal(letter.Raw, raw) {
		t.Errorf("it was not kept whole: %v, %d bytes", err, len(letter.Raw))
	}
}

func TestOneMessageFromManySendersAtOnceIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	hospital, answers := w.system("hospital"), make(chan gateway.Outcome, 8)
	for range cap(answers) {
		go func() {
			body := []byte("Visit,NHS,Surname,Born,Status,Allergy,Ward\n" + row + "\n")
			outcomes, err := w.local.Take(t.Context(), w.guard.As(hospital), gateway.Body{Definition: "visits", Bytes: body, Key: "k", Care: guard.CareByVisits})
			if err != nil {
				outcomes = []gateway.Outcome{{Err: err}}
			}
			answers <- outcomes[0]
		}()
	}
	first := 0
	for range cap(answers) {
		o := <-answers
		if o.Err != nil {
			t.Error(o.Err)
		}
		if !o.Replayed {
			first++
		}
	}
	if n := w.count("Provenance"); first != 1 || n != 1 {
		t.Errorf("%d were the first, and there are %d Provenances", first, n)
	}
}
