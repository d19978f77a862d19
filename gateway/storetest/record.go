package storetest

import (
	"context"
	"errors"
	"testing"

	"concord/consent"
	"concord/fhir"
	"concord/gateway/guard"
)

var goal = ref("Goal", "g1")

func current(r fhir.Ref) func(v guard.Snapshot) (*guard.Version, error) {
	return func(v guard.Snapshot) (*guard.Version, error) { return v.Current(r) }
}

func history(r fhir.Ref) func(v guard.Snapshot) ([]*guard.Version, error) {
	return func(v guard.Snapshot) ([]*guard.Version, error) { return v.History(r) }
}

func record(p consent.Person) func(v guard.Snapshot) ([]*guard.Version, error) {
	return func(v guard.Snapshot) ([]*guard.Version, error) { return v.Record(p) }
}

var recordTests = []test{
	{"what was never there is nil", func(t *testing.T, s Both) {
		equal(t, "current", nil, get(t, s, current(goal)))
		equal(t, "history", nil, get(t, s, history(goal)))
		equal(t, "record", nil, get(t, s, record("nobody")))
	}},
	{"the newest version is current, and history is newest first", func(t *testing.T, s Both) {
		first, second := put(goal, "a", 1, "p"), put(goal, "b", 2, "p")
		puts(t, s, first)
		puts(t, s, second)
		equal(t, "current", second.Version, get(t, s, current(goal)))
		equal(t, "history", []*guard.Version{second.Version, first.Version}, get(t, s, history(goal)))
	}},
	{"history goes by commits, not by the time in the versions", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 5, "p"))
		puts(t, s, put(goal, "b", 1, "p"))
		equal(t, "current", "b", get(t, s, current(goal)).ID)
	}},
	{"a deleted thing is current and in no record", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"))
		deleted := gone(goal, "b", 2, "p")
		puts(t, s, deleted)
		equal(t, "current", deleted.Version, get(t, s, current(goal)))
		equal(t, "record", nil, get(t, s, record("p")))
		puts(t, s, put(goal, "c", 3, "p"))
		equal(t, "record", []string{"Goal/g1"}, names(get(t, s, record("p"))))
	}},
	{"the record is what is about the person, in the order of references", func(t *testing.T, s Both) {
		puts(
			t, s, put(ref("Task", "t"), "a", 1, "p", "q"), put(ref("Flag", "z"), "a", 1, "p"),
			put(ref("Flag", "b"), "a", 1, "p"), put(ref("Flag", "q"), "a", 1, "q"), put(ref("Location", "l"), "a", 1),
		)
		equal(t, "record of p", []string{"Flag/b", "Flag/z", "Task/t"}, names(get(t, s, record("p"))))
		equal(t, "record of q", []string{"Flag/q", "Task/t"}, names(get(t, s, record("q"))))
	}},
	{"a version about somebody else leaves the record", func(t *testing.T, s Both) {
		puts(t, s, put(goal, "a", 1, "p"))
		puts(t, s, put(goal, "b", 2, "q"))
		equal(t, "record of p", nil, names(get(t, s, record("p"))))
		equal(t, "record of q", []string{"Goal/g1"}, names(get(t, s, record("q"))))
	}},
	{"a view that ends in an error gives that error", func(t *testing.T, s Both) {
		want := errors.New("mine")
		if err := s.View(t.Context(), guard.Want{}, func(guard.Snapshot) error { return want }); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}},
	{"a cancelled caller gets nothing", func(t *testing.T, s Both) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.View(ctx, guard.Want{}, func(guard.Snapshot) error { t.Error("called"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("view: got %v", err)
		}
		if _, err := s.Commit(ctx, guard.Change{Put: []guard.Put{put(goal, "a", 1)}}); !errors.Is(err, context.Canceled) {
			t.Errorf("commit: got %v", err)
		}
		equal(t, "current", nil, get(t, s, current(goal)))
	}},
}

func directory(v guard.Snapshot) (*consent.Directory, error) { return v.Directory() }

var organisation = ref("Organization", "o")

// listed makes an organisation that stands in the directory.
func listed(version, name string) guard.Put {
	p := put(organisation, version, 1)
	p.Version.Facts.Open = true
	p.Version.Facts.Gives.Entry = &consent.Entry{Ref: p.Version.Ref, Name: name, Active: true}
	return p
}

var directoryTests = []test{
	{"an organisation is listed until it is deleted, and each change raises the epoch", func(t *testing.T, s Both) {
		before := get(t, s, directory)
		puts(t, s, listed("a", "One"))
		first := get(t, s, directory)
		puts(t, s, listed("b", "Two"))
		second := get(t, s, directory)
		puts(t, s, gone(organisation, "c", 3))
		third := get(t, s, directory)
		if before.Epoch >= first.Epoch || first.Epoch >= second.Epoch || second.Epoch >= third.Epoch {
			t.Errorf("epochs %d, %d, %d, %d do not rise", before.Epoch, first.Epoch, second.Epoch, third.Epoch)
		}
		equal(t, "first name", "One", first.Name(organisation))
		equal(t, "second name", "Two", second.Name(organisation))
		if _, ok := third.Org(organisation); ok {
			t.Error("the deleted organisation is listed")
		}
	}},
	{"whatever is open raises the epoch, since references to it are judged", func(t *testing.T, s Both) {
		before := get(t, s, directory).Epoch
		location := put(ref("Location", "l"), "a", 1)
		location.Version.Facts.Open = true
		puts(t, s, location)
		if after := get(t, s, directory).Epoch; after <= before {
			t.Errorf("the epoch went from %d to %d", before, after)
		}
	}},
	{"other things do not raise the epoch", func(t *testing.T, s Both) {
		puts(t, s, listed("a", "One"))
		before := get(t, s, directory).Epoch
		puts(t, s, put(goal, "a", 1, "p"))
		equal(t, "epoch", before, get(t, s, directory).Epoch)
	}},
}
