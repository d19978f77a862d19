package hl7v2_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"concord/fhir"
	"concord/mappings/hl7v2"
)

const admit = "MSH|^~\\&|WARD|NORTH|HUB|REGION|20260301120000||ADT^A01^ADT_A01|M1|P|2.5.1|||AL|NE||UNICODE UTF-8\r" +
	"EVN|A01|20260301120000\r" +
	"PID|1||4010232137^^^NHS^NH~H77^^^NORTH^MR||Okafor^Amina^^^Ms||19830514|F|||1 Mill Lane^^Leeds^^LS1 4AB\r" +
	"NK1|1|Okafor^Ben|SPO\r" +
	"PV1|1|I|W4^B2^1&A&B|||||||||||\"\"\r" +
	"ZPC|plan\\T\\goals|x\r"

func parse(t testing.TB, text string) *hl7v2.Message {
	t.Helper()
	m, err := hl7v2.Parse([]byte(text), hl7v2.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func get(t testing.TB, m *hl7v2.Message, path string) hl7v2.Value {
	t.Helper()
	p, err := hl7v2.ParsePath(path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return m.Get(p)
}

func TestPublishedMessagesPrintAsTheyCame(t *testing.T) {
	t.Parallel()
	for name, data := range published(t) {
		m, err := hl7v2.Parse(data, hl7v2.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(m.Bytes(), data) {
			t.Errorf("%s is printed otherwise", name)
		}
		// The same from the segments, as after a change.
		if err := m.Set(hl7v2.Path{Segment: "ZZZ", Field: 1}, "x"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.HasPrefix(m.Bytes(), data) {
			t.Errorf("%s: a segment added at the end changed what stands before it", name)
		}
		file, err := hl7v2.ParseFile(data, hl7v2.FileLimits{})
		if err != nil || !bytes.Equal(file.Bytes(), data) {
			t.Errorf("%s as a file: %v", name, err)
		}
	}
}

func TestValuesAreFoundByPath(t *testing.T) {
	t.Parallel()
	m := parse(t, admit)
	for _, c := range []struct{ path, want string }{
		{"MSH-1", "|"},
		{"MSH-2", "^~\\&"},
		{"MSH-3", "WARD"},
		{"MSH-9.2", "A01"},
		{"PID-3", "4010232137"},
		{"PID-3.1", "4010232137"},
		{"PID-3(2).1", "H77"},
		{"PID-3(2).4", "NORTH"},
		{"PID-3(3).4", ""},
		{"PID-5.2", "Amina"},
		{"PID-5.2.1", "Amina"},
		{"PID-5.2.2", ""},
		{"PID-7.1.1", "19830514"},
		{"PID-99", ""},
		{"NK1-3", "SPO"},
		{"NK1(2)-3", ""},
		{"PV1-3.3", "1"},
		{"PV1-3.3.3", "B"},
		{"PV1-14", ""},
		{"ZPC-1", "plan&goals"},
		{"ZZZ-1", ""},
	} {
		if got := get(t, m, c.path).Text(); got != c.want {
			t.Errorf("%s is %q, want %q", c.path, got, c.want)
		}
	}
	if v := get(t, m, "PV1-14"); !v.Null() || v.Empty() {
		t.Error("a value that says \"nothing\" is null, and not empty")
	}
	if v := get(t, m, "PV1-13"); v.Null() || !v.Empty() {
		t.Error("a value that says nothing is empty, and not null")
	}
	if m.Type() != "ADT" || m.Event() != "A01" || m.Version() != "2.5.1" || m.ControlID() != "M1" {
		t.Errorf("header: %s %s %s %s", m.Type(), m.Event(), m.Version(), m.ControlID())
	}
}

func TestLayoutIsKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text string }{
		{"carriage returns", "MSH|^~\\&|A\rPID|1\r"},
		{"line feeds", "MSH|^~\\&|A\nPID|1\n"},
		{"both", "MSH|^~\\&|A\r\nPID|1\r\n"},
		{"mixed", "MSH|^~\\&|A\rPID|1\nPV1|1\r\n"},
		{"no end after the last", "MSH|^~\\&|A\rPID|1"},
		{"blank lines", "\r\nMSH|^~\\&|A\r\r\rPID|1\n\n"},
		{"a byte order mark", "\xef\xbb\xbfMSH|^~\\&|A\rPID|1\r"},
		{"trailing separators", "MSH|^~\\&|A|||\rPID|1||a^^~^&&~|||\r"},
		{"a name alone", "MSH|^~\\&|A\rPID\r"},
		{"other encoding characters", "MSH$%*?!#$A\rPID$1$a%b!c*d\r"},
		{"an escape character written twice", "MSH|^~\\\\&|A\rPID|a&b\r"},
		{"a component separator alone", "MSH|^\rPID|a~b\\&\r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := string(parse(t, c.text).Bytes()); got != c.text {
				t.Errorf("printed %q, want %q", got, c.text)
			}
		})
	}
}

func TestEncodingCharactersAreThoseOfTheMessage(t *testing.T) {
	t.Parallel()
	m := parse(t, "MSH$%*?!@$A\rPID$1$a%b!c*d?S?e$long te@\r")
	for path, want := range map[string]string{"PID-2.2.2": "c", "PID-2(2)": "d%e", "PID-3": "long te"} {
		if got := get(t, m, path).Text(); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if !get(t, m, "PID-3").Truncated() || get(t, m, "PID-1").Truncated() {
		t.Error("the mark of cut-off text is not told apart")
	}
	few := parse(t, "MSH|^\rPID|a~b\\&\r")
	if got := get(t, few, "PID-1").Text(); got != `a~b\&` {
		t.Errorf("what is not declared separated something: %q", got)
	}
}

func TestCharacterSets(t *testing.T) {
	t.Parallel()
	head := "MSH|^~\\&||||||||||||||||"
	for _, c := range []struct{ name, set, raw, want string }{
		{"UTF-8", "UNICODE UTF-8", "Zoë", "Zoë"},
		{"nothing said, in UTF-8", "", "Zoë", "Zoë"},
		{"Latin 1", "8859/1", "Zo\xeb", "Zoë"},
		{"Latin 2, by another name", "iso-8859-2", "\xa3\xf3d\xbc", "Łódź"},
		{"Latin 9", "8859/15", "\xa4", "€"},
		{"Cyrillic", "8859/5", "\xbc\xde\xe1\xda\xd2\xd0", "Москва"},
		{"ASCII", "ASCII", "Zoe", "Zoe"},
		{"the first of several", "8859/1~ISO IR87", "\xeb", "ë"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := get(t, parse(t, head+c.set+"\rPID|"+c.raw+"\r"), "PID-1").Text(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBadMessagesAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	head := "MSH|^~\\&|A\r"
	small := hl7v2.Limits{Size: 400, Segments: 3, Fields: 5, Parts: 4, Values: 12}
	for _, c := range []struct {
		name, text string
		kind       fhir.Kind
		where      string
	}{
		{"nothing at all", "", fhir.Structure, "MSH"},
		{"no header", "PID|1\r", fhir.Structure, "MSH"},
		{"a batch", "BHS|^~\\&|\r" + head, fhir.Structure, "MSH"},
		{"a header cut off", "MSH", fhir.Structure, "MSH-1"},
		{"no encoding characters", "MSH||A\r", fhir.Structure, "MSH-2"},
		{"too many encoding characters", "MSH|^~\\&#$|A\r", fhir.Structure, "MSH-2"},
		{"a letter that separates", "MSHA^~\\&A\r", fhir.Structure, "MSH-1"},
		{"two separators alike", "MSH|^^\\&|A\r", fhir.Structure, "MSH-2"},
		{"a segment without a name", head + "PID|1\rsome text\r", fhir.Structure, "PID"},
		{"a line end within a field", head + "OBX|1|TX|||one\ntwo\r", fhir.Structure, "OBX"},
		{"a small-letter name", head + "pid|1\r", fhir.Structure, "MSH"},
		{"a name without a separator", head + "PIDX|1\r", fhir.Structure, "MSH"},
		{"two messages", head + head, fhir.Structure, "MSH"},
		{"the end of a batch", head + "BTS|1\r", fhir.Structure, "MSH"},
		{"too many segments", head + "PID|1\rNK1|1\rNK1|2\r", fhir.TooLong, ""},
		{"too many fields", head + "PID|1\rPID|1|2|3|4|5|6\r", fhir.TooLong, "PID(2)"},
		{"too many parts", head + "PID|1|~~^^&&\r", fhir.TooLong, "PID-2"},
		{"too many bytes", head + strings.Repeat("x", 400), fhir.TooLong, ""},
		{"an unknown character set", "MSH|^~\\&||||||||||||||||GB 18030-2000\r", fhir.NotSupported, "MSH-18"},
		{"bytes that are not UTF-8", head + "PID|1|a|Zo\xeb|b\r", fhir.Value, "PID-3.1"},
		{"bytes that are not ASCII", "MSH|^~\\&||||||||||||||||ASCII\rPID|Zoë\r", fhir.Value, "PID-1.1"},
		{"bytes that are not UTF-8 in the header", "MSH|^~\\&|Zo\xeb\r", fhir.Value, "MSH-3.1"},
		{"bytes that are not UTF-8 deep in a field", head + "PID|1|a~x^y&Zo\xeb|b\r", fhir.Value, "PID-2(2).2.2"},
		{"bytes that are not UTF-8 in the name of a segment", head + "PID|1\rZ\xebX|1\r", fhir.Structure, "PID"},
		{"a switch of the character set", "MSH|^~\\&||||||||||||||||ASCII~ISO IR87\rPID|1\rPID|a^\x1b$BZo\r", fhir.NotSupported, "PID(2)-1.2"},
		{"UTF-16 with its mark", "\xff\xfeM\x00S\x00H\x00", fhir.NotSupported, "MSH-18"},
		{"UTF-16 without", "\x00M\x00S\x00H\x00|", fhir.NotSupported, "MSH-18"},
		{"too many values", head + "PID||||\rNK1|^^^^\r", fhir.TooLong, "NK1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			limits := small
			if strings.HasPrefix(c.text, "MSH|^~\\&|||||") {
				limits = hl7v2.Limits{}
			}
			_, err := hl7v2.Parse([]byte(c.text), limits)
			e, ok := errors.AsType[*fhir.Error](err)
			if !ok {
				t.Fatalf("error is %v, want a *fhir.Error", err)
			}
			if e.Kind != c.kind || e.Issues[0].Expression != c.where {
				t.Errorf("refused as %s at %q, want %s at %q: %v", e.Kind, e.Issues[0].Expression, c.kind, c.where, err)
			}
			for _, content := range []string{"some text", "Zo", "two"} {
				if strings.Contains(err.Error(), content) {
					t.Errorf("the error tells content: %v", err)
				}
			}
		})
	}
}

func TestCheckNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if err := parse(t, admit).Check(); err != nil {
		t.Error(err)
	}
	err := parse(t, "MSH|^~\\&|A||||||||P|9.9\r").Check()
	e, ok := errors.AsType[*fhir.Error](err)
	if !ok || len(e.Issues) != 3 {
		t.Fatalf("got %v, want three issues", err)
	}
	for i, want := range []string{"MSH-9", "MSH-10", "MSH-12"} {
		if e.Issues[i].Expression != want {
			t.Errorf("issue %d is at %s, want %s", i, e.Issues[i].Expression, want)
		}
	}
}

func TestVersionsThatAreRead(t *testing.T) {
	t.Parallel()
	for version, read := range map[string]bool{
		"2.2": true, "2.3": true, "2.3.1": true, "2.5.1": true, "2.8.2": true, "2.5^GBR": true,
		"2.1": false, "2.9": false, "9.9": false, "2.x": false, "": false, "v2.5": false, "D 2.1": false,
	} {
		err := parse(t, "MSH|^~\\&|A||||||ADT^A01|1|P|"+version+"\r").Check()
		e, ok := errors.AsType[*fhir.Error](err)
		switch {
		case read && err != nil:
			t.Errorf("%q: %v", version, err)
		case read:
		case !ok || e.Kind != fhir.NotSupported || e.Issues[0].Expression != "MSH-12" || !strings.Contains(e.Issues[0].Diagnostics, "2.5.1"):
			t.Errorf("%q: %v", version, err)
		}
	}
}

func TestHeaderOfABrokenMessageCanBeRead(t *testing.T) {
	t.Parallel()
	m, err := hl7v2.ParseHeader([]byte("MSH|^~\\&|WARD|||||| ADT^A01|M7|P|2.4||||||KLINGON\rPID|\xff\xfe\rnonsense"))
	if err != nil {
		t.Fatal(err)
	}
	if m.ControlID() != "M7" || m.Version() != "2.4" {
		t.Errorf("got %q %q", m.ControlID(), m.Version())
	}
}

func TestKeyAndHashTellMessagesApart(t *testing.T) {
	t.Parallel()
	m := parse(t, admit)
	key, err := m.Key()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text         string
		sameKey, sameBytes bool
	}{
		{"sent again", admit, true, true},
		{"sent again later", strings.Replace(admit, "20260301120000|", "20260301130000|", 1), true, true},
		{"line ends made others on the way", strings.ReplaceAll(admit, "\r", "\r\n"), true, true},
		{"other content", strings.Replace(admit, "Amina", "Anna", 1), true, false},
		{"another control id", strings.Replace(admit, "|M1|", "|M2|", 1), false, true},
		{"the facility moved into the application", strings.Replace(admit, "WARD|NORTH", "WARDNORTH|", 1), false, true},
	} {
		other := parse(t, c.text)
		k, err := other.Key()
		if err != nil {
			t.Fatal(err)
		}
		if (k == key) != c.sameKey || (other.Hash() == m.Hash()) != c.sameBytes {
			t.Errorf("%s: same key %t, same hash %t", c.name, k == key, other.Hash() == m.Hash())
		}
	}
	if _, err := parse(t, "MSH|^~\\&|A\r").Key(); err == nil {
		t.Error("a message without control id has a key")
	}
}
