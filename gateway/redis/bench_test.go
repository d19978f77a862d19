package redis_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// BenchmarkGet is a view of 8 kB through the Cache, beside its ceiling: go-redis as it comes, getting the same bytes.
func BenchmarkGet(b *testing.B) {
	s := startServer(b)
	view := bytes.Repeat([]byte("0123456789abcdef"), 512)
	cache := open(b, config(s.addr))
	keep(b, cache, 1, string(view))
	bare := goredis.NewClient(&goredis.Options{Addr: s.addr})
	defer func() { _ = bare.Close() }()
	if err := bare.Set(b.Context(), "bare", view, 0).Err(); err != nil {
		b.Fatal(err)
	}
	ways := []struct {
		name string
		get  func() bool
	}{
		{"bare", func() bool {
			got, err := bare.Get(b.Context(), "bare").Bytes()
			return err == nil && len(got) == len(view)
		}},
		{"sealed", func() bool {
			got, ok := cache.Get(b.Context(), [32]byte{1})
			return ok && len(got) == len(view)
		}},
	}
	for _, clients := range []int{1, 32, 128} {
		for _, way := range ways {
			b.Run(fmt.Sprintf("%s/clients=%d", way.name, clients), func(b *testing.B) {
				b.ReportAllocs()
				if clients == 1 {
					for b.Loop() {
						if !way.get() {
							b.Fatal("missed")
						}
					}
					return
				}
				b.SetParallelism(clients / 2)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if !way.get() {
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
