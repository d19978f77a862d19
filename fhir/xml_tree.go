package fhir

// xmlElement is one element as it stands. A narrative is not taken apart: div is its source.
type xmlElement struct {
	start       int32 // of its tag
	space, name string
	attrs       []xmlAttribute
	first, next int32 // child and sibling, or -1
	stray       int32 // where text stands in it that is not white space, or -1
	div         string
}

// xmlTree is a document in its order: the root is the first.
type xmlTree struct {
	data     []byte
	elements []xmlElement
}

// xmlGrower builds the tree of a document.
type xmlGrower struct {
	scan   *xmlScanner
	spaces xmlNamespaces
	tree   *xmlTree
}

// plantXML reads a document. Its errors are *Error with one issue: the first fault of grammar, since what
// follows such a fault has no certain meaning. Comments and processing instructions are passed over.
func plantXML(data []byte) (*xmlTree, error) {
	all := string(data)
	g := &xmlGrower{scan: &xmlScanner{all: all}, tree: &xmlTree{data: data}}
	g.spaces.scan = g.scan
	if err := g.scan.begin(); err != nil {
		return nil, err
	}
	for {
		t, err := g.scan.next()
		if err != nil {
			return nil, err
		}
		rooted := len(g.tree.elements) > 0
		switch t.kind {
		case xmlAside, xmlInstruct:
		case xmlOpen:
			if rooted {
				return nil, g.scan.fault(t.start, "a second element follows the resource: send one resource and nothing after it")
			}
			if _, err := g.element(t, 1); err != nil {
				return nil, err
			}
		case xmlEnd:
			if !rooted {
				return nil, g.scan.fault(t.start, "there is no element: a resource is one")
			}
			return g.tree, nil
		default:
			if t.kind != xmlText || !blank(all[t.start:g.scan.pos]) {
				return nil, g.scan.fault(t.start, "the body is no XML: only one element stands at its top")
			}
		}
	}
}

// element reads an element whose start tag was read, to its end, and gives its place in the tree. The limits are
// asked before anything is kept.
func (g *xmlGrower) element(t xmlToken, depth int) (int32, error) {
	if depth > MaxDepth+1 { // one more than in JSON, where a primitive is not a level
		return 0, g.scan.limit(t.start, "elements are nested more than 51 deep here")
	}
	if len(g.tree.elements) >= maxNodes {
		return 0, g.scan.limit(t.start, "the resource has more elements than this server takes: divide it")
	}
	outside := len(g.spaces.in)
	attrs, err := g.spaces.declare(t)
	if err != nil {
		return 0, err
	}
	space, name, err := g.spaces.element(t)
	if err != nil {
		return 0, err
	}
	self, start := int32(len(g.tree.elements)), int32(t.start) //nolint:gosec // maxNodes and MaxBytes bound them
	e := xmlElement{start: start, space: space, name: name, attrs: attrs, first: -1, next: -1, stray: -1}
	g.tree.elements = append(g.tree.elements, e)
	switch {
	case space == xhtmlSpace:
		div, err := g.narrative(t, outside)
		if err != nil {
			return 0, err
		}
		g.tree.elements[self].div = div
	case !t.empty:
		if err := g.children(self, t.name, depth); err != nil {
			return 0, err
		}
	}
	g.spaces.in = g.spaces.in[:outside]
	return self, nil
}

// children reads what is in an element, and its end tag.
func (g *xmlGrower) children(self int32, name string, depth int) error {
	last := int32(-1)
	for {
		t, err := g.scan.next()
		if err != nil {
			return err
		}
		switch t.kind {
		case xmlEnd:
			return g.scan.fault(t.start, "the body ends before the resource does: part of it is missing")
		case xmlClose:
			if t.name != name {
				return g.scan.fault(t.start, "the end tag is not that of the element which is open here")
			}
			return nil
		case xmlText, xmlCDATA:
			e := &g.tree.elements[self]
			if e.stray < 0 && (t.kind == xmlCDATA || !blank(g.scan.all[t.start:g.scan.pos])) {
				e.stray = int32(t.start) //nolint:gosec // MaxBytes bounds it
			}
		case xmlOpen:
			child, err := g.element(t, depth+1)
			if err != nil {
				return err
			}
			if last < 0 {
				g.tree.elements[self].first = child
			} else {
				g.tree.elements[last].next = child
			}
			last = child
		default: // comments and instructions say nothing
		}
	}
}
