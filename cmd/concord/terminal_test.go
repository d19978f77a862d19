package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// commands are what a terminal would obey: as it is, as one character, and as a turn of the writing.
const terminalCommands = "\x1b]0;owned\x07 \u009b2J \u202e"

func obeyed(text string) bool { return strings.ContainsAny(text, "\x1b\x07\u009b\u202e\r\b") }

func TestNoSampleCommandsTheTerminal(t *testing.T) {
	t.Parallel()
	_, definition, table := afternoon(t)
	dir := t.TempDir()
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	fields := strings.Split(lines[1], ",")
	for i := range fields { // each field in turn
		forged := append([]string(nil), fields...)
		forged[i] = strings.TrimSuffix(strings.TrimPrefix(forged[i], `"`), `"`) + terminalCommands
		file := filepath.Join(dir, string(rune('a'+i))+".csv")
		if err := os.WriteFile(file, []byte(lines[0]+"\n"+strings.Join(forged, ",")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	heads := filepath.Join(dir, "heads"+"\x1b]0;x"+".csv")
	if err := os.WriteFile(heads, []byte(lines[0]+",Odd"+terminalCommands+"\n"+lines[1]+",1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"report", definition, dir}, {"check", definition, dir}, {"view", definition, dir}, {"view", definition, heads}, {"run", "--dry", "--definition", definition, dir}, {"to-fhir", definition, heads}} {
		_, stdout, stderr := concord(t, append([]string{"map"}, args...)...)
		if args[0] != "to-fhir" && obeyed(stdout) {
			t.Errorf("map %s prints %q", args[0], stdout)
		}
		if obeyed(stderr) {
			t.Errorf("map %s tells %q", args[0], stderr)
		}
	}
}

func TestNoAnswerCommandsTheTerminal(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 64<<10))
		_, _ = conn.Write([]byte("\x0bMSH|^~\\&|X|X|X|X|20260301||ACK|1|P|2.5.1|||||||UNICODE UTF-8\rMSA|AE|m1|\\X1B\\]0;x\rERR||PID^1^3|204^x^y|E||||\\X1B\\]0;owned\\X07\\\r\x1c\r"))
	}()
	message := filepath.Join(t.TempDir(), "a.hl7")
	if err := os.WriteFile(message, []byte(admission), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stdout, stderr := concord(t, "map", "send", "--within", "3s", "--to", l.Addr().String(), message)
	if obeyed(stdout) || obeyed(stderr) {
		t.Errorf("%q %q", stdout, stderr)
	}
	if !strings.Contains(stdout, "AE") {
		t.Errorf("%q %q", stdout, stderr)
	}
}
