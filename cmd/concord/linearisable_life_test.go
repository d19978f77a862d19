package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"concord/consent"
	"concord/fhir/care"
	"concord/gateway"
	"concord/gateway/auth"
	"concord/gateway/guard"
	"concord/gateway/memory"
	"concord/gateway/postgres"
	"concord/gateway/redis"
)

// life is a node from its start to its end, with nothing of its own left over from the life before but its data directory.
type life struct {
	c     *cluster
	rules uint8 // the label rules
	store store
	all   *record
	door  http.Handler
	owner guard.Reading // the operator's, for filling
	role  string        // of the database; "" for SQLite
	line  *databaseLine
	busy  sync.WaitGroup
	over  int64 // from then on nothing that it began takes effect; set when it has ended
}

// begin starts a life under some label rules.
func (c *cluster) begin(n *node, rules uint8) (*life, error) {
	p := &process{now: time.Now, newID: uuid.NewString, stderr: &buffer{}, stdout: &buffer{}}
	told := rules
	if c.spoil.labels {
		told = ruleless
	}
	s := settings{
		data: n.data, base: "http://here.invalid/fhir", policy: consent.Default(), closedNetwork: true, labels: c.tables[told],
		glass: guard.Glass{ACR: []string{steppedUp}, Roles: []string{care.RoleClinician}}, secret: bytes.Repeat([]byte("k"), 32),
	}
	trusted, err := parseIssuer(c.tokens.url+"="+hereAudience+";trust=purpose,organization,operator", s.base)
	if err != nil {
		return nil, err
	}
	s.issuers = []auth.Issuer{trusted}
	l := &life{c: c, rules: rules}
	if err := l.open(p, s); err != nil {
		l.end()
		return nil, err
	}
	return l, nil
}

// open makes what "concord serve" makes, but for the server around the door.
func (l *life) open(p *process, s settings) error {
	log := slog.New(slog.DiscardHandler)
	if l.c.database != nil {
		if err := l.dial(); err != nil {
			return err
		}
		s.database = postgres.URL("postgres://" + l.role + "@/" + l.c.name + "?host=" + l.line.dir)
	}
	opened, err := openStore(context.Background(), p, s, log)
	if err != nil {
		return err
	}
	l.store = opened
	if l.c.spoil.store != nil {
		l.store = l.c.spoil.store(l.store)
	}
	l.store = napping{l.store}
	l.all = &record{store: l.store, tasks: newBackground()}
	if l.all.cache, err = l.c.openCache(p, log); err != nil {
		return err
	}
	l.all.guard, err = guard.New(guard.Config{
		Store: l.store, Trail: l.store, Cache: countingCache{l.all.cache, &l.c.kept}, Base: s.policy, Now: p.now, NewID: p.newID, Secret: s.secret,
		Build: "one", Labels: s.labels, Glass: s.glass, // nodes of one build share views
	})
	if err != nil {
		return err
	}
	if l.owner, err = l.all.operator(p, "fill"); err != nil {
		return err
	}
	l.door, err = l.all.door(p, s, log, nil)
	return err
}

// dial gives the life its own line to PostgreSQL and a user of its own there, by which it is known.
func (l *life) dial() error {
	l.role = l.c.name + "_" + strconv.FormatInt(l.c.lives.Add(1), 10)
	if err := l.c.database.sql("create role " + l.role + " superuser login"); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "concord-line") // the name of a socket must be short
	if err != nil {
		return err
	}
	l.line, err = newDatabaseLine(dir, l.c.database.dir)
	return err
}

func (c *cluster) openCache(p *process, log *slog.Logger) (guard.Cache, error) {
	if c.cache == nil {
		return memory.NewCache(8<<20, p.now), nil
	}
	config, err := redis.ParseURL(redis.Secret(c.cache.url))
	if err != nil {
		return nil, err
	}
	config.Keys = []redis.Key{{ID: "one", Secret: redis.Secret(bytes.Repeat([]byte("s"), 32))}}
	config.Timeout, config.Now, config.Log, config.Prefix = time.Second, p.now, log, c.name+":"
	if c.lives.Load()%2 == 0 { // nodes with views of their own beside nodes that have them from Redis alone
		config.Near = 8 << 20
	}
	return redis.New(config)
}

// end ends a life: its line is cut, with whatever is under way, and then nobody waits for anything it may still write.
func (l *life) end() {
	if l.line != nil {
		l.line.cut()
	}
	l.busy.Wait()
	var err error
	if l.all != nil {
		err = l.all.close()
	}
	if l.line == nil {
		if err != nil {
			l.c.t.Errorf("close: %v", err)
		}
	} else { // without its line it may fail to write its last checkpoint
		err = errors.Join(l.c.database.left(l.role), os.RemoveAll(l.line.dir))
		if err != nil {
			l.c.t.Error(err)
		}
	}
	l.over = l.c.since()
}

// labelAnew labels everything by the rules of the life.
func (l *life) labelAnew(ctx context.Context) error {
	if l.c.spoil.labels {
		return nil
	}
	_, err := gateway.Relabelling{Store: l.store, Labels: l.c.tables[l.rules], Log: slog.New(slog.DiscardHandler)}.Once(ctx)
	return err
}

// ask puts one request to the life.
func (l *life) ask(ctx context.Context, method, path, token, body string) (int, []byte) {
	r := httptest.NewRequest(method, "http://here.invalid/fhir/"+path, strings.NewReader(body)).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	w := httptest.NewRecorder()
	l.door.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}
