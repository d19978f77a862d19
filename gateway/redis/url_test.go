package redis_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord/gateway/redis"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	type parts struct {
		Addrs              []string
		Cluster            bool
		Username, Password string
		DB                 int
		TLS                bool
	}
	tests := []struct {
		name string
		url  string
		want parts
	}{
		{"a host", "redis://cache", parts{Addrs: []string{"cache:6379"}}},
		{"a host with port and database", "redis://cache:7000/3", parts{Addrs: []string{"cache:7000"}, DB: 3}},
		{"a name and password", "redis://u:p%40%2Fw@cache/", parts{Addrs: []string{"cache:6379"}, Username: "u", Password: "p@/w"}},
		{"a password alone", "redis://:pw@cache", parts{Addrs: []string{"cache:6379"}, Password: "pw"}},
		{"TLS", "rediss://cache", parts{Addrs: []string{"cache:6379"}, TLS: true}},
		{"members of a cluster", "redis://u:p@a:1,b,[::1]:3", parts{Addrs: []string{"a:1", "b:6379", "[::1]:3"}, Cluster: true, Username: "u", Password: "p"}},
		{"a cluster by one address", "redis://a?cluster=yes", parts{Addrs: []string{"a:6379"}, Cluster: true}},
		{"an address without a port of the newer kind", "redis://[::1]", parts{Addrs: []string{"[::1]:6379"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := redis.ParseURL(redis.Secret(test.url))
			if err != nil {
				t.Fatal(err)
			}
			got := parts{c.Addrs, c.Cluster, c.Username, string(c.Password), c.DB, c.TLS != nil}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseURLRefusesWithoutRepeatingThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "hunter2", "http://:hunter2@cache", "redis://", "redis://:hunter2@", "redis://:hunter2@a,,b", "redis://:hunter2@a:port",
		"redis://:hunter2@a:0", "redis://:hunter2@a/x", "redis://:hunter2@a/-1", "redis://:hunter2@a?cluster=maybe",
		"redis://:hunter2@a?timeout=1s", "redis://:hunter2@a#b", "redis://:hun/ter2@a", "redis://:%zzhunter2@a", "redis://:hunter2@::1",
	} {
		c, err := redis.ParseURL(redis.Secret(url))
		if err == nil {
			t.Errorf("%s was taken as %v", url, c)
		} else if strings.Contains(err.Error(), "ter2") {
			t.Errorf("%v: repeats the password", err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("redis://u:p@a:1,b/3?cluster=yes")
	f.Add("rediss://[::1]")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := redis.ParseURL(redis.Secret(text))
		if err == nil && len(c.Addrs) == 0 {
			t.Error("an address without a host was taken")
		}
	})
}
