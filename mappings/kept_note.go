package mappings

import "unicode/utf8"

// A note is a record in one JSON string, short and quick to write, since one is stored beside every message:
//
//	note  = "1" *( id "|" ) "|" *node     the version; the ids of what has its key nowhere else
//	node  = head name "|" ( text [ "`s" spelt ] "|" / *node ")" )
//
// Heads say what a node is and what became of it. Null and Empty have no text. In names and texts ` stands before a | or
// another `, and before x with two digits of what a JSON string cannot hold. How a text was spelt stands behind it, where
// its format would write it otherwise.
const (
	noteVersion = '1'
	noteEnd     = '|'
	noteClose   = ')'
	noteEscape  = '`'
	noteSpelt   = 's'
)

// heads are by fate, kind, and whether the node stands in a list.
const heads = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"

// head is the letter of a node.
func head(e Entry, became fate) byte {
	at := (int(became)*6 + int(e.Kind)) * 2
	if e.Listed {
		at++
	}
	return heads[at]
}

// noteWriter writes a note.
type noteWriter struct{ out []byte }

func (w *noteWriter) open() { w.out = append(w.out, '"', noteVersion) }

func (w *noteWriter) end() { w.out = append(w.out, noteEnd) }

func (w *noteWriter) close() []byte { return append(w.out, '"') }

// children writes what is in a group.
func (w *noteWriter) children(x *run, n Node) {
	if n.Len() == 0 {
		return
	}
	for c := n.i + 1; c >= 0; c = x.tree.nodes[c].next {
		e := &x.tree.nodes[c].Entry
		became, text := x.fate(c)
		w.out = append(w.out, head(*e, became))
		w.text(e.Name)
		switch e.Kind {
		case Null, Empty:
		case Group:
			w.children(x, Node{x.tree, c})
			w.out = append(w.out, noteClose)
		default:
			if spelt := x.tree.spelt[c]; spelt != "" {
				w.part(text)
				w.out = append(w.out, noteEscape, noteSpelt)
				text = spelt
			}
			w.text(text)
		}
	}
}

// text writes a name or a text with its end.
func (w *noteWriter) text(s string) {
	w.part(s)
	w.out = append(w.out, noteEnd)
}

func (w *noteWriter) part(s string) {
	start, valid := 0, utf8.ValidString(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			w.out = append(append(w.out, s[start:i]...), '\\', c)
		case c == noteEnd || c == noteEscape:
			w.out = append(append(w.out, s[start:i]...), noteEscape, c)
		case c < ' ' || c >= utf8.RuneSelf && !valid:
			w.out = append(append(w.out, s[start:i]...), noteEscape, 'x', hexDigits[c>>4], hexDigits[c&15])
		default:
			continue
		}
		start = i + 1
	}
	w.out = append(w.out, s[start:]...)
}

const hexDigits = "0123456789abcdef"

// beginning is the text up to its shortest enough, without half a letter.
func beginning(s string) string {
	end := shortest
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
