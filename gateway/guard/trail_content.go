package guard

import (
	"fmt"
	"strconv"

	"concord/fhir"
)

// contentRoom is what the content of most events fits into.
const contentRoom = 768

// Content is the event as canonical JSON: equal events have equal bytes. Bytes of strings that are no UTF-8 are
// replaced, so that what is kept can always be read again. It is written by hand: every read writes one, and the
// encoder took a third of what all the rest of recording it does.
func (e Event) Content() ([]byte, error) {
	c := contentWriter{out: make([]byte, 0, contentRoom)}
	c.out = appendString(append(c.out, `{"id":`...), e.ID)
	out, err := e.At.UTC().AppendText(append(c.out, `,"at":"`...))
	if err != nil {
		return nil, fmt.Errorf("write trail event: %w", err)
	}
	c.out = append(out, '"')
	c.text("person", string(e.Person))
	c.out = appendString(append(c.out, `,"interaction":`...), e.Interaction)
	action := ""
	if e.Action != 0 {
		action = string(rune(e.Action))
	}
	c.out = appendString(append(c.out, `,"action":`...), action)
	c.out = strconv.AppendBool(append(c.out, `,"permit":`...), e.Permit)
	c.ref("type", "resource", e.Ref)
	c.text("version", e.Version)
	c.number("count", int64(e.Count))
	c.number("withheld", int64(e.Withheld))
	c.text("query", e.Query)
	c.text("digest", e.Digest)
	c.ref("userType", "user", e.User)
	c.text("name", e.Name)
	c.ref("orgType", "org", e.Org)
	c.text("orgName", e.OrgName)
	c.text("role", e.Role)
	c.text("purpose", e.Purpose)
	c.text("client", e.Client)
	c.text("token", e.Token)
	c.text("request", e.Request)
	c.text("policy", e.Policy)
	c.list("rules", len(e.Rules), func(i int) string { return e.Rules[i] })
	c.text("reason", e.Reason)
	c.list("refs", len(e.Refs), func(i int) string { return e.Refs[i].String() })
	c.text("step", e.Step)
	c.number("standing", e.Standing)
	if e.Labels != 0 {
		c.out = strconv.AppendUint(c.member("labels"), e.Labels, 10)
	}
	c.text("severity", e.Severity)
	c.text("note", e.Note)
	return append(c.out, '}'), nil
}

// contentWriter writes members of a JSON object, but for those that say nothing.
type contentWriter struct{ out []byte }

func (c *contentWriter) member(name string) []byte {
	return append(append(append(c.out, `,"`...), name...), `":`...)
}

func (c *contentWriter) text(name, value string) {
	if value != "" {
		c.out = appendString(c.member(name), value)
	}
}

func (c *contentWriter) number(name string, value int64) {
	if value != 0 {
		c.out = strconv.AppendInt(c.member(name), value, 10)
	}
}

func (c *contentWriter) ref(typ, id string, ref fhir.Ref) {
	c.text(typ, string(ref.Type))
	c.text(id, string(ref.ID))
}

func (c *contentWriter) list(name string, n int, value func(int) string) {
	if n == 0 {
		return
	}
	c.out = c.member(name)
	for i := range n {
		before := byte(',')
		if i == 0 {
			before = '['
		}
		c.out = appendString(append(c.out, before), value(i))
	}
	c.out = append(c.out, ']')
}
