package hl7v2_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"concord/mappings/hl7v2"
)

func TestEscapesAreResolved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, want string }{
		{"separators", `a\F\b\S\c\T\d\R\e\E\f`, `a|b^c&d~e\f`},
		{"the truncation character where none is declared", `\P\`, `#`},
		{"hexadecimal bytes", `\X41\\X0D0A\z`, "A\r\nz"},
		{"hexadecimal bytes of one character apart", `Zo\XC3\\XAB\`, "Zoë"},
		{"hexadecimal bytes that are not of the character set", `Zo\XEB\`, `Zo\XEB\`},
		{"half a byte", `\X4\`, `\X4\`},
		{"line ends", `one\.br\two\.sp2\three\.ce\four`, "one\ntwo\n\nthree\nfour"},
		{"spaces and indents", `a\.sk3\b\.in+4\c\.ti-2\d\.fi\e\.nf\f`, "a   bcdef"},
		{"more lines than anybody means", `\.sp999999999\`, `\.sp999999999\`},
		{"highlighting", `\H\bold\N\`, "bold"},
		{"other character sets and local sequences stay", `\C2842\\M1B2442\\Zlocal\`, `\C2842\\M1B2442\\Zlocal\`},
		{"a path of a file system", `C:\dir\F\x`, `C:\dir|x`},
		{"an escape character alone", `50\50`, `50\50`},
		{"one at the end", `50\`, `50\`},
		{"two together", `\\server`, `\\server`},
		{"an escaped escape is no beginning", `\E\F\E\`, `\F\`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := parse(t, "MSH|^~\\&|A\rOBX|"+c.raw+"\r")
			if got := get(t, m, "OBX-1").Text(); got != c.want {
				t.Errorf("%s is %q, want %q", c.raw, got, c.want)
			}
		})
	}
}

func TestTextThatIsSetIsReadAgain(t *testing.T) {
	t.Parallel()
	heads := []string{
		"MSH|^~\\&|A||||||||||||||||\r", "MSH|^~\\&#|A||||||||||||||||UNICODE UTF-8\r", "MSH$%*?!$A$$$$$$$$$$$$$$$$UTF-8\r",
	}
	paths := []string{"OBX-5", "OBX-5(3).2", "OBX-5.4.2", "OBX(2)-1", "NTE-3", "MSH-6.2"}
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("|^~\\&#$%*?!\"\r\n\x0b\x1c .brXFSTREZ09aë€"))))
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SampledFrom(heads).Draw(t, "head")
		m, err := hl7v2.Parse([]byte(head+strings.ReplaceAll("OBX|1||a~b|x\r", "|", head[3:4])), hl7v2.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			p, err := hl7v2.ParsePath(rapid.SampledFrom(paths).Draw(t, "path"))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ToValidUTF8(text.Draw(t, "text"), "?")
			if err := m.Set(p, want); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			if got := m.Get(p).Text(); got != want {
				t.Fatalf("%s is %q, want %q", p, got, want)
			}
			again, err := hl7v2.Parse(m.Bytes(), hl7v2.Limits{})
			if err != nil {
				t.Fatalf("%q: %v", m.Bytes(), err)
			}
			if got := again.Get(p).Text(); got != want || string(again.Bytes()) != string(m.Bytes()) {
				t.Fatalf("printed and read again %s is %q, want %q", p, got, want)
			}
		}
	})
}
