package consent_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"concord/consent"
	"concord/consent/smart"
	"concord/fhir"
)

// naiveCase is all that a decision rests on.
type naiveCase struct {
	Base     consent.Base
	Standing consent.Standing
	Viewer   consent.Viewer
	Facts    consent.Facts
}

// shrink is the case with all left out that can be while it still differs, so that a person can read what remains.
func (c *naiveCase) shrink(differs func(*naiveCase) bool) {
	for again := true; again; {
		again = smaller(reflect.ValueOf(c).Elem(), func() bool { return differs(c) })
	}
}

// kept are what is not made smaller: without them a case is of another kind.
var kept = []reflect.Type{
	reflect.TypeFor[time.Time](), reflect.TypeFor[consent.Base](), reflect.TypeFor[smart.Scopes](), reflect.TypeFor[consent.ViewerClass](),
	reflect.TypeFor[fhir.Ref](), reflect.TypeFor[consent.Action](),
}

// smaller leaves out, one after another, elements of lists and values of fields, and keeps what still differs.
func smaller(v reflect.Value, differs func() bool) bool {
	if !v.CanSet() || v.IsZero() || slices.Contains(kept, v.Type()) {
		return false
	}
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	try := func(to reflect.Value) bool {
		v.Set(to)
		if differs() {
			return true
		}
		v.Set(was)
		return false
	}
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			if v.Type() == reflect.TypeFor[[]consent.Patient]() || v.Type() == reflect.TypeFor[[]consent.Code]() && v.Len() == 1 {
				break // a person is somebody, a part is of some type
			}
			less := reflect.MakeSlice(v.Type(), 0, v.Len())
			less = reflect.AppendSlice(reflect.AppendSlice(less, v.Slice(0, i)), v.Slice(i+1, v.Len()))
			if try(less) {
				return true
			}
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own) // lists are shared between cases
		for i := range v.Len() {
			if smaller(v.Index(i), differs) {
				return true
			}
		}
		v.Set(was)
		return false
	case reflect.Struct:
		for i := range v.NumField() {
			if strings.HasPrefix(v.Type().Field(i).Name, "Org") { // the caller's organisation, its kind and its wholes go together
				continue
			}
			if smaller(v.Field(i), differs) {
				return true
			}
		}
		return false
	default:
		return try(reflect.Zero(v.Type()))
	}
}

// say prints a value without what is zero in it.
func say(v any) string { return said(reflect.ValueOf(v)) }

func said(v reflect.Value) string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		if v.Type() == reflect.TypeFor[*consent.Directory]() {
			return "(directory)"
		}
		v = v.Elem()
	}
	if at, ok := reflect.TypeAssert[time.Time](v); ok {
		return at.Sub(drawNow).String()
	}
	var text strings.Builder
	if ref, ok := reflect.TypeAssert[fhir.Ref](v); ok {
		return ref.String()
	}
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			text.WriteString(" " + said(v.Index(i)))
		}
		return "[" + text.String() + " ]"
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && !v.Field(i).IsZero() && (v.Field(i).Kind() != reflect.Slice || v.Field(i).Len() > 0) {
				text.WriteString(" " + v.Type().Field(i).Name + ":" + said(v.Field(i)))
			}
		}
		return "{" + text.String() + " }"
	default:
		return fmt.Sprint(v.Interface())
	}
}

// String is the case without what is zero.
func (c *naiveCase) String() string {
	return fmt.Sprintf("base %s, labels of %d, opens refused %t\nstanding%s\nviewer%s\nfacts%s",
		c.Base.ID, c.Base.Labels, c.Base.OpensRefused, say(c.Standing), say(c.Viewer), say(c.Facts))
}
