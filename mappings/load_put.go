package mappings

import (
	"strings"
	"time"

	"concord/fhir"
)

// entire is the setting "whole": a record says all of what it makes, so that what it leaves out is not. It is asked for
// where a format says nothing by leaving out; in a table an empty cell is empty.
func (c *compiler) entire(s setting) bool {
	if !c.flag(s, "whole") {
		return false
	}
	if c.d.Format != HL7v2 {
		c.on(s, "records of %s say all that they make: whole is for hl7v2, where a field that is left out changes nothing", c.d.Format)
	}
	return true
}

// occurred reads the field that says when what a record says was so, by which the messages of a sender follow each other.
func (c *compiler) occurred(s setting) {
	v, ok := s.get("occurred")
	if !ok {
		return
	}
	var k key
	if v.kind != scalar || !c.keyField(v, &k) || k.none || k.path.every {
		c.on(v, "occurred names the field with the time, such as MSH-7 else EVN-2")
		return
	}
	word := "date"
	if c.d.Format == HL7v2 {
		word = "dtm"
	}
	dateTime, _ := fhir.DefinitionOf("dateTime")
	clock, err := newCodec(c.d, word, dateTime)
	if err != nil {
		c.on(v, "%s", err)
		return
	}
	c.d.occurred, c.d.clock = &k, clock
}

// when is the time of the record; zero when it says none, or no more than a day.
func (x *run) when() time.Time {
	if x.d.occurred == nil {
		return time.Time{}
	}
	_, text, _ := x.keyText(&cursor{node: x.tree.Root()}, *x.d.occurred)
	e := encoding{id: x.id}
	if _, err := x.d.clock.encode(&e, text); text == "" || err != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, strings.Trim(string(e.out), `"`))
	if err != nil {
		return time.Time{}
	}
	return at
}
