package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// rows runs one statement and calls scan for each row.
func (one *reader) rows(ctx context.Context, scan func(pgx.Rows) error, text string, args ...any) error {
	rows, err := one.conn.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ask runs questions together.
func (one *reader) ask(ctx context.Context, questions *pgx.Batch) error {
	if questions.Len() == 0 {
		return nil
	}
	return one.conn.SendBatch(ctx, questions).Close()
}

// each makes a question's answer be scanned row by row.
func each(q *pgx.QueuedQuery, scan func(pgx.Rows) error) {
	q.Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// errGone says that what must be there is not.
var errGone = errors.New("a row that is referred to is not there")
