package main

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"concord/gateway/rest"
)

func TestLimitsAreRead(t *testing.T) {
	t.Parallel()
	var faults []string
	fault := func(flag, format string, args ...any) {
		faults = append(faults, flag+": "+fmt.Sprintf(format, args...))
	}
	got := serveCommand{Limit: []string{"body=64k bundle=2M", "binary=1000", "depth=20", "entries=7", "parallel=2", "page=10", "last-n=5", "time=3s"}}.readLimits(fault)
	want := rest.Limits{Body: 64 << 10, Bundle: 2 << 20, Binary: 1000, Depth: 20, Entries: 7, Parallel: 2, Page: 10, LastN: 5, Time: 3 * time.Second}
	if diff := cmp.Diff(want, got); diff != "" || faults != nil {
		t.Errorf("%v\n%s", faults, diff)
	}
	if n := reflect.TypeFor[rest.Limits]().NumField(); n != len(limits) {
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
