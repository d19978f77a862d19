package hl7v2_test

import (
	"testing"

	"concord/mappings"
	"concord/mappings/hl7v2"
)

// TestEscapesComeBackAsTheyWereSpelt prints trees of messages whose escapes could be written otherwise.
func TestEscapesComeBackAsTheyWereSpelt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text string }{
		{"highlighting, which no text can say", `MSH|^~\&|A` + "\rOBX|1|FT|||\\H\\Warning\\N\\ of this||||||F\r"},
		{"spaces and indents of formatted text", `MSH|^~\&|A` + "\rOBX|1|FT|||one\\.sp2\\two\\.in+4\\three\\.ce\\four\r"},
		{"a backslash that begins no escape", `MSH|^~\&|A` + "\rPID|||1||C:\\temp^a\\b\r"},
		{"a letter in hexadecimal", `MSH|^~\&|A` + "\rPID|||1||\\X41\\dam^\\x41\\\r"},
		{"small digits in hexadecimal", `MSH|^~\&|A` + "\rNTE|1||\\X0d0a\\\r"},
		{"a text that was cut off", `MSH|^~\&#|A` + "\rPID|||1||Smith#\r"},
		{"an escape character that is usually another", `MSH|^~&|A` + "\rPID|||1||&home&2\r"},
		{"no escape character, told by a space", `MSH|^~ &|A` + "\rPID|||1&2^x y||C:\\temp\r"},
		{"a switch of the character set", `MSH|^~\&|A` + "\rPID|||1||\\C2842\\x\\M2442\\\r"},
		{"two line ends in one", `MSH|^~\&|A` + "\rNTE|1||a\\.br\\\\.br\\b\\E\\.br\\E\\\r"},
		{"a set of one byte", "MSH|^~\\&|A|||||||||||||||8859/1\rPID|||1||M\xfcller\\X41\\\r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := parse(t, c.text)
			again, err := hl7v2.FromTree(m.Tree())
			if err != nil {
				t.Fatal(err)
			}
			if string(again.Bytes()) != string(m.Bytes()) {
				t.Errorf("it came back as %q, and was %q", again.Bytes(), m.Bytes())
			}
		})
	}
}

// TestASpellingThatSaysSomethingElseIsNotWritten gives a tree spellings that would break the message.
func TestASpellingThatSaysSomethingElseIsNotWritten(t *testing.T) {
	t.Parallel()
	for _, spelt := range []string{"b", "a|b", "a^", "a\rZZZ|1", "a\\F\\", "\xff"} {
		b := mappings.NewBuilder(mappings.HL7v2, 4)
		b.Open(mappings.Entry{Name: "MSH"})
		b.Close()
		b.Open(mappings.Entry{Name: "PID"})
		b.Add(mappings.Entry{Name: "1", Text: "a", Kind: mappings.Text})
		b.Spell(spelt)
		b.Close()
		m, err := hl7v2.FromTree(b.Tree())
		if err != nil {
			t.Fatal(err)
		}
		if got := string(m.Segment("PID", 1).Raw()); got != "PID|a" {
			t.Errorf("%q is written as %q", spelt, got)
		}
	}
}
