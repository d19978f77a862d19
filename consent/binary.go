package consent

import (
	"fmt"
	"reflect"
)

// Facts and Standings are stored as MessagePack, structs as lists, so that fields may only be added at the end of a
// struct: a reader passes over fields that it does not know, and leaves those at zero that an older writer did not.
// Equal values are equal bytes. The shapes are read from the types once, when the program starts.
var (
	factsShape    = shapeOf(reflect.TypeFor[Facts]())
	standingShape = shapeOf(reflect.TypeFor[Standing]())
)

// Binary is the facts as bytes that FactsFrom reads.
func (f *Facts) Binary() []byte { return factsShape.write(nil, reflect.ValueOf(f).Elem()) }

// FactsFrom reads what Binary wrote, by this version or a later one. The bytes are kept and must not be changed afterwards.
func FactsFrom(data []byte) (*Facts, error) {
	var f Facts
	if err := read(data, factsShape, reflect.ValueOf(&f).Elem()); err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return &f, nil
}

// Binary is the standing as bytes that StandingFrom reads. Equal standings are equal bytes.
func (s *Standing) Binary() []byte { return standingShape.write(nil, reflect.ValueOf(s).Elem()) }

// StandingFrom reads what Binary wrote, by this version or a later one. The bytes are kept, too.
func StandingFrom(data []byte) (*Standing, error) {
	var s Standing
	if err := read(data, standingShape, reflect.ValueOf(&s).Elem()); err != nil {
		return nil, fmt.Errorf("read a standing: %w", err)
	}
	return &s, nil
}
