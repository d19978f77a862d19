package redis_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord/gateway/redis"
)

// proxy stands before a server, and holds back what the server says.
type proxy struct {
	addr  string
	delay atomic.Int64
}

func startProxy(t *testing.T, to string) *proxy {
	t.Helper()
	p := &proxy{}
	p.addr = listen(t, func(conn net.Conn) {
		server, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		defer func() { _ = server.Close() }()
		go func() {
			_, _ = io.Copy(server, conn)
			_ = server.Close()
		}()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			time.Sleep(time.Duration(p.delay.Load()))
			if _, err := conn.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	return p
}

// listen serves each connection until the test ends.
func listen(t *testing.T, serve func(conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			served.Go(func() {
				serve(conn)
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, conn := range conns {
			_ = conn.Close()
		}
		mu.Unlock()
		served.Wait()
	})
	return l.Addr().String()
}

func TestSlowRedisCostsLittleAndComesBack(t *testing.T) {
	t.Parallel()
	p := startProxy(t, startServer(t).addr)
	c := config(p.addr)
	c.Timeout = 100 * time.Millisecond
	log := &strings.Builder{}
	c.Log = slog.New(slog.NewTextHandler(log, nil))
	cache := open(t, c)
	keep(t, cache, 1, "view of a")
	p.delay.Store(int64(400 * time.Millisecond))
	begin := time.Now()
	for range 200 {
		lacks(t, cache, 1)
		cache.Put(t.Context(), [32]byte{2}, []byte("view of b"), time.Time{})
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("200 requests waited %s for a Redis that is slow", took)
	}
	p.delay.Store(0)
	comesBack(t, cache, 1, "view of a")
	for _, want := range []string{"view_cache_lost", "view_cache_back"} {
		if n := strings.Count(log.String(), want); n == 0 || n > 4 {
			t.Errorf("logged %d times %s:\n%s", n, want, log)
		}
	}
}

// comesBack waits until the cache gives the value again.
func comesBack(t *testing.T, c *redis.Cache, key byte, value string) {
	t.Helper()
	for range 1000 {
		if got, ok := c.Get(t.Context(), [32]byte{key}); ok {
			if string(got) != value {
				t.Fatalf("got %q, want %q", got, value)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q did not come back", value)
}

func TestRestartedRedisIsUsedAgain(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, config(s.addr))
	keep(t, c, 1, "before")
	s.kill()
	begin := time.Now()
	for range 200 {
		lacks(t, c, 1)
		c.Put(t.Context(), [32]byte{1}, []byte("meanwhile"), time.Time{})
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("200 requests waited %s for a Redis that is gone", took)
	}
	if !s.start() {
		t.Fatal("the server did not start again")
	}
	for range 100 {
		c.Put(t.Context(), [32]byte{1}, []byte("after"), time.Time{})
		if got, ok := c.Get(t.Context(), [32]byte{1}); ok {
			if string(got) != "after" {
				t.Errorf("got %q: want what was put after", got)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the server was not used again")
}

func TestRedisThatWasNeverThereRefusesNobody(t *testing.T) {
	t.Parallel()
	for _, addrs := range [][]string{{freeAddr(t)}, {freeAddr(t), freeAddr(t)}} {
		c := open(t, config(addrs...))
		for range 50 {
			c.Put(t.Context(), [32]byte{1}, []byte("view"), time.Time{})
			lacks(t, c, 1)
		}
	}
}

func TestRedisThatChangesValuesIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	config := config(s.addr)
	config.Now = func() time.Time { return now }
	c := open(t, config)
	client := s.client()
	defer func() { _ = client.Close() }()
	keep(t, c, 1, "view of a")
	keep(t, c, 2, "view of b")
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(names) != 2 {
		t.Fatalf("got %q, %v", names, err)
	}
	one, _ := client.Get(t.Context(), names[0]).Result()
	other, _ := client.Get(t.Context(), names[1]).Result()
	tests := []struct{ name, value string }{
		{"another's value", other},
		{"a value cut short", one[:len(one)-1]},
		{"a value cut to its head", one[:6]},
		{"a value cut to one byte", one[:1]},
		{"nothing", ""},
		{"more than the value", one + "x"},
		{"another format", "\x02" + one[1:]},
		{"another key's id", one[:2] + "2024" + one[6:]},
		{"a longer id than there is", "\x01\xff" + one[2:]},
		{"text", "view of a"},
	}
	key := byte(1)
	if strings.HasPrefix(names[0], "concord:view:Ag") { // 0x02, ...
		key = 2
	}
	for _, test := range tests {
		if err := client.Set(t.Context(), names[0], test.value, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Get(t.Context(), [32]byte{key}); ok || got != nil {
			t.Errorf("%s: got %q", test.name, got)
		}
	}
	for i := range one {
		changed := []byte(one)
		changed[i] ^= 1
		if err := client.Set(t.Context(), names[0], changed, 0).Err(); err != nil {
			t.Fatal(err)
		}
		lacks(t, c, key)
	}
	if err := client.Set(t.Context(), names[0], one, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Get(t.Context(), [32]byte{key}); !ok {
		t.Error("the right value was not believed either")
	}
}

func TestOldValueIsNotGivenThoughRedisKeptIt(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	var past atomic.Int64
	begin := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	config := config(s.addr)
	config.Now = func() time.Time { return begin.Add(time.Duration(past.Load())) }
	c := open(t, config)
	client := s.client()
	defer func() { _ = client.Close() }()
	for range 100 {
		c.Put(t.Context(), [32]byte{1}, []byte("view of a"), begin.Add(time.Hour))
		if _, ok := c.Get(t.Context(), [32]byte{1}); ok {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(names) != 1 {
		t.Fatalf("got %q, %v", names, err)
	}
	if err := client.Persist(t.Context(), names[0]).Err(); err != nil {
		t.Fatal(err)
	}
	past.Store(int64(time.Hour))
	lacks(t, c, 1)
}

func TestRedisThatSpeaksNonsenseRefusesNobody(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, reply string }{
		{"a string larger than any memory", "$9223372036854775807\r\n"},
		{"a string larger than any value", "$4294967296\r\n"},
		{"a string of a negative size", "$-2\r\n"},
		{"more elements than any memory holds", "*9223372036854775807\r\n"},
		{"arrays without a bottom", strings.Repeat("*1\r\n", 100_000)},
		{"a line without an end", strings.Repeat("+x", 4<<20)},
		{"another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n"},
		{"a map of the newer protocol", "%100000000\r\n"},
		{"an error", "-LOADING Redis is loading the dataset in memory\r\n"},
		{"many answers to one question", strings.Repeat("$1\r\na\r\n", 1000)},
		{"nothing at all, and hangs up", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			addr := listen(t, func(conn net.Conn) { babble(conn, test.reply) })
			for _, cluster := range []bool{false, true} {
				c := config(addr)
				c.Cluster = cluster
				c.Timeout = 200 * time.Millisecond
				cache := open(t, c)
				for range 20 {
					cache.Put(t.Context(), [32]byte{1}, []byte("view"), time.Time{})
					lacks(t, cache, 1)
				}
			}
		})
	}
}

// babble greets as an old server does, and then gives the same reply to all.
func babble(conn net.Conn, reply string) {
	questions := bufio.NewReader(conn)
	answer := "-ERR unknown command\r\n"
	for {
		var words int
		if _, err := fmt.Fscanf(questions, "*%d\r\n", &words); err != nil {
			return
		}
		for range 2 * words { // a length and a word each
			if _, err := questions.ReadString('\n'); err != nil {
				return
			}
		}
		if _, err := fmt.Fprint(conn, answer); err != nil || answer == "" {
			return
		}
		answer = reply
	}
}

func TestFullRedisStillGivesWhatItHas(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := open(t, config(s.addr))
	client := s.client()
	defer func() { _ = client.Close() }()
	keep(t, c, 1, "view of a")
	if err := client.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		c.Put(t.Context(), [32]byte{2}, []byte("view of b"), time.Time{})
		time.Sleep(time.Millisecond)
		if _, ok := c.Get(t.Context(), [32]byte{1}); !ok {
			t.Fatal("a full Redis was taken for a dead one")
		}
	}
}
