package mappings

import (
	"encoding/json"
	"strings"

	"concord/fhir"
)

// note is what Kept holds, read: a record, or what an earlier version of this package had found of it already.
type note struct {
	ids    []fhir.ID // of what has its key nowhere else, in the order of the definition
	nodes  []node
	fates  []fate
	spelt  map[int32]string    // of the nodes
	Fields []keptField         `json:"fields"`
	Spelt  []keptField         `json:"-"`     // texts that come back, and how they were spelt
	Order  map[string][]string `json:"order"` // the names in each group as they stood, by its path
}

// readNote reads a note of either form.
func readNote(data []byte) (*note, error) {
	n, text := &note{}, ""
	if len(data) == 0 {
		return n, nil
	}
	if data[0] == '{' {
		if err := json.Unmarshal(data, n); err != nil {
			return nil, errNote()
		}
		for _, f := range n.Fields {
			if _, err := ParsePath(f.Path); err != nil {
				return nil, errNote()
			}
		}
		return n, nil
	}
	if err := json.Unmarshal(data, &text); err != nil || text == "" || text[0] != noteVersion {
		return nil, errNote()
	}
	r := noteReader{rest: text[1:], b: NewBuilder("", len(text)/8), note: n}
	if !r.ids() || !r.nodes() {
		return nil, errNote()
	}
	t := r.b.Tree()
	if n.nodes, n.spelt = t.nodes, t.spelt; len(n.nodes) > maxNodes {
		return nil, errNote()
	}
	return n, nil
}

func errNote() error {
	return fhir.Errorf(fhir.Structure, "what was kept of the local record cannot be read")
}

// noteReader reads what noteWriter wrote. Its methods report whether they could.
type noteReader struct {
	rest  string
	b     *Builder
	note  *note
	spelt string // of the text that was read last
}

func (r *noteReader) ids() bool {
	for {
		id, ok := r.text()
		if !ok || id == "" {
			return ok
		}
		r.note.ids = append(r.note.ids, fhir.ID(id))
	}
}

// nodes reads to the end. Depth costs no stack.
func (r *noteReader) nodes() bool {
	depth := 0
	r.note.fates = append(r.note.fates, returns) // of the root
	for r.rest != "" {
		c := r.rest[0]
		r.rest = r.rest[1:]
		if c == noteClose {
			if depth--; depth < 0 {
				return false
			}
			r.b.Close()
			continue
		}
		at := strings.IndexByte(heads, c)
		name, ok := r.text()
		if at < 0 || !ok {
			return false
		}
		e := Entry{Name: name, Kind: Kind(at / 2 % 6), Listed: at%2 == 1}
		r.note.fates = append(r.note.fates, fate(at/12)) //nolint:gosec // less than four
		switch e.Kind {
		case Group:
			r.b.Open(e)
			depth++
			continue
		case Null, Empty:
		default:
			if e.Text, ok = r.text(); !ok {
				return false
			}
		}
		r.b.Add(e)
		if r.spelt != "" {
			r.b.Spell(r.spelt)
			r.spelt = ""
		}
	}
	return depth == 0
}

// text reads up to the end of a name or text.
func (r *noteReader) text() (string, bool) {
	end := strings.IndexAny(r.rest, "|`")
	if end >= 0 && r.rest[end] == noteEnd {
		text := r.rest[:end]
		r.rest = r.rest[end+1:]
		return text, true
	}
	var b, text strings.Builder
	spelt := false
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == noteEnd && spelt:
			r.rest, r.spelt = r.rest[i+1:], b.String()
			return text.String(), true
		case c == noteEnd:
			r.rest = r.rest[i+1:]
			return b.String(), true
		case c != noteEscape:
			b.WriteByte(c)
		case i+3 < len(r.rest) && r.rest[i+1] == 'x':
			high, low := strings.IndexByte(hexDigits, r.rest[i+2]), strings.IndexByte(hexDigits, r.rest[i+3])
			if high < 0 || low < 0 {
				return "", false
			}
			b.WriteByte(byte(high<<4 | low)) //nolint:gosec // two digits
			i += 3
		case !spelt && i+1 < len(r.rest) && r.rest[i+1] == noteSpelt:
			text.WriteString(b.String())
			b.Reset()
			spelt = true
			i++
		case i+1 < len(r.rest):
			i++
			b.WriteByte(r.rest[i])
		}
	}
	return "", false
}
