package cachetest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"
)

var tests = []test{
	{"what was put is given", func(s *subject) {
		s.keep("a", []byte("view of a"), s.clock.read().Add(time.Hour))
		s.holds("a", []byte("view of a"))
	}},
	{"what was never put is not there", func(s *subject) {
		s.lacks("a", "nothing was put")
		s.keep("b", []byte("view of b"), time.Time{})
		s.lacks("a", "something else was put")
	}},
	{"an empty value is a value", func(s *subject) {
		s.keep("a", []byte{}, time.Time{})
	}},
	{"any byte may be in a value", func(s *subject) {
		s.keep("a", []byte("\x00\xff\r\n$-1\r\n*3\r\n\x00"), time.Time{})
	}},
	{"a value is as it was put, whatever its size", func(s *subject) {
		for _, size := range []int{1, 7, 4096, 70_000, 400_000} {
			s.keep(fmt.Sprint("of ", size), bytes.Repeat([]byte("0123456"), size/7+1)[:size], time.Time{})
		}
	}},
	{"a value that is far too large harms nobody", func(s *subject) {
		s.keep("a", []byte("view of a"), time.Time{})
		s.Put(s.t.Context(), key("huge"), make([]byte, 64<<20), time.Time{})
		s.holds("huge", make([]byte, 64<<20))
		s.keep("a", []byte("view of a"), time.Time{})
	}},
	{"a value ends with its time, by the clock that was given", func(s *subject) {
		until := s.clock.read().Add(time.Minute)
		s.keep("a", []byte("view of a"), until)
		s.clock.move(time.Minute - time.Millisecond)
		s.keep("a", []byte("view of a"), until)
		s.clock.move(time.Millisecond)
		s.lacks("a", "its time is over")
		s.clock.move(1000 * time.Hour)
		s.lacks("a", "its time is long over")
	}},
	{"a value without an end outlives any clock", func(s *subject) {
		s.keep("a", []byte("view of a"), time.Time{})
		s.clock.move(20 * 365 * 24 * time.Hour)
		s.holds("a", []byte("view of a"))
	}},
	{"what is over when it is put is never given", func(s *subject) {
		s.Put(s.t.Context(), key("a"), []byte("view of a"), s.clock.read())
		s.Put(s.t.Context(), key("b"), []byte("view of b"), s.clock.read().Add(-time.Hour))
		s.keep("c", []byte("view of c"), time.Time{}) // whatever waited before it has arrived
		s.lacks("a", "it was over")
		s.lacks("b", "it was over")
	}},
	{"the newer value and its time stand in for the older", func(s *subject) {
		s.keep("a", []byte("older"), s.clock.read().Add(time.Minute))
		s.keep("a", []byte("the newer one"), s.clock.read().Add(time.Hour))
		s.clock.move(time.Minute)
		s.holds("a", []byte("the newer one"))
	}},
	{"one key's value is never another's", func(s *subject) {
		const many = 200
		value := func(i int) []byte { return []byte(strings.Repeat(fmt.Sprint("view of ", i, "."), i+1)) }
		for i := range many {
			s.Put(s.t.Context(), key(fmt.Sprint(i)), value(i), s.clock.read().Add(time.Hour))
		}
		s.keep("last", []byte("last"), time.Time{})
		for i := range many {
			s.holds(fmt.Sprint(i), value(i))
		}
	}},
	{"what the caller does to a slice after putting it changes nothing", func(s *subject) {
		value := []byte("view of a")
		s.Put(s.t.Context(), key("a"), value, time.Time{})
		copy(value, "CHANGED!!")
		s.keep("b", []byte("view of b"), time.Time{})
		s.holds("a", []byte("view of a"))
	}},
	{"many callers at once get what was put or nothing", together},
}

func together(s *subject) {
	const callers, keys, rounds = 16, len("abcdefgh"), 60
	value := func(k int) []byte { return []byte(strings.Repeat(string("abcdefgh"[k]), 1000*(k+1))) }
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for round := range rounds {
				k := (caller + round) % keys
				if round%3 == 0 {
					s.Put(s.t.Context(), key(fmt.Sprint(k)), value(k), s.clock.read().Add(time.Hour))
				}
				s.holds(fmt.Sprint(k), value(k))
			}
		})
	}
	all.Wait()
	s.keep("after", []byte("and it still works"), time.Time{})
}
