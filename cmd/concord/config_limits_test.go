package main

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/fhir/search"
	"concord/gateway/guard"
	"concord/gateway/rest"
)

func TestLimitsAreRead(t *testing.T) {
	t.Parallel()
	var faults []string
	fault := func(flag, format string, args ...any) {
		faults = append(faults, flag+": "+fmt.Sprintf(format, args...))
	}
	got := serveCommand{Limit: []string{
		"body=64k bundle=2M", "binary=1000", "depth=20", "entries=7", "parallel=2", "page=10", "last-n=5", "time=3s",
		"parameters=1 clauses=2 alternatives=3 value=4 chain=5 hops=6 includes=7 sort-keys=8 count=9 results=10 reached=11 included=12 rounds=13 looked=14",
	}}.readLimits(fault)
	want := requestLimits{
		door: rest.Limits{Body: 64 << 10, Bundle: 2 << 20, Binary: 1000, Depth: 20, Entries: 7, Parallel: 2, Page: 10, LastN: 5, Time: 3 * time.Second},
		search: guard.Limits{
			Query:   search.Limits{Parameters: 1, Clauses: 2, Alternatives: 3, Value: 4, Chain: 5, Hops: 6, Includes: 7, Keys: 8, Count: 9, MaxCount: 10},
			Reached: 11, Included: 12, Rounds: 13, Looked: 14,
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(requestLimits{})); diff != "" || faults != nil {
		t.Errorf("%v\n%s", faults, diff)
	}
	if n := reflect.TypeFor[rest.Limits]().NumField() + reflect.TypeFor[guard.Limits]().NumField() - 1 + reflect.TypeFor[search.Limits]().NumField(); n != len(limits) {
		t.Errorf("%d limits can be set, and there are %d", len(limits), n)
	}
	for _, text := range []string{"body", "body=", "body=-1", "body=kM", "body=9223372036854775807M", "depth=0", "depth=9999999999", "time=0s", "time=soon", "time=2m", "shoes=3", "=", "body=1kk"} {
		faults = nil
		serveCommand{Limit: []string{text}}.readLimits(fault)
		if len(faults) != 1 {
			t.Errorf("%q: %q", text, faults)
		}
	}
}
