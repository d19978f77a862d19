package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/gateway/guard"
	"concord/gateway/rest"
)

// requestLimits are those of one request: what the door takes, and what a search may ask of the store.
type requestLimits struct {
	door   rest.Limits
	search guard.Limits
}

// limit is one of the limits of a request, as the operator names it.
type limit struct {
	name string
	set  func(l *requestLimits, value string) error
}

// limits are all that can be set, in the order in which a fault names them.
var limits = []limit{
	{"body", size(func(l *requestLimits) *int64 { return &l.door.Body })},
	{"bundle", size(func(l *requestLimits) *int64 { return &l.door.Bundle })},
	{"letter", size(func(l *requestLimits) *int64 { return &l.door.Letter })},
	{"binary", size(func(l *requestLimits) *int64 { return &l.door.Binary })},
	{"depth", number(func(l *requestLimits) *int { return &l.door.Depth })},
	{"entries", number(func(l *requestLimits) *int { return &l.door.Entries })},
	{"parallel", number(func(l *requestLimits) *int { return &l.door.Parallel })},
	{"page", number(func(l *requestLimits) *int { return &l.door.Page })},
	{"last-n", number(func(l *requestLimits) *int { return &l.door.LastN })},
	{"parameters", number(func(l *requestLimits) *int { return &l.search.Query.Parameters })},
	{"clauses", number(func(l *requestLimits) *int { return &l.search.Query.Clauses })},
	{"alternatives", number(func(l *requestLimits) *int { return &l.search.Query.Alternatives })},
	{"value", number(func(l *requestLimits) *int { return &l.search.Query.Value })},
	{"chain", number(func(l *requestLimits) *int { return &l.search.Query.Chain })},
	{"hops", number(func(l *requestLimits) *int { return &l.search.Query.Hops })},
	{"includes", number(func(l *requestLimits) *int { return &l.search.Query.Includes })},
	{"sort-keys", number(func(l *requestLimits) *int { return &l.search.Query.Keys })},
	{"count", number(func(l *requestLimits) *int { return &l.search.Query.Count })},
	{"results", number(func(l *requestLimits) *int { return &l.search.Query.MaxCount })},
	{"reached", number(func(l *requestLimits) *int { return &l.search.Reached })},
	{"included", number(func(l *requestLimits) *int { return &l.search.Included })},
	{"rounds", number(func(l *requestLimits) *int { return &l.search.Rounds })},
	{"looked", number(func(l *requestLimits) *int { return &l.search.Looked })},
	{"time", func(l *requestLimits, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 || d >= writeTimeout { // an answer must still find its connection open
			return fmt.Errorf("must be a time such as 30s, below %s", writeTimeout)
		}
		l.door.Time = d
		return nil
	}},
}

// size reads bytes, or kilobytes or megabytes as 64k and 4M.
func size(of func(*requestLimits) *int64) func(*requestLimits, string) error {
	return func(l *requestLimits, value string) error {
		digits, shift := value, 0
		if number, ok := strings.CutSuffix(value, "k"); ok {
			digits, shift = number, 10
		} else if number, ok := strings.CutSuffix(value, "M"); ok {
			digits, shift = number, 20
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 1 || n > math.MaxInt64>>20 {
			return errors.New("must be a number of bytes, such as 4000000 or 4M")
		}
		*of(l) = n << shift
		return nil
	}
}

func number(of func(*requestLimits) *int) func(*requestLimits, string) error {
	return func(l *requestLimits, value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 1 {
			return errors.New("must be a whole number from 1")
		}
		*of(l) = int(n)
		return nil
	}
}

// readLimits reads NAME=VALUE, several of them with spaces between them.
func (c serveCommand) readLimits(fault telling) requestLimits {
	var l requestLimits
	for text := range strings.FieldsSeq(strings.Join(c.Limit, " ")) {
		name, value, _ := strings.Cut(text, "=")
		i := slices.IndexFunc(limits, func(one limit) bool { return one.name == name })
		if i < 0 {
			var names []string
			for _, one := range limits {
				names = append(names, one.name)
			}
			fault("limit", "must be NAME=VALUE; the names are %s", strings.Join(names, ", "))
			continue
		}
		if err := limits[i].set(&l, value); err != nil {
			fault("limit", "%s: %w", name, err)
		}
	}
	return l
}
