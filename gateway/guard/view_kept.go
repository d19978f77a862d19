package guard

import (
	"encoding/binary"
	"time"

	"concord/consent"
	"concord/fhir"
)

// kept is a finished view as the cache holds it. Beside the bytes stands what they rest on and the key cannot
// name before the view is made: other people that things in it are about or point to, and references that led
// nowhere. Both are compared with the snapshot of the moment before the bytes are used, so nothing has to be
// invalidated, and a change on any node is in force at the next request.
type kept struct {
	Until    time.Time // zero: never
	People   []restedOn
	Absent   []fhir.Ref
	Content  []fhir.Ref // Binaries of nobody that were there
	Body     []byte
	ETag     string // a hash of the bytes
	Manifest string // SHA-256 of the list of versions shown, in hex
	Count    int
	Withheld int
	Rules    []string         // the choices by which things were withheld
	Step     string           // the steps that hid something
	Others   []consent.Person // who else is in it
}

// restedOn is the state of a person that a view was made under, and what the viewer's residuals for that person
// were: viewers with equal rights share a view, so their rights to everybody in it must be equal.
type restedOn struct {
	Person   consent.Person
	Standing int64
	Record   int64
	Keys     string // as ruling.keys
}

// bytes is a kept view as a cache holds it: the length of what it rests on in four bytes, that as a list, and the
// body as it is. In the list numbers are varints, and a text and a list say first how long they are. It is read at
// every hit, where JSON took as long as the decision; the guard's Build is in the name of a view, so nobody reads
// the list of another version.
func (v *kept) bytes() []byte {
	out := make([]byte, 4, 4+512+len(v.Body))
	var until int64 // zero: never
	if !v.Until.IsZero() {
		until = v.Until.UnixNano()
	}
	for _, n := range []int64{until, int64(v.Count), int64(v.Withheld)} {
		out = binary.AppendVarint(out, n)
	}
	out = putText(putText(putText(out, v.ETag), v.Manifest), v.Step)
	out = putTexts(putTexts(out, v.Rules), v.Others)
	out = putRefs(putRefs(out, v.Absent), v.Content)
	out = binary.AppendUvarint(out, uint64(len(v.People)))
	for _, on := range v.People {
		out = putText(out, string(on.Person))
		out = binary.AppendVarint(binary.AppendVarint(out, on.Standing), on.Record)
		out = putText(out, on.Keys)
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)-4)) //nolint:gosec // a few kilobytes
	return append(out, v.Body...)
}

func putText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

func putTexts[T ~string](out []byte, texts []T) []byte {
	out = binary.AppendUvarint(out, uint64(len(texts)))
	for _, text := range texts {
		out = putText(out, string(text))
	}
	return out
}

func putRefs(out []byte, refs []fhir.Ref) []byte {
	out = binary.AppendUvarint(out, uint64(len(refs)))
	for _, ref := range refs {
		out = putText(putText(out, string(ref.Type)), string(ref.ID))
	}
	return out
}

// keptFrom reads a kept view, whose body stays where it is. A cache that lies is a cache that forgot.
func keptFrom(data []byte) (*kept, bool) {
	if len(data) < 4 {
		return nil, false
	}
	n := int(binary.BigEndian.Uint32(data))
	if n > len(data)-4 {
		return nil, false
	}
	r := keptReader{rest: data[4 : 4+n], text: string(data[4 : 4+n])}
	v := &kept{Body: data[4+n:]}
	if until := r.number(); until != 0 {
		v.Until = time.Unix(0, until).UTC()
	}
	v.Count, v.Withheld = int(r.number()), int(r.number())
	v.ETag, v.Manifest, v.Step = r.one(), r.one(), r.one()
	v.Rules, v.Others = readTexts[string](&r), readTexts[consent.Person](&r)
	v.Absent, v.Content = r.refs(), r.refs()
	for range r.length() {
		v.People = append(v.People, restedOn{consent.Person(r.one()), r.number(), r.number(), r.one()})
	}
	if r.bad || len(r.rest) > 0 {
		return nil, false
	}
	return v, true
}

// keptReader reads a list from its start. After a fault everything reads as nothing.
type keptReader struct {
	rest []byte
	text string // the whole list, of which every text is a part: one copy for all
	bad  bool
}

func (r *keptReader) fail() {
	r.bad, r.rest = true, nil
}

func (r *keptReader) number() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// length is how much or how many follow. Everything takes a byte at least, so no lie makes a list longer than the data.
func (r *keptReader) length() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) { //nolint:gosec // size is never more than there is
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return int(n) //nolint:gosec // no more than there is
}

func (r *keptReader) one() string {
	n := r.length()
	at := len(r.text) - len(r.rest)
	if r.bad {
		return ""
	}
	r.rest = r.rest[n:]
	return r.text[at : at+n]
}

func readTexts[T ~string](r *keptReader) []T {
	n := r.length()
	if n == 0 {
		return nil
	}
	texts := make([]T, 0, min(n, refsKept))
	for range n {
		texts = append(texts, T(r.one()))
	}
	return texts
}

func (r *keptReader) refs() []fhir.Ref {
	n := r.length()
	if n == 0 {
		return nil
	}
	refs := make([]fhir.Ref, 0, min(n, contentKept))
	for range n {
		refs = append(refs, fhir.Ref{Type: fhir.Type(r.one()), ID: fhir.ID(r.one())})
	}
	return refs
}
