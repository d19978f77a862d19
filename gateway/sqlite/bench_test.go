package sqlite_test

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"concord/fhir"
	"concord/gateway/guard"
)

func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b, config(b.TempDir()))
			var n atomic.Int64
			b.SetParallelism(max(writers/2, 1))
			if writers == 1 {
				for b.Loop() {
					commit(b, s, strconv.FormatInt(n.Add(1), 10))
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					commit(b, s, strconv.FormatInt(n.Add(1), 10))
				}
			})
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	s := open(b, config(b.TempDir()))
	e := goal("a").Events
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Append(b.Context(), e...); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkPointRead(b *testing.B) {
	s := open(b, config(b.TempDir()))
	commit(b, s, "a")
	ref := fhir.Ref{Type: "Goal", ID: "a"}
	b.ReportAllocs()
	for b.Loop() {
		err := s.View(b.Context(), guard.Want{}, func(v guard.Snapshot) error {
			if _, err := v.Current(ref); err != nil {
				return err
			}
			_, err := v.State("p")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
