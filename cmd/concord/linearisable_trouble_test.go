package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// disturb pauses and kills nodes, one after another, and brings them back, with other label rules where the round has it.
func (r *round) disturb(ctx context.Context, client int) {
	var wait sync.WaitGroup
	defer wait.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(50*time.Millisecond + rand.N(200*time.Millisecond)):
		}
		n := r.nodes[rand.IntN(len(r.nodes))]
		l := n.enter()
		if rand.IntN(3) > 0 && l.line != nil {
			l.line.stall(20*time.Millisecond + rand.N(150*time.Millisecond))
			l.busy.Done()
			continue
		}
		rules := l.rules
		l.busy.Done()
		n.kill() //nolint:contextcheck // a node begins and ends whole, also when the round is over
		if r.labels && rand.IntN(2) == 0 {
			rules = uint8(rand.IntN(ruleSets))
		}
		fresh, err := r.begin(n, rules) //nolint:contextcheck // as above
		if err != nil {
			r.t.Errorf("begin again: %v", err)
			return
		}
		n.live(fresh)
		if r.labels {
			if again := n.enter(); again != nil {
				wait.Go(func() { //nolint:contextcheck // as above
					defer again.busy.Done()
					r.noteLabels(client, again)
				})
			}
		}
	}
}

// noteLabels labels everything by the rules of a life, and notes it for each thing.
func (r *round) noteLabels(client int, l *life) {
	r.relabel.Lock()
	defer r.relabel.Unlock()
	began := r.since()
	err := l.labelAnew(context.Background())
	ended := r.since()
	for _, h := range r.histories {
		for thing := range things {
			c := call{name: fmt.Sprintf("label %s by rules %d", thingTypes[thing], l.rules), relabel: true, thing: thing, under: l.rules}
			h.add(client, c, ending{doubt: err != nil}, began, ended, l)
		}
	}
}
