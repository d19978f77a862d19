package fhir

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// holdCertain fails when google/fhir refuses what was certain. It reports whether it was.
func holdCertain(t *testing.T, data []byte) bool {
	t.Helper()
	tree, err := plant(data, maxNodes)
	if err != nil || len(check(tree)) > 0 || !certain(tree) {
		return false
	}
	issues, err := decode(tree)
	if err != nil || len(issues) > 0 {
		t.Errorf("google/fhir refuses what was certain: %v %v\n%.2000s", issues, err, data)
	}
	return true
}

// odd are values to put in the place of others: each is right for some element, and wrong or unusual for most.
var odd = []string{
	`"x"`, `" x "`, `"a  b"`, `"1970"`, `"1970-01"`, `"1970-01-01"`, `"1970-13-01"`, `"2020-02-30"`, `"10:00:00"`, `"24:00:00"`, `"10:00:00.5"`,
	`"2020-01-01T10:00:00Z"`, `"2020-01-01T10:00:00.123456789Z"`, `"2020-01-01T10:00:00+14:00"`, `"2020-01-01T10:00:00+14:30"`,
	`"2020-01-01T10:00:00-23:00"`, `"2020-01-01T10:00:60Z"`, `"2020-01-01t10:00:00z"`, `"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`,
	`"http://a b"`, `"http://[x"`, `"http://a:b"`, `"http://a/%zz"`, `":x"`, `"://x"`, `"s://x"`, `"https"`, `"httpss://x"`, `"urn:oid:1.2"`, `"urn:oid:01.2"`, `"urn:uuid:0"`, `"%"`, `"https://é"`, `"http://"`,
	`"Patient/1"`, `"Device/1"`, `"Patient/1/_history/2"`, `"Patient/1/_history/a b"`, `"patient/1"`, `"Sequence/1"`, `"Foo/1"`, `"#x"`, `"#"`, `"Patient/"`,
	`"/1"`, `"/"`, `"http://x/Patient/1"`, `"Patient/a/b"`, `"a/b/_history/"`, `"Resource/1"`, `"DomainResource/1"`, `"QualifiedValue/1"`,
	`"AAAA"`, `"AAA="`, `"AA A"`, `"A"`, `"AAAA\n"`, `"AAAA AAAA"`, `"\u0041AAA"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\t"`, `"text/plain"`, `"active"`, `"ACTIVE"`,
	`1`, `0`, `-1`, `-0`, `1.0`, `1e2`, `1E400`, `-1.50e-3`, `2147483647`, `2147483648`, `4294967296`, `0.00000000000000000001`, `true`, `false`,
	`{"reference":"Device/1"}`, `{"reference":"Patient/1","type":"Patient"}`, `{"display":"x"}`, `{"extension":[{"url":"u","valueReference":{"reference":"Device/1"}}]}`,
	`{"id":"x"}`, `{"coding":[{"code":"x"}]}`, `[1]`, `["x"]`, `[{"id":"x"}]`, `[null]`, `null`, `{}`, `[]`,
}

// changed puts something odd in the place of a value, or takes a member away, or puts another resource there.
func changed(r *rand.Rand, data []byte) []byte {
	tree, err := plant(data, maxNodes)
	if err != nil {
		return data
	}
	n := tree.nodes[1+r.IntN(max(1, len(tree.nodes)-1))]
	if n.name == "resourceType" {
		return data
	}
	if n.kind == Object && n.name == "" && r.IntN(3) == 0 { // an entry twice
		return slices.Concat(data[:n.end], []byte(","), data[n.start:n.end], data[n.end:])
	}
	return slices.Concat(data[:n.start], []byte(odd[r.IntN(len(odd))]), data[n.end:])
}

// TestGoogleFHIRAcceptsWhatIsCertain is the evidence that it need not be asked.
func TestGoogleFHIRAcceptsWhatIsCertain(t *testing.T) {
	t.Parallel()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	names, err := filepath.Glob(filepath.Join(shared, "fhir-r4", "examples", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("the official examples are not beside the repository: set CONCORD_SHARED to their folder")
	}
	r := rand.New(rand.NewPCG(1, uint64(len(names))))
	sure, small := 0, 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if holdCertain(t, data) {
			sure++
		}
		if len(data) > 10_000 {
			continue
		}
		small++
		for range changes {
			holdCertain(t, changed(r, data))
		}
	}
	if sure*2 < len(names) {
		t.Errorf("of %d examples only %d are certain", len(names), sure)
	}
}

// changes is how often each example is changed.
const changes = 10

func TestCertainIsAskedOfEachPrimitive(t *testing.T) {
	t.Parallel()
	types := map[string]bool{}
	for name, e := range shapeOf(resourceShape("Observation").md).elements()["extension"].of.elements() {
		if e.base != "value" {
			continue
		}
		for _, value := range odd {
			body := fmt.Sprintf(`{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"u",%q:%s}]}`, name, value)
			if holdCertain(t, []byte(body)) {
				types[name] = true
			}
		}
	}
	for _, name := range []string{
		"valueBoolean", "valueCode", "valueUri", "valueUrl", "valueCanonical", "valueDate", "valueDateTime", "valueInstant",
		"valueTime", "valueDecimal", "valueInteger", "valuePositiveInt", "valueUnsignedInt", "valueBase64Binary", "valueId", "valueString", "valueMarkdown",
	} {
		if !types[name] {
			t.Errorf("nothing that %s may be is certain", name)
		}
	}
}

func FuzzCertain(f *testing.F) {
	for _, value := range odd {
		f.Add(bytes.TrimSpace([]byte(`{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/1"},"note":[{"text":` + value + `,"time":` + value + `}]}`)))
	}
	f.Add([]byte(`{"resourceType":"Binary","contentType":"text/plain","data":"` + strings.Repeat("A", 40) + `"}`))
	f.Fuzz(func(t *testing.T, data []byte) { holdCertain(t, data) })
}
