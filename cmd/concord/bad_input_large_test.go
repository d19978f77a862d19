package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

func frame(message []byte) []byte { return append(append([]byte("\x0b"), message...), "\x1c\r"...) }

// TestLongInputIsKeptWholeOrSaidNotToBe sends what is too long to be read by both doors that answer: up to 64 MB it is kept
// as it came, in parts, beyond that its sender hears that it is not; and the next one is taken in either way.
func TestLongInputIsKeptWholeOrSaidNotToBe(t *testing.T) {
	t.Parallel()
	_, referrals, table := afternoon(t)
	r := openReception(t, map[string]string{"hl7v2-adt": "hl7v2-adt", "referrals": referrals})
	long := hl7("long", "19800203|F", "19800203|F|"+strings.Repeat("x", 17<<20))
	for _, c := range []struct {
		name, says string
		frame      []byte
	}{
		{"too long to be read", "MSA|AE|long", frame(long)},
		{"too long to be kept", "was NOT kept", frame(hl7("longer", "19800203|F", "19800203|F|"+strings.Repeat("x", 65<<20)))},
		{"cut short, and sent again", "MSA|AA|again", append([]byte("\x0bMSH|^~\\&|PAS|HOSP"), frame(hl7("again"))...)},
		{"with an end block inside", "<FS><CR>", frame(hl7("inside", "NOWAK", "NOW\x1cAK"))},
		{"without the last carriage return", "<FS><CR>", []byte("\x0b" + string(hl7("unended")) + "\x1c\n")},
		{"with noise before it", "MSA|AA|noise", append([]byte("GET / HTTP/1.1\r\n\r\n"), frame(hl7("noise"))...)},
		{"that makes more than is taken at once", "divide it", frame(append(hl7("many"), strings.Repeat("NK1|1|A^B|SPO\r", 2000)...))},
	} {
		if answer := r.byMLLP(c.frame); !strings.Contains(answer, c.says) {
			t.Errorf("a message %s: %.600q", c.name, answer)
		}
		if answer := r.byMLLP(frame(hl7("next"))); !strings.Contains(answer, "MSA|AA|next") {
			t.Errorf("after a message %s: %.600q", c.name, answer)
		}
	}
	head, _, _ := strings.Cut(contentOf(t, table), "\n")
	file := []byte(head + "\n" + strings.Repeat("R-1,999 000 0018,Maja,Nowak,03/02/1980,,,02/03/2026,,new,\n", 170_000))
	if status, answer := r.byHTTP("referrals", "text/csv", file); status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, "kept whole") {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := r.byHTTP("referrals", "text/csv", bytes.Repeat([]byte("x"), 65<<20)); status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, "was NOT kept") {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := r.byHTTP("referrals", "text/csv", []byte(head+"\nR-1,999 000 0018,Maja,Nowak,03/02/1980,,,02/03/2026,,new,\n")); status != http.StatusOK {
		t.Errorf("the next one: %d %s", status, answer)
	}
	kept := r.kept()
	for name, raw := range map[string][]byte{"the message": long, "the file": file, "the one with an end block": hl7("inside", "NOWAK", "NOW\x1cAK"), "the one without an end": hl7("unended")} {
		if len(kept[string(raw)]) != 1 {
			t.Errorf("%s is not kept as it came", name)
		}
	}
	if len(kept) != 5 {
		t.Errorf("%d letters", len(kept))
	}
	id := kept[string(long)][0]
	if status, told := r.mended(id, hl7("long")); status != statusOK {
		t.Error(told)
	}
	r.silent("the log", r.stderr.String())
	if status := r.stop(); status != statusOK {
		t.Errorf("it ended with %d", status)
	}
	must(t, "check", "--data", r.data)
}

// TestWarningsAreToldBesideWhatIsTaken sends a message that is taken though some of it cannot be said in FHIR.
func TestWarningsAreToldBesideWhatIsTaken(t *testing.T) {
	t.Parallel()
	r := openReception(t, map[string]string{"hl7v2-adt": "hl7v2-adt"})
	odd := func(id, version string) []byte {
		return hl7(id, "19800203|F", "19800203|Q", "|P|2.5\r", "|P|"+version+"\r", "V1\r", "V1"+strings.Repeat("|", 25)+"20260231\r")
	}
	answer := r.byMLLP(frame(odd("w1", "2.5")))
	for _, want := range []string{
		"MSA|AA|w1\r", "ERR||PID^1^8|103^Table value not found^HL70357|W|", "it has M, F, O, U", "ERR||PV1^1^44|102^Data type error^HL70357|W|", "no day of the calendar", "it was kept as it came",
	} {
		if !strings.Contains(answer, want) {
			t.Errorf("no %q in %q", want, answer)
		}
	}
	if old := r.byMLLP(frame(odd("w2", "2.4"))); !strings.Contains(old, "MSA|AA|w2|warning: PID-8") || strings.Contains(old, "ERR|") {
		t.Errorf("before version 2.5: %q", old)
	}
	if again := r.byMLLP(frame(odd("w1", "2.5"))); !strings.Contains(again, "MSA|AA|w1") {
		t.Errorf("sent again: %q", again)
	}
	status, told := r.byHTTP("hl7v2-adt", mediaHL7v2, odd("w3", "2.5"))
	for _, want := range []string{`"taken"`, `"severity":"warning","code":"code-invalid"`, `"expression":["PID-8"]`, `"expression":["PV1-44"]`} {
		if status != http.StatusOK || !strings.Contains(told, want) {
			t.Errorf("no %q in %d %s", want, status, told)
		}
	}
	r.put("hl7v2-adt", "odd.hl7", odd("w4", "2.5"))
	if to, told := r.fate("hl7v2-adt", "odd.hl7"); to != "done" || !strings.Contains(told, "record 1: warning: line 3, column 8: PID-8: ") {
		t.Errorf("%s %s", to, told)
	}
	if kept := r.kept(); len(kept) != 0 {
		t.Errorf("%d letters", len(kept))
	}
}
