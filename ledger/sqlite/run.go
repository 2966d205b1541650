package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sort"

	"github.com/assize-dev/assize/ledger"
)

// output writes a run in order.
type output struct {
	run   *runMeta
	most  int64  // blocks it can have in the end
	block []byte // rows of the block to come
	part  part   // of the blocks since the last whole part
	first int64  // id of the part's first block
	last  []byte // row
}

func newOutput(r *runMeta, most int64) *output {
	o := &output{run: r, most: most}
	o.reset()
	return o
}

func (o *output) reset() {
	o.first = o.run.id<<32 + o.run.blocks
	o.part = part{filter: newFilter(int(min(o.most-o.run.blocks, partBlocks)) * blockRows)}
}

// resume takes up the blocks that are there already.
func (o *output) resume(ctx context.Context, w *writer) error {
	if n := len(o.run.parts); n > 0 {
		if err := w.conn.QueryRowContext(ctx, "SELECT last FROM key_part WHERE id = ?", o.run.parts[n-1].id).Scan(&o.last); err != nil {
			return err
		}
	}
	rows, err := w.conn.QueryContext(ctx, "SELECT rows FROM key_block WHERE id >= ? AND id < ? ORDER BY id", o.first, (o.run.id+1)<<32)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var b sql.RawBytes
		if err := rows.Scan(&b); err != nil {
			return err
		}
		if len(b) == 0 || len(b)%rowSize != 0 {
			return fmt.Errorf("index block %d of run %d has %d bytes: %w", o.run.blocks, o.run.id, len(b), ledger.ErrCorrupt)
		}
		for r := range slices.Chunk(b, rowSize) {
			o.part.filter.Add(r[:16])
		}
		o.took(b)
	}
	return rows.Err()
}

// took notes a block that is written.
func (o *output) took(block []byte) {
	o.part.fences = append(o.part.fences, block[:rowSize]...)
	o.last = append(o.last[:0], block[len(block)-rowSize:]...)
	o.run.blocks++
}

func (o *output) add(ctx context.Context, w *writer, r []byte) error {
	o.block = append(o.block, r...)
	o.part.filter.Add(r[:16])
	if len(o.block) < blockRows*rowSize {
		return nil
	}
	return o.flush(ctx, w)
}

// flush writes the block, and the part if that was its last.
func (o *output) flush(ctx context.Context, w *writer) error {
	if _, err := w.putBlock.ExecContext(ctx, o.run.id<<32+o.run.blocks, o.block); err != nil {
		return err
	}
	o.took(o.block)
	o.block = o.block[:0]
	if len(o.part.fences) < partBlocks*rowSize {
		return nil
	}
	return o.flushPart(ctx, w)
}

func (o *output) flushPart(ctx context.Context, w *writer) error {
	id := o.run.id<<32 + int64(len(o.run.parts))
	if _, err := w.putPart.ExecContext(ctx, id, o.first, o.part.fences, o.last, []byte(o.part.filter)); err != nil {
		return err
	}
	o.run.parts = append(o.run.parts, partMeta{id: id, block: o.first, first: row(o.part.fences[:rowSize])})
	o.reset()
	return nil
}

// finish writes what is left.
func (o *output) finish(ctx context.Context, w *writer) error {
	if len(o.block) > 0 {
		if err := o.flush(ctx, w); err != nil {
			return err
		}
	}
	if len(o.part.fences) == 0 {
		return nil
	}
	return o.flushPart(ctx, w)
}

// cursor reads a run in order.
type cursor struct {
	next, end int64 // ids of blocks
	rows      []byte
}

// seek sets the cursors behind a row, or at the start.
func (j *job) seek(ctx context.Context, w *writer, after []byte) error {
	j.cursors = nil
	for _, r := range j.inputs {
		c := &cursor{next: r.id << 32, end: r.id<<32 + r.blocks}
		if after != nil {
			i := sort.Search(len(r.parts), func(i int) bool { return bytes.Compare(r.parts[i].first[:], after) > 0 })
			if i > 0 {
				var fences []byte
				if err := w.conn.QueryRowContext(ctx, "SELECT fences FROM key_part WHERE id = ?", r.parts[i-1].id).Scan(&fences); err != nil {
					return err
				}
				c.next = r.parts[i-1].block + int64(max(searchRows(fences, after)-1, 0))
			}
		}
		if err := c.fill(ctx, w); err != nil {
			return err
		}
		for len(c.rows) > 0 && after != nil && bytes.Compare(c.rows[:rowSize], after) <= 0 {
			if err := c.skip(ctx, w); err != nil {
				return err
			}
		}
		if len(c.rows) > 0 {
			j.cursors = append(j.cursors, c)
		}
	}
	return nil
}

// fill reads the next block; no rows are left at the end of the run.
func (c *cursor) fill(ctx context.Context, w *writer) error {
	c.rows = nil
	if c.next == c.end {
		return nil
	}
	var err error
	c.rows, err = readBlock(ctx, w.conn, c.next)
	c.next++
	return err
}

func (c *cursor) skip(ctx context.Context, w *writer) error {
	if c.rows = c.rows[rowSize:]; len(c.rows) > 0 {
		return nil
	}
	return c.fill(ctx, w)
}

// step merges as many rows as the credit allows, by whole blocks, and says
// whether the merge is done.
func (j *job) step(ctx context.Context, w *writer) (bool, error) {
	for j.credit >= blockRows {
		j.credit -= blockRows
		for range blockRows {
			if len(j.cursors) == 0 {
				return true, j.out.finish(ctx, w)
			}
			least := 0
			for i := 1; i < len(j.cursors); i++ {
				if bytes.Compare(j.cursors[i].rows[:rowSize], j.cursors[least].rows[:rowSize]) < 0 {
					least = i
				}
			}
			c := j.cursors[least]
			if j.out.last != nil && bytes.Compare(c.rows[:rowSize], j.out.last) <= 0 && len(j.out.block) == 0 {
				return false, fmt.Errorf("run %d is out of order: %w", j.out.run.id, ledger.ErrCorrupt)
			}
			if err := j.out.add(ctx, w, c.rows[:rowSize]); err != nil {
				return false, err
			}
			if err := c.skip(ctx, w); err != nil {
				return false, err
			}
			if len(c.rows) == 0 {
				j.cursors = append(j.cursors[:least], j.cursors[least+1:]...)
			}
		}
	}
	return false, nil
}
