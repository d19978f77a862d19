package mappings

import (
	"log/slog"
)

// Kept is what going back needs to restore what a record said and FHIR does not: fields without a rule, fields that no
// FHIR value can say, and fields that would come back in another spelling. It is patient data, and travels beside the
// resources. The zero Kept keeps nothing.
//
// It is the record as it came, with what became of each field. What of it is to be restored is found on the way back,
// where it is asked for, and not on the way to FHIR, which every record goes.
type Kept struct{ note []byte }

// String keeps the record out of whatever prints it.
func (k Kept) String() string { return "[withheld]" }

// LogValue keeps the record out of every log.
func (k Kept) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Bytes are what was kept as JSON, for storing beside the resources. There are none when nothing was kept.
func (k Kept) Bytes() []byte { return k.note }

// ParseKept reads what Bytes wrote, now or in an earlier version; no bytes are the zero Kept. The error is a *fhir.Error
// of the kind Structure.
func ParseKept(data []byte) (Kept, error) {
	if _, err := readNote(data); err != nil {
		return Kept{}, err
	}
	return Kept{data}, nil
}

// fate is what a note says of a field: what became of it when the record went to FHIR.
type fate uint8

const (
	returns   fate = iota // it comes back by itself
	shortened             // the same, and the note has only the beginning of it
	otherwise             // it is in FHIR, and does not come back as it was
	untold                // it is not in FHIR
)

// fates by what became of a field.
var fates = [...]fate{untouched: untold, failed: untold, oneWay: otherwise, inexact: otherwise, exact: returns}

// Kept is what of the record is not in the resources, if the definition keeps; else nothing.
func (r Result) Kept() Kept {
	x := r.run
	if x == nil || !x.d.Keep || !x.keeps() {
		return Kept{}
	}
	w := noteWriter{out: make([]byte, 0, 64+12*x.tree.Len())}
	w.open()
	for _, m := range x.made {
		if !m.p.identified() {
			w.text(string(m.id))
		}
	}
	w.end()
	w.children(x, x.tree.Root())
	return Kept{w.close()}
}

// keeps reports whether going back could give another record. Tables have an order of their own; of the others it is
// kept, too.
func (x *run) keeps() bool {
	if x.d.adding || x.tree.format != CSV && x.tree.format != XLSX {
		return x.tree.Len() > 1
	}
	for i := range x.marks {
		if (Node{x.tree, int32(i)}).field() && x.marks[i].state != exact {
			return true
		}
	}
	return false
}

// identified reports whether the resource has its key as an identifier. Where its type has none, the id is all that
// tells the way back what the key was.
func (p *produced) identified() bool {
	e, ok := p.root.of.Element("identifier")
	return ok && e.Repeated
}

// shortest is how much of a long text that comes back by itself is enough to know its repeat by. It is a multiple of
// four, so that base64 can still be read.
const shortest = 240

// fate is that of one node, and its text as the note has it.
func (x *run) fate(i int32) (fate, string) {
	n, m := &x.tree.nodes[i], &x.marks[i]
	if n.Kind == Group && n.count > 0 {
		return returns, ""
	}
	became := fates[m.state]
	if became != returns || len(n.Text) <= shortest || x.tree.spelt[i] != "" || m.leaf.codec.decode == nil || m.leaf.codec.word != "text" && m.leaf.codec.word != "base64" {
		return became, n.Text
	}
	return shortened, beginning(n.Text)
}
