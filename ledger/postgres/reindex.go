package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// Reindex makes the key index again from leaves and identities, in one
// transaction: until it is committed the old index stays in use, and nothing
// can be appended. It needs about as much room as the index takes.
func (s *Store) Reindex(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readOnly {
		return errReadOnly
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return s.reindex(ctx, tx) })
	return classify("reindex", err)
}

// reindex writes sorted runs of reindexRows. They have the level that merging
// would have given them, so that later merges find them where they belong.
func (s *Store) reindex(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('assize.index:' || $1, 0))", s.schema); err != nil {
		return err
	}
	// Others in the middle of something read the tail that goes away: they wait.
	if _, err := tx.Exec(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	h, err := scanHead(tx.QueryRow(ctx, "SELECT size, root, time FROM head WHERE id = 1 FOR UPDATE"))
	if err != nil {
		return err
	}
	var known int64
	if err := tx.QueryRow(ctx, "SELECT coalesce(max(run), 0) FROM key_run").Scan(&known); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO key_state AS k (id, gen, run) VALUES (1, $1, $2)
		ON CONFLICT (id) DO UPDATE SET gen = greatest(k.gen, $1) + 1, run = greatest(k.run, $2)`, s.index.current().gen+1, known); err != nil {
		return err
	}
	for _, table := range []string{"key_tail", "key_part", "key_block", "key_run"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
			return err
		}
	}
	level := 0
	for n := tailRows; n < reindexRows; n *= fanout {
		level++
	}
	var rows []keyrow.Row
	const chunk = 4096 // entries to a query
	for from := uint64(0); from < h.Size; from += chunk {
		err := s.Entries(ctx, from, min(from+chunk, h.Size), false, func(e ledger.Stored) error {
			l, err := ledger.ParseLeaf(e.Leaf)
			if err != nil {
				return fmt.Errorf("entry %d: %w", e.Index, err)
			}
			for _, k := range l.Keys {
				rows = append(rows, keyrow.Make(k, e.Index))
			}
			if e.Identity != ([32]byte{}) {
				rows = append(rows, keyrow.Make(ledger.IdentityKey(e.Identity), e.Index))
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(rows) >= reindexRows {
			if err := writeRun(ctx, tx, level, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	return writeRun(ctx, tx, 0, rows)
}
