package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"
	"github.com/google/uuid"

	"concord/cmd/concord/region"
)

// BenchmarkImport imports synthetic people into a new store. Its ceiling is google/fhir decoding the same bodies on
// the same cores, and doing nothing else.
func BenchmarkImport(b *testing.B) {
	const people = 100
	var all [][]byte
	if err := region.Synthetic(people, 1, func(resource []byte) error {
		all = append(all, resource)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	u, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		b.Fatal(err)
	}
	decodeOnly := func() time.Duration {
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
	p := &process{now: time.Now, newID: uuid.NewString, stderr: io.Discard}
	var ours, ceiling time.Duration
	rounds, disk := 0, int64(0)
	for b.Loop() {
		dir := b.TempDir()
		r, err := openRecord(b.Context(), p, toolSettings(dir, ""), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		operator, err := r.operator(p, "benchmark")
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		i := newImporter(b.Context(), offline(operator), io.Discard)
		err = i.all(b.Context(), func(yield func(raw) error) error {
			for n, content := range all {
				if err := yield(raw{file: "region", prefix: "Resource", at: position{n, 1}, data: content}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || i.stored != len(all) {
			b.Fatal(i.stored, err)
		}
		ours += time.Since(began)
		if err := r.close(); err != nil {
			b.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, databaseFile)); err == nil {
			disk = info.Size()
		}
		ceiling += decodeOnly()
		rounds++
	}
	each := float64(len(all) * rounds)
	b.ReportMetric(each/ours.Seconds(), "resources/s")
	b.ReportMetric(each/ceiling.Seconds(), "decode-only/s")
	b.ReportMetric(ceiling.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(float64(disk)/float64(len(all)), "disk-bytes/resource") // the trail included
}
