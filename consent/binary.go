package consent

import (
	"fmt"

	"github.com/ugorji/go/codec"
)

// handle is the encoding of Facts and Standings in stores: MessagePack, structs as lists, so that fields may
// only be added at the end of a struct. A reader passes over fields that it does not know.
var handle = func() *codec.MsgpackHandle {
	h := &codec.MsgpackHandle{WriteExt: true}
	h.StructToArray = true
	h.Canonical = true
	return h
}()

// Binary is the facts as bytes that FactsFrom reads.
func (f *Facts) Binary() []byte { return encode(f) }

// FactsFrom reads what Binary wrote, by this version or a later one.
func FactsFrom(data []byte) (*Facts, error) {
	var f Facts
	if err := codec.NewDecoderBytes(data, handle).Decode(&f); err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return &f, nil
}

// Binary is the standing as bytes that StandingFrom reads. Equal standings are equal bytes.
func (s *Standing) Binary() []byte { return encode(s) }

// StandingFrom reads what Binary wrote, by this version or a later one.
func StandingFrom(data []byte) (*Standing, error) {
	var s Standing
	if err := codec.NewDecoderBytes(data, handle).Decode(&s); err != nil {
		return nil, fmt.Errorf("read a standing: %w", err)
	}
	return &s, nil
}

func encode(v any) []byte {
	var data []byte
	if err := codec.NewEncoderBytes(&data, handle).Encode(v); err != nil {
		panic(err) // our own shapes, which hold nothing that cannot be encoded
	}
	return data
}
