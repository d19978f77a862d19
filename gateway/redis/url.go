package redis

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// ParseURL reads where Redis is:
//
//	redis://[user:password@]host[:port][,host[:port]...][/database][?cluster=yes]
//
// The scheme rediss means TLS, with the certificates that the system trusts. Several hosts are members of a cluster;
// a single one is a cluster only if the address says so. It fills Addrs, Cluster, Username, Password, DB and TLS of
// the Config. An error never repeats the address, which may hold a password.
func ParseURL(text Secret) (Config, error) {
	scheme, rest, ok := strings.Cut(string(text), "://")
	if !ok || scheme != "redis" && scheme != "rediss" {
		return Config{}, errors.New("must begin with redis:// or rediss://")
	}
	// net/url refuses lists of hosts with ports, so they are read apart.
	authority, tail := rest, ""
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority, tail = rest[:end], rest[end:]
	}
	user, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, hosts = authority[:at+1], authority[at+1:]
	}
	u, err := url.Parse("redis://" + user + "host" + tail)
	if err != nil {
		return Config{}, errors.New("is not an address: is there a / or ? in the password that should be written as %2F or %3F?")
	}
	c := Config{Username: u.User.Username()}
	password, _ := u.User.Password()
	c.Password = Secret(password)
	if scheme == "rediss" {
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	for host := range strings.SplitSeq(hosts, ",") {
		addr, err := withPort(host)
		if err != nil {
			return Config{}, err
		}
		c.Addrs = append(c.Addrs, addr)
	}
	if path := strings.TrimPrefix(u.Path, "/"); path != "" {
		n, err := strconv.Atoi(path)
		if err != nil || n < 0 {
			return Config{}, errors.New("must end in the number of a database, or in none")
		}
		c.DB = n
	}
	cluster, err := clusterOption(u)
	if err != nil {
		return Config{}, err
	}
	c.Cluster = cluster || len(c.Addrs) > 1
	return c, nil
}

// withPort adds Redis's own port where there is none.
func withPort(host string) (string, error) {
	bad := errors.New("must name its hosts as HOST or HOST:PORT, separated by commas")
	if host == "" || strings.ContainsAny(host, " \t") {
		return "", bad
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port, err = net.SplitHostPort(host + ":6379")
	}
	if n, fault := strconv.Atoi(port); err != nil || fault != nil || name == "" || n < 1 || n > 65535 {
		return "", bad
	}
	return net.JoinHostPort(name, port), nil
}

func clusterOption(u *url.URL) (bool, error) {
	bad := errors.New("the only option is cluster=yes or cluster=no")
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Fragment != "" {
		return false, bad
	}
	cluster := false
	for name, values := range options {
		if name != "cluster" || len(values) != 1 || values[0] != "yes" && values[0] != "no" {
			return false, bad
		}
		cluster = values[0] == "yes"
	}
	return cluster, nil
}
