package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"

	"concord/cmd/concord/region"
	"concord/fhir/care"
)

// The benchmarks at scale: CONCORD_BENCH_PEOPLE people (2,000 when nothing is said) of about sixty resources each,
// asked for at random by 32 and by 128 clients, through one member of staff of their practice.

// scale is a running demo with many people.
type scale struct {
	address, token, operator string
	people                   int
	client                   *http.Client
}

var (
	scaleOnce sync.Once
	scaled    scale
)

// bigDemo starts the demo once for all benchmarks of this process.
func bigDemo(b *testing.B) *scale {
	b.Helper()
	scaleOnce.Do(func() {
		people := 2000
		if s := os.Getenv("CONCORD_BENCH_PEOPLE"); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				b.Fatalf("CONCORD_BENCH_PEOPLE: %v", err)
			}
			people = n
		}
		dir := os.Getenv("CONCORD_BENCH_DATA") // a demo directory that stays, to save the import
		if dir == "" {
			var err error
			if dir, err = os.MkdirTemp("", "concord-bench-"); err != nil { //nolint:usetesting // it outlives this benchmark
				b.Fatal(err)
			}
		}
		out, in := io.Pipe()
		began := time.Now()
		flags := append([]string{"demo", "--addr", "127.0.0.1:0", "--data", dir, "--people", strconv.Itoa(people)}, benchStores(b)...)
		go func() {
			status := run(context.Background(), flags, in, io.Discard, noVariables)
			_ = in.CloseWithError(fmt.Errorf("the demo ended with %d", status))
		}()
		line := make([]byte, 4096)
		n, err := out.Read(line)
		if err != nil {
			b.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, out) }()
		analyse(b)
		first, _, _ := strings.Cut(string(line[:n]), "\n")
		fmt.Fprintf(os.Stderr, "%d people imported and served after %s\n", people, time.Since(began).Round(time.Second))
		scaled = scale{
			address: strings.TrimPrefix(first, "ready "), people: people,
			client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}},
			token: benchToken(b, dir, "--fhir-user", "Practitioner/staff-0000-0", "--organization", "Organization/practice-0000",
				"--role", care.RoleClinician, "--purpose", "TREAT", "--scope", "user/*.cruds"),
			operator: benchToken(b, dir, "--scope", "system/*.cruds", "--client-role", "operator"),
		}
	})
	return &scaled
}

// processorTime is what this process has used of the processor. What a request costs in it stays the same on a machine
// that others are busy on, where a rate does not.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// someone is a person of the first practice, at random.
func (s *scale) someone() string {
	return region.SyntheticID(rand.IntN(min(s.people, 2000)))
}

// atScale measures a kind of request about people at random beside a bare handler that serves one such answer.
func atScale(b *testing.B, path func(person string) string) {
	s := bigDemo(b)
	status, body, err := fetch(s.client, "GET", s.address+path(s.someone()), s.token, "")
	if err != nil || status != http.StatusOK {
		b.Fatalf("%d %v\n%s", status, err, body)
	}
	ceiling := bareGin(b, body)
	for _, clients := range []int{32, 128} {
		b.Run(strconv.Itoa(clients), func(b *testing.B) {
			var mu sync.Mutex
			var times []time.Duration
			ask := func(int) error {
				began := time.Now()
				status, _, err := fetch(s.client, "GET", s.address+path(s.someone()), s.token, "")
				if err == nil && status != http.StatusOK {
					err = fmt.Errorf("status %d", status)
				}
				mu.Lock()
				times = append(times, time.Since(began))
				mu.Unlock()
				return err
			}
			bare := func(int) error {
				_, _, err := fetch(s.client, "GET", ceiling, s.token, "")
				return err
			}
			hammer(b, 1000, clients, ask)
			times = nil
			var ours, top float64
			var work, least time.Duration // of the processor, clients and server together
			rounds := 0
			for b.Loop() {
				began := processorTime(b)
				ours += hammer(b, 3000, clients, ask)
				half := processorTime(b)
				top += hammer(b, 3000, clients, bare)
				work, least = work+half-began, least+processorTime(b)-half
				rounds++
			}
			slices.Sort(times)
			b.ReportMetric(ours/float64(rounds), "req/s")
			b.ReportMetric(ours/top, "ratio")
			b.ReportMetric(float64(least.Microseconds())/float64(3000*rounds), "bare-cpu-us")
			b.ReportMetric(float64((work-least).Microseconds())/float64(3000*rounds), "more-cpu-us")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(len(body)), "bytes")
		})
	}
}

func BenchmarkScaleRead(b *testing.B) {
	atScale(b, func(p string) string { return "/Patient/" + p })
}

func BenchmarkScaleGoals(b *testing.B) {
	atScale(b, func(p string) string { return "/Goal?patient=Patient/" + p })
}

func BenchmarkScalePatientCodeDate(b *testing.B) {
	atScale(b, func(p string) string {
		return "/Observation?patient=Patient/" + p + "&code=http://loinc.org|8480-6&date=ge2025-01-01"
	})
}

func BenchmarkScaleIdentifier(b *testing.B) {
	atScale(b, func(p string) string { return "/Patient?identifier=" + url.QueryEscape(localNumber(p)) })
}

func BenchmarkScaleChained(b *testing.B) {
	atScale(b, func(p string) string {
		return "/Observation?code=http://loinc.org|8480-6&patient.identifier=" + url.QueryEscape(localNumber(p))
	})
}

func BenchmarkScaleInclude(b *testing.B) {
	atScale(b, func(p string) string { return "/CarePlan?patient=Patient/" + p + "&_include=CarePlan:goal" })
}

func BenchmarkScaleEverything(b *testing.B) {
	atScale(b, func(p string) string { return "/Patient/" + p + "/$everything" })
}

func BenchmarkScaleView(b *testing.B) {
	atScale(b, func(p string) string { return "/Patient/" + p + "/$whole-person" })
}

// localNumber is a person's local identifier: the number that is in the id.
func localNumber(person string) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(person, "person-"))
	return fmt.Sprintf("https://wexbridge.invalid/id/person|W%08d", n)
}

// planOf is a care plan of three kilobytes, as a practice writes one.
func planOf(person string) string {
	var activities, notes []string
	for i, what := range []string{
		"Walk to the park with a neighbour", "Blood pressure at home, twice a week", "See the link worker about the garden group",
		"Medicines reviewed with the pharmacist", "Breathing exercises from the leaflet",
	} {
		activities = append(activities, fmt.Sprintf(`{"detail":{"kind":"Task","status":"scheduled","code":{"coding":[{"system":"http://snomed.info/sct","code":"%d"}],"text":%q},`+
			`"scheduledTiming":{"repeat":{"boundsPeriod":{"start":"2026-11-21","end":"2027-05-21"},"frequency":%d,"period":1,"periodUnit":"wk"}},`+
			`"performer":[{"reference":"Patient/%s"}],"description":"Agreed at the review: start small, write down how it went, and say so early when it is too much."}}`,
			229065009+i, what, i+1, person))
		notes = append(notes, fmt.Sprintf(`{"time":"2026-11-21T10:%02d:00Z","text":"%s. It was talked through together, and the person would rather do this in the morning."}`, 10+i, what))
	}
	return `{"resourceType":"CarePlan","status":"active","intent":"plan","title":"Moving again","category":[{"coding":[{"system":"http://snomed.info/sct","code":"734163000"}]}],` +
		`"subject":{"reference":"Patient/` + person + `"},"period":{"start":"2026-11-21","end":"2027-05-21"},"created":"2026-11-21","author":{"reference":"Practitioner/staff-0000-0"},` +
		`"description":"Small steps, agreed together, that fit into a week with a part-time job and two grandchildren.",` +
		`"activity":[` + strings.Join(activities, ",") + `],"note":[` + strings.Join(notes, ",") + `]}`
}

// decodeOnly is the ceiling of writes: google/fhir reading the same body on all cores, and nothing else.
func decodeOnly(b *testing.B, body string) float64 {
	b.Helper()
	u, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		b.Fatal(err)
	}
	return hammer(b, 3000, runtime.GOMAXPROCS(0), func(int) error {
		_, err := u.UnmarshalR4([]byte(body))
		return err
	})
}

// BenchmarkScaleCreate has 128 writers create plans of people at random.
func BenchmarkScaleCreate(b *testing.B) {
	s := bigDemo(b)
	create := func(int) error {
		status, body, err := fetch(s.client, "POST", s.address+"/CarePlan", s.token, planOf(s.someone()))
		if err == nil && status != http.StatusCreated {
			err = fmt.Errorf("status %d: %.300s", status, body)
		}
		return err
	}
	hammer(b, 2000, 128, create)
	var ours, top float64
	rounds := 0
	for b.Loop() {
		ours += hammer(b, 3000, 128, create)
		top += decodeOnly(b, planOf(s.someone()))
		rounds++
	}
	b.ReportMetric(ours/float64(rounds), "creates/s")
	b.ReportMetric(top/float64(rounds), "decode-only/s")
	b.ReportMetric(ours/top, "ratio")
	b.ReportMetric(float64(len(planOf(s.someone()))), "bytes")
}

// BenchmarkScaleTransaction posts twenty entries at once, beside google/fhir decoding the same twenty bodies.
func BenchmarkScaleTransaction(b *testing.B) {
	s := bigDemo(b)
	bundle := func(person string) string {
		entry := `{"resource":` + planOf(person) + `,"request":{"method":"POST","url":"CarePlan"}}`
		return `{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Repeat(entry+",", 19) + entry + `]}`
	}
	post := func(int) error {
		status, body, err := fetch(s.client, "POST", s.address, s.token, bundle(s.someone()))
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %.300s", status, body)
		}
		return err
	}
	var ours, top float64
	rounds := 0
	for b.Loop() {
		ours += hammer(b, 200, 32, post) * 20
		top += decodeOnly(b, planOf(s.someone()))
		rounds++
	}
	b.ReportMetric(ours/20/float64(rounds), "transactions/s")
	b.ReportMetric(ours/top, "ratio")
}
