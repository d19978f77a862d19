package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/consent"
	"concord/gateway/auth"
	"concord/gateway/guard"
	"concord/gateway/postgres"
)

// errSettings marks faults in flags and variables.
var errSettings = errors.New("concord: these settings cannot be used")

// serveCommand is "concord serve" as it is written. Every value is a text, so that all faults can be told at once.
type serveCommand struct {
	Addr          string   `default:"127.0.0.1:8080" variable:"CONCORD_ADDR" help:"Where to listen, as HOST:PORT; port 0 takes a free one. HTTP without TLS: put a proxy that speaks TLS before it."`
	Data          string   `placeholder:"DIR" variable:"CONCORD_DATA" help:"Directory of what this node keeps, with --database the checkpoints alone; made when it is not there. Needed."`
	Database      Secret   `placeholder:"URL" variable:"CONCORD_DATABASE" help:"PostgreSQL that holds the record of all nodes, as postgres://user:password@host/database?sslmode=verify-full. Give it by the variable. Default: SQLite in the data directory."`
	Checkpoints   string   `placeholder:"DIR" variable:"CONCORD_CHECKPOINTS" help:"Directory of the trail's signed checkpoints; best on another disk. Default: in the data directory."`
	BaseURL       string   `placeholder:"URL" variable:"CONCORD_BASE_URL" help:"Address under which callers reach the FHIR service, such as https://care.example/fhir. Default: from each request's Host header."`
	Issuer        []string `sep:"none" placeholder:"URL=AUDIENCE" variable:"CONCORD_ISSUER" help:"An issuer whose tokens are accepted, and the audience that they must have. Add ;trust=purpose,organization,operator for what it is believed about, and ;keys=URL when it has no discovery. Repeat the flag for more; in the variable, separate them by spaces. At least one is needed."`
	BasePolicy    string   `default:"default" placeholder:"NAME" variable:"CONCORD_BASE_POLICY" help:"What holds when no choice of the person speaks: default (implied consent for direct care), none, or the address of an IHE PCF policy. Default: default."`
	ClosedNetwork string   `default:"no" placeholder:"yes|no" variable:"CONCORD_CLOSED_NETWORK" help:"Whether issuers may be at private addresses and speak plain HTTP. Default: no."`
	Limit         []string `sep:"none" placeholder:"NAME=VALUE" variable:"CONCORD_LIMIT" help:"What one request may ask of the server: body, bundle and binary in bytes (4M), depth, entries, parallel, page, last-n, time (30s), and of a search parameters, clauses, alternatives, value, chain, hops, includes, sort-keys, count, results, reached, included, rounds and looked. Repeat the flag for more, or separate them by spaces in the variable. Each has a safe default, and is named when it refuses something."`
	LabelRules    string   `placeholder:"FILE" variable:"CONCORD_LABEL_RULES" help:"A table of label rules instead of the one that comes with Concord, the same on every node: see concord labels rules. What is stored is labelled anew in the background, and is hidden by every label until then."`
	Drain         string   `default:"10s" placeholder:"TIME" variable:"CONCORD_DRAIN" help:"How long requests under way may take to finish when the server is asked to stop. Default: 10s."`

	ViewCache        Secret   `placeholder:"memory|URL" variable:"CONCORD_VIEW_CACHE" help:"Where finished views are kept: memory, for one node, or the Redis that all nodes share, as redis://user:password@host:port/0 (rediss:// for TLS; several hosts, with commas between them, are a cluster). Give it by the variable when it holds a password. Needed."`
	ViewCacheKey     []Secret `sep:"none" placeholder:"ID=HEX" variable:"CONCORD_VIEW_CACHE_KEY" help:"A key that seals what Redis keeps: any name for it and 32 bytes in hex or base64, the same on every node. Repeat the flag for more, or separate them by spaces in the variable: the first seals, all open. Needed with Redis."`
	ViewCacheTimeout string   `default:"50ms" placeholder:"TIME" variable:"CONCORD_VIEW_CACHE_TIMEOUT" help:"How long to wait for Redis before a view is made anew. Default: 50ms."`
	ViewCacheMB      string   `default:"64" name:"view-cache-mb" placeholder:"N" variable:"CONCORD_VIEW_CACHE_MB" help:"The memory of this node for finished views, in megabytes: all that there are with --view-cache memory, those used last in front of Redis, where 0 is none. Default: 64."`

	GlassACR  []string `name:"glass-acr" placeholder:"VALUE" variable:"CONCORD_GLASS_ACR" help:"A value of the claim acr that a session has after stepping up, as break-glass needs. Repeat the flag for more, or separate them by commas. Without it and --glass-role nobody can break the glass."`
	GlassRole []string `name:"glass-role" placeholder:"CODE" variable:"CONCORD_GLASS_ROLE" help:"A role of staff (subject_role in the token) who may break the glass, with the purpose BTG. Repeat the flag for more, or separate them by commas."`

	doorFlags

	LogLevel string `default:"info" placeholder:"LEVEL" variable:"CONCORD_LOG_LEVEL" help:"debug, info, warn or error; default info. The log is JSON on the standard error, and holds no patient data."`
	Secret   Secret `placeholder:"HEX" variable:"CONCORD_SECRET" help:"32 bytes in hex or base64 that sign page cursors; the same on every node. Give it by the variable. Default: made and kept in the data directory."`
}

// settings is what a gateway is made from, checked.
type settings struct {
	addr, data, checkpoints string
	base                    string // of rest; empty: from the Host header
	issuers                 []auth.Issuer
	policy                  consent.Base
	closedNetwork           bool
	database                postgres.URL // empty: SQLite in data
	viewCache               viewCache
	drain                   time.Duration
	labels                  *consent.Labeller // nil: those that come with Concord
	limits                  requestLimits
	glass                   guard.Glass
	doors                   doors
	level                   slog.Level
	secret                  []byte // nil: the data directory's own
}

// settings checks everything and returns all faults together, each with the flag and the variable it came from.
func (c serveCommand) settings() (settings, error) {
	var faults []error
	fault := func(flag, format string, args ...any) {
		variable := "CONCORD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
		faults = append(faults, fmt.Errorf("  --%s (%s): %w", flag, variable, fmt.Errorf(format, args...)))
	}
	s := settings{addr: c.Addr, data: c.Data, checkpoints: c.Checkpoints, base: c.BaseURL}
	if err := checkAddr(c.Addr); err != nil {
		fault("addr", "%w", err)
	}
	if c.Data == "" {
		fault("data", "is needed")
	}
	if u, err := url.Parse(c.BaseURL); c.BaseURL != "" && (err != nil || u.Host == "" || !strings.HasSuffix(c.BaseURL, "/fhir") || !slices.Contains([]string{"http", "https"}, u.Scheme)) {
		fault("base-url", "must be an http or https address that ends in /fhir")
	}
	for _, text := range splitIssuers(c.Issuer) {
		issuer, err := parseIssuer(text, c.BaseURL)
		if err != nil {
			fault("issuer", "%w", err)
		}
		s.issuers = append(s.issuers, issuer)
	}
	if len(s.issuers) == 0 {
		fault("issuer", "is needed: without one, nobody could call")
	}
	policy, ok := basePolicy(c.BasePolicy)
	if !ok {
		fault("base-policy", "is not known: use default, none, or the address of an IHE PCF policy")
	}
	s.policy = policy
	switch c.ClosedNetwork {
	case "yes", "true", "1":
		s.closedNetwork = true
	case "no", "false", "0":
	default:
		fault("closed-network", "must be yes or no")
	}
	s.database = c.checkDatabase(fault)
	s.viewCache = c.viewCache(fault)
	s.limits = c.readLimits(fault)
	s.doors = c.readDoors(fault)
	s.glass = guard.Glass{ACR: c.GlassACR, Roles: c.GlassRole}
	if len(c.GlassACR) == 0 != (len(c.GlassRole) == 0) {
		fault("glass-acr", "goes with --glass-role: give both, or neither")
	}
	labels, err := labelRules(c.LabelRules)
	if err != nil {
		faults = append(faults, err)
	}
	s.labels = labels
	if d, err := time.ParseDuration(c.Drain); err != nil || d < 0 {
		fault("drain", "must be a time such as 10s")
	} else {
		s.drain = d
	}
	if err := s.level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		fault("log-level", "must be debug, info, warn or error")
	}
	if c.Secret != "" {
		secret, err := c.Secret.bytes()
		if err != nil {
			fault("secret", "%w", err)
		}
		s.secret = secret
	}
	if len(faults) > 0 {
		return settings{}, errors.Join(append([]error{errSettings}, faults...)...)
	}
	return s, nil
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("must be HOST:PORT")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return errors.New("must end in a port from 0 to 65535")
	}
	return nil
}

func basePolicy(name string) (consent.Base, bool) {
	if name == "default" {
		return consent.Default(), true
	}
	return consent.Named(name)
}
