package main

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord/consent"
)

// cluster is some nodes on one database, or one on a file of its own. All are in this process, so that there is one clock, and
// share nothing else but what nodes share.
type cluster struct {
	t        *testing.T
	tokens   *tokenMaker
	tables   [ruleSets]*consent.Labeller
	database *outsideServer // nil: SQLite
	name     string         // of the database
	cache    *outsideServer // nil: each node keeps its views itself
	spoil    spoiled        // what is broken on purpose
	began    time.Time
	lives    atomic.Int64
	kept     atomic.Int64 // views that a cache had
	relabel  sync.Mutex   // one labels anew at a time
	nodes    []*node
}

// spoiled is how a cluster is broken; the zero spoiled is none.
type spoiled struct {
	store  func(store) store // what stands between the guard and the store
	labels bool              // nodes go on with the label rules that they began with
}

var clusterDatabases atomic.Int64

// newCluster starts so many nodes.
func newCluster(t *testing.T, size int, database, cache *outsideServer, spoil spoiled) *cluster {
	t.Helper()
	c := &cluster{t: t, tokens: newIssuer(t), database: database, cache: cache, spoil: spoil, began: time.Now()}
	for i, table := range labelTables {
		labels, err := consent.NewLabeller([]byte(table))
		if err != nil {
			t.Fatal(err)
		}
		c.tables[i] = labels
	}
	if database != nil {
		c.name = "region" + strconv.FormatInt(clusterDatabases.Add(1), 10)
		if err := database.sql("create database " + c.name); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(c.end)
	for range size {
		n := &node{data: t.TempDir()}
		l, err := c.begin(n, ruleless)
		if err != nil {
			t.Fatal(err)
		}
		n.live(l)
		c.nodes = append(c.nodes, n)
	}
	return c
}

// since is the one clock of a history.
func (c *cluster) since() int64 { return time.Since(c.began).Nanoseconds() }

// end ends all nodes.
func (c *cluster) end() {
	for _, n := range c.nodes {
		n.kill()
	}
}

// somewhere takes hold of a node that is up; nil when ctx ends before there is one.
func (c *cluster) somewhere(ctx context.Context) *life {
	for ctx.Err() == nil {
		if l := c.nodes[rand.IntN(len(c.nodes))].enter(); l != nil {
			return l
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// node is a place in a cluster, in which one life follows another.
type node struct {
	data string
	mu   sync.RWMutex
	now  *life // nil while it is down
}

// enter takes hold of a node's life, until busy is done; nil when it is down.
func (n *node) enter() *life {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.now != nil {
		n.now.busy.Add(1)
	}
	return n.now
}

// kill ends a node in the middle of whatever it does.
func (n *node) kill() {
	n.mu.Lock()
	l := n.now
	n.now = nil
	n.mu.Unlock()
	if l != nil {
		l.end()
	}
}

func (n *node) live(l *life) {
	n.mu.Lock()
	n.now = l
	n.mu.Unlock()
}
