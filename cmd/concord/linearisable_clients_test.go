package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"concord/fhir"
	"concord/gateway/guard"
)

// mix says what happens in a round.
type mix struct {
	flips    facts // what is switched on and off
	glass    bool  // whether doctors break the glass
	labels   bool  // whether nodes come back with other label rules, and label anew
	trouble  bool  // whether nodes are paused and killed
	families int
	changers int // of each family
	readers  int // of each family
	lasts    time.Duration
}

// round is a cluster with its families and those who read and write them.
type round struct {
	*cluster
	mix
	histories []*history
	viewers   [viewers]string   // tokens
	people    map[string]string // tokens; "" is the operator's
}

// newRound fills an empty cluster.
func newRound(t *testing.T, c *cluster, m mix) *round {
	t.Helper()
	r := &round{cluster: c, mix: m, people: map[string]string{"": c.tokens.operator(t)}}
	for viewer := range viewers {
		r.viewers[viewer] = viewerToken(t, c.tokens, viewer)
	}
	l := c.nodes[0].enter()
	defer l.busy.Done()
	bring := func(bodies []string) {
		for _, body := range bodies {
			decoded, err := fhir.DecodeJSON([]byte(body))
			if err == nil {
				_, err = l.owner.Commit(t.Context(), guard.Write{Do: guard.Import, Resource: decoded})
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, body)
			}
		}
	}
	bring(organisations())
	for i := range m.families {
		h := &history{kin: kin{fmt.Sprintf("f%d", i)}}
		h.start = h.begin()
		h.start.many = len(c.nodes) > 1
		bring(h.record())
		for _, id := range []string{h.person(), h.other()} {
			r.people[id] = patientToken(t, c.tokens, id)
		}
		r.histories = append(r.histories, h)
	}
	return r
}

// run lets everything happen at once for a while, and ends all nodes.
func (r *round) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.lasts)
	defer cancel()
	var wait sync.WaitGroup
	clients := 0
	next := func() int { clients++; return clients }
	for _, h := range r.histories {
		for range r.changers {
			client := next()
			wait.Go(func() {
				for ctx.Err() == nil {
					r.change(ctx, h, client)
					if rand.IntN(4) == 0 { // so that views are asked for twice in between
						time.Sleep(rand.N(30 * time.Millisecond))
					}
					if rand.IntN(2) == 0 { // whoever is told that it is done looks at once, somewhere else
						r.read(ctx, h, client)
					}
				}
			})
		}
		for range r.readers {
			client := next()
			wait.Go(func() {
				for ctx.Err() == nil {
					r.read(ctx, h, client)
				}
			})
		}
	}
	if r.trouble {
		client := next()
		wait.Go(func() { r.disturb(ctx, client) })
	}
	wait.Wait()
	r.end() //nolint:contextcheck // it is waited for, however long it takes
}

// change makes one change, and notes it unless it was certainly not done.
func (r *round) change(ctx context.Context, h *history, client int) {
	l := r.somewhere(ctx)
	if l == nil {
		return
	}
	defer l.busy.Done()
	c, method, path, writer, body := r.anyChange(h)
	ctx, cancel := impatient(ctx)
	defer cancel()
	began := r.since()
	status, said := l.ask(ctx, method, path, writer, body)
	switch {
	case status < 300:
		h.add(client, c, ending{}, began, r.since(), l)
	case status == http.StatusConflict || status == http.StatusPreconditionFailed:
	case status >= 500 || ctx.Err() != nil:
		h.add(client, c, ending{doubt: true}, began, r.since(), l)
	default:
		r.t.Errorf("%s: %d %s", c.name, status, said)
	}
}

// anyChange draws one of the changes of a round.
func (r *round) anyChange(h *history) (c call, method, path, writer, body string) {
	if r.glass && rand.IntN(8) == 0 {
		c = call{opens: true, viewer: firstDoctor + rand.IntN(glassDoctors)}
		c.name = fmt.Sprintf("doctor %d breaks the glass", c.viewer-firstDoctor)
		return c, http.MethodPost, h.ref(thePerson) + "/$break-glass", r.viewers[c.viewer], breaking
	}
	for c.flip == 0 {
		c.flip = r.flips & (1 << rand.IntN(len(factNames)))
	}
	c.to = rand.IntN(2) == 0
	if c.flip == noTreatment { // it hides all else: not for half of the time
		c.to = rand.IntN(4) == 0
	}
	text, who := h.says(c.flip, c.to)
	var head shownResource
	decodeInto(r.t, []byte(text), &head)
	c.name = fmt.Sprintf("%s: %t", c.flip, c.to)
	return c, http.MethodPut, head.ResourceType + "/" + head.ID, r.people[who], text
}

// impatient is now and then the context of a caller who soon stops waiting.
func impatient(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx) // a round ends when everything has been answered
	if rand.IntN(60) == 0 {
		return context.WithTimeout(ctx, rand.N(20*time.Millisecond))
	}
	return context.WithCancel(ctx)
}

// read asks one question once, or a few times in a row, so that what is kept is asked for.
func (r *round) read(ctx context.Context, h *history, client int) {
	ways := h.questions()
	q, viewer := ways[rand.IntN(len(ways))], rand.IntN(viewers)
	if rand.IntN(3) == 0 {
		viewer = hospital
	}
	times := 1 + rand.IntN(2)
	if q.asked.has(theMeeting) && q.asked.has(theGoal) {
		times = 4
	}
	for range times {
		r.ask(ctx, h, client, viewer, q)
	}
}

// ask asks a question on some node, and notes the answer unless there was none.
func (r *round) ask(ctx context.Context, h *history, client, viewer int, q way) {
	l := r.somewhere(ctx)
	if l == nil {
		return
	}
	defer l.busy.Done()
	c := call{name: fmt.Sprintf("%s by viewer %d", q.name, viewer), viewer: viewer, asked: q.asked, through: q.through, under: l.rules}
	ctx, cancel := impatient(ctx)
	defer cancel()
	began := r.since()
	status, said := l.ask(ctx, http.MethodGet, q.path, r.viewers[c.viewer], "")
	ended := r.since()
	switch {
	case status == http.StatusOK || status == http.StatusNotFound:
		saw, err := h.sawIn(status, said)
		if err != nil {
			r.t.Errorf("%s: %v", c.name, err)
		}
		h.add(client, c, ending{seen: saw}, began, ended, l)
	case status < 500 && ctx.Err() == nil:
		r.t.Errorf("%s: %d %s", c.name, status, said)
	}
}
