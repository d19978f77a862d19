package consent

import (
	"fmt"
	"reflect"

	"concord/fhir"
)

// plain are the shapes of the small types that facts are full of, written out: by reflection each of their fields
// took five times as long. A field that is added to one of these types has to be added here; until it is, the
// program does not start.
var plain = func() shapes {
	all := shapes{}
	add(all, 2, func(out []byte, r *fhir.Ref) []byte {
		return appendText(appendText(out, string(r.Type)), string(r.ID))
	}, func(in *packed, r *fhir.Ref, field int) {
		switch field {
		case 0:
			r.Type = fhir.Type(in.text())
		case 1:
			r.ID = fhir.ID(in.text())
		default:
			in.pass()
		}
	})
	add(all, 2, func(out []byte, c *Code) []byte {
		return appendText(appendText(out, c.System), c.Code)
	}, func(in *packed, c *Code, field int) {
		switch field {
		case 0:
			c.System = in.text()
		case 1:
			c.Code = in.text()
		default:
			in.pass()
		}
	})
	add(all, 2, func(out []byte, s *Span) []byte {
		return appendTime(appendTime(out, s.From), s.To)
	}, func(in *packed, s *Span, field int) {
		switch field {
		case 0:
			s.From = in.time()
		case 1:
			s.To = in.time()
		default:
			in.pass()
		}
	})
	add(all, 10, appendCut, readCut)
	return all
}()

func appendCut(out []byte, c *fhir.Cut) []byte {
	out = appendUint(out, uint64(c.Kind))
	out = appendBool(out, c.Required)
	for _, n := range [...]int32{c.Start, c.End, c.Prev, c.Next, c.Up, c.Count} {
		out = appendInt(out, int64(n))
	}
	out = appendLength(out, 2, codeList)
	out = appendText(appendText(out, string(c.Target.Type)), string(c.Target.ID))
	return appendText(out, c.Path)
}

func readCut(in *packed, c *fhir.Cut, field int) {
	switch field {
	case 0:
		c.Kind = fhir.CutKind(in.uint()) //nolint:gosec // as appendCut wrote it
	case 1:
		c.Required = in.bool()
	case 2:
		c.Start = int32(in.int()) //nolint:gosec // as appendCut wrote it
	case 3:
		c.End = int32(in.int()) //nolint:gosec // as appendCut wrote it
	case 4:
		c.Prev = int32(in.int()) //nolint:gosec // as appendCut wrote it
	case 5:
		c.Next = int32(in.int()) //nolint:gosec // as appendCut wrote it
	case 6:
		c.Up = int32(in.int()) //nolint:gosec // as appendCut wrote it
	case 7:
		c.Count = int32(in.int()) //nolint:gosec // as appendCut wrote it
	case 8:
		n := in.length()
		for i := 0; i < n && !in.bad; i++ {
			switch i {
			case 0:
				c.Target.Type = fhir.Type(in.text())
			case 1:
				c.Target.ID = fhir.ID(in.text())
			default:
				in.pass()
			}
		}
		in.leave()
	case 9:
		c.Path = in.text()
	default:
		in.pass()
	}
}

// add makes the shapes of a type, which has so many fields, and of lists of it.
func add[T any](all shapes, fields int, write func([]byte, *T) []byte, read func(in *packed, v *T, field int)) {
	t := reflect.TypeFor[T]()
	if t.NumField() != fields {
		panic(fmt.Sprintf("consent: %s has %d fields, of which %d are stored", t, t.NumField(), fields))
	}
	one := func(in *packed, v *T) {
		n := in.length()
		for i := 0; i < n && !in.bad; i++ {
			read(in, v, i)
		}
		in.leave()
	}
	all[t] = &shape{
		write: func(out []byte, v reflect.Value) []byte {
			return write(appendLength(out, fields, codeList), pointer[T](v))
		},
		read: func(in *packed, v reflect.Value) { one(in, pointer[T](v)) },
	}
	all[reflect.TypeFor[[]T]()] = &shape{
		write: func(out []byte, v reflect.Value) []byte {
			list := *pointer[[]T](v)
			if list == nil {
				return append(out, codeNil)
			}
			out = appendLength(out, len(list), codeList)
			for i := range list {
				out = write(appendLength(out, fields, codeList), &list[i])
			}
			return out
		},
		read: func(in *packed, v reflect.Value) {
			if in.none() {
				return
			}
			n := in.length()
			list := make([]T, n)
			for i := 0; i < n && !in.bad; i++ {
				one(in, &list[i])
			}
			in.leave()
			*pointer[[]T](v) = list
		},
	}
}

// pointer is the address of a value of type T, all of which stand in something that has one.
func pointer[T any](v reflect.Value) *T {
	p, _ := reflect.TypeAssert[*T](v.Addr())
	return p
}

func appendBool(out []byte, b bool) []byte {
	if b {
		return append(out, codeTrue)
	}
	return append(out, codeFalse)
}
