package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"concord/gateway/guard"
	"concord/gateway/postgres"
)

// taken is what a siege left in the store.
type taken struct {
	messages, refused int
	feed              []guard.Entry
	events            string // what the tool says of the trail
	rows              string // of SQLite
}

// taken compares what is in the store with what was sent.
func (s *siege) taken() taken {
	s.Helper()
	found, want := newFindings(), newFindings()
	var all taken
	s.opened(func(in store) error {
		var err error
		if all.feed, err = feedOf(s.Context(), in); err != nil {
			return err
		}
		return found.readAll(s.Context(), in, all.feed)
	})
	most := 2 // the organisations
	for _, one := range s.senders {
		sender := hospitals[one.org]
		for i, m := range one.said {
			if (one.codes[i] == "AA") == m.faulty {
				s.Errorf("%s %s %d is answered %s", sender, one.application, i, one.codes[i])
			}
			all.messages++
			if m.faulty {
				all.refused++
				want.letters = append(want.letters, m.text)
				most += 2 // the Task and the Binary
				continue
			}
			want.things[sender+" "+m.thing] = append(want.things[sender+" "+m.thing], m.number)
			want.order[sender+" "+one.application] = append(want.order[sender+" "+one.application], m.control)
			want.notes++
			most += 3 // the thing, its Provenance and the note
			switch {
			case strings.Contains(m.text, "ADT^A01"):
				want.care[sender+" "+m.thing] = "start-care"
			case strings.Contains(m.text, "ADT^A03"):
				want.care[sender+" "+m.thing] += " end-care"
			}
		}
	}
	slices.Sort(want.letters)
	slices.Sort(found.letters)
	for what, diff := range map[string]string{
		"what each message did, by the versions of its thing": cmp.Diff(want.things, found.things),
		"the order of each sender, by the feed":               cmp.Diff(want.order, found.order),
		"the letters":                                         cmp.Diff(want.letters, found.letters),
		"the notes":                                           cmp.Diff(want.notes, found.notes),
		"care":                                                cmp.Diff(want.care, found.care),
		"the feed":                                            cmp.Diff(most+found.once+found.reviews, len(all.feed)),
	} {
		if diff != "" {
			s.Errorf("%s (-sent +stored):\n%.4000s", what, diff)
		}
	}
	for ref, versions := range found.constant {
		if versions != 1 {
			s.Errorf("%s, which always came alike, has %d versions", ref, versions)
		}
	}
	all.events, all.rows = s.trail(), s.rows()
	return all
}

// unchanged looks whether anything at all is there that was not there before.
func (s *siege) unchanged(before taken) {
	s.Helper()
	s.opened(func(in store) error {
		feed, err := feedOf(s.Context(), in)
		if diff := cmp.Diff(before.feed, feed); diff != "" {
			s.Errorf("everything sent again was written:\n%.2000s", diff)
		}
		return err
	})
	if events := s.trail(); events != before.events {
		s.Errorf("everything sent again left traces: %s, and not %s", events, before.events)
	}
	if s.rows() != before.rows {
		s.Error("everything sent again changed rows")
	}
}

// trail is how many events there are.
func (s *siege) trail() string {
	s.Helper()
	args := []string{"trail", "verify", "--data", s.data}
	if s.database != "" {
		args = []string{"trail", "verify", "--database", s.database}
	}
	_, said, _ := strings.Cut(must(s.T, args...), "batches, ")
	said, _, _ = strings.Cut(said, " (")
	return said
}

func (s *siege) rows() string {
	s.Helper()
	if s.database != "" {
		return ""
	}
	return content(s.T, s.data)
}

// opened opens the store while nothing serves it.
func (s *siege) opened(use func(store) error) {
	s.Helper()
	settings := toolSettings(s.data, "")
	settings.database = postgres.URL(s.database)
	opened, err := openStore(s.Context(), &process{now: time.Now, newID: uuid.NewString, stderr: io.Discard}, settings, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	if err := errors.Join(use(opened), opened.Close()); err != nil {
		s.Fatal(err)
	}
}

// feedOf is all that was ever put.
func feedOf(ctx context.Context, in store) ([]guard.Entry, error) {
	var all []guard.Entry
	for after := guard.Position(0); ; {
		entries, last, err := in.Follow(ctx, after, 1000)
		if err != nil || len(entries) == 0 {
			return all, err
		}
		all, after = append(all, entries...), last
	}
}
