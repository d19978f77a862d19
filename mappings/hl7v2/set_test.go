package hl7v2_test

import (
	"errors"
	"testing"

	"concord/fhir"
	"concord/mappings/hl7v2"
)

func TestSettingChangesThatValueAlone(t *testing.T) {
	t.Parallel()
	head := "MSH|^~\\&|A||\r\n"
	for _, c := range []struct{ name, before, path, text, want string }{
		{"a whole field", "PID|1|x|\\X41\\\n", "PID-2", "y", "PID|1|y|\\X41\\\n"},
		{"a component among others", "PID|a^b^c|\n", "PID-1.2", "y", "PID|a^y^c|\n"},
		{"a repetition among others", "PID|a~b^^~c||\n", "PID-1(2)", "y", "PID|a~y^^~c||\n"},
		{"a sub-component", "PID|a^b&c\n", "PID-1.2.2", "y", "PID|a^b&y\n"},
		{"a component that was not there", "PID|a|b\n", "PID-1.3", "y", "PID|a^^y|b\n"},
		{"a field that was not there", "PID|a", "PID-4.2.2", "y", "PID|a|||^&y"},
		{"a repetition that was not there", "PID|a|b", "PID-1(3).2", "y", "PID|a~~^y|b"},
		{"a segment that was not there", "PID|a", "NK1-2", "y", "PID|a\r\nNK1||y\r\n"},
		{"emptied", "PID|a|b^c||", "PID-2.1", "", "PID|a|^c||"},
		{"the same text as it is written already", "PID|\\X41\\\\H\\b\\N\\#", "PID-1", "Ab#", "PID|\\X41\\\\H\\b\\N\\#"},
		{"text that has to be escaped", "PID|a", "PID-1", "a|\r\n\"", "PID|a\\F\\\\X0D\\\\.br\\\""},
		{"the quotes that would say null", "PID|a", "PID-1", `""`, "PID|\\X2222\\"},
		{"null made text", "PID|\"\"", "PID-1", "y", "PID|y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := parse(t, head+c.before)
			p, err := hl7v2.ParsePath(c.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Set(p, c.text); err != nil {
				t.Fatal(err)
			}
			if got := string(m.Bytes()); got != head+c.want {
				t.Errorf("got %q, want %q", got, head+c.want)
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, message, path, text string }{
		{"how the message is written", admit, "MSH-2", "#"},
		{"its character set", admit, "MSH-18", "ASCII"},
		{"a segment as a whole", admit, "PID", "x"},
		{"a segment that skips one", admit, "NK1(5)-1", "x"},
		{"another header", admit, "BHS-3", "x"},
		{"a second header", admit, "MSH(2)-3", "x"},
		{"a level that has no separator", "MSH|^\rPID|1\r", "PID-1(2)", "x"},
		{"text that cannot be escaped", "MSH|^\rPID|1\r", "PID-1", "a|b"},
		{"a character outside the set", "MSH|^~\\&||||||||||||||||8859/1\rPID|1\r", "PID-1", "€"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := parse(t, c.message)
			p, err := hl7v2.ParsePath(c.path)
			if err != nil {
				t.Fatal(err)
			}
			err = m.Set(p, c.text)
			if e, ok := errors.AsType[*fhir.Error](err); !ok || e.Kind != fhir.Value {
				t.Errorf("error is %v, want one of kind %s", err, fhir.Value)
			}
			if string(m.Bytes()) != c.message {
				t.Error("what was refused changed the message")
			}
		})
	}
}

func TestMessageIsBuiltFromNothing(t *testing.T) {
	t.Parallel()
	m := hl7v2.NewMessage()
	for path, text := range map[string]string{"MSH-9": "ADT"} {
		p, _ := hl7v2.ParsePath(path)
		if err := m.Set(p, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.SetNull(hl7v2.Path{Segment: "PID", Field: 8}); err != nil {
		t.Fatal(err)
	}
	const want = "MSH|^~\\&|||||||ADT|||||||||UNICODE UTF-8\rPID||||||||\"\"\r"
	if got := string(m.Bytes()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !parse(t, want).Get(hl7v2.Path{Segment: "PID", Field: 8}).Null() {
		t.Error("null is read as something else")
	}
}

func TestPathsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"PID", "OBX(3)", "PID-3", "PID-3(2)", "ZX1(2)-3(2).4", "PID-3(2).4.2", "PID-3.1.1"} {
		p, err := hl7v2.ParsePath(good)
		if err != nil || p.String() != good {
			t.Errorf("%s is read as %s, %v", good, p, err)
		}
	}
	for _, bad := range []string{
		"", "PI", "pid-3", "PID3", "PID-", "PID-0", "PID-03", "PID-3.", "PID-3.1.1.1", "PID-3(", "PID-3()", "PID-3(0)",
		"PID-3(2", "PID()-1", "PID-3 ", "PID-100000", "Patient.name",
	} {
		if p, err := hl7v2.ParsePath(bad); err == nil {
			t.Errorf("%q is read as %s", bad, p)
		}
	}
}

func TestGroupsReachToTheNextOne(t *testing.T) {
	t.Parallel()
	m := parse(t, "MSH|^~\\&|A\rPID|1\rOBR|1\rOBX|1\rOBX|2\rOBR|2\rOBX|3\r")
	before, groups := hl7v2.Groups(m.Segments(), "OBR")
	if len(before) != 2 || len(groups) != 2 || len(groups[0]) != 3 || len(groups[1]) != 2 {
		t.Fatalf("got %d before and %d groups", len(before), len(groups))
	}
	if got := groups[1][1].Field(1).Text(); got != "3" {
		t.Errorf("the second group has OBX %s", got)
	}
	if before, groups := hl7v2.Groups(m.Segments(), "ORC"); len(before) != 7 || groups != nil {
		t.Error("groups were made of nothing")
	}
}
