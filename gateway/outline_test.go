package gateway

import (
	"fmt"
	"strings"
	"testing"

	"concord/fhir"
)

// outline is a document as a reader sees it: titles, states, texts without their markup, and references.
func outline(t *testing.T, body []byte) string {
	t.Helper()
	root, err := fhir.Walk(body)
	if err != nil {
		t.Fatal(err)
	}
	c := root.At("entry", "resource")
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, of %s\n%s\n", c.Get("title").Text(), c.Get("date").Text(), c.At("subject", "reference").Text(), readable(c.At("text", "div")))
	for s := range c.All("section") {
		fmt.Fprintf(&b, "\n## %s [%s]\n", s.Get("title").Text(), s.At("code", "coding", "code").Text())
		if !s.Get("section").OK() {
			fmt.Fprintf(&b, "%s%s\n", readable(s.At("text", "div")), references(s))
		}
		for l := range s.All("section") {
			state := l.At("extension", "valueCoding", "code").Text()
			fmt.Fprintf(&b, "# %s (%s)\n%s%s\n", l.Get("title").Text(), state, readable(l.At("text", "div")), references(l))
		}
	}
	b.WriteString("\nentries:\n")
	for e := range root.All("entry") {
		fmt.Fprintf(&b, "%s\n", e.Get("fullUrl").Text())
	}
	return b.String()
}

func readable(div fhir.Node) string {
	text := strings.NewReplacer("<li>", "\n- ", "<p>", "\n", "<b>", "*", "</b>", "*", "</li>", "", "</p>", "", "<ul>", "", "</ul>", "",
		`<div xmlns="http://www.w3.org/1999/xhtml">`, "", "</div>", "").Replace(div.Text())
	return strings.TrimPrefix(text, "\n")
}

func references(s fhir.Node) string {
	var refs []string
	for e := range s.All("entry", "reference") {
		refs = append(refs, e.Text())
	}
	if len(refs) == 0 {
		return ""
	}
	return "\n=> " + strings.Join(refs, " ")
}
