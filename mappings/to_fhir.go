package mappings

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"concord/fhir"
)

// Context is all that a mapping may know besides the record.
type Context struct {
	// ID gives the id of a resource by its type and the system and value of its key. Nil takes a digest of them, so
	// that every definition that knows the key finds the same resource. A key that should not be guessed from its
	// digest, such as an NHS number, wants an ID with a secret in it.
	ID func(typ, system, key string) fhir.ID
	// Recorded is when the record came, and Message what names it, for Provenance. Without a Message there is none.
	Recorded time.Time
	Message  string
}

// maxNodes bounds one record.
const maxNodes = 100_000

// plainID is the id without a Context.
func plainID(typ, system, key string) fhir.ID {
	var room [256]byte
	sum := sha256.Sum256(append(append(append(append(append(room[:0], typ...), 0), system...), 0), key...))
	var out [32]byte
	hex.Encode(out[:], sum[:16])
	return fhir.ID(out[:])
}

// Made is one resource that a record made.
type Made struct {
	Name string // of the definition's resource; "provenance" for what links the others to the record
	Ref  fhir.Ref
	JSON []byte
}

// Result is what one record made.
type Result struct {
	Made []Made
	run  *run
}

// Resources are what was made, read as strictly as what comes from outside. The error is DecodeJSON's.
func (r Result) Resources() ([]*fhir.Resource, error) {
	all := make([]*fhir.Resource, 0, len(r.Made))
	for _, m := range r.Made {
		made, err := fhir.DecodeJSON(m.JSON)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		all = append(all, made)
	}
	return all, nil
}

// ToFHIR makes the resources of a record. The same record and Context give the same bytes. The error is a *fhir.Error
// that names the place of each field for which the record is refused: a key that is missing, a field that must be
// there or good, a code that its table refuses. The resources are not yet validated: Resources does that.
func (d *Definition) ToFHIR(t *Tree, with Context) (Result, error) {
	if t.Len() > maxNodes {
		return Result{run: newRun(d, &Tree{format: t.format}, with)}, fhir.Errorf(fhir.TooLong, "the record has more than %d fields: divide it", maxNodes)
	}
	x := newRun(d, t, with)
	root := &cursor{node: t.Root()}
	for i, p := range d.resources {
		x.produce(i, p, root)
	}
	result := Result{run: x, Made: make([]Made, 0, len(x.made)+1)}
	for i := range x.made {
		m := &x.made[i]
		x.current = m
		start := len(x.out)
		x.resource(m)
		ref := fhir.Ref{Type: m.p.typ, ID: m.id}
		result.Made = append(result.Made, Made{m.p.name, ref, x.out[start:len(x.out):len(x.out)]})
	}
	if len(x.refused) > 0 {
		return Result{run: x}, &fhir.Error{Kind: x.refusal(), Issues: x.refused}
	}
	if with.Message != "" && len(result.Made) > 0 {
		targets := make([]fhir.Ref, len(result.Made))
		for i, m := range result.Made {
			targets[i] = m.Ref
		}
		result.Made = append(result.Made, x.provenance(targets))
	}
	return result, nil
}

// run is one way to FHIR.
type run struct {
	encoding
	d        *Definition
	with     Context
	tree     *Tree
	marks    []mark // of each node of the tree
	journal  []int32
	why      map[int32]string // why a field cannot be said
	unmapped []unmappedError
	noted    []fhir.Issue // warnings
	more     int          // and those that are left out
	made     []making
	current  *making
	refused  []fhir.Issue
}

// making is one resource to be made.
type making struct {
	p      *produced
	number int // of the resource in the definition, from 1
	at     *cursor
	id     fhir.ID
	key    string
}

// cursor is the repeat that rules stand in.
type cursor struct {
	up    *cursor
	node  Node
	nth   int     // which repeat, from 1
	piece *string // of a split text
	worst *state  // of the pieces so far
}

// newRun has room for what a record of this size makes: growing costs more than writing.
func newRun(d *Definition, t *Tree, with Context) *run {
	id := with.ID
	if id == nil {
		id = plainID
	}
	x := &run{d: d, with: with, tree: t, marks: make([]mark, t.Len())}
	x.id = id
	x.out = make([]byte, 0, 2048+64*t.Len())
	x.journal = make([]int32, 0, t.Len())
	x.made = make([]making, 0, len(d.resources)+4)
	return x
}
