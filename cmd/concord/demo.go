package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"concord/cmd/concord/region"
	"concord/consent"
	"concord/gateway/auth"
	"concord/gateway/issuer"
	"concord/gateway/postgres"
	"concord/gateway/redis"
)

// The demo's issuer is reached by its name within this process only, and its name and audience do not depend on
// the port, so that tokens outlive a restart.
const (
	demoIssuerHost = "issuer.demo.concord.invalid"
	demoIssuer     = "https://" + demoIssuerHost
	demoAudience   = "https://demo.concord.invalid/fhir"
	demoClient     = "concord-demo"
	demoTokenTime  = 12 * time.Hour
	demoDrain      = 500 * time.Millisecond

	syntheticSeed = 1
	mostPeople    = 9_999_999
)

// demoCommand is "concord demo".
type demoCommand struct {
	Data        string   `placeholder:"DIR" help:"Directory that keeps the demo; started on it again, everything is still there. Default: a temporary one, removed at the end."`
	Checkpoints string   `placeholder:"DIR" help:"Directory of the trail's signed checkpoints. Default: in the data directory."`
	Addr        string   `default:"127.0.0.1:8080" help:"Where to listen, as HOST:PORT; port 0 takes a free one."`
	Empty       bool     `help:"Start without the region: no people, no organisations."`
	Database    Secret   `placeholder:"URL" help:"PostgreSQL to keep the record in, as postgres://user:password@host/database, instead of SQLite in the data directory."`
	ViewCache   Secret   `placeholder:"URL" help:"Redis to keep finished views in, as redis://host:port/0, instead of the memory."`
	ViewCacheMB int      `default:"32" name:"view-cache-mb" placeholder:"N" help:"The memory for finished views, in megabytes: in front of Redis too, where 0 is none. Default: 32."`
	LabelRules  string   `placeholder:"FILE" help:"A table of label rules instead of the one that comes with Concord: see concord labels rules."`
	Definition  []string `sep:"none" placeholder:"NAME|FILE" help:"A definition of local records, as of concord serve: POST /ingest/NAME then takes records in. Repeat the flag for more."`
	People      int      `placeholder:"N" help:"Beside the region, so many invented people with about sixty resources each; always the same ones. A later start with more adds those that are missing."`
}

// Run shows the gateway until ctx ends.
func (c demoCommand) Run(ctx context.Context, p *process) error {
	if err := checkAddr(c.Addr); err != nil {
		return errors.Join(errSettings, fmt.Errorf("  --addr: %w", err))
	}
	if c.People < 0 || c.People > mostPeople {
		return errors.Join(errSettings, fmt.Errorf("  --people: must be a number from 0 to %d", mostPeople))
	}
	if c.ViewCacheMB < 0 {
		return errors.Join(errSettings, errors.New("  --view-cache-mb: must be a whole number"))
	}
	if c.Database != "" && !isPostgres(c.Database) {
		return errors.Join(errSettings, errors.New("  --database: must begin with postgres://"))
	}
	local, err := localOf(c.Definition)
	if err != nil {
		return err
	}
	views, err := c.views()
	if err != nil {
		return err
	}
	if c.Data != "" {
		if err := makeDirectory(c.Data); err != nil {
			return err
		}
		return c.runIn(ctx, p, c.Data, views, local)
	}
	dir, err := os.MkdirTemp("", "concord-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary data directory: %w", err)
	}
	return errors.Join(c.runIn(ctx, p, dir, views, local), os.RemoveAll(dir))
}

// views is where the demo keeps finished views. Its key for a Redis is made anew at each start: nobody shares them.
func (c demoCommand) views() (viewCache, error) {
	if c.ViewCache == "" {
		return viewCache{memory: int64(c.ViewCacheMB) << 20}, nil
	}
	config, err := redis.ParseURL(redis.Secret(c.ViewCache))
	if err != nil {
		return viewCache{}, errors.Join(errSettings, fmt.Errorf("  --view-cache: must be the address of a Redis, which %w", err))
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it does not fail on the systems that Go runs on
	config.Keys = []redis.Key{{ID: "demo", Secret: redis.Secret(key)}}
	config.Near = int64(c.ViewCacheMB) << 20
	return viewCache{redis: &config}, nil
}

func (c demoCommand) runIn(ctx context.Context, p *process, dir string, views viewCache, local doors) error {
	labels, err := labelRules(c.LabelRules)
	if err != nil {
		return errors.Join(errSettings, err)
	}
	marker, err := openDemo(dir, p.now())
	if err != nil {
		return err
	}
	l, err := listen(ctx, c.Addr) // first: its address is one of ours, by which tokens may name users
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // closed by the server, when it came that far
	s := settings{
		data: dir, checkpoints: c.Checkpoints, policy: consent.Default(), database: postgres.URL(c.Database),
		viewCache: views, drain: demoDrain, labels: labels, doors: local,
		issuers: []auth.Issuer{{
			URL: marker.Issuer, Audience: marker.Audience, Bases: []string{fhirAddress(l)},
			TrustPurpose: true, TrustOrganization: true, TrustOperator: true,
		}},
	}
	log := p.jsonLog(slog.LevelInfo)
	r, err := openRecord(ctx, p, s, log)
	if err != nil {
		return err
	}
	d := &demo{process: p, record: r, marker: marker, dir: dir, log: log}
	return errors.Join(d.show(ctx, c, s, l), r.close())
}

// demo is a running demo.
type demo struct {
	*process
	*record
	marker demoDirectory
	dir    string
	log    *slog.Logger
}

func (d *demo) show(ctx context.Context, c demoCommand, s settings, l net.Listener) error {
	if err := d.fill(ctx, c.Empty); err != nil {
		return err
	}
	if err := d.people(ctx, c.People); err != nil {
		return err
	}
	tokens, err := issuer.Open(d.dir, d.marker.Issuer)
	if err != nil {
		return err
	}
	keys, err := tokens.Handler()
	if err != nil {
		return err
	}
	door, err := d.door(d.process, s, d.log, map[string]http.Handler{demoIssuerHost: keys})
	if err != nil {
		return err
	}
	d.relabel(s, d.log)
	return serveHTTP(ctx, l, beside(keys, door), s.drain, d.log, func() error { return d.greet(tokens, fhirAddress(l)) })
}

// beside puts the issuer's documents under /issuer/, so that other servers can be tried with the demo's tokens.
func beside(keys, door http.Handler) http.Handler {
	keys = http.StripPrefix("/issuer", keys)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/issuer/") {
			keys.ServeHTTP(w, r)
			return
		}
		door.ServeHTTP(w, r)
	})
}

// greet says that the demo answers, and how to ask as each persona.
func (d *demo) greet(tokens *issuer.Issuer, address string) error {
	text := &strings.Builder{}
	fmt.Fprintf(text, "ready %s\n", address)
	if d.marker.Region == regionThere {
		for _, persona := range region.Personas() {
			token, err := tokens.Sign(personaClaims(persona, d.marker, d.now(), demoTokenTime, d.newID()))
			if err != nil {
				return err
			}
			fmt.Fprintf(text, "\n# %s: %s\ncurl -s -H 'Authorization: Bearer %s' '%s/%s/$whole-person'\n", persona.Name, persona.Who, token, address, persona.About)
		}
	}
	fmt.Fprintf(text, "\n# Tokens for anybody else: concord token --data %s --help\n", d.dir)
	_, err := fmt.Fprint(d.stdout, text)
	return err
}

func fhirAddress(l net.Listener) string { return "http://" + l.Addr().String() + "/fhir" }
