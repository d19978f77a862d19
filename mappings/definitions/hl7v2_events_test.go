package definitions_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/hl7v2"
)

// message maps one message by a definition; the result is by the names of its resources.
func message(t *testing.T, definition, text string) map[string][]fhir.Node {
	t.Helper()
	made := map[string][]fhir.Node{}
	result, err := mapped(t, definition, text)
	if err != nil {
		t.Fatal(told(err))
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	for i, m := range result.Made {
		made[m.Name] = append(made[m.Name], resources[i].Root())
	}
	return made
}

func mapped(t *testing.T, definition, text string) (mappings.Result, error) {
	t.Helper()
	d, err := definitions.Load(definition)
	if err != nil {
		t.Fatal(told(err))
	}
	tree := parsed(t, []byte(text))
	if !d.Takes(tree) {
		t.Fatal(mappings.Untaken([]*mappings.Definition{d}, tree))
	}
	if err := d.Prove(tree); err != nil {
		return mappings.Result{}, err
	}
	return d.ToFHIR(tree, mappings.Context{})
}

// header is the MSH of an event.
func header(event string) string {
	return "MSH|^~\\&|PAS|RXX01|CONCORD|HUB|20250602081500||" + event + "|MSG1|P|2.5.1\r"
}

func TestTheStatusOfAVisitIsWhatItsEventDoesToTheCareRelationship(t *testing.T) {
	t.Parallel()
	const here, left = "|20250602074512", "|20250602074512|20250603090000"
	for _, c := range []struct{ name, event, class, times, want string }{
		{"an admission begins it", "A01", "I", "", "in-progress"},
		{"a transfer goes on with it", "A02", "I", here, "in-progress"},
		{"a discharge ends it", "A03", "I", "", "finished"},
		{"a registration begins it", "A04", "O", "", "in-progress"},
		{"a pre-admission plans it", "A05", "P", here, "planned"},
		{"an update of somebody who is here goes on with it", "A08", "I", here, "in-progress"},
		{"an update of somebody who has left does not begin it again", "A08", "I", left, "finished"},
		{"an update that knows no admission says nothing", "A08", "O", "", "unknown"},
		{"an update of a pre-admission plans it", "A08", "P", here, "planned"},
		{"a cancelled admission ends it", "A11", "I", here, "cancelled"},
		{"a cancelled discharge goes on with it", "A13", "I", here, "in-progress"},
		{"new details of a person say nothing of a visit", "A31", "O", "", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := header("ADT^"+c.event) + "PID|||1^^^RXX01\rPV1||" + c.class + strings.Repeat("|", 17) + "V1" + strings.Repeat("|", 24) + c.times + "\r"
			visit := message(t, "hl7v2-adt", text)["visit"]
			if len(visit) != 1 || visit[0].Get("status").Text() != c.want {
				t.Errorf("the visits are %v, and not %s", visit, c.want)
			}
		})
	}
	if made := message(t, "hl7v2-adt", header("ADT^A28")+"PID|||1^^^RXX01\rPV1||N\r"); made["visit"] != nil {
		t.Error("a person who is only registered has a visit")
	}
}

func TestAMergeLinksBothRecordsAndItsReversalFreesThem(t *testing.T) {
	t.Parallel()
	merged := message(t, "hl7v2-merge", header("ADT^A40^ADT_A39")+"PID|||1^^^RXX01||Begum^Amina\rMRG|2^^^RXX01\rPID|||3^^^RXX01\rMRG|4^^^RXX01\r")
	admitted := message(t, "hl7v2-adt", header("ADT^A01")+"PID|||2^^^RXX01||Begum^Amina\r")
	survivor, replaced := merged["survivor"], merged["replaced"]
	if len(survivor) != 2 || len(replaced) != 2 {
		t.Fatal(len(survivor), "survive and", len(replaced), "are replaced")
	}
	for i := range survivor {
		for _, way := range []struct {
			from, to     fhir.Node
			link, active string
		}{{survivor[i], replaced[i], "replaces", "true"}, {replaced[i], survivor[i], "replaced-by", "false"}} {
			got := []string{linkOf(way.from, "type"), linkOf(way.from, "other", "reference"), way.from.Get("active").Text()}
			want := []string{way.link, "Patient/" + way.to.Get("id").Text(), way.active}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	}
	if admitted["patient"][0].Get("id").Text() != replaced[0].Get("id").Text() {
		t.Error("the patient who is replaced is not the one who was admitted")
	}
	for name, reversed := range map[string][]fhir.Node{
		"an unlink":           message(t, "hl7v2-merge", header("ADT^A37")+"PID|||1^^^RXX01\rPID|||2^^^RXX01\r")["survivor"],
		"the other way round": message(t, "hl7v2-merge", header("ADT^A40^ADT_A39")+"PID|||2^^^RXX01\rMRG|1^^^RXX01\r")["survivor"],
	} {
		freed := false
		for _, r := range reversed {
			freed = freed || r.Get("id").Text() == replaced[0].Get("id").Text() && r.Get("active").Text() == "true" && linkOf(r, "type") != "replaced-by"
		}
		if !freed {
			t.Error(name, "leaves the second record replaced")
		}
	}
}

// linkOf is a text of the one link of a Patient.
func linkOf(n fhir.Node, path ...string) string {
	for v := range n.All(append([]string{"link"}, path...)...) {
		return v.Text()
	}
	return ""
}

func TestWhatIsSentAgainUpdates(t *testing.T) {
	t.Parallel()
	const report = "PID|||1^^^RXX01\rOBR|1||F1^LAB|GLU^Glucose|||20250602080000||||||||||||||||||P\r"
	refs := func(text string) []string {
		result, err := mapped(t, "hl7v2-oru", text)
		if err != nil {
			t.Fatal(told(err))
		}
		var all []string
		for _, m := range result.Made {
			all = append(all, m.Ref.String())
		}
		return all
	}
	first := refs(header("ORU^R01") + report + "OBX|1|NM|A^a^LN||1|mmol/L|||||P\rOBX|2|NM|B^b^LN||2|mmol/L|||||P\r")
	corrected := refs(header("ORU^R01") + report + "OBX|1|NM|B^b^LN||3|mmol/L|||||C\rOBX|2|NM|A^a^LN||1|mmol/L|||||F\r")
	if diff := cmp.Diff(first[:2], corrected[:2]); diff != "" || first[2] != corrected[3] || first[3] != corrected[2] {
		t.Errorf("a correction in another order makes others: %v and %v", first, corrected)
	}
	twice := refs(header("ORU^R01") + report + "OBX|1|TX|N^note||one line||||||F\rOBX|2|TX|N^note||another||||||F\r")
	if len(twice) != 4 || twice[2] == twice[3] {
		t.Errorf("two lines are one: %v", twice)
	}
}

func TestMessagesThatAreRefusedSayWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, definition, text, want string }{
		{"an NHS number with a wrong check digit", "hl7v2-adt", header("ADT^A31") + "PID|||1^^^RXX01~9434765918^^^NHS^NH\r", "PID-3(2)"},
		{"a person without a number", "hl7v2-adt", header("ADT^A31") + "PID|||^^^RXX01||Begum\r", "PID-3.1"},
		{"an appointment without a number", "hl7v2-siu", header("SIU^S12") + "SCH|||||||NEW\rPID|||1^^^RXX01\r", "SCH-2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := mapped(t, c.definition, c.text)
			if err == nil {
				t.Fatal("it is taken")
			}
			if got, _, _ := strings.Cut(placed(t, err), " "); !strings.HasPrefix(got, c.want) {
				t.Errorf("it is refused at %s, and not at %s", got, c.want)
			}
		})
	}
}

func TestResultsOfTwoPatientsAreNotTaken(t *testing.T) {
	t.Parallel()
	m, err := hl7v2.Parse([]byte(header("ORU^R01")+"PID|||1\rOBR|1||F1|G\rPID|||2\rOBR|1||F2|G\r"), hl7v2.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := definitions.Load("hl7v2-oru")
	if err != nil {
		t.Fatal(told(err))
	}
	if d.Takes(m.Tree(hl7v2.GroupsOf(m)...)) {
		t.Error("the results of the second patient would be read as those of the first")
	}
}

func TestConfidentialityAndChoicesAreNotWidenedByAMessage(t *testing.T) {
	t.Parallel()
	made := message(t, "hl7v2-adt", header("ADT^A31")+"PID|||1^^^RXX01\rPD1||||||||||||Y\r"+
		"CON|1|001|||||||||R\rCON|2|001^Release|||||||||A\rCON|3|002^Procedure|||||||||A\r")
	if label := made["patient"][0].Get("meta").Get("security"); !strings.Contains(string(label.Bytes()), `"code":"R"`) {
		t.Error("somebody protected is not labelled restricted")
	}
	var got []string
	for _, c := range made["consent"] {
		scope := ""
		for v := range c.All("scope", "coding", "code") {
			scope = v.Text()
		}
		got = append(got, scope+" "+c.Get("status").Text()+" "+c.Get("provision").Get("type").Text())
	}
	if diff := cmp.Diff([]string{"patient-privacy active deny", "patient-privacy proposed permit", "treatment active "}, got); diff != "" {
		t.Error(diff)
	}
}
