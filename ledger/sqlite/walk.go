package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/assize-dev/assize/ledger"
)

// Index reads the whole key index, and makes sure that look-ups find all of it.
func (s *Store) Index(ctx context.Context, fn func(ledger.Key, uint64) error) error {
	err := s.withIndex(ctx, func(q queryer, snap *snapshot) error {
		h, err := scanHead(q.QueryRowContext(ctx, "SELECT size, root, time FROM head WHERE id = 1"))
		if err != nil {
			return err
		}
		w := walk{ctx: ctx, q: q, size: h.Size, fn: fn}
		if err := w.tail(); err != nil {
			return err
		}
		for _, r := range snap.runs {
			if err := w.run(r.id); err != nil {
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
	q    queryer
	size uint64 // of the log
	fn   func(ledger.Key, uint64) error
}

func (w *walk) row(b []byte) error {
	if i := rowIndex(b); i >= w.size {
		return fmt.Errorf("a row of entry %d, the log has %d: %w", i, w.size, ledger.ErrCorrupt)
	}
	return w.fn(ledger.Key(b[:16]), rowIndex(b))
}

func (w *walk) tail() error {
	rows, err := w.q.QueryContext(w.ctx, "SELECT seq, rows FROM key_tail")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var b sql.RawBytes
		if err := rows.Scan(&seq, &b); err != nil {
			return err
		}
		if len(b)%rowSize != 0 {
			return fmt.Errorf("rows of %d bytes: %w", len(b), ledger.ErrCorrupt)
		}
		for r := range slices.Chunk(b, rowSize) {
			if seq < 0 || rowIndex(r) < uint64(seq) {
				return fmt.Errorf("a row of entry %d among those from entry %d on: %w", rowIndex(r), seq, ledger.ErrCorrupt)
			}
			if err := w.row(r); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

func (w *walk) run(id int64) error {
	next, last := id<<32, []byte(nil) // block to come, row before it
	for part := id << 32; ; part++ {
		var block int64
		var fences, end []byte
		var f filter
		err := w.q.QueryRowContext(w.ctx, "SELECT block, fences, last, filter FROM key_part WHERE id = ?", part).Scan(&block, &fences, &end, (*[]byte)(&f))
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			return err
		}
		if block != next || len(fences) == 0 || len(fences)%rowSize != 0 || len(f) == 0 {
			return fmt.Errorf("part %d of run %d is not the one before it continued: %w", part-id<<32, id, ledger.ErrCorrupt)
		}
		if next, last, err = w.part(id, next, fences, last, f); err != nil {
			return err
		}
		if !bytes.Equal(last, end) {
			return fmt.Errorf("part %d of run %d does not end with its last row: %w", part-id<<32, id, ledger.ErrCorrupt)
		}
	}
	var more int
	err := w.q.QueryRowContext(w.ctx, `SELECT (SELECT count(*) FROM key_block WHERE id >= ?1 AND id < ?3) +
		(SELECT count(*) FROM key_part WHERE id >= ?2 AND id < ?3 AND block >= ?1)`, next, id<<32, (id+1)<<32).Scan(&more)
	if err == nil && more > 0 {
		err = fmt.Errorf("run %d goes on behind its last part: %w", id, ledger.ErrCorrupt)
	}
	return err
}

// part reads the blocks that the fences stand for.
func (w *walk) part(run, block int64, fences, last []byte, f filter) (int64, []byte, error) {
	rows, err := w.q.QueryContext(w.ctx, "SELECT id, rows FROM key_block WHERE id >= ? AND id < ? ORDER BY id", block, block+int64(len(fences)/rowSize))
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	bad := func(why string) error {
		return fmt.Errorf("block %d of run %d %s: %w", block-run<<32, run, why, ledger.ErrCorrupt)
	}
	last = slices.Clone(last)
	for ; rows.Next(); block++ {
		var id int64
		var b sql.RawBytes
		if err := rows.Scan(&id, &b); err != nil {
			return 0, nil, err
		}
		switch {
		case id != block:
			return 0, nil, bad("is not there")
		case len(b) == 0 || len(b)%rowSize != 0:
			return 0, nil, bad(fmt.Sprintf("has %d bytes", len(b)))
		case !bytes.HasPrefix(b, fences[:rowSize]):
			return 0, nil, bad("does not begin with its fence")
		}
		fences = fences[rowSize:]
		for r := range slices.Chunk(b, rowSize) {
			switch {
			case last != nil && bytes.Compare(r, last) <= 0:
				return 0, nil, bad("is out of order")
			case !f.Has(r[:16]):
				return 0, nil, bad("has a row that is not in the filter")
			}
			last = append(last[:0], r...)
			if err := w.row(r); err != nil {
				return 0, nil, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return 0, nil, err
	}
	if len(fences) > 0 {
		return 0, nil, bad("is not there")
	}
	return block, last, nil
}
