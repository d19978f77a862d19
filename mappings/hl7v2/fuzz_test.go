package hl7v2_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"concord/mappings/hl7v2"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		admit, "MSH|^~\\&", "MSH|^~\\&#|A\nPID|\\X41\\~\\.br\\^a&b", "MSH$%*?!$A\rPID$?S?", "\xef\xbb\xbf\r\nMSH|^|",
		"MSH|^~\\&||||||||||||||||8859/1\rPID|\xe9", "BHS|^~\\&\rMSH|^~\\&|\rBTS|1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := hl7v2.Limits{Size: 1 << 16}
		if file, err := hl7v2.ParseFile(data, hl7v2.FileLimits{Message: limits}); err == nil && !bytes.Equal(file.Bytes(), data) {
			t.Fatal("the file is printed otherwise")
		}
		if header, err := hl7v2.ParseHeader(data); err == nil {
			answered(t, header)
		}
		m, err := hl7v2.Parse(data, limits)
		if err != nil {
			return
		}
		if !bytes.Equal(m.Bytes(), data) {
			t.Fatal("it is printed otherwise")
		}
		answered(t, m)
		back, err := hl7v2.FromTree(m.Tree(results))
		if err != nil {
			return // such as text that cannot be escaped, since no escape character is declared
		}
		// Control characters are written as escapes, since they frame messages on the wire.
		framed := func(c byte) bool { return c < ' ' && c != '\r' && c != '\n' || c == 0x7f }
		if !slices.ContainsFunc(data, framed) && !hl7v2.Equal(m, back) {
			t.Fatalf("the tree is printed otherwise: %q", back.Bytes())
		}
		again, err := hl7v2.Parse(back.Bytes(), limits)
		if err != nil {
			t.Fatalf("what was printed from the tree is not read: %v", err)
		}
		if !hl7v2.Equal(again, back) {
			t.Fatal("what was printed from the tree is read otherwise")
		}
		if err := m.Set(hl7v2.Path{Segment: "ZZZ", Field: 2}, "x"); err != nil {
			return
		}
		if again, err := hl7v2.Parse(m.Bytes(), hl7v2.Limits{}); err != nil || !hl7v2.Equal(again, m) {
			t.Fatalf("after a change it is not read: %v", err)
		}
	})
}

// answered builds the acknowledgement of whatever came, and reads it.
func answered(t *testing.T, m *hl7v2.Message) {
	t.Helper()
	ack := hl7v2.Ack(m, hl7v2.Acknowledgement{Code: hl7v2.ApplicationError, ControlID: "1", At: noon, Faults: []hl7v2.Fault{
		{Location: hl7v2.Path{Segment: "PID", Field: 3}, Code: hl7v2.DataType, UserMessage: "a | b"},
	}})
	if header, err := hl7v2.ParseHeader(ack.Bytes()); err != nil || !bytes.HasPrefix(ack.Bytes(), header.Bytes()) {
		t.Fatalf("the acknowledgement is not read: %v", err)
	}
}

func TestLongMessagesAreReadInLinearTime(t *testing.T) {
	t.Parallel()
	head := "MSH|^~\\&|A\r"
	// Each would take minutes if any step went over the message once for each of its parts.
	for name, unit := range map[string]string{
		"segments": "PID|1\r", "escapes": "\\F\\", "lone escape characters": "\\x", "line commands": "\\.br\\",
		"repetitions": "~a", "components": "^a", "sub-components": "&a", "separators alone": "~^&", "fields": "|a",
	} {
		text := []byte(head)
		if unit[0] != 'P' {
			text = append(text, "OBX|"...)
		}
		for len(text) < 1<<20 {
			text = append(text, unit...)
		}
		limits := hl7v2.Limits{Segments: 1 << 20, Fields: 1 << 20, Parts: 1 << 20, Values: 1 << 21}
		done := make(chan error, 1)
		go func() {
			m, err := hl7v2.Parse(text, limits)
			if err == nil {
				m.Tree(results)
				_ = hl7v2.Equal(m, m)
				_, err = hl7v2.ParseFile(text, hl7v2.FileLimits{Message: limits})
			}
			done <- err
		}()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%s: a message of 1 MB is not read in 20 seconds", name)
		}
	}
}
