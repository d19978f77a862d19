package fhir

import (
	"log/slog"
	"sync"
)

// Resource is one resource as it came, immutable. The zero Resource is not useful: DecodeJSON makes them.
type Resource struct {
	tree *tree
	ref  Ref
	cuts func() []Cut // computed once, when first asked for
}

func newResource(t *tree) *Resource {
	root := Node{t, 0}
	ref := Ref{Type(root.Get("resourceType").Text()), ID(root.Get("id").Text())}
	return &Resource{tree: t, ref: ref, cuts: sync.OnceValue(func() []Cut { return findCuts(t) })}
}

// Type is the resource's type.
func (r *Resource) Type() Type { return r.ref.Type }

// Ref is the resource's type and id; the id is empty when the resource has none.
func (r *Resource) Ref() Ref { return r.ref }

// JSON is the resource as it came. The caller must not change it.
func (r *Resource) JSON() []byte { return r.tree.data }

// Root is the resource's tree.
func (r *Resource) Root() Node { return Node{r.tree, 0} }

// Cuts are the byte ranges that can be left out of JSON, in document order.
func (r *Resource) Cuts() []Cut { return r.cuts() }

// String keeps what a resource says out of whatever prints it.
func (r *Resource) String() string { return "[withheld]" }

// LogValue keeps what a resource says out of every log.
func (r *Resource) LogValue() slog.Value { return slog.StringValue(r.String()) }
