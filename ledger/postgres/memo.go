package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
)

var _ ledger.Memos = (*Store)(nil)

// Keep writes memos beside the log. The row that counts revisions is locked until
// the commit, so that a reader who saw a revision saw every lesser one.
func (s *Store) Keep(ctx context.Context, kind string, memos []ledger.Memo) error {
	for _, m := range memos {
		if err := m.Check(); err != nil {
			return err
		}
	}
	return s.remember(ctx, "keep memos", func(ctx context.Context, tx pgx.Tx) error {
		var rev int64
		if err := tx.QueryRow(ctx, "UPDATE memo_state SET rev = rev + 1 WHERE id = 1 RETURNING rev").Scan(&rev); err != nil {
			return err
		}
		b := &pgx.Batch{}
		for _, m := range memos {
			b.Queue(`INSERT INTO memo (kind, name, rev, time, value) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (kind, name) DO UPDATE SET rev = excluded.rev, time = excluded.time, value = excluded.value WHERE memo.value IS NOT NULL`,
				kind, m.Key, rev, m.Time.UnixMicro(), valueOf(m))
		}
		return tx.SendBatch(ctx, b).Close()
	})
}

// valueOf a memo, NULL when it is removed.
func valueOf(m ledger.Memo) []byte {
	if len(m.Value) == 0 {
		return nil
	}
	return m.Value
}

// Kept reads what was written after a revision.
func (s *Store) Kept(ctx context.Context, kind string, after uint64, fn func(ledger.Memo) error) (uint64, error) {
	rows, err := s.read.Query(ctx, "SELECT name, rev, time, value FROM memo WHERE kind = $1 AND rev > $2 ORDER BY rev", kind, int64(after))
	if err != nil {
		return after, classify("read memos", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m ledger.Memo
		var rev, micros int64
		if err := rows.Scan(&m.Key, &rev, &micros, &m.Value); err != nil {
			return after, classify("read memos", err)
		}
		m.Time = time.UnixMicro(micros).UTC()
		if err := fn(m); err != nil {
			return after, err
		}
		after = uint64(rev)
	}
	return after, classify("read memos", rows.Err())
}

// Forget takes memos out for good.
func (s *Store) Forget(ctx context.Context, kind string, before time.Time, all bool) error {
	return s.remember(ctx, "forget memos", func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM memo WHERE kind = $1 AND ($2 OR value IS NULL AND time < $3)", kind, all, before.UnixMicro())
		return err
	})
}

// remember runs fn in a transaction of the connection that writes. One that fails may
// have been committed; writing the same again does no harm.
func (s *Store) remember(ctx context.Context, verb string, fn func(context.Context, pgx.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	conn, err := s.writer(ctx)
	if err != nil {
		return classify(verb, err)
	}
	if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return fn(ctx, tx) }); err != nil {
		s.drop() // its state is not known
		return classify(verb, fmt.Errorf("beside the log: %w", err))
	}
	return nil
}
