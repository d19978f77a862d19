package consent

import (
	"fmt"
	"maps"
	"reflect"
	"time"
)

// shape writes and reads the values of one type.
//
// A library for all of MessagePack took a third of the time in which a version was read from disk: it asks the type
// of each value and copies each text. Here a text is a slice of the one string that was read.
type shape struct {
	write func(out []byte, v reflect.Value) []byte
	read  func(in *packed, v reflect.Value)
}

// shapeOf gives the shape of a type of ours. A type that is of no kind that can be stored is a fault of ours, found at
// the start of the program.
func shapeOf(t reflect.Type) *shape { return maps.Clone(plain).of(t) }

// shapes are those made so far: a provision holds provisions.
type shapes map[reflect.Type]*shape

func (all shapes) of(t reflect.Type) *shape {
	if s, ok := all[t]; ok {
		return s
	}
	s := &shape{}
	all[t] = s
	switch {
	case t == reflect.TypeFor[time.Time]():
		s.write = func(out []byte, v reflect.Value) []byte { return appendTime(out, *pointer[time.Time](v)) }
		s.read = func(in *packed, v reflect.Value) { *pointer[time.Time](v) = in.time() }
	case t.Kind() == reflect.Struct:
		all.list(s, t)
	case t.Kind() == reflect.Slice:
		all.slice(s, t)
	case t.Kind() == reflect.Pointer:
		all.pointer(s, t)
	default:
		single(s, t)
	}
	return s
}

// single is the shape of a value that is one piece.
func single(s *shape, t reflect.Type) {
	switch t.Kind() {
	case reflect.String:
		s.write = func(out []byte, v reflect.Value) []byte { return appendText(out, v.String()) }
		s.read = func(in *packed, v reflect.Value) { v.SetString(in.text()) }
	case reflect.Bool:
		s.write = func(out []byte, v reflect.Value) []byte { return appendBool(out, v.Bool()) }
		s.read = func(in *packed, v reflect.Value) { v.SetBool(in.bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s.write = func(out []byte, v reflect.Value) []byte { return appendInt(out, v.Int()) }
		s.read = func(in *packed, v reflect.Value) { v.SetInt(in.int()) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		s.write = func(out []byte, v reflect.Value) []byte { return appendUint(out, v.Uint()) }
		s.read = func(in *packed, v reflect.Value) { v.SetUint(in.uint()) }
	default:
		panic(fmt.Sprintf("consent: %s cannot be stored", t))
	}
}

// list is a struct: its fields in their order.
func (all shapes) list(s *shape, t reflect.Type) {
	fields := make([]*shape, t.NumField())
	for i := range fields {
		fields[i] = all.of(t.Field(i).Type)
	}
	s.write = func(out []byte, v reflect.Value) []byte {
		out = appendLength(out, len(fields), codeList)
		for i, f := range fields {
			out = f.write(out, v.Field(i))
		}
		return out
	}
	s.read = func(in *packed, v reflect.Value) {
		n := in.length()
		for i := 0; i < n && !in.bad; i++ {
			if i < len(fields) {
				fields[i].read(in, v.Field(i))
				continue
			}
			in.pass()
		}
		in.leave()
	}
}

func (all shapes) slice(s *shape, t reflect.Type) {
	one := all.of(t.Elem())
	s.write = func(out []byte, v reflect.Value) []byte {
		if v.IsNil() {
			return append(out, codeNil)
		}
		out = appendLength(out, v.Len(), codeList)
		for i := range v.Len() {
			out = one.write(out, v.Index(i))
		}
		return out
	}
	s.read = func(in *packed, v reflect.Value) {
		if in.none() {
			return
		}
		n := in.length()
		if !in.bad { // a length is never more than the bytes that are left
			v.Set(reflect.MakeSlice(t, n, n))
		}
		for i := 0; i < n && !in.bad; i++ {
			one.read(in, v.Index(i))
		}
		in.leave()
	}
}

func (all shapes) pointer(s *shape, t reflect.Type) {
	to := all.of(t.Elem())
	s.write = func(out []byte, v reflect.Value) []byte {
		if v.IsNil() {
			return append(out, codeNil)
		}
		return to.write(out, v.Elem())
	}
	s.read = func(in *packed, v reflect.Value) {
		if in.none() {
			return
		}
		v.Set(reflect.New(t.Elem()))
		to.read(in, v.Elem())
	}
}
