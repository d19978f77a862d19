package mappings_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/mappings"
	"concord/mappings/hl7v2"
)

const admission = "MSH|^~\\&|PAS|RXX01|CONCORD|HUB|20250602081500||ADT^A01^ADT_A01|MSG00042|P|2.5.1|||AL|NE|GBR|UNICODE UTF-8|en\r" +
	"EVN|A01|20250602081500|||C08^Woolf^Kathleen^^^Dr\r" +
	"PID|1||RXX-778812^^^RXX01^MR~9434765919^^^NHS^NH||Begum^Amina^Jane^^Mrs^^L~Khan^Amina^^^^^M||19551230|F|||12 Mill Lane^Flat 3^Sodbury^Avon^BS37 6QW^GBR^H||01632960111^PRN^PH~07700900222^PRN^CP|01632960999|en|M|MUS|ACC-5521||||||||||||N\r" +
	"PD1|||MILL STREET SURGERY^^A81001|G9988776^Osei^Ama^^^Dr\r" +
	"NK1|1|Begum^Karim|SON^son^HL70063|14 Mill Lane^^Sodbury^^BS37 6QW|07700900333||C\r" +
	"NK1|2|Patel^Joan|FND^friend^HL70063||07700900444\r" +
	"AL1|1|DA|387207008^Penicillin^SCT|SV|Rash~Swelling|20100401\r" +
	"PV1|1|I|MAU^Bay 2^Bed 4^RXX01^^^^^Medical Assessment Unit|E|||C08^Woolf^Kathleen^^^Dr|||300||||19|||||VIS-99120|||||||||||||||||||||||||20250602074512\r" +
	"ZBE|MOV-1|20250602074512||INSERT|N\r"

func adt(t testing.TB) *mappings.Definition {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "adt.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return load(t, string(source))
}

func parse(t testing.TB, data []byte) *hl7v2.Message {
	t.Helper()
	m, err := hl7v2.Parse(data, hl7v2.Limits{})
	if err != nil {
		t.Fatal(told(err))
	}
	return m
}

func TestAMessageComesBackByteForByte(t *testing.T) {
	t.Parallel()
	d := adt(t)
	tree := parse(t, []byte(admission)).Tree()
	if err := d.Prove(tree); err != nil {
		t.Fatal(told(err))
	}
	result, err := d.ToFHIR(tree, mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	resources, err := result.Resources()
	if err != nil {
		t.Fatal(told(err))
	}
	again, _, err := d.FromFHIR(resources, result.Kept())
	if err != nil {
		t.Fatal(told(err))
	}
	printed, err := hl7v2.FromTree(again)
	if err != nil {
		t.Fatal(told(err))
	}
	if got := printed.Bytes(); string(got) != admission {
		t.Errorf("it came back as\n%s", bytes.ReplaceAll(got, []byte("\r"), []byte("\n")))
	}
}

func TestPublishedAdmissionsKeepTheLaws(t *testing.T) {
	t.Parallel()
	base := os.Getenv("CONCORD_SHARED")
	if base == "" {
		base = filepath.Join("..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(base, "samples", "hl7v2", "ADT*.hl7"))
	if err != nil || len(files) == 0 {
		t.Skip("needs the published samples: set CONCORD_SHARED")
	}
	d := adt(t)
	proved := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := hl7v2.Parse(data, hl7v2.Limits{})
		if err != nil {
			continue // told by hl7v2's own tests
		}
		tree := m.Tree()
		if _, err := d.ToFHIR(tree, mappings.Context{}); err != nil {
			continue // refused, with the reason
		}
		proved++
		if err := d.Prove(tree); err != nil {
			t.Error(filepath.Base(file), told(err))
		}
	}
	if proved < 10 {
		t.Errorf("only %d of %d messages were proved", proved, len(files))
	}
}

func TestGeneratedMessagesKeepTheLaws(t *testing.T) {
	t.Parallel()
	d := adt(t)
	for seed := range uint64(100) {
		if err := d.Prove(d.Generate(seed)); err != nil {
			t.Fatal(seed, told(err))
		}
	}
}

// BenchmarkMessage parses an admission of 1 kB and maps it to FHIR JSON.
func BenchmarkMessage(b *testing.B) {
	d := adt(b)
	data := []byte(admission)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	nodes := 0
	for b.Loop() {
		m, err := hl7v2.Parse(data, hl7v2.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		tree := m.Tree()
		nodes = tree.Len()
		if _, err := d.ToFHIR(tree, mappings.Context{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(nodes), "nodes")
}

// BenchmarkKept is what is kept of it besides.
func BenchmarkKept(b *testing.B) {
	d := adt(b)
	result, err := d.ToFHIR(parse(b, []byte(admission)).Tree(), mappings.Context{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		result.Kept()
	}
}

func TestADefinitionTakesTheRecordsThatItIsFor(t *testing.T) {
	t.Parallel()
	d := adt(t)
	if !d.Takes(parse(t, []byte(admission)).Tree()) {
		t.Error("an admission is not taken")
	}
	if d.Takes(parse(t, bytes.Replace([]byte(admission), []byte("ADT^A01"), []byte("ORU^R01"), 1)).Tree()) {
		t.Error("a result is taken")
	}
}

func TestRulesThatASampleNeverUsed(t *testing.T) {
	t.Parallel()
	d := adt(t)
	result, err := d.ToFHIR(parse(t, []byte(admission)).Tree(), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	used := map[string]bool{}
	for _, f := range result.Report().Fields {
		used[f.Element] = true
	}
	var unused []string
	for _, r := range d.Rules() {
		if !used[r.Element] {
			unused = append(unused, r.Element)
		}
	}
	want := []string{"Patient.name.suffix[0]", "Patient.deceased", "Encounter.period.end"}
	if diff := cmp.Diff(want, unused); diff != "" {
		t.Error(diff)
	}
}
