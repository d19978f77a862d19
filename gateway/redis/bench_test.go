package redis_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// BenchmarkGet is a view through the Cache, beside its ceiling: go-redis as it comes, getting the same bytes. Near is a
// Cache that has the view in this process.
func BenchmarkGet(b *testing.B) {
	s := startServer(b)
	for _, size := range []int{8 << 10, 40 << 10, 112 << 10} {
		view := bytes.Repeat([]byte("0123456789abcdef"), size/16)
		c := config(s.addr)
		c.Prefix = fmt.Sprint(size, ":")
		far := open(b, c)
		keep(b, far, 1, string(view))
		c.Near = 1 << 20
		near := open(b, c)
		bare := goredis.NewClient(&goredis.Options{Addr: s.addr})
		defer func() { _ = bare.Close() }()
		if err := bare.Set(b.Context(), "bare", view, 0).Err(); err != nil {
			b.Fatal(err)
		}
		ways := []struct {
			name string
			get  func() int
		}{
			{"bare", func() int {
				got, _ := bare.Get(b.Context(), "bare").Bytes()
				return len(got)
			}},
			{"sealed", func() int {
				got, _ := far.Get(b.Context(), [32]byte{1})
				return len(got)
			}},
			{"near", func() int {
				got, _ := near.Get(b.Context(), [32]byte{1})
				return len(got)
			}},
		}
		for _, way := range ways {
			b.Run(fmt.Sprintf("%s/bytes=%d", way.name, size), func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(16)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if way.get() != len(view) {
							b.Error("missed")
						}
					}
				})
			})
		}
	}
}

// BenchmarkPut is what the guard waits for when it puts a view of 8 kB.
func BenchmarkPut(b *testing.B) {
	cache := open(b, config(startServer(b).addr))
	view := make([]byte, 8<<10)
	until := time.Now().Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		cache.Put(b.Context(), [32]byte{1}, view, until)
	}
}
