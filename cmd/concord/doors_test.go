package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"concord/fhir"
	"concord/gateway/guard"
)

// opened is a record with doors, without the HTTP one.
type opened struct {
	testing.TB
	record *record
	out    *buffer
	shut   func() error
}

// openDoors opens a data directory with these flags. Stop it before the same directory is opened again.
func openDoors(t testing.TB, data string, flags doorFlags) *opened {
	t.Helper()
	var faults []string
	s := toolSettings(data, "")
	s.doors = flags.readDoors(func(flag, format string, _ ...any) { faults = append(faults, flag+": "+format) })
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	out := &buffer{}
	p := &process{stdout: out, stderr: io.Discard, now: time.Now, newID: uuid.NewString}
	log := slog.New(slog.DiscardHandler)
	r, err := openRecord(t.Context(), p, s, log)
	if err != nil {
		t.Fatal(err)
	}
	o := &opened{TB: t, record: r, out: out}
	o.importOne(`{"resourceType":"Organization","id":"hospital","active":true,"name":"Hospital"}`)
	ctx, stop := context.WithCancel(context.Background())
	wait, err := r.open(ctx, p, s, log)
	if err != nil {
		t.Fatal(err)
	}
	o.shut = func() error {
		stop()
		err := wait()
		if late := r.close(); err == nil {
			err = late
		}
		return err
	}
	return o
}

func (o *opened) operator() guard.Reading {
	o.Helper()
	r, err := o.record.operator(&process{newID: uuid.NewString}, "test")
	if err != nil {
		o.Fatal(err)
	}
	return r
}

func (o *opened) importOne(body string) {
	o.Helper()
	r, err := fhir.DecodeJSON([]byte(body))
	if err != nil {
		o.Fatal(err)
	}
	if _, err := o.operator().Commit(o.Context(), guard.Write{Do: guard.Import, Ref: r.Ref(), Resource: r}); err != nil {
		o.Fatal(err)
	}
}

// total is how many the operator finds.
func (o *opened) total(typ string, query ...string) int {
	o.Helper()
	values := map[string][]string{"_summary": {"count"}, "_total": {"accurate"}}
	for i := 0; i+1 < len(query); i += 2 {
		values[query[i]] = []string{query[i+1]}
	}
	d, err := o.operator().Search(o.Context(), guard.Query{Type: fhir.Type(typ), Values: values})
	if err != nil {
		o.Fatal(err)
	}
	var b bytes.Buffer
	_, _ = d.WriteTo(&b)
	root, err := fhir.Walk(b.Bytes())
	if err != nil {
		o.Fatal(err)
	}
	n := 0
	for _, digit := range root.Get("total").Text() {
		n = n*10 + int(digit-'0')
	}
	return n
}

// listens is the address of the one MLLP door.
func (o *opened) listens() string {
	_, address, _ := strings.Cut(o.out.String(), "mllp ")
	return strings.TrimSpace(address)
}

// say sends one frame and gives the acknowledgement.
func (o *opened) say(message string) string {
	o.Helper()
	conn, err := net.Dial("tcp", o.listens())
	if err != nil {
		o.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("\x0b" + message + "\x1c\r")); err != nil {
		o.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		o.Fatal(err)
	}
	var answer []byte
	for !bytes.HasSuffix(answer, []byte("\x1c\r")) {
		var b [1024]byte
		n, err := conn.Read(b[:])
		if err != nil {
			o.Fatal(err)
		}
		answer = append(answer, b[:n]...)
	}
	return string(answer)
}

const admission = "MSH|^~\\&|PAS|HOSPITAL|CONCORD|X|20260301090000||ADT^A01|m1|P|2.5\rEVN|A01|20260301090000\r" +
	"PID|1||12345^^^HOSPITAL||NOWAK^MAJA||19800203|F\rAL1|1||PEN^penicillin\rPV1|1|I|7B||||||||||||||||V1\rZXX|something of ours\r"

func TestMessagesOverMLLPAreTakenOnce(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	flags := doorFlags{Definition: []string{"hl7v2-adt"}, MLLP: []string{"127.0.0.1:0;org=Organization/hospital;from=127.0.0.0/8;definitions=hl7v2-adt"}}
	o := openDoors(t, data, flags)
	for range 2 {
		if a := o.say(admission); !strings.Contains(a, "MSA|AA|m1") {
			t.Fatalf("%q", a)
		}
	}
	if err := o.shut(); err != nil {
		t.Fatal(err)
	}
	o = openDoors(t, data, flags) // as after a crash: the sender never heard the answer
	defer func() {
		if err := o.shut(); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct{ name, message, says string }{
		{"a resend after a restart", admission, "MSA|AA|m1"},
		{"other content under the same control id", strings.Replace(admission, "MAJA", "ANNA", 1), "MSA|AE|m1"},
		{"an update", strings.NewReplacer("|m1|", "|m2|", "MAJA", "MAYA").Replace(admission), "MSA|AA|m2"},
		{"a type that no definition takes", strings.NewReplacer("|m1|", "|m3|", "ADT^A01", "ORU^R01").Replace(admission), "MSA|AR|m3"},
		{"a person without a number", strings.NewReplacer("|m1|", "|m4|", "12345^^^HOSPITAL", "").Replace(admission), "PID^1^3"},
		{"no message", "PID|1", "MSA|A"},
	} {
		a := o.say(c.message)
		if !strings.Contains(a, c.says) {
			t.Errorf("%s: %q", c.name, a)
		}
		if strings.Contains(a, "NOWAK") {
			t.Errorf("%s: the answer quotes the message", c.name)
		}
	}
	for _, want := range []struct {
		n     int
		typ   string
		query []string
	}{
		{1, "Patient", nil},
		{1, "AllergyIntolerance", nil},
		{2, "Provenance", nil},
		{1, "Patient", []string{"given", "Maya"}},
		{4, "Task", []string{"code", guard.SystemReview + "|" + guard.ReviewLetter, "status", "ready"}},
	} {
		if got := o.total(want.typ, want.query...); got != want.n {
			t.Errorf("%d %s %v, want %d", got, want.typ, want.query, want.n)
		}
	}
}

func TestAWatchedFolderTakesFilesOnce(t *testing.T) {
	t.Parallel()
	_, definition, table := afternoon(t)
	in := t.TempDir()
	flags := doorFlags{Definition: []string{definition}, Folder: []string{in + ";org=Organization/hospital;definitions=referrals"}}
	o := openDoors(t, t.TempDir(), flags)
	defer func() {
		if err := o.shut(); err != nil {
			t.Error(err)
		}
	}()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(in, "x.part"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(in, "x.part"), filepath.Join(in, name)); err != nil {
			t.Fatal(err)
		}
	}
	lies := func(path string) {
		t.Helper()
		for range 600 {
			if _, err := os.Stat(filepath.Join(in, path)); err == nil {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Fatalf("%s is not there", path)
	}
	text := contentOf(t, table)
	put("a.csv", text)
	put("b.csv", strings.Replace(text, ",seen,", ",lost,", 1))
	lies("done/a.csv")
	lies("failed/b.csv")
	put("a.csv", text) // as if the move had been missed
	put("c.csv", "a,b\n1,2\n")
	lies("failed/c.csv")
	for typ, want := range map[string]int{"Patient": 2, "Provenance": 3} {
		if got := o.total(typ); got != want {
			t.Errorf("%d %s, want %d", got, typ, want)
		}
	}
	if got := o.total("Task", "code", guard.SystemReview+"|"+guard.ReviewLetter, "status", "ready"); got != 2 {
		t.Errorf("%d letters", got)
	}
}

func TestDoorsThatCannotBeOpenedAreTold(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	for flag, says := range map[string]string{
		"--definition=nothing": "no definition of this name",
		"--mllp=127.0.0.1:0;org=Organization/h;from=127.0.0.0/8;definitions=gp-rekord":        "gp-rekord",
		"--mllp=127.0.0.1:0;from=127.0.0.0/8":                                                 "org must be",
		"--mllp=127.0.0.1:0;org=Organization/h":                                               "say who sends",
		"--mllp=127.0.0.1:0;org=Organization/h;key=" + strings.Repeat("a", 64):                "need tls",
		"--mllp=nowhere;org=Organization/h;from=127.0.0.0/8":                                  "HOST:PORT",
		"--mllp=127.0.0.1:0;org=Organization/h;from=127.0.0.0/8;scopes=system/Nothing.x":      "scopes",
		"--mllp=127.0.0.1:0;org=Organization/h;from=127.0.0.0/8;purpose=FUN":                  "purpose",
		"--mllp=127.0.0.1:0;org=Organization/h;from=127.0.0.0/8;colour=red":                   "colour",
		"--mllp=127.0.0.1:0;org=Organization/h;from=127.0.0.0/8;care=always":                  "care",
		"--mllp=127.0.0.1:0;org=Organization/h;from=127.0.0.0/8;tls=none.pem,none.key":        "certificate",
		"--folder=" + in + ";org=Organization/h":                                              "name the one",
		"--folder=" + filepath.Join(in, "none") + ";org=Organization/h;definitions=gp-record": "no such folder",
	} {
		args := []string{"serve", "--data", t.TempDir(), "--view-cache", "memory", "--issuer", "https://id.example=https://care.example/fhir", flag}
		if !strings.HasPrefix(flag, "--definition") {
			args = append(args, "--definition", "gp-record")
		}
		status, _, stderr := concord(t, args...)
		if status != statusUsage || !strings.Contains(stderr, says) {
			t.Errorf("%s: status %d, no %q in %s", flag, status, says, stderr)
		}
	}
}
