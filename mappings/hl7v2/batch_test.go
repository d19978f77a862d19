package hl7v2_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/mappings/hl7v2"
)

func TestFilesAreCutIntoTheirParts(t *testing.T) {
	t.Parallel()
	one, two := "MSH|^~\\&|A||||||ADT^A01|1\rPID|1\r", "MSH|^~\\&|A||||||ADT^A01|2\nPID|2\n\n"
	broken := "MSH|^~\\&|A||||||ADT^A01|3\rcontinued\r"
	for _, c := range []struct{ name, text, want string }{
		{"one message", one, "1 MSH"},
		{"messages alone", one + two, "1 MSH, 3 MSH"},
		{"a batch", "BHS|^~\\&|A\r" + one + two + "BTS|2\r", "1 BHS, 2 MSH, 4 MSH, 6 BTS"},
		{"a trailer without a count", "BHS|^~\\&|A\r" + one + "BTS\r", "1 BHS, 2 MSH, 4 BTS"},
		{
			"a file of batches", "\xef\xbb\xbfFHS|^~\\&\r\nBHS|^~\\&\r\n" + one + "BTS|1\rBHS|^~\\&\rBTS|0|end\rFTS|2\r",
			"1 FHS, 2 BHS, 3 MSH, 5 BTS, 6 BHS, 7 BTS, 8 FTS",
		},
		{"one broken message", one + broken + two, "1 MSH, 3 MSH!, 5 MSH"},
		{"a batch that lost a message", "BHS|^~\\&|A\r" + one + "BTS|2\r", "1 BHS, 2 MSH, 4 BTS!"},
		{"a count that is none", "BHS|^~\\&|A\r" + one + "BTS|x\r", "1 BHS, 2 MSH, 4 BTS!"},
		{"a file cut off", "FHS|^~\\&\rBHS|^~\\&|A\r" + one, "1 FHS, 2 BHS, 3 MSH!"},
		{"a trailer without a header", one + "BTS|1\r", "1 MSH, 3 BTS!"},
		{"batches in each other", "BHS|^~\\&\rBHS|^~\\&\r" + one + "BTS|1\r", "1 BHS, 2 BHS!, 3 MSH, 5 BTS"},
		{"a segment outside of all", "BHS|^~\\&\rNTE|1\r" + one + "BTS|1\r", "1 BHS, 2 NTE!, 3 MSH, 5 BTS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, err := hl7v2.ParseFile([]byte(c.text), hl7v2.FileLimits{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range f.Parts {
				word := string(rune('0'+p.Line)) + " " + p.Name
				if p.Err != nil {
					word += "!"
				}
				got = append(got, word)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
			if string(f.Bytes()) != c.text {
				t.Error("it is printed otherwise")
			}
		})
	}
}

func TestFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text string }{
		{"empty", ""},
		{"something else", "<xml/>"},
		{"too large", "MSH|^~\\&|" + strings.Repeat("x", 100)},
		{"too many messages", strings.Repeat("MSH|^~\\&|\r", 4)},
	} {
		if _, err := hl7v2.ParseFile([]byte(c.text), hl7v2.FileLimits{Size: 100, Messages: 3}); err == nil {
			t.Errorf("%s: taken", c.name)
		}
	}
}
