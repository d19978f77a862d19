package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"concord/cmd/concord/region"
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

// redisGin is the ceiling of a view from Redis: a bare gin handler that asks a Redis for the same bytes.
func redisGin(b *testing.B, url string, body []byte) string {
	b.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		b.Fatal(err)
	}
	client := redis.NewClient(options)
	b.Cleanup(func() { _ = client.Close() })
	if err := client.Set(context.Background(), "bench", body, 0).Err(); err != nil {
		b.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/*path", func(c *gin.Context) {
		got, err := client.Get(c.Request.Context(), "bench").Bytes()
		if err != nil {
			c.Status(http.StatusBadGateway)
			return
		}
		c.Data(http.StatusOK, "application/fhir+json", got)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: engine, ReadHeaderTimeout: time.Second}
	go func() { _ = s.Serve(l) }()
	b.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String() + "/x"
}

// BenchmarkCachedViewRedis is a small view, such as a page of one kind of caller, that Redis keeps sealed.
func BenchmarkCachedViewRedis(b *testing.B) {
	cache := startRedis(b)
	address, dir, client := benchDemo(b, "--view-cache", cache.url)
	var url, token string
	var body []byte
	for _, persona := range region.Personas() { // the one whose view is nearest to 8 kB
		t := benchToken(b, dir, "--persona", persona.Name)
		u := address + "/" + persona.About + "/$whole-person"
		status, got, err := fetch(client, "GET", u, t, "")
		if err != nil {
			b.Fatal(err)
		}
		if status == http.StatusOK && (body == nil || abs(len(got)-8<<10) < abs(len(body)-8<<10)) {
			url, token, body = u, t, got
		}
	}
	besideCeiling(b, client, url, redisGin(b, cache.url, body), token, len(body))
}

func abs(n int) int { return max(n, -n) }
