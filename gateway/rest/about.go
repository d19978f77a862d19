package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"concord/consent"
)

// aboutPath is where the sharing rules are published.
const aboutPath = "/about/sharing-rules"

// published is a page in its two forms, rendered once: constant bytes for everybody, since who asks what the rules are
// must not matter.
type published struct {
	html, text       []byte
	htmlTag, textTag string
	policy           string // Content-Security-Policy: the one style that stands in the page, and nothing else
}

// about answers the published sharing rules, without a token, in HTML or as text by Accept. It reports whether it did.
func (d *door) about(c *gin.Context) bool {
	r := c.Request
	if strings.TrimSuffix(r.URL.Path, "/") != aboutPath || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	harden(c.Writer.Header(), d.NewID())
	h := c.Writer.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Vary", "Accept, Accept-Encoding")
	h.Set("Content-Security-Policy", d.rules.policy)
	body, tag, media := d.rules.html, d.rules.htmlTag, "text/html; charset=utf-8"
	if prefersText(r.Header.Values("Accept")) {
		body, tag, media = d.rules.text, d.rules.textTag, "text/plain; charset=utf-8"
	}
	h.Set("ETag", tag)
	if unchanged(r.Header, tag, time.Time{}) {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return true
	}
	h.Set("Content-Type", media)
	x := exchange{door: d, gin: c}
	if x.packs(len(body)) {
		body = pack(body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	if r.Method == http.MethodGet {
		_, _ = c.Writer.Write(body) // the caller is gone: there is nobody left to tell
	}
	return true
}

// prefersText reports whether text/plain weighs more than text/html. What takes either is given the page.
func prefersText(accept []string) bool {
	text, html := -1.0, -1.0
	for one := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		media, params, err := mime.ParseMediaType(one)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			q = 1
		}
		switch media {
		case "text/plain":
			text = q
		case "text/html", "application/xhtml+xml":
			html = max(html, q)
		}
	}
	return text > 0 && text > html
}

// publish renders the rules.
func publish(rules []consent.SharingRule) (published, error) {
	digest := sha256.Sum256([]byte(aboutStyle))
	p := published{policy: "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(digest[:]) + "'"}
	page, err := template.New("rules").Parse(aboutPage)
	if err != nil {
		return p, fmt.Errorf("read the page of the sharing rules: %w", err)
	}
	var html bytes.Buffer
	if err := page.Execute(&html, map[string]any{"Rules": rules, "Style": template.CSS(aboutStyle)}); err != nil { //nolint:gosec // our own constant
		return p, fmt.Errorf("write the page of the sharing rules: %w", err)
	}
	p.html, p.text = html.Bytes(), aboutText(rules)
	p.htmlTag, p.textTag = tagOf(p.html), tagOf(p.text)
	return p, nil
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

// aboutText is the page as plain text, in lines that a terminal holds.
func aboutText(rules []consent.SharingRule) []byte {
	var b bytes.Buffer
	b.WriteString("HOW SHARING IS DECIDED\n\n")
	wrap(&b, "", aboutLead)
	part := ""
	for i, r := range rules {
		if r.Part != part {
			part = r.Part
			fmt.Fprintf(&b, "\n\n%s\n", strings.ToUpper(part))
		}
		fmt.Fprintf(&b, "\n%d. %s [%s]\n", i+1, r.Title, r.ID)
		wrap(&b, "   ", r.Plain)
		wrap(&b, "   ", "For engineers: "+r.Precise)
		if len(r.Cases) > 0 {
			wrap(&b, "   ", "Cases: "+strings.Join(r.Cases, " "))
		}
		wrap(&b, "   ", "Tests: "+strings.Join(r.Tests, " "))
	}
	return b.Bytes()
}

// wrap writes a text in lines of at most 96 characters, as far as its words allow.
func wrap(b *bytes.Buffer, indent, text string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 96 && line != indent {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
