package main

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"concord/fhir"
	"concord/mappings/hl7v2"
)

// kept compares the letters with what was refused, byte for byte.
func (c *corpus) kept(refused []published) {
	c.Helper()
	var got, want []string
	for _, id := range c.letters() {
		got = append(got, string(c.saved(id)))
	}
	for _, one := range refused {
		want = append(want, string(one.text))
	}
	slices.Sort(got)
	slices.Sort(want)
	want = slices.Compact(want) // the same message by the same sender is one letter
	got = slices.Compact(got)
	if len(got) != len(want) {
		c.Errorf("%d letters, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			c.Errorf("a letter reads %q and not %q", got[i], want[i])
		}
	}
}

// replay runs the command that lists and replays letters.
func (c *corpus) replay(args ...string) string {
	c.Helper()
	file := filepath.Join(c.TempDir(), "token")
	if err := os.WriteFile(file, []byte(c.operator), 0o600); err != nil {
		c.Fatal(err)
	}
	return must(c.T, append([]string{"map", "replay", "--url", c.address, "--token-file", file}, args...)...)
}

// letters are the ids of those that wait.
func (c *corpus) letters() []string {
	c.Helper()
	var ids []string
	for line := range strings.Lines(c.replay()) {
		ids = append(ids, strings.Fields(line)[0])
	}
	return ids
}

func (c *corpus) saved(id string) []byte {
	c.Helper()
	file := filepath.Join(c.TempDir(), "letter")
	c.replay(id, "--save", file)
	text, err := os.ReadFile(file)
	if err != nil {
		c.Fatal(err)
	}
	return text
}

// mended gives the patient of a letter that has none a number, and has it taken in.
func (c *corpus) mended(refused []published) {
	c.Helper()
	at := hl7v2.Path{Segment: "PID", Field: 3, Component: 1}
	broken := slices.IndexFunc(refused, func(one published) bool {
		return one.m.Type() == "ORU" && len(one.m.Segment("PID", 1).Field(5).Raw()) > 0 && one.m.Get(at).Empty()
	})
	if broken < 0 {
		c.Fatal("no published message lacks a number any more: choose another to mend")
	}
	waiting := c.letters()
	id := ""
	for _, letter := range waiting {
		if bytes.Equal(c.saved(letter), refused[broken].text) {
			id = letter
		}
	}
	m, err := hl7v2.Parse(refused[broken].text, hl7v2.Limits{})
	if err == nil {
		err = m.Set(at, "MENDED")
	}
	if err != nil {
		c.Fatal(err)
	}
	file := filepath.Join(c.TempDir(), "mended.hl7")
	if err := os.WriteFile(file, m.Bytes(), 0o600); err != nil {
		c.Fatal(err)
	}
	if said := c.replay(id, "--with", file); !strings.Contains(said, "taken in") {
		c.Error(said)
	}
	if left := c.letters(); len(left) != len(waiting)-1 || slices.Contains(left, id) {
		c.Errorf("%d letters wait of %d", len(left), len(waiting))
	}
	found := c.get(c.T, "/Patient?_summary=count&identifier="+url.QueryEscape("MENDED"), c.operator)
	if root, err := fhir.Walk(found.body); err != nil || root.Get("total").Text() != "1" {
		c.Errorf("the mended message made no Patient: %s", found.body)
	}
}
