package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/gateway/rest"
)

// limit is one of the limits of a request, as the operator names it.
type limit struct {
	name string
	set  func(l *rest.Limits, value string) error
}

// limits are all that can be set, in the order in which a fault names them.
var limits = []limit{
	{"body", size(func(l *rest.Limits) *int64 { return &l.Body })},
	{"bundle", size(func(l *rest.Limits) *int64 { return &l.Bundle })},
	{"binary", size(func(l *rest.Limits) *int64 { return &l.Binary })},
	{"depth", number(func(l *rest.Limits) *int { return &l.Depth })},
	{"entries", number(func(l *rest.Limits) *int { return &l.Entries })},
	{"parallel", number(func(l *rest.Limits) *int { return &l.Parallel })},
	{"page", number(func(l *rest.Limits) *int { return &l.Page })},
	{"last-n", number(func(l *rest.Limits) *int { return &l.LastN })},
	{"time", func(l *rest.Limits, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 || d >= writeTimeout { // an answer must still find its connection open
			return fmt.Errorf("must be a time such as 30s, below %s", writeTimeout)
		}
		l.Time = d
		return nil
	}},
}

// size reads bytes, or kilobytes or megabytes as 64k and 4M.
func size(of func(*rest.Limits) *int64) func(*rest.Limits, string) error {
	return func(l *rest.Limits, value string) error {
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

func number(of func(*rest.Limits) *int) func(*rest.Limits, string) error {
	return func(l *rest.Limits, value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n < 1 {
			return errors.New("must be a whole number from 1")
		}
		*of(l) = int(n)
		return nil
	}
}

// readLimits reads NAME=VALUE, several of them with spaces between them.
func (c serveCommand) readLimits(fault telling) rest.Limits {
	var l rest.Limits
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
