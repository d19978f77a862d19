package sqlite

import (
	"log/slog"
	"time"
)

// stopPages is the size of the write-ahead log from which the writer itself stops for it, in pages of 4 kB.
const stopPages = 32_000

// fold copies the write-ahead log into the database beside the commits, once a second, until the
// store is closed. A passive fold waits for nobody and nobody waits for it.
func (s *Store) fold(tx *session) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer func() { _ = tx.close() }()
	for {
		select {
		case <-tick.C:
			var busy, pages, folded int
			if _, err := tx.row("pragma wal_checkpoint(passive)", nil, &busy, &pages, &folded); err != nil {
				s.log.Error("fold_log", slog.Any("error", err))
			}
			s.overgrown.Store(pages > stopPages)
		case <-s.closed:
			return
		}
	}
}

// cut starts the log afresh between two batches, when under constant load it never came to its end by itself. It
// waits for the readers of the moment.
func (w *writer) cut() {
	if !w.s.overgrown.CompareAndSwap(true, false) {
		return
	}
	var busy, pages, folded int
	if _, err := w.tx.row("pragma wal_checkpoint(restart)", nil, &busy, &pages, &folded); err != nil {
		w.s.log.Error("cut_log", slog.Any("error", err))
	}
}
