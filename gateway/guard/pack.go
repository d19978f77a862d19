package guard

import (
	"encoding/binary"
	"fmt"
	"math"

	"concord/consent"
	"concord/fhir/search"
)

// PackPut makes one blob of the JSON, the facts and the index entries of a version: they share most of their
// words, and are always read together.
func (c *Packer) PackPut(p Put) []byte {
	var facts []byte
	if p.Version.Facts != nil {
		facts = p.Version.Facts.Binary()
	}
	raw := make([]byte, 0, 2*len(p.Version.JSON)+len(facts))
	raw = appendPart(raw, p.Version.JSON)
	raw = appendPart(raw, facts)
	raw = binary.AppendUvarint(raw, uint64(len(p.Index)))
	for _, e := range p.Index {
		raw = append(raw, byte(e.Kind))
		for _, s := range []string{e.Param, e.System, e.Value, e.Exact} {
			raw = appendPart(raw, []byte(s))
		}
		raw = binary.AppendVarint(binary.AppendVarint(raw, e.Low), e.High)
		raw = binary.AppendUvarint(raw, uint64(e.Group)) //nolint:gosec // counted from 0
		if e.Kind == search.Number || e.Kind == search.Quantity {
			raw = appendPart(raw, []byte(e.Unit))
			for _, n := range []float64{e.NumLow, e.NumHigh, e.UnitLow, e.UnitHigh} {
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(n))
			}
		}
	}
	return c.Pack(raw)
}

// UnpackPut fills in what PackPut packed.
func (c *Packer) UnpackPut(blob []byte, v *Version) ([]search.Entry, error) {
	index, err := c.UnpackVersion(blob, v)
	if err != nil {
		return nil, err
	}
	return index.Entries()
}

// PackedIndex is the index entries of a version, not yet read: most reads never ask for them, and they are half of
// what there is to read.
type PackedIndex struct{ rest []byte }

// UnpackVersion fills in the JSON and the facts that PackPut packed.
func (c *Packer) UnpackVersion(blob []byte, v *Version) (PackedIndex, error) {
	raw, err := c.Unpack(blob)
	if err != nil {
		return PackedIndex{}, err
	}
	r := parts{rest: raw}
	if body := r.part(); len(body) > 0 {
		v.JSON = body
	}
	if facts := r.part(); len(facts) > 0 {
		if v.Facts, err = consent.FactsFrom(facts); err != nil {
			return PackedIndex{}, fmt.Errorf("read facts: %w", err)
		}
	}
	if r.bad {
		return PackedIndex{}, ErrPacked
	}
	return PackedIndex{r.rest}, nil
}

// Entries reads the index entries. The error is ErrPacked.
func (p PackedIndex) Entries() ([]search.Entry, error) {
	r := parts{rest: p.rest}
	n := r.uint()
	var index []search.Entry
	for i := uint64(0); i < n && !r.bad; i++ {
		e := search.Entry{Kind: search.Kind(r.byte())}
		e.Param, e.System, e.Value, e.Exact = string(r.part()), string(r.part()), string(r.part()), string(r.part())
		e.Low, e.High = r.int(), r.int()
		e.Group = int(r.uint()) //nolint:gosec // as PackPut wrote it
		if e.Kind == search.Number || e.Kind == search.Quantity {
			e.Unit = string(r.part())
			e.NumLow, e.NumHigh, e.UnitLow, e.UnitHigh = r.float(), r.float(), r.float(), r.float()
		}
		index = append(index, e)
	}
	if r.bad {
		return nil, ErrPacked
	}
	return index, nil
}

// appendPart writes the length before the bytes.
func appendPart(raw, part []byte) []byte {
	return append(binary.AppendUvarint(raw, uint64(len(part))), part...)
}

// parts reads what appendPart and its like wrote. After the first fault everything is empty.
type parts struct {
	rest []byte
	bad  bool
}

func (p *parts) uint() uint64 {
	n, size := binary.Uvarint(p.rest)
	return n * p.skip(size)
}

func (p *parts) int() int64 {
	n, size := binary.Varint(p.rest)
	return n * int64(p.skip(size)) //nolint:gosec // zero or one
}

// skip leaves the bytes of a number out; it gives 0 where there was none, else 1.
func (p *parts) skip(size int) uint64 {
	if size <= 0 {
		p.bad, p.rest = true, nil
		return 0
	}
	p.rest = p.rest[size:]
	return 1
}

func (p *parts) byte() byte {
	if len(p.rest) == 0 {
		p.bad = true
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return b
}

func (p *parts) float() float64 {
	if len(p.rest) < 8 {
		p.bad, p.rest = true, nil
		return 0
	}
	n := math.Float64frombits(binary.LittleEndian.Uint64(p.rest))
	p.rest = p.rest[8:]
	return n
}

// part is the bytes after their length. They are not copied.
func (p *parts) part() []byte {
	n := p.uint()
	if n > uint64(len(p.rest)) {
		p.bad, p.rest = true, nil
		return nil
	}
	part := p.rest[:n:n]
	p.rest = p.rest[n:]
	return part
}
