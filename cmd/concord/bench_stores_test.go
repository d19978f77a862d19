package main

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// benchStores are the flags of the demo for the stores that the benchmarks are asked to run on: with
// CONCORD_BENCH_STORE=postgres a PostgreSQL of their own that does wait for its disk, else SQLite.
func benchStores(b *testing.B) []string {
	b.Helper()
	if os.Getenv("CONCORD_BENCH_STORE") != "postgres" {
		return nil
	}
	s := startPostgres(outliving{b}, "-c", "fsync=on", "-c", "shared_buffers=256MB")
	stay = append(stay, s)
	return []string{"--database", s.url}
}

// stay holds the servers that outlive their benchmark: one that nobody holds ends with its standard input.
var stay []*outsideServer

// analyse does what PostgreSQL does by itself within a minute of an import: until then it plans for empty tables.
func analyse(b *testing.B) {
	b.Helper()
	for _, s := range stay {
		conn, err := pgx.Connect(b.Context(), s.url)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Exec(b.Context(), "vacuum analyze"); err != nil {
			b.Fatal(err)
		}
		if err := conn.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// outliving is a benchmark whose servers stay for those after it.
type outliving struct{ *testing.B }

// Cleanup leaves everything as it is: the servers end with this process.
func (outliving) Cleanup(func()) {}
