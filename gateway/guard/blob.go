package guard

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// The dictionaries are what stored things have in common. Blobs are compressed against them, so they may never
// change: a better one gets another number, beside these. The second is some resources, whole as PackPut has them, of
// people who never were; things unlike them are still no larger than the first makes them. The third is some events of
// the trail, of the same people.
var (
	//go:embed pack.dict
	dictionary1 []byte
	//go:embed pack2.dict
	dictionary2 []byte
	//go:embed pack3.dict
	dictionary3 []byte
)

// The formats of a stored blob: its first byte. The first is not written any more.
const (
	formatZstd1  = 1 // zstd with dictionary 1
	formatS2     = 2 // CRC-32C of the content, then S2 with dictionary 2: read in a quarter of the time of zstd
	formatEvents = 3 // the same with dictionary 3: PackEvents
)

// maxBlob bounds what one blob may be when it is unpacked, in bytes.
const maxBlob = 64 << 20

// ErrPacked says that a blob is not what this package wrote.
var ErrPacked = errors.New("a stored blob cannot be read")

// Packer makes small blobs of what stores keep, in one form for all of them. It may be used by many goroutines.
type Packer struct {
	dict   *s2.Dict
	events *s2.Dict
	old    *zstd.Decoder
	room   sync.Pool // of *[]byte: what is compressed into before its length is known
}

// NewPacker makes a Packer.
func NewPacker() (*Packer, error) {
	old, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(1, dictionary1), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxMemory(maxBlob), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, fmt.Errorf("make decoder: %w", err)
	}
	dict, events := s2.MakeDict(dictionary2, nil), s2.MakeDict(dictionary3, nil)
	if dict == nil || events == nil {
		return nil, errors.New("make dictionary: its size is not one for S2")
	}
	return &Packer{dict: dict, events: events, old: old, room: sync.Pool{New: func() any { return new([]byte) }}}, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// blobHead is the length of what stands before the compressed bytes: the format and the sum.
const blobHead = 1 + crc32.Size

// roomMost is how many bytes of room are kept for the next.
const roomMost = 256 << 10

// Pack gives a blob: the format, then the compressed bytes.
func (c *Packer) Pack(raw []byte) []byte { return c.pack(formatS2, raw, c.dict.EncodeBetter) }

func (c *Packer) pack(format byte, raw []byte, encode func(dst, src []byte) []byte) []byte {
	room, _ := c.room.Get().(*[]byte)
	if most := s2.MaxEncodedLen(len(raw)); cap(*room) < most {
		*room = make([]byte, most)
	}
	block := encode((*room)[:cap(*room)], raw)
	blob := make([]byte, blobHead, blobHead+len(block))
	blob[0] = format
	binary.LittleEndian.PutUint32(blob[1:], crc32.Checksum(raw, castagnoli))
	blob = append(blob, block...)
	if cap(*room) < roomMost {
		c.room.Put(room)
	}
	return blob
}

// Unpack undoes Pack, and the packing of earlier versions. It never allocates more than maxBlob, whatever the blob says.
func (c *Packer) Unpack(blob []byte) ([]byte, error) {
	switch {
	case len(blob) > blobHead && blob[0] == formatS2:
		return unpack(c.dict, binary.LittleEndian.Uint32(blob[1:]), blob[blobHead:])
	case len(blob) > blobHead && blob[0] == formatEvents:
		return unpack(c.events, binary.LittleEndian.Uint32(blob[1:]), blob[blobHead:])
	case len(blob) > 0 && blob[0] == formatZstd1:
		raw, err := c.old.DecodeAll(blob[1:], nil)
		if err != nil {
			return nil, ErrPacked
		}
		return raw, nil
	default:
		return nil, ErrPacked
	}
}

func unpack(dict *s2.Dict, sum uint32, block []byte) ([]byte, error) {
	size, err := s2.DecodedLen(block)
	if err != nil || size > maxBlob {
		return nil, ErrPacked
	}
	raw, err := dict.Decode(nil, block)
	if err != nil || crc32.Checksum(raw, castagnoli) != sum {
		return nil, ErrPacked
	}
	return raw, nil
}
