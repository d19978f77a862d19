package fhir

import (
	"bytes"
	"errors"
	"io"
	"math"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of what is read. They hold before anything is decoded, so that a hostile body costs little.
const (
	MaxBytes = 4 << 20 // of one resource, Bundles too
	MaxDepth = 50      // objects and arrays within each other
	maxNodes = 1 << 19 // values in one resource: bounds the memory that its tree takes

	// around is how much deeper than a resource what is made of resources may be, such as a Bundle of them.
	around = 14
)

// Walk gives the tree of JSON that was decoded before, such as what Leave keeps, or of a Bundle made of such. It
// checks that the bytes are JSON, and nothing of FHIR.
func Walk(data []byte) (Node, error) {
	t, err := plantWithin(data, math.MaxInt32, MaxDepth+around)
	if err != nil {
		return Node{}, err
	}
	return Node{t, 0}, nil
}

// plant reads the tokens into a tree of at most so many values. Its errors are *Error with one issue: the
// first fault of grammar, since what follows such a fault has no certain meaning. Names that stand twice are
// left for the reader of the tree.
func plant(data []byte, values int) (*tree, error) { return plantWithin(data, values, MaxDepth) }

// plantWithin is plant for objects and arrays within each other to a depth of the caller's.
func plantWithin(data []byte, values, depth int) (*tree, error) {
	if len(data) > math.MaxInt32 {
		return nil, single(Issue{Code: TooLong, Diagnostics: "the body is larger than 2 GB"})
	}
	g := &grower{tree: &tree{data: data}, all: string(data), values: values, depth: depth}
	g.tree.nodes = make([]node, 0, min(len(data)/24+8, values))
	g.dec = jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true))
	if err := g.value(-1, -1, ""); err != nil {
		return nil, g.fault(err)
	}
	_, err := g.dec.ReadToken()
	if errors.Is(err, io.EOF) {
		return g.tree, nil
	}
	return nil, g.fault(errTrailing)
}

var (
	errTrailing = errors.New("bytes follow the resource")
	errDeep     = errors.New("nested too deeply")
	errMany     = errors.New("too many values")
)

// grower builds a tree in document order. pos is the end of the last token.
type grower struct {
	tree   *tree
	dec    *jsontext.Decoder
	values int    // at most
	depth  int    // at most
	all    string // the bytes once more, so that texts and names are slices of one string
	pos    int
}

// token reads the next token; start is its first byte.
func (g *grower) token() (tok jsontext.Token, start int, err error) {
	tok, err = g.dec.ReadToken()
	if err != nil {
		return tok, g.pos, err
	}
	start = g.pos
	for start < len(g.all) {
		switch g.all[start] {
		case ' ', '\t', '\r', '\n', ',', ':':
			start++
			continue
		}
		break
	}
	g.pos = int(g.dec.InputOffset())
	return tok, start, nil
}

// text is the string whose token ended at pos, without quotes and escapes.
func (g *grower) text(tok jsontext.Token, start int) string {
	raw := g.all[start+1 : g.pos-1]
	for i := range len(raw) {
		if raw[i] == '\\' {
			return tok.String()
		}
	}
	return raw
}

// value reads one value with all that is in it. key is where its name starts, or -1.
func (g *grower) value(parent, key int32, name string) error {
	tok, start, err := g.token()
	if err != nil {
		return err
	}
	nodes := &g.tree.nodes
	if len(*nodes) >= g.values {
		return errMany
	}
	self, from, to := int32(len(*nodes)), int32(start), int32(g.pos) //nolint:gosec // plantWithin bounds them
	*nodes = append(*nodes, node{start: from, end: to, key: key, name: name, next: -1, parent: parent})
	n := &(*nodes)[self]
	switch tok.Kind() {
	case '"':
		n.kind, n.text = String, g.text(tok, start)
		return nil
	case '0':
		n.kind = Number
		return nil
	case 't', 'f':
		n.kind = Bool
		return nil
	case 'n':
		n.kind = Null
		return nil
	case '[':
		n.kind = Array
	default:
		n.kind = Object
	}
	if g.dec.StackDepth() > g.depth {
		return errDeep
	}
	return g.children(self)
}

// children reads what is in the object or array self, and its end.
func (g *grower) children(self int32) error {
	object := g.tree.nodes[self].kind == Object
	var count int32
	last := int32(-1)
	for g.dec.PeekKind() != '}' && g.dec.PeekKind() != ']' {
		key, name := int32(-1), ""
		if object {
			tok, start, err := g.token()
			if err != nil {
				return err
			}
			key, name = int32(start), g.text(tok, start) //nolint:gosec // plantWithin bounds it
		}
		child := int32(len(g.tree.nodes)) //nolint:gosec // plantWithin bounds it
		if err := g.value(self, key, name); err != nil {
			return err
		}
		g.tree.nodes[child].index = count
		if last >= 0 {
			g.tree.nodes[last].next = child
		}
		last = child
		count++
	}
	if _, _, err := g.token(); err != nil {
		return err
	}
	n := &g.tree.nodes[self]
	n.end, n.count = int32(g.pos), count //nolint:gosec // plantWithin bounds it
	return nil
}
