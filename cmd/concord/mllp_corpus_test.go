package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord/fhir"
	"concord/gateway"
	"concord/gateway/issuer"
	"concord/mappings"
	"concord/mappings/hl7v2"
)

// published is a message that others published.
type published struct {
	name string
	text []byte
	m    *hl7v2.Message
	org  int // who sends it here
}

// publishedMessages are all of them. Each is sent by an organisation that sends nothing else under its key, nor of the same
// patient: they come from test suites, whose messages share both and mean nothing to each other.
func publishedMessages(t *testing.T) ([]published, int) {
	t.Helper()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(shared, "samples", "hl7v2*", "*"))
	var all []published
	senders, used := 0, map[string]int{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.Contains(filepath.Dir(path), "l4h") && strings.HasSuffix(path, ".json"):
			var wrapped struct{ Message string }
			if err := json.Unmarshal(text, &wrapped); err != nil {
				t.Fatal(err)
			}
			text = []byte(wrapped.Message)
		case !strings.HasSuffix(path, ".hl7"):
			continue
		}
		m, err := hl7v2.Parse(text, hl7v2.Limits{})
		if err != nil {
			t.Fatal(filepath.Base(path), err)
		}
		key, _ := m.Key() // those without one share nothing by it
		patient := string(m.Get(hl7v2.Path{Segment: "PID", Field: 3}).Raw())
		one := published{name: filepath.Base(path), text: text, m: m, org: max(used["key "+key], used["patient "+patient])}
		used["key "+key], used["patient "+patient] = one.org+1, one.org+1
		senders = max(senders, one.org+1)
		all = append(all, one)
	}
	if len(all) == 0 {
		t.Skip("needs the published messages: set CONCORD_SHARED")
	}
	return all, senders
}

// corpus is a gateway with every definition of HL7 v2, seen from outside, and the organisations that send to it.
type corpus struct {
	*testing.T
	*server
	issuer   *tokenMaker
	operator string
	lines    []*bufio.ReadWriter // by organisation
}

func openCorpus(t *testing.T, senders int) *corpus {
	t.Helper()
	data, outside := t.TempDir(), newIssuer(t)
	var all []string
	for n := range senders {
		all = append(all, wardOrganization(fmt.Sprintf("sender-%d", n)))
	}
	must(t, "import", "--data", data, filepath.Join(lay(t, map[string]string{"o.ndjson": strings.Join(all, "\n")}), "o.ndjson"))
	variables := map[string]string{
		"CONCORD_ADDR": "127.0.0.1:0", "CONCORD_DATA": data, "CONCORD_CLOSED_NETWORK": "yes", "CONCORD_VIEW_CACHE": "memory", "CONCORD_LOG_LEVEL": "error",
		"CONCORD_ISSUER": outside.url + "=" + hereAudience + ";trust=purpose,organization,operator",
	}
	args := []string{"serve"}
	for _, name := range everyMessage() {
		args = append(args, "--definition", name)
	}
	for n := range senders {
		args = append(args, "--mllp", fmt.Sprintf("%s;org=Organization/sender-%d;from=127.0.0.0/8;processing=%s", anyPort(n), n, strings.Join(processed, ",")))
	}
	c := &corpus{T: t, issuer: outside, operator: outside.operator(t)}
	c.server = start(t, func(name string) string { return variables[name] }, args...)
	for line := range strings.Lines(c.said()) {
		address, ok := strings.CutPrefix(strings.TrimSpace(line), "mllp ")
		if !ok {
			continue
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		c.lines = append(c.lines, bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn)))
	}
	return c
}

// anyPort is an address with a free port, written in its own way for each n: each makes a listener of its own.
func anyPort(n int) string { return "127.0.0.1:" + strings.Repeat("0", n+1) }

// sender is a token of an organisation that sends.
func (c *corpus) sender(org int) string {
	return c.issuer.sign(c.T, issuer.Claims{
		Subject: "x", Audience: hereAudience, Scope: "system/*.rs", Issued: time.Now(), Expires: time.Now().Add(time.Hour),
		Organization: fmt.Sprintf("Organization/sender-%d", org), Purposes: []string{"TREAT"},
	})
}

// TestPublishedMessagesGoThroughTheGateway sends every published message over MLLP. What a definition takes can be read as FHIR
// afterwards and comes back as it was; every other is answered with the field that decides, and lies whole among the letters.
func TestPublishedMessagesGoThroughTheGateway(t *testing.T) {
	t.Parallel()
	all, senders := publishedMessages(t)
	c := openCorpus(t, senders)
	local := &gateway.Local{Definitions: everyDefinition(t)}
	var letters []published
	taken := map[string]int{}
	for _, one := range all {
		d := one.takenBy(local)
		c.say(one, d != nil)
		if d == nil {
			letters = append(letters, one)
			continue
		}
		taken[d.Name]++
		c.comesBack(one, d)
	}
	if len(letters) == 0 || len(taken) != len(local.Definitions) {
		t.Errorf("%d are refused, and taken by %v", len(letters), taken)
	}
	c.kept(letters)
	t.Logf("%d messages by %d senders: %d refused, taken %v", len(all), senders, len(letters), taken)
	c.mended(letters)
}

// TestEachOfManyMessagesComesBack sends what one system says of a few people, message after message. Each comes back as it was
// right after it was taken in, however much is held of the same people by then.
func TestEachOfManyMessagesComesBack(t *testing.T) {
	t.Parallel()
	c := openCorpus(t, 1)
	local := &gateway.Local{Definitions: everyDefinition(t)}
	for _, s := range newWard("PAS", 5, 0, 60, 0).said {
		m, err := hl7v2.Parse([]byte(s.text), hl7v2.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		one := published{name: s.control, text: []byte(s.text), m: m}
		c.say(one, true)
		c.comesBack(one, one.takenBy(local))
	}
}

// takenBy is the definition that makes something of a message; nil when it has to be refused.
func (p published) takenBy(local *gateway.Local) *mappings.Definition {
	tree := p.m.Tree(hl7v2.GroupsOf(p.m)...)
	d := local.Choose(gateway.Door{}, mappings.HL7v2, tree)
	if d == nil || p.m.Check() != nil || !slices.Contains(processed, p.m.Get(hl7v2.Path{Segment: "MSH", Field: 11, Component: 1}).Text()) {
		return nil
	}
	if _, err := d.ToFHIR(tree, mappings.Context{}); err != nil {
		return nil
	}
	return d
}

// processed are the processing ids that the doors take.
var processed = []string{"P", "T"}

// say sends a message and hears all the answers that it asks for.
func (c *corpus) say(one published, good bool) {
	c.Helper()
	outcome, line := hl7v2.ApplicationError, c.lines[one.org]
	if good {
		outcome = hl7v2.ApplicationAccept
	}
	_, _ = line.WriteString("\x0b" + string(one.text) + "\x1c\r") // Flush reports it
	if err := line.Flush(); err != nil {
		c.Fatal(err)
	}
	for _, want := range one.m.AckCodes(outcome, true) {
		answer, err := line.ReadBytes(0x1c)
		if err == nil {
			_, err = line.ReadByte()
		}
		if err != nil {
			c.Fatal(one.name, err)
		}
		m, err := hl7v2.Parse(bytes.Trim(answer, "\x0b\x1c"), hl7v2.Limits{})
		if err != nil {
			c.Fatal(one.name, err)
		}
		told, ok := hl7v2.AnswerOf(m)
		places := slices.ContainsFunc(told.Faults, func(f hl7v2.Fault) bool { return f.Location.Segment != "" && f.Location.Field > 0 })
		refused := told.Code == hl7v2.ApplicationError || told.Code == hl7v2.ApplicationReject
		if !ok || told.To != one.m.ControlID() || refused != (want == hl7v2.ApplicationError) || !refused && told.Code != want || refused && !places {
			c.Errorf("%s is answered by %q, and not by %s", one.name, answer, want)
		}
	}
}

// comesBack reads what a message has just made, as the operator, and has it converted back for its sender.
func (c *corpus) comesBack(one published, d *mappings.Definition) {
	c.Helper()
	provenance := c.provenance(one)
	var refs []fhir.Ref
	for target := range provenance.All("target", "reference") {
		ref, ok := fhir.ParseRef(target.Text())
		if !ok {
			c.Fatal(one.name, target.Text())
		}
		got := c.get(c.T, "/"+ref.String(), c.operator)
		if got.status != http.StatusOK {
			c.Errorf("%s: %s answers %d", one.name, ref, got.status)
			continue
		}
		if _, err := fhir.DecodeJSON(got.body); err != nil {
			c.Errorf("%s: %s: %v", one.name, ref, err)
		}
		refs = append(refs, ref)
	}
	last := refs[len(refs)-1]
	back := c.get(c.T, "/"+last.String()+"/$convert?definition="+d.Name, c.sender(one.org))
	m, err := hl7v2.Parse(back.body, hl7v2.Limits{})
	if err != nil || !hl7v2.Equal(one.m, m) {
		c.Errorf("%s comes back from %s (%d) as\n%.800s\nand was\n%.800s", one.name, last, back.status, bytes.ReplaceAll(back.body, []byte("\r"), []byte("\n")), bytes.ReplaceAll(one.text, []byte("\r"), []byte("\n")))
	}
}

// provenance is that of a message, as soon as it is there: the sender may have asked for no answer.
func (c *corpus) provenance(one published) fhir.Node {
	c.Helper()
	name, err := one.m.Key()
	if name = strings.ReplaceAll(name, "\r", "|"); err != nil {
		name = "unnamed"
	}
	for range 200 {
		found := c.get(c.T, "/Provenance?_sort=-_lastUpdated&_count=1", c.operator)
		root, err := fhir.Walk(found.body)
		if err != nil {
			c.Fatal(err)
		}
		for entry := range root.All("entry", "resource") {
			if firstOf(entry, "entity", "what", "identifier", "value") == name {
				return entry
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	c.Fatal(one.name, " made nothing")
	return fhir.Node{}
}
