package postgres

import (
	"bytes"
	"context"
	"fmt"
	"sort"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger/keyrow"
)

// output writes a run in order, in one transaction.
type output struct {
	id     int64
	block  []byte // rows of the block to come
	blocks int64  // that are done

	pending [][]byte // blocks that are done and not sent yet
	part    part     // of the blocks since the last whole part
	keys    []byte   // of the rows in part
	first   int64    // the part's first block
	parts   int64
	last    []byte // row
}

// newOutput takes an id for a run, which nobody else gets.
func newOutput(ctx context.Context, tx pgx.Tx) (*output, error) {
	o := &output{}
	err := tx.QueryRow(ctx, "UPDATE key_state SET run = run + 1 WHERE id = 1 RETURNING run").Scan(&o.id)
	return o, err
}

func (o *output) add(ctx context.Context, tx pgx.Tx, r []byte) error {
	o.block = append(o.block, r...)
	o.keys = append(o.keys, r[:16]...)
	if len(o.block) < blockRows*keyrow.Size {
		return nil
	}
	return o.endBlock(ctx, tx)
}

func (o *output) endBlock(ctx context.Context, tx pgx.Tx) error {
	o.part.fences = append(o.part.fences, o.block[:keyrow.Size]...)
	o.last = append(o.last[:0], o.block[len(o.block)-keyrow.Size:]...)
	o.pending = append(o.pending, o.block)
	o.block = make([]byte, 0, blockRows*keyrow.Size)
	o.blocks++
	if len(o.pending) >= mergeBlocks {
		if err := o.send(ctx, tx); err != nil {
			return err
		}
	}
	if len(o.part.fences) < partBlocks*keyrow.Size {
		return nil
	}
	return o.endPart(ctx, tx)
}

func (o *output) send(ctx context.Context, tx pgx.Tx) error {
	if len(o.pending) == 0 {
		return nil
	}
	from := o.blocks - int64(len(o.pending))
	_, err := tx.Exec(ctx, "INSERT INTO key_block (run, block, rows) SELECT $1, $2 + n - 1, r FROM unnest($3::bytea[]) WITH ORDINALITY AS t (r, n)", o.id, from, o.pending)
	o.pending = o.pending[:0]
	return err
}

func (o *output) endPart(ctx context.Context, tx pgx.Tx) error {
	f := keyrow.NewFilter(len(o.keys) / 16)
	for i := 0; i < len(o.keys); i += 16 {
		f.Add(o.keys[i : i+16])
	}
	_, err := tx.Exec(ctx, "INSERT INTO key_part (run, part, block, low, last, fences, filter) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		o.id, o.parts, o.first, o.part.fences[:keyrow.Size], o.last, o.part.fences, []byte(f))
	o.part, o.keys, o.first = part{}, o.keys[:0], o.blocks
	o.parts++
	return err
}

// finish writes what is left and makes the run one that is read.
func (o *output) finish(ctx context.Context, tx pgx.Tx, level int) error {
	if len(o.block) > 0 {
		if err := o.endBlock(ctx, tx); err != nil {
			return err
		}
	}
	if err := o.send(ctx, tx); err != nil {
		return err
	}
	if len(o.part.fences) > 0 {
		if err := o.endPart(ctx, tx); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "INSERT INTO key_run (run, level, blocks) VALUES ($1, $2, $3)", o.id, level, o.blocks)
	return err
}

// writeRun writes rows, in any order, as a run.
func writeRun(ctx context.Context, tx pgx.Tx, level int, rows []keyrow.Row) error {
	sort.Slice(rows, func(i, j int) bool { return bytes.Compare(rows[i][:], rows[j][:]) < 0 })
	o, err := newOutput(ctx, tx)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := o.add(ctx, tx, rows[i][:]); err != nil {
			return err
		}
	}
	return o.finish(ctx, tx, level)
}

// cursor reads a run in order.
type cursor struct {
	run       int64
	next, end int64 // blocks
	rows      []byte
}

// fill reads the next blocks; no rows are left at the end of the run.
func (c *cursor) fill(ctx context.Context, tx pgx.Tx) error {
	c.rows = c.rows[:0]
	if c.next == c.end {
		return nil
	}
	to := min(c.next+mergeBlocks, c.end)
	err := readBlocks(ctx, tx, c.run, c.next, to, func(block int64, rows []byte) error {
		if block != c.next {
			return fmt.Errorf("block %d of run %d is not there: %w", c.next, c.run, errGone)
		}
		c.next++
		c.rows = append(c.rows, rows...)
		return nil
	})
	if err == nil && c.next != to {
		err = fmt.Errorf("block %d of run %d is not there: %w", c.next, c.run, errGone)
	}
	return err
}
