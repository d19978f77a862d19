// Package storetest is the suite that every Store and Trail passes, and a comparison of two of them over random
// histories. It tests what guard.Store promises, and knows nothing of how a store keeps it.
package storetest

import (
	"testing"

	"concord/gateway/guard"
)

// Both is a store with the trail that it keeps.
type Both interface {
	guard.Relabeller
	guard.Trail
}

// Run runs the suite. The function opens an empty store, and closes it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Both) {
	t.Helper()
	groups := []struct {
		name  string
		tests []test
	}{
		{"record", recordTests},
		{"directory", directoryTests},
		{"commit", commitTests},
		{"repeat", repeatTests},
		{"people", peopleTests},
		{"search", searchTests},
		{"page", pageTests},
		{"reach", reachTests},
		{"changes", changesTests},
		{"feed", feedTests},
		{"labels", labelTests},
		{"trail", trailTests},
		{"together", togetherTests},
	}
	for _, group := range groups {
		for _, one := range group.tests {
			t.Run(group.name+"/"+one.name, func(t *testing.T) {
				t.Parallel()
				one.run(t, open(t))
			})
		}
	}
}

// test is one promise, said as a sentence.
type test struct {
	name string
	run  func(t *testing.T, s Both)
}
