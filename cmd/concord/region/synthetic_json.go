package region

import (
	"encoding/json"
	"fmt"
	"html"
)

// object is a JSON object in the order in which it is written: names and values in turn. A nil value is left out.
type object []any

// list is a JSON array.
type list []any

// write gives the JSON. What is written here is made of texts, numbers, truths, lists and objects alone.
func write(v any) []byte { return appendJSON(nil, v) }

func appendJSON(out []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		out = append(out, '{')
		first := true
		for i := 0; i+1 < len(v); i += 2 {
			if v[i+1] == nil {
				continue
			}
			if !first {
				out = append(out, ',')
			}
			first = false
			out = append(appendJSON(out, v[i]), ':')
			out = appendJSON(out, v[i+1])
		}
		return append(out, '}')
	case list:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, e)
		}
		return append(out, ']')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("region: %T cannot be written", v)) // a fault in our own tables
		}
		return append(out, text...)
	}
}

func reference(to string) object { return object{"reference", to} }

func coding(system, code, display string) object {
	if display == "" {
		return object{"system", system, "code", code}
	}
	return object{"system", system, "code", code, "display", display}
}

func concept(system, code, display string) object {
	c := object{"coding", list{coding(system, code, display)}}
	if display != "" {
		c = append(c, "text", display)
	}
	return c
}

// said is a narrative (FHIR R4, narrative.html).
func said(title, text string) object {
	return object{"status", "additional", "div", `<div xmlns="http://www.w3.org/1999/xhtml"><h2>` +
		html.EscapeString(title) + `</h2><p>` + html.EscapeString(text) + `</p></div>`}
}
