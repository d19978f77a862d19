package sqlite

// Statements are the texts that the store's connections have prepared. Nobody may use the store meanwhile.
func (s *Store) Statements() []string {
	var all []string
	sessions := []*session{s.writer.tx}
	for range len(s.readers.free) {
		r := <-s.readers.free
		sessions = append(sessions, r)
		s.readers.free <- r
	}
	for _, one := range sessions {
		for text := range one.stmts {
			all = append(all, text)
		}
	}
	return all
}

// VerifyStatements are those of Verify.
func VerifyStatements() []string {
	return []string{selectWriters, selectBatches, selectStrays, selectEvents, selectRoot, selectAllFiled}
}

// Portions is a config of a store that files so many events of the trail at once.
func (c Config) Portions(events int) Config {
	c.portion = events
	return c
}
