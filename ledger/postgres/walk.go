package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// Index reads the whole key index, and makes sure that look-ups find all of it.
func (s *Store) Index(ctx context.Context, fn func(ledger.Key, uint64) error) error {
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.read, opts, func(tx pgx.Tx) error {
		st, err := readState(ctx, tx, 0)
		if err != nil {
			return err
		}
		w := walk{ctx: ctx, q: tx, size: st.size, fn: fn}
		for _, c := range st.commits {
			if err := w.commit(c); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, "SELECT run, blocks FROM key_run ORDER BY run")
		if err != nil {
			return err
		}
		runs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c cursor, err error) {
			return c, row.Scan(&c.run, &c.end)
		})
		if err != nil {
			return err
		}
		for _, r := range runs {
			if err := w.run(r.run, r.end); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read index: %w", err)
	}
	return nil
}

// walk reads every row of the key index the way a look-up gets to it. A row that
// is stored and cannot be found is as bad as one that is not there, so fences,
// filters and order are held against the rows.
type walk struct {
	ctx  context.Context
	q    pgx.Tx
	size uint64 // of the log
	fn   func(ledger.Key, uint64) error
}

func (w *walk) row(b []byte) error {
	if i := keyrow.Index(b); i >= w.size {
		return fmt.Errorf("a row of entry %d, the log has %d: %w", i, w.size, ledger.ErrCorrupt)
	}
	return w.fn(ledger.Key(b[:16]), keyrow.Index(b))
}

func (w *walk) commit(c commit) error {
	for r := range slices.Chunk(c.rows, keyrow.Size) {
		if keyrow.Index(r) < c.seq {
			return fmt.Errorf("a row of entry %d among those from entry %d on: %w", keyrow.Index(r), c.seq, ledger.ErrCorrupt)
		}
		if err := w.row(r); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) run(id, blocks int64) error {
	parts, err := w.q.Query(w.ctx, "SELECT part FROM key_part WHERE run = $1 ORDER BY part", id)
	if err != nil {
		return err
	}
	numbers, err := pgx.CollectRows(parts, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	next, last := int64(0), []byte(nil) // block to come, row before it
	for i, number := range numbers {
		var block int64
		var low, end, fences []byte
		var f keyrow.Filter
		err := w.q.QueryRow(w.ctx, "SELECT block, low, last, fences, filter FROM key_part WHERE run = $1 AND part = $2", id, number).Scan(&block, &low, &end, &fences, (*[]byte)(&f))
		if err != nil {
			return err
		}
		if number != int64(i) || block != next || len(fences) == 0 || len(fences)%keyrow.Size != 0 || len(f) == 0 || !bytes.HasPrefix(fences, low) || len(low) != keyrow.Size {
			return fmt.Errorf("part %d of run %d is not the one before it continued: %w", number, id, ledger.ErrCorrupt)
		}
		if next, last, err = w.part(id, next, fences, last, f); err != nil {
			return err
		}
		if !bytes.Equal(last, end) {
			return fmt.Errorf("part %d of run %d does not end with its last row: %w", number, id, ledger.ErrCorrupt)
		}
	}
	var more int64
	err = w.q.QueryRow(w.ctx, "SELECT count(*) FROM key_block WHERE run = $1 AND (block < 0 OR block >= $2)", id, next).Scan(&more)
	if err == nil && (more > 0 || next != blocks) {
		err = fmt.Errorf("run %d has %d blocks and %d behind its last part, want %d: %w", id, next, more, blocks, ledger.ErrCorrupt)
	}
	return err
}

// part reads the blocks that the fences stand for.
func (w *walk) part(run, block int64, fences, last []byte, f keyrow.Filter) (int64, []byte, error) {
	bad := func(why string) error {
		return fmt.Errorf("block %d of run %d %s: %w", block, run, why, ledger.ErrCorrupt)
	}
	last = slices.Clone(last)
	err := readBlocks(w.ctx, w.q, run, block, block+int64(len(fences)/keyrow.Size), func(id int64, rows []byte) error {
		switch {
		case id != block:
			return bad("is not there")
		case !bytes.HasPrefix(rows, fences[:keyrow.Size]):
			return bad("does not begin with its fence")
		}
		fences = fences[keyrow.Size:]
		for r := range slices.Chunk(rows, keyrow.Size) {
			switch {
			case last != nil && bytes.Compare(r, last) <= 0:
				return bad("is out of order")
			case !f.Has(r[:16]):
				return bad("has a row that is not in the filter")
			}
			last = append(last[:0], r...)
			if err := w.row(r); err != nil {
				return err
			}
		}
		block++
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	if len(fences) > 0 {
		return 0, nil, bad("is not there")
	}
	return block, last, nil
}
