package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"

	"concord/gateway"
	"concord/mappings"
	"concord/mappings/hl7v2"
)

// admitted is an admission of 1 kB, of somebody who was never here.
func admitted(application string, n int, number string) string {
	return fmt.Sprintf("MSH|^~\\&|%[1]s|HOSPITAL|CONCORD|HUB|20250602081500||ADT^A01^ADT_A01|%[2]d|P|2.5.1|||||GBR|UNICODE UTF-8|en\r"+
		"EVN|A01|20250602081500|||C08^Woolf^Kathleen^^^Dr\r"+
		"PID|1||%[1]s-%[2]d^^^HOSPITAL^MR~%[3]s^^^NHS^NH||Begum^Amina^Jane^^Mrs^^L~Khan^Amina^^^^^M||19551230|F|||12 Mill Lane^Flat 3^Sodbury^Avon^BS37 6QW^GBR^H||01632960111^PRN^PH~07700900222^PRN^CP|01632960999|en|M|MUS|ACC-5521||||||||||||N\r"+
		"PD1|||MILL STREET SURGERY^^A81001|G9988776^Osei^Ama^^^Dr\r"+
		"NK1|1|Begum^Karim|SON^son^HL70063|14 Mill Lane^^Sodbury^^BS37 6QW|07700900333||C\r"+
		"NK1|2|Patel^Joan|FND^friend^HL70063||07700900444\r"+
		"AL1|1|DA|387207008^Penicillin^SCT|SV|Rash~Swelling|20100401\r"+
		"PV1|1|I|MAU^Bay 2^Bed 4^RXX01^^^^^Medical Assessment Unit|E|||C08^Woolf^Kathleen^^^Dr|||300||||19|||||%[1]s-V%[2]d|||||||||||||||||||||||||20250602074512\r"+
		"PV2|||R07.4^Chest pain^I10||||||||||||||||||||MILL STREET SURGERY\r"+
		"OBX|1|NM|8867-4^Heart rate^LN||88|/min^^UCUM|60-100|N|||F|||20250602080000\r"+
		"ZBE|MOV-1|20250602074512||INSERT|N\r", application, n, number)
}

// BenchmarkMLLP sends messages over as many connections as there are clients, each of which waits for its answer before it sends
// the next: validated, on the disk and acknowledged. The ceiling is google/fhir on all cores decoding, and validating, the resources
// that the same messages make, turn about in the same run. The processor's time is reported beside the rates, since it stays the same
// on a machine that others are busy on.
//
// An admission is the dearest message: besides its seven resources it opens a relationship, in a commit of its own, leaves its note,
// and asks who its new patient is. The rows by which all of that is found, about 200 of them, are the dearest part; a message of a
// ward costs most in the reading, weighing and checking of what was there before.
func BenchmarkMLLP(b *testing.B) {
	for _, c := range []struct {
		name     string
		messages func(client, round int) []string
	}{
		{"admissions", func(client, round int) []string {
			var all []string
			for n := range 60 {
				nobody := (round*benchClients+client)*60 + n
				all = append(all, admitted(fmt.Sprintf("PAS%d", client), round*60+n, nhsNumber(nobody)))
			}
			return all
		}},
		{"ward", func(client, round int) []string {
			var all []string
			for _, s := range newWard(fmt.Sprintf("PAS%d-%d", client, round), uint64(client), client*people, 60, 0).said {
				all = append(all, s.text)
			}
			return all
		}},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkMLLP(b, c.messages) })
	}
}

func benchmarkMLLP(b *testing.B, messages func(client, round int) []string) {
	o := openDoors(b, b.TempDir(), doorFlags{
		Definition: everyMessage(), MLLP: []string{"127.0.0.1:0;org=Organization/hospital;from=127.0.0.0/8;care=visits"},
	})
	o.importOne(wardOrganization("hospital"))
	b.Cleanup(func() {
		if err := o.shut(); err != nil {
			b.Error(err)
		}
	})
	connections := make([]*bufio.ReadWriter, benchClients)
	for i := range connections {
		conn, err := net.Dial("tcp", o.listens())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		connections[i] = bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	}
	send := func(round int) (int, time.Duration) {
		total := 0
		work := make([][]string, len(connections))
		for i := range work {
			work[i] = messages(i, round)
			total += len(work[i])
		}
		began := time.Now()
		var wait sync.WaitGroup
		for i, c := range connections {
			wait.Go(func() {
				for _, text := range work[i] {
					if answer, err := exchange(c, text); err != nil || !bytes.Contains(answer, []byte("\rMSA|AA|")) {
						b.Errorf("%q %v", answer, err)
						return
					}
				}
			})
		}
		wait.Wait()
		if b.Failed() {
			b.FailNow()
		}
		return total, time.Since(began)
	}
	b.Cleanup(roomy()) // as when it serves
	send(0)
	var ours, ceiling, work, least time.Duration // by the clock, and of the processor
	sent, decoded := 0, 0
	for round := 1; b.Loop(); round++ {
		before := processorTime(b)
		n, took := send(round)
		sent, ours, work = sent+n, ours+took, work+processorTime(b)-before
		var made [][]byte
		for client := range 8 {
			for _, text := range messages(client, round) {
				made = append(made, resourcesOf(b, text)...)
				decoded++
			}
		}
		before = processorTime(b)
		ceiling += decodedAlone(b, made)
		least += processorTime(b) - before
	}
	rate, bare := float64(sent)/ours.Seconds(), float64(decoded)/ceiling.Seconds()
	b.ReportMetric(rate, "messages/s")
	b.ReportMetric(bare, "decode-only/s")
	b.ReportMetric(rate/bare, "ratio")
	b.ReportMetric(float64(work.Microseconds())/float64(sent), "cpu-us/message") // both ends of the connections
	b.ReportMetric(float64(least.Microseconds())/float64(decoded), "decode-cpu-us/message")
}

// exchange sends a frame and reads the one that answers it.
func exchange(c *bufio.ReadWriter, text string) ([]byte, error) {
	_, _ = c.WriteString("\x0b" + text + "\x1c\r") // Flush reports it
	if err := c.Flush(); err != nil {
		return nil, err
	}
	answer, err := c.ReadBytes(0x1c)
	if err != nil {
		return nil, err
	}
	_, err = c.ReadByte()
	return answer, err
}

// resourcesOf are the resources that a message makes, with its Provenance.
func resourcesOf(b *testing.B, text string) [][]byte {
	b.Helper()
	m, err := hl7v2.Parse([]byte(text), hl7v2.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	local := &gateway.Local{Definitions: everyDefinition(b)}
	tree := m.Tree(hl7v2.GroupsOf(m)...)
	result, err := local.Choose(gateway.Door{}, mappings.HL7v2, tree).ToFHIR(tree, mappings.Context{Recorded: time.Now(), Message: "m"})
	if err != nil {
		b.Fatal(err)
	}
	var all [][]byte
	for _, made := range result.Made {
		all = append(all, made.JSON)
	}
	return all
}

// decodedAlone is how long google/fhir takes to decode all of them once, on all cores.
func decodedAlone(b *testing.B, all [][]byte) time.Duration {
	b.Helper()
	u, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	var wait sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for core := range cores {
		wait.Go(func() {
			for i := core; i < len(all); i += cores {
				if _, err := u.UnmarshalR4(all[i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wait.Wait()
	return time.Since(began)
}
