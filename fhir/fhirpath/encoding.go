package fhirpath

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"strings"
	"unicode/utf8"
)

// encode writes the UTF-8 of a string in base64, urlbase64 or hex (FHIRPath 2.0, additional string functions).
func encode(c *application) ([]Value, error) {
	s, ok, err := c.texts(1)
	if err != nil || !ok {
		return nil, err
	}
	if 2*len(s[0]) > MaxText {
		return nil, beyond("a text is longer than %d bytes", MaxText)
	}
	switch s[1] {
	case "base64":
		return texts(base64.StdEncoding.EncodeToString([]byte(s[0]))), nil
	case "urlbase64":
		return texts(base64.URLEncoding.EncodeToString([]byte(s[0]))), nil
	case "hex":
		return texts(hex.EncodeToString([]byte(s[0]))), nil
	default:
		return nil, nil
	}
}

// decode is the way back. What is not encoded so, or no text then, gives nothing.
func decode(c *application) ([]Value, error) {
	s, ok, err := c.texts(1)
	if err != nil || !ok {
		return nil, err
	}
	var data []byte
	var fault error
	switch s[1] {
	case "base64":
		data, fault = base64.StdEncoding.DecodeString(s[0])
	case "urlbase64":
		data, fault = base64.URLEncoding.DecodeString(s[0])
	case "hex":
		data, fault = hex.DecodeString(s[0])
	default:
		return nil, nil
	}
	if fault != nil || !utf8.Valid(data) {
		return nil, nil //nolint:nilerr // nothing is the answer
	}
	return texts(string(data)), nil
}

var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// escape makes a string fit to stand in HTML or in JSON.
func escape(c *application) ([]Value, error) {
	s, ok, err := c.texts(1)
	if err != nil || !ok {
		return nil, err
	}
	if 6*len(s[0]) > MaxText {
		return nil, beyond("a text is longer than %d bytes", MaxText)
	}
	switch s[1] {
	case "html":
		return texts(htmlEscapes.Replace(s[0])), nil
	case "json":
		quoted, err := plainJSON(s[0])
		return texts(quoted), err
	default:
		return nil, nil
	}
}

// plainJSON is the string in JSON, without its quotes and without what JSON would escape for HTML.
func plainJSON(s string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`), nil
}

// unescape is the way back. What is not escaped so gives nothing.
func unescape(c *application) ([]Value, error) {
	s, ok, err := c.texts(1)
	if err != nil || !ok {
		return nil, err
	}
	switch s[1] {
	case "html":
		return texts(html.UnescapeString(s[0])), nil
	case "json":
		var plain string
		if json.Unmarshal([]byte(`"`+strings.NewReplacer(`\"`, `\"`, `"`, `\"`).Replace(s[0])+`"`), &plain) != nil {
			return nil, nil //nolint:nilerr // nothing is the answer
		}
		return texts(plain), nil
	default:
		return nil, nil
	}
}
