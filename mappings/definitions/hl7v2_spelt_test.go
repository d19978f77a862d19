package definitions_test

import (
	"bytes"
	"testing"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/hl7v2"
)

// TestTextsComeBackAsTheyWereSpelt sends escapes there and back that say nothing in FHIR, or could be written otherwise:
// in fields that are mapped, in those that are kept, and in repeats of both. What was changed meanwhile is written anew.
func TestTextsComeBackAsTheyWereSpelt(t *testing.T) {
	t.Parallel()
	const text = "MSH|^~\\&|PAS\\X41\\|RXX01|||20250602||ORU^R01|1|P|2.5.1\r" +
		"PID|||1^^^RXX01~2\\X41\\^^^RXX01||O\\X27\\Hara^S\\xe\\an~\\H\\O'Hara\\N\\^John|||||||01 \\F\\ 2~\\X30\\3\r" +
		"NTE|1||\\.sp2\\kept \\H\\whole\\N\\\r" +
		"OBR|1||F1^LAB|GLU^Glu\\X63\\ose|||20250602080000||||||||||||||||||F\r" +
		"OBX|1|FT|A^a||one\\.in+4\\\\.br\\two\\H\\three\\N\\||||||F\r" +
		"OBX|2|FT|A^a||one\\.in+4\\\\.br\\two\\H\\three\\N\\||||||F\r" +
		"NTE|1||a lone \\ here~\\X62\\\r"
	d, err := definitions.Load("hl7v2-oru")
	if err != nil {
		t.Fatal(told(err))
	}
	result, err := d.ToFHIR(parsed(t, []byte(text)), mappings.Context{})
	if err != nil {
		t.Fatal(told(err))
	}
	if again := returned(t, d, result); string(again.Bytes()) != text[:len(text)-1] && string(again.Bytes()) != text {
		t.Errorf("it came back as\n%s", bytes.ReplaceAll(again.Bytes(), []byte("\r"), []byte("\n")))
	}

	var changed []*fhir.Resource
	for _, m := range result.Made {
		r, err := fhir.DecodeJSON(bytes.Replace(m.JSON, []byte(`"O'Hara"`), []byte(`"Murphy"`), 1))
		if err != nil {
			t.Fatal(told(err))
		}
		changed = append(changed, r)
	}
	back, _, err := d.FromFHIR(changed, result.Kept())
	if err != nil {
		t.Fatal(told(err))
	}
	m, err := hl7v2.FromTree(back)
	if err != nil {
		t.Fatal(told(err))
	}
	if got := string(m.Segment("PID", 1).Field(5).Raw()); got != "Murphy^S\\xe\\an~\\H\\O'Hara\\N\\^John" {
		t.Errorf("the changed name is written as %s", got)
	}
}
