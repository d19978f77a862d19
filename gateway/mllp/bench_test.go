package mllp_test

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// BenchmarkSendAndAcknowledge is the door alone, both ends of it: what stands behind only looks the key up.
func BenchmarkSendAndAcknowledge(b *testing.B) {
	_, addr, _ := serve(b, config(newWard()), "127.0.0.1:0")
	var senders atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		name := fmt.Sprint("S", senders.Add(1))
		s := sender(b, addr, nil)
		for n := 0; pb.Next(); n++ {
			answer, err := s.Send(b.Context(), parse(b, admit(name, n)))
			if err != nil || answer.Code != "AA" {
				b.Errorf("%s, %v", answer.Code, err)
				return
			}
		}
	})
}
