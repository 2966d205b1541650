package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/assize-dev/assize/ledger"
)

var _ ledger.Memos = (*Store)(nil)

// Keep writes memos beside the log.
func (s *Store) Keep(ctx context.Context, kind string, memos []ledger.Memo) error {
	return s.remember(ctx, "keep memos", func(conn *sql.Conn) (int64, error) {
		var rev int64
		if err := conn.QueryRowContext(ctx, "UPDATE memo_state SET rev = rev + 1 WHERE id = 1 RETURNING rev").Scan(&rev); err != nil {
			return 0, err
		}
		written := int64(pageSize)
		for _, m := range memos {
			if err := m.Check(); err != nil {
				return 0, err
			}
			if _, err := conn.ExecContext(ctx, `INSERT INTO memo (kind, name, rev, time, value) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (kind, name) DO UPDATE SET rev = excluded.rev, time = excluded.time, value = excluded.value WHERE value IS NOT NULL`,
				kind, m.Key, rev, m.Time.UnixMicro(), valueOf(m)); err != nil {
				return 0, err
			}
			written += int64(len(m.Key) + len(m.Value))
		}
		return written, nil
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
	rows, err := s.read.QueryContext(ctx, "SELECT name, rev, time, value FROM memo WHERE kind = ? AND rev > ? ORDER BY rev", kind, int64(after))
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
	return s.remember(ctx, "forget memos", func(conn *sql.Conn) (int64, error) {
		_, err := conn.ExecContext(ctx, "DELETE FROM memo WHERE kind = ? AND (? OR value IS NULL AND time < ?)", kind, all, before.UnixMicro())
		return pageSize, err
	})
}

// remember runs fn, which tells how much it wrote, in a transaction of the writer.
func (s *Store) remember(ctx context.Context, verb string, fn func(*sql.Conn) (int64, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w == nil {
		return errReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // a statement that is interrupted would leave the connection in doubt
	if _, err := s.w.begin.ExecContext(ctx); err != nil {
		return classify(verb, err)
	}
	n, err := fn(s.w.conn)
	if err == nil {
		_, err = s.w.commit.ExecContext(ctx)
	}
	if err != nil {
		if _, undone := s.w.rollback.ExecContext(ctx); undone != nil {
			err = errors.Join(err, fmt.Errorf("roll back: %w", undone))
		}
		return classify(verb, err)
	}
	s.wal.wrote(s, n, false)
	return nil
}
