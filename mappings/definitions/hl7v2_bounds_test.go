package definitions_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/mappings"
	"concord/mappings/definitions"
	"concord/mappings/hl7v2"
)

// TestALongMessageIsMappedInProportion maps the most that the parser lets through. Each would take minutes if any step went over
// the message once for each of its parts; the guard is that generous.
func TestALongMessageIsMappedInProportion(t *testing.T) {
	t.Parallel()
	d, err := definitions.Load("hl7v2-adt")
	if err != nil {
		t.Fatal(err)
	}
	const head = "MSH|^~\\&|PAS|HOSPITAL|C|X|20260301090000||ADT^A01|1|P|2.5\rEVN|A01|20260301090000\r"
	const n = 4900
	for name, text := range map[string]string{
		"numbers":                  "PID|1||" + strings.Repeat("1^^^H~", n) + "2^^^H||NOWAK^MAJA\r",
		"numbers that fail":        "PID|1||" + strings.Repeat("12^^^NHS~", n) + "2^^^H||NOWAK^MAJA\r",
		"codes without a row":      "PID|1||2^^^H||NOWAK^MAJA||||||||" + strings.Repeat("1^XXX^YY~", n) + "1\r",
		"names":                    "PID|1||2^^^H||" + strings.Repeat("A^B^C~", n) + "D\r",
		"next of kin":              "PID|1||2^^^H||NOWAK^MAJA\r" + strings.Repeat("NK1|1|A^B|SPO\r", n),
		"segments that nobody has": "PID|1||2^^^H||NOWAK^MAJA\r" + strings.Repeat("ZXX|1|A^B|SPO\r", 3*n),
		"dates that are none":      "PID|1||2^^^H||NOWAK^MAJA\r" + strings.Repeat("NK1|1|A^B|SPO|||||20260231\r", n),
	} {
		m, err := hl7v2.Parse([]byte(head+text+"PV1|1|I|7B||||||||||||||||V1\r"), hl7v2.Limits{})
		if err != nil {
			t.Fatal(name, err)
		}
		done := make(chan error, 1)
		go func() {
			result, err := d.ToFHIR(m.Tree(hl7v2.GroupsOf(m)...), mappings.Context{})
			if warnings, _ := result.Warnings(); len(warnings) > 50 {
				err = errors.New("more warnings than anybody reads")
			}
			result.Report()
			done <- err
		}()
		select {
		case err := <-done:
			if told, ok := errors.AsType[*fhir.Error](err); err != nil && (!ok || len(told.Issues) > 50) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(time.Minute):
			t.Errorf("%s: not mapped in a minute", name)
		}
	}
}
