package mappings

// The formats that a definition may be written for.
const (
	CSV    = "csv"
	XLSX   = "xlsx"
	JSON   = "json"
	NDJSON = "ndjson"
	HL7v2  = "hl7v2"
)

// Builder makes a Tree in document order: Open and Close stand around the children of a Group, Add makes a leaf.
type Builder struct {
	nodes []node
	open  []int32 // the groups that are open, the root first
	last  []int32 // of each of them, the child before, or -1
	spelt map[int32]string
	form  string
}

// NewBuilder starts a record of a format; capacity is how many nodes are expected.
func NewBuilder(format string, capacity int) *Builder {
	b := &Builder{nodes: make([]node, 0, capacity+1), form: format, open: make([]int32, 0, 8), last: make([]int32, 0, 8)}
	b.nodes = append(b.nodes, node{next: -1, parent: -1})
	b.open, b.last = append(b.open, 0), append(b.last, -1)
	return b
}

// Add makes a leaf in the group that is open.
func (b *Builder) Add(e Entry) { b.add(e) }

// Spell says how the leaf that was added last was written: Node.Spelt.
func (b *Builder) Spell(written string) {
	if b.spelt == nil {
		b.spelt = map[int32]string{}
	}
	b.spelt[int32(len(b.nodes)-1)] = written //nolint:gosec // as in add
}

// Open makes a Group in the group that is open, and opens it.
func (b *Builder) Open(e Entry) {
	e.Kind, e.Text = Group, ""
	i := b.add(e)
	b.open, b.last = append(b.open, i), append(b.last, -1)
}

// Close closes the group that Open opened last. The root stays open.
func (b *Builder) Close() {
	if len(b.open) > 1 {
		b.open, b.last = b.open[:len(b.open)-1], b.last[:len(b.last)-1]
	}
}

// Tree is the record. The Builder must not be used after it.
func (b *Builder) Tree() *Tree { return &Tree{format: b.form, nodes: b.nodes, spelt: b.spelt} }

func (b *Builder) add(e Entry) int32 {
	i := int32(len(b.nodes)) //nolint:gosec // the formats bound their records long before 2^31 nodes
	top := len(b.open) - 1
	parent := b.open[top]
	b.nodes = append(b.nodes, node{Entry: e, next: -1, parent: parent})
	b.nodes[parent].count++
	if before := b.last[top]; before >= 0 {
		b.nodes[before].next = i
	}
	b.last[top] = i
	return i
}
