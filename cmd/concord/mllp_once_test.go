package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord/fhir/care"
)

// siege is two organisations with several systems each, that send to one gateway over lines that break, while it is killed.
type siege struct {
	*testing.T
	data     string
	server   *outsideServer // a PostgreSQL; nil: SQLite in data
	database string         // its address
	gateway  *victim
	senders  []*siegeSender
	messages int
	answered atomic.Int64
	kills    int
	outages  int // of the database
	resent   uint64
}

// hospitals are the organisations. The systems of both are called the same and number their messages alike.
var hospitals = []string{"hospital", "infirmary"}

func wardOrganization(id string) string {
	return fmt.Sprintf(`{"resourceType":"Organization","id":%q,"active":true,"name":"Hospital","type":[{"coding":[{"system":%q,"code":%q}]}]}`, id, care.SystemKind, care.KindHealth)
}

// messagesOf is how many messages a test sends: as many as the environment says, or a few.
func messagesOf(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("CONCORD_MESSAGES")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal("CONCORD_MESSAGES must be a number")
	}
	return n
}

// TestEachMessageIsTakenOnceWhateverIsKilled is the promise of the door for HL7 v2, with everything behind it: lines are cut
// anywhere, the process is killed at any moment, answers are lost, messages come again, and some are not to be taken; each of the
// others has its effect once, durably before it is answered, and in the order of its sender.
func TestEachMessageIsTakenOnceWhateverIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes and kills them")
	}
	newSiege(t, nil, messagesOf(t, 600)).run()
}

// TestEachMessageIsTakenOnceOnPostgreSQL has the database go away besides: then the gateway lives, and the fault is its own.
func TestEachMessageIsTakenOnceOnPostgreSQL(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes and kills them")
	}
	newSiege(t, startPostgres(t), messagesOf(t, 200)).run()
}

func newSiege(t *testing.T, database *outsideServer, messages int) *siege {
	t.Helper()
	s := &siege{T: t, data: t.TempDir(), server: database, messages: messages}
	if database != nil {
		s.database = database.url
	}
	files := lay(t, map[string]string{"hospitals.ndjson": wardOrganization(hospitals[0]) + "\n" + wardOrganization(hospitals[1])})
	must(t, s.on("import", filepath.Join(files, "hospitals.ndjson"))...)
	args := s.on("serve", "--addr", "127.0.0.1:0", "--closed-network", "yes", "--view-cache", "memory", "--log-level", "error",
		"--issuer", "http://nobody.invalid=http://here.invalid/fhir", "--secret", strings.Repeat("ab", 32))
	for _, name := range everyMessage() {
		args = append(args, "--definition", name)
	}
	for i, address := range []string{"127.0.0.1:0", "localhost:0"} { // different words, so that each is a listener of its own
		args = append(args, "--mllp", address+";org=Organization/"+hospitals[i]+";from=127.0.0.0/8,::1/128;care=visits")
	}
	s.gateway = &victim{t: t, args: args, stderr: &buffer{}}
	const systems = 4
	each := max(messages/(systems*len(hospitals)), 1)
	for org := range hospitals {
		for n := range systems {
			s.senders = append(s.senders, &siegeSender{answered: &s.answered, ward: newWard(fmt.Sprintf("PAS%d", n), uint64(10*org+n), 0, each, 4), org: org, rough: n%2 == 1})
		}
	}
	return s
}

// on are the arguments of a command that works on the store of the siege.
func (s *siege) on(args ...string) []string {
	args = append(args, "--data", s.data)
	if s.database != "" {
		args = append(args, "--database", s.database)
	}
	return args
}

func (s *siege) run() {
	s.gateway.rise()
	s.Cleanup(func() { s.gateway.fall(os.Kill) })
	s.send()
	s.gateway.fall(os.Kill) // what was answered is on the disk, so nothing is lost with it
	s.whole()
	before := s.taken()
	s.Logf("%d messages, %d of them refused; the gateway was killed %d times, its database %d times, and %d messages were sent again", before.messages, before.refused, s.kills, s.outages, s.resent)

	s.gateway.rise()
	s.gateway.up()
	s.again()
	s.gateway.fall(os.Interrupt)
	s.whole()
	s.unchanged(before)
}

// send sends everything, while the gateway dies again and again.
func (s *siege) send() {
	ctx, cancel := context.WithTimeout(s.Context(), 10*time.Minute)
	defer cancel()
	var work sync.WaitGroup
	failed := make(chan error, len(s.senders))
	var mu sync.Mutex
	for n, one := range s.senders {
		door := func() string { return s.gateway.door(one.org) }
		work.Go(func() {
			resent, err := one.send(ctx, s.T, door, uint64(n))
			mu.Lock()
			s.resent += resent
			mu.Unlock()
			if err != nil {
				failed <- fmt.Errorf("%s %s: %w", hospitals[one.org], one.application, err)
				cancel() // the others are of no use any more
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		work.Wait()
	}()
	for s.live(done) {
		s.strike()
	}
	close(failed)
	for err := range failed {
		s.Error(err)
	}
	if s.Failed() {
		s.FailNow()
	}
}

// strike kills the gateway, or lets it live without its database for a moment.
func (s *siege) strike() {
	s.Helper()
	if s.server == nil || rand.IntN(2) == 0 {
		s.gateway.fall(os.Kill)
		s.gateway.rise()
		s.kills++
		return
	}
	s.gateway.up() // it does not start without one
	s.server.end()
	time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
	if err := s.server.begin(); err != nil {
		s.Fatal(err)
	}
	s.outages++
}

// live lets the gateway live: half of the times so short that it may die while it starts, else until it has answered some more
// messages, however long that takes on this machine.
func (s *siege) live(done <-chan struct{}) bool {
	enough := int64(0)
	if rand.IntN(2) == 0 {
		enough = s.answered.Load() + 1 + rand.Int64N(min(int64(s.messages)/6+1, 200))
	}
	for wait := 20*time.Millisecond + rand.N(200*time.Millisecond); ; wait = 5 * time.Millisecond {
		select {
		case <-done:
			return false
		case <-time.After(wait):
		}
		if s.answered.Load() >= enough {
			return true
		}
	}
}

// again sends everything once more. Each is answered as it was.
func (s *siege) again() {
	var work sync.WaitGroup
	for n, one := range s.senders {
		work.Go(func() {
			// Nothing is cut this time, and nothing dies: it need not wait for answers.
			r := &rough{to: func() string { return s.gateway.door(one.org) }, chance: rand.New(rand.NewPCG(uint64(n), 55)), said: one.said, codes: one.codes, answered: &s.answered}
			if err := r.run(s.Context()); err != nil {
				s.Errorf("%s %s, sent again: %v", hospitals[one.org], one.application, err)
			}
		})
	}
	work.Wait()
}

// whole has the tools look for anything that is not as it should be.
func (s *siege) whole() {
	s.Helper()
	if said := must(s.T, s.on("check")...); !strings.Contains(said, "the record is whole") || !strings.Contains(said, "the trail is whole") {
		s.Fatal(said)
	}
}
