package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/mappings"
	"concord/mappings/definitions"
)

// ward is one system that sends HL7 v2: what it sends, in its order, is the same whenever it is asked. Each message that is
// taken changes exactly one thing, in which its number can be read again; the people that it speaks of stay as they are.
type ward struct {
	application string // MSH-3
	chance      *rand.Rand
	said        []said
	things      map[string]int // how often each was spoken of
	first       int            // which people it speaks of
}

// said is one message of a ward.
type said struct {
	control string // MSH-10
	text    string
	thing   string // what it changes, as the ward calls it; empty: nothing, since it is refused
	number  int    // that can be read in the thing afterwards
	faulty  bool   // it can be read, and is refused
}

// newWard writes so many messages about the people from the first on. Of hundred, so many are faulty.
func newWard(application string, seed uint64, first, messages, faulty int) *ward {
	w := &ward{application: application, chance: rand.New(rand.NewPCG(seed, 22)), things: map[string]int{}, first: first}
	for n := range messages {
		if w.chance.IntN(100) < faulty {
			w.refused(n)
			continue
		}
		switch w.chance.IntN(6) {
		case 0, 1:
			w.visit(n)
		case 2:
			w.person(n)
		case 3:
			w.result(n)
		case 4:
			w.document(n)
		default:
			w.appointment(n)
		}
	}
	return w
}

// stays is how many messages a visit has: it begins, goes on, and ends.
const stays = 5

func (w *ward) visit(n int) {
	before := w.things["visits"]
	w.things["visits"]++
	event := [stays]string{"A01", "A08", "A02", "A08", "A03"}[before%stays]
	times := "20260301080000"
	if event == "A03" {
		times += "|20260302120000"
	}
	visit := fmt.Sprintf("%s-V%d", w.application, before/stays)
	w.say(n, visit, "ADT^"+event, w.guest(before/stays)+
		fmt.Sprintf("PV1|1|I|7B^R%d^Bed 4^HOSPITAL|E|||C08^Woolf^Kathleen^^^Dr||||||||||||%s%s%s\r", n, visit, strings.Repeat("|", 25), times))
}

// person is news of somebody whom this system alone speaks of.
func (w *ward) person(n int) {
	w.say(n, w.application+"-P", "ADT^A31", fmt.Sprintf(
		"PID|1||%s-P^^^HOSPITAL^MR||OWN^PATIENT||19551230|F|||12 Mill Lane^Flat 3^Sodbury^Avon^BS37 6QW^GBR^H||%d^PRN^PH\r", w.application, n))
}

func (w *ward) result(n int) {
	order := w.chance.IntN(3)
	number := fmt.Sprintf("%s-F%d", w.application, order)
	w.say(n, number, "ORU^R01", w.guest(order)+
		fmt.Sprintf("OBR|1||%[1]s^LAB|GLU^Glucose|||20260301080000||||||||||||||||||F\rOBX|1|NM|%[1]s^Glucose||%[2]d|mmol/L|||||F\r", number, n))
}

func (w *ward) document(n int) {
	letter := fmt.Sprintf("%s-D%d", w.application, w.chance.IntN(3))
	w.say(n, letter, "MDM^T02", w.guest(0)+
		fmt.Sprintf("TXA|1|DS|TX|20260301080000||20260301080000||||||%s||||%d|AU\rOBX|1|TX|||What matters to her, as she told it on the ward.\r", letter, n))
}

func (w *ward) appointment(n int) {
	booking := fmt.Sprintf("%s-S%d", w.application, w.chance.IntN(3))
	w.say(n, booking, "SIU^S14",
		fmt.Sprintf("SCH|%s|%s|||||^%d|||30|MIN|^^^20260401090000^20260401093000\r", booking, booking, n)+w.guest(1)+"RGS|1\rAIP|1||D7^Ward^Doctor\r")
}

// refused are messages that can be read and must not be taken: of an event that nobody defined, of nobody, and of somebody whose
// NHS number cannot be right.
func (w *ward) refused(n int) {
	switch w.chance.IntN(3) {
	case 0:
		w.say(n, "", "ADT^A99", w.guest(0))
	case 1:
		w.say(n, "", "ADT^A31", "PID|1||||NOBODY\r")
	default:
		w.say(n, "", "ADT^A31", "PID|1||G0^^^HOSPITAL^MR~9990000001^^^NHS^NH\r")
	}
}

// people is of how many a ward speaks, always in the same words: of the same as others with the same first.
const people = 3

func (w *ward) guest(n int) string {
	n = w.first + n%people
	return fmt.Sprintf("PID|1||G%[1]d^^^HOSPITAL^MR~%[2]s^^^NHS^NH||GUEST^NUMBER %[1]d||19551230|F|||1%[1]d Mill Lane^^Sodbury^Avon^BS37 6QW^GBR^H||0163296011%[1]d^PRN^PH\r",
		n, nhsNumber(n))
}

// nhsNumber is the nth NHS number of those that nobody has: they begin with 999.
func nhsNumber(n int) string {
	for number := 999_000_000 + n*11; ; number++ {
		sum := 0
		for i, digit := range fmt.Sprint(number) {
			sum += int(digit-'0') * (10 - i)
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return fmt.Sprintf("%d%d", number, check)
		}
	}
}

func (w *ward) say(n int, thing, event, body string) {
	control := fmt.Sprintf("%d", n)
	if thing != "" {
		w.things[thing]++
	}
	at := time.Date(2026, 3, 1, 9, 0, n, 0, time.UTC).Format("20060102150405")
	if strings.HasPrefix(event, "ADT") || strings.HasPrefix(event, "MDM") {
		body = "EVN||" + at + "\r" + body
	}
	w.said = append(w.said, said{
		control: control, thing: thing, number: n, faulty: thing == "",
		text: fmt.Sprintf("MSH|^~\\&|%s|HOSPITAL|CONCORD|X|%s||%s|%s|P|2.5.1\r", w.application, at, event, control) + body,
	})
}

// everyMessage are the flags of all definitions of HL7 v2 that come along.
func everyMessage() []string {
	var names []string
	for _, name := range definitions.Names() {
		if strings.HasPrefix(name, "hl7v2-") {
			names = append(names, name)
		}
	}
	return names
}

// everyDefinition loads everyMessage, once.
func everyDefinition(b testing.TB) []*mappings.Definition {
	b.Helper()
	d, err := loadedMessages()
	if err != nil {
		b.Fatal(err)
	}
	return d
}

var loadedMessages = sync.OnceValues(func() ([]*mappings.Definition, error) {
	var all []*mappings.Definition
	for _, name := range everyMessage() {
		d, err := definitions.Load(name)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
})
