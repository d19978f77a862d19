package postgres_test

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/postgres"
)

func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := fresh(b)
			var n atomic.Int64
			b.SetParallelism(max(writers/2, 1))
			if writers == 1 {
				for b.Loop() {
					commit(b, s, strconv.FormatInt(n.Add(1), 10))
				}
				return
			}
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					commit(b, s, strconv.FormatInt(n.Add(1), 10))
				}
			})
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	s := fresh(b)
	e := goal("a").Events
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Append(b.Context(), e...); err != nil {
				b.Error(err)
			}
		}
	})
}

// readable is a goal of a person with a Patient and a standing.
func readable(t testing.TB, s *postgres.Store, id string) fhir.Ref {
	t.Helper()
	change := goal(id)
	patient := fhir.Ref{Type: "Patient", ID: "p"}
	change.Put[0].Version.Facts.About = []fhir.Ref{patient}
	change.Patients = map[fhir.Ref]consent.Person{patient: "p"}
	change.Standings = map[consent.Person]*consent.Standing{"p": {Person: "p", Version: 1}}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	return change.Put[0].Version.Ref
}

// pointRead asks what the guard asks to show one resource.
func pointRead(t testing.TB, s *postgres.Store, ref fhir.Ref) {
	err := s.View(t.Context(), guard.Want{Refs: []fhir.Ref{ref}}, func(v guard.Snapshot) error {
		if _, err := v.Directory(); err != nil {
			return err
		}
		if held, err := v.Current(ref); err != nil || held == nil {
			return fmt.Errorf("there: %t: %w", held != nil, err)
		}
		p, err := v.Person(fhir.Ref{Type: "Patient", ID: "p"})
		if err != nil {
			return err
		}
		_, err = v.State(p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkPointRead(b *testing.B) {
	s := fresh(b)
	ref := readable(b, s, "a")
	b.ReportAllocs()
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			pointRead(b, s, ref)
		}
	})
	b.Run("together", func(b *testing.B) {
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				pointRead(b, s, ref)
			}
		})
	})
}

func TestAReadOfOneResourceIsOneTrip(t *testing.T) {
	t.Parallel()
	l := &listener{texts: map[string]bool{}}
	url := clone(t)
	s := open(t, node(url, t.TempDir()).Traced(l))
	refs := []fhir.Ref{readable(t, s, "a"), readable(t, s, "b")}
	pointRead(t, s, refs[0])
	other := open(t, node(url, t.TempDir()).Traced(l)) // it has seen nothing yet
	for _, one := range []*postgres.Store{s, other} {
		pointRead(t, one, refs[0]) // connects, and reads the directory
		before := l.trips
		pointRead(t, one, refs[0])
		pointRead(t, one, refs[1])
		if trips := l.trips - before; trips != 2 {
			t.Errorf("two reads made %d trips", trips)
		}
	}
}

// BenchmarkSearch looks for one thing by code within the reach of a practitioner with ten people.
func BenchmarkSearch(b *testing.B) {
	l := &listener{texts: map[string]bool{}}
	s := open(b, node(seeded(b), b.TempDir()).Traced(l))
	plan := search.Plan{Type: "Goal", Count: 10, Where: []search.Clause{
		{Param: "code", Kind: search.Token, Any: []search.Value{{Text: "g1005"}}},
		{Param: "date5", Kind: search.Date, Any: []search.Value{{Prefix: "ge", Low: 5, High: 5}}},
	}}
	reach := guard.Reach{Principals: []string{"Practitioner/d5"}}
	b.SetParallelism(16)
	before := l.trips
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := s.View(b.Context(), guard.Want{}, func(v guard.Snapshot) error {
				page, err := v.Search(plan, reach, func(one *guard.Version) (guard.Seen, error) { return guard.Seen{OK: true, Updated: one.Updated}, nil })
				if err == nil && len(page.Versions) != 1 {
					err = fmt.Errorf("found %d", len(page.Versions))
				}
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(l.trips-before)/float64(b.N), "trips/op")
}
