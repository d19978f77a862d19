package consent

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"

	"concord/fhir"
)

// sum is the hash of everything that see looks at, and of nothing else: not of the time, nor of who asks beyond
// what their references and organisations decide (CONSENT rules 15.4).
func (r *residual) sum() [16]byte {
	w := writer{sha256.New()}
	w.text("concord residual 4")
	w.number(uint64(r.stance), uint64(r.class), uint64(r.action), uint64(r.sections))
	w.bits(r.anyType, r.related, r.team, r.implied, r.parent, r.narrow, r.noNone, r.abroad, r.glass, r.atRisk, r.hidesV, r.officer)
	w.number(r.labels, uint64(r.hides))
	w.text(r.purpose)
	w.types(r.types)
	w.refs([]fhir.Ref{r.org})
	w.parties(r.orgs)
	w.parties(r.selves)
	w.types(r.extra)
	w.bits(r.back.whole)
	w.number(uint64(r.back.sections))
	w.types(r.back.types)
	w.number(uint64(len(r.rules)))
	for i := range r.rules {
		rule := &r.rules[i]
		w.bits(rule.silent, rule.void, rule.narrow, rule.bound)
		w.parties(rule.domain.list)
		w.number(uint64(rule.index), uint64(rule.count), uint64(rule.roots[0]), uint64(rule.roots[1])) //nolint:gosec // none is negative
	}
	w.number(uint64(len(r.nodes)))
	for i := range r.nodes {
		w.node(&r.nodes[i])
	}
	return [16]byte(w.h.Sum(nil)[:16])
}

// writer puts values into a hash so that no two different lists of them are the same bytes.
type writer struct{ h hash.Hash }

func (w writer) number(all ...uint64) {
	var b [8]byte
	for _, n := range all {
		binary.BigEndian.PutUint64(b[:], n)
		w.h.Write(b[:])
	}
}

func (w writer) text(s string) {
	w.number(uint64(len(s)))
	w.h.Write([]byte(s))
}

func (w writer) bits(all ...bool) {
	n := uint64(1)
	for _, b := range all {
		n <<= 1
		if b {
			n |= 1
		}
	}
	w.number(n)
}

func (w writer) refs(refs []fhir.Ref) {
	w.number(uint64(len(refs)))
	for _, ref := range refs {
		w.text(string(ref.Type))
		w.text(string(ref.ID))
	}
}

func (w writer) types(types []fhir.Type) {
	w.number(uint64(len(types)))
	for _, t := range types {
		w.text(string(t))
	}
}

func (w writer) codes(codes []Code) {
	w.number(uint64(len(codes)))
	for _, c := range codes {
		w.text(c.System)
		w.text(c.Code)
	}
}

func (w writer) parties(all []Party) {
	w.number(uint64(len(all)))
	for _, p := range all {
		w.refs([]fhir.Ref{p.Ref})
		w.codes([]Code{p.Identifier})
	}
}

func (w writer) time(t time.Time) {
	w.bits(t.IsZero())
	w.number(uint64(t.Unix()), uint64(t.Nanosecond())) //nolint:gosec // only to tell times apart
}

func (w writer) node(n *node) {
	w.number(uint64(n.next)) //nolint:gosec // never negative
	w.bits(n.permit, n.untyped, n.maybe, n.oddData, n.abroad, n.counts, n.private, n.oddClass, n.oddCode, n.coded, n.classed,
		n.dated, n.data, n.oddRef, n.kept, n.written, n.oddActor, n.firm, n.labelled, n.oddLabel)
	w.codes(n.classes)
	w.codes(n.codes)
	w.time(n.period.From)
	w.time(n.period.To)
	w.refs(n.instances)
	w.parties(n.writers.list)
	w.parties(n.custodians.list)
	w.parties(n.authors.list)
	w.number(uint64(len(n.closures)))
	for _, c := range n.closures {
		w.h.Write(c.sum[:])
	}
	w.number(uint64(n.level), uint64(len(n.topics)))
	for _, topic := range n.topics {
		w.number(uint64(topic))
	}
	w.codes(n.marks)
}
