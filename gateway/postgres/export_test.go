package postgres

import "github.com/jackc/pgx/v5"

// Traced is the configuration with a listener to all statements.
func (c Config) Traced(t pgx.QueryTracer) Config {
	c.trace = t
	return c
}

// Settings are those of the sessions that read, as statements.
func Settings() []string {
	var all []string
	for name, value := range common {
		if name != "client_encoding" {
			all = append(all, "set "+name+" = '"+value+"'")
		}
	}
	return all
}
