package rest

import (
	"time"

	"concord/fhir"
)

// Limits bound what one request may ask of the door; guard.Limits bound what a search may ask of the store. A zero field
// takes its default. What goes beyond is refused, and the refusal names the limit as the operator sets it.
type Limits struct {
	Body     int64         // bytes of a body when it is unpacked; 4 MB, and never more than fhir.MaxBytes
	Bundle   int64         // bytes of a batch or transaction when it is unpacked; 8 MB
	Binary   int64         // bytes of the content of a Binary that is sent as itself; 2 MB
	Letter   int64         // bytes of a body of a local format that is kept though it is longer than Bundle, and refused; 64 MB
	Depth    int           // objects and arrays within each other; fhir.MaxDepth, and never more
	Entries  int           // entries of a batch or transaction; 500
	Parallel int           // entries of a batch that are answered at once; 4
	Page     int           // entries of one page of a history or of $everything, and without _count; 100
	LastN    int           // max of $lastn; 100
	Time     time.Duration // of one request; 30 s
}

func (l Limits) withDefaults() Limits {
	l.Body = within(l.Body, fhir.MaxBytes, fhir.MaxBytes)
	l.Bundle = within(l.Bundle, 8<<20, 1<<30)
	l.Letter = within(l.Letter, 64<<20, 1<<30)
	l.Binary = within(l.Binary, 2<<20, fhir.MaxBytes*3/4-1<<10) // base64 makes four bytes of three
	l.Depth = within(l.Depth, fhir.MaxDepth, fhir.MaxDepth)
	l.Entries = within(l.Entries, 500, 1<<20)
	l.Parallel = within(l.Parallel, 4, 1<<10)
	l.Page = within(l.Page, 100, 1<<20)
	l.LastN = within(l.LastN, 100, 1<<20)
	l.Time = within(l.Time, 30*time.Second, time.Hour)
	return l
}

// bound is the limit of a body, by its name.
type bound struct {
	name string
	most int64
}

func (l Limits) body() bound   { return bound{"body", l.Body} }
func (l Limits) bundle() bound { return bound{"bundle", l.Bundle} }
func (l Limits) letter() bound { return bound{"letter", l.Letter} }
func (l Limits) binary() bound { return bound{"binary", l.Binary} }

// exceeded is the refusal of a body that is longer.
func (b bound) exceeded() error {
	return fhir.Errorf(fhir.TooLong, "the body, unpacked, is larger than %d bytes (limit %s)", b.most, b.name)
}

// within is a limit that was set, or its default, and not more than the most.
func within[N int | int64 | time.Duration](set, usual, most N) N {
	if set <= 0 {
		set = usual
	}
	return min(set, most)
}
