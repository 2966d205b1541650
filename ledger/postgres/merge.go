package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// keeper makes runs of the tail, and fewer of many, beside the writers. Of
// several processes one at a time does it, each step in a transaction.
type keeper struct {
	due     chan struct{}
	behind  chan struct{} // a step ended; for writers that wait
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func (k *keeper) init() {
	k.due, k.behind = make(chan struct{}, 1), make(chan struct{}, 1)
}

func (k *keeper) start(s *Store) {
	ctx, cancel := context.WithCancel(context.Background())
	k.cancel = cancel
	k.running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-k.due:
			}
			if err := s.keep(ctx); err != nil && ctx.Err() == nil {
				s.logger.Warn("tidy key index", "err", err)
			}
			select {
			case k.behind <- struct{}{}:
			default:
			}
		}
	})
}

func (k *keeper) stop() {
	if k.cancel != nil {
		k.cancel()
	}
	k.running.Wait()
}

// wake is called by a writer after a commit. A tail that grows faster than runs
// are made of it slows the writer down.
func (k *keeper) wake(rows int) {
	if rows < tailRows {
		return
	}
	select {
	case <-k.behind:
	default:
	}
	select {
	case k.due <- struct{}{}:
	default:
	}
	if rows >= tailMax {
		select {
		case <-k.behind:
		case <-time.After(time.Second):
		}
	}
}

// keep works until nothing is due.
func (s *Store) keep(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for {
		more, err := s.keepOnce(ctx, conn)
		if err != nil || !more {
			return err
		}
	}
}

func (s *Store) keepOnce(ctx context.Context, conn *pgx.Conn) (more bool, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended('assize.index:' || $1, 0))", s.schema).Scan(&mine); err != nil || !mine {
			return err
		}
		// It can be done again.
		if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit = off"); err != nil {
			return err
		}
		var rows int64
		if err := tx.QueryRow(ctx, "SELECT coalesce(sum(length(rows)), 0) FROM key_tail").Scan(&rows); err != nil {
			return err
		}
		if rows/keyrow.Size >= tailRows {
			more = true
			return sealTail(ctx, tx)
		}
		inputs, level, err := dueRuns(ctx, tx)
		if err != nil || len(inputs) == 0 {
			return err
		}
		more = true
		return mergeRuns(ctx, tx, inputs, level)
	})
	if err != nil {
		err = classify("merge runs", err)
	}
	return more, err
}

// sealTail makes a run of the rows of all commits so far.
func sealTail(ctx context.Context, tx pgx.Tx) error {
	var rows []keyrow.Row
	last := int64(-1)
	tail, err := tx.Query(ctx, "SELECT seq, rows FROM key_tail ORDER BY seq")
	if err != nil {
		return err
	}
	var b []byte
	_, err = pgx.ForEachRow(tail, []any{&last, &b}, func() error {
		if len(b)%keyrow.Size != 0 {
			return fmt.Errorf("rows of %d bytes: %w", len(b), ledger.ErrCorrupt)
		}
		for r := range slices.Chunk(b, keyrow.Size) {
			rows = append(rows, keyrow.Row(r))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read index tail: %w", err)
	}
	if err := writeRun(ctx, tx, 0, rows); err != nil {
		return fmt.Errorf("seal index tail: %w", err)
	}
	// Commits come in the order of their entries: none below the last is missing.
	if _, err := tx.Exec(ctx, "DELETE FROM key_tail WHERE seq <= $1", last); err != nil {
		return err
	}
	return nextGen(ctx, tx)
}

func nextGen(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "UPDATE key_state SET gen = gen + 1 WHERE id = 1")
	return err
}

// dueRuns are the oldest runs of the lowest level that has enough of them.
func dueRuns(ctx context.Context, tx pgx.Tx) ([]*cursor, int, error) {
	rows, err := tx.Query(ctx, `SELECT run, level, blocks FROM key_run
		WHERE level = (SELECT min(level) FROM (SELECT level FROM key_run GROUP BY level HAVING count(*) >= $1) AS full_levels)
		ORDER BY run LIMIT $1`, fanout)
	if err != nil {
		return nil, 0, err
	}
	var level int
	inputs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*cursor, error) {
		c := &cursor{}
		return c, row.Scan(&c.run, &level, &c.end)
	})
	return inputs, level, err
}

// mergeRuns makes one run of several.
func mergeRuns(ctx context.Context, tx pgx.Tx, inputs []*cursor, level int) error {
	o, err := newOutput(ctx, tx)
	if err != nil {
		return err
	}
	var open []*cursor
	for _, c := range inputs {
		if err := c.fill(ctx, tx); err != nil {
			return err
		}
		if len(c.rows) > 0 {
			open = append(open, c)
		}
	}
	at := make([]int, len(open)) // of the row to come
	var last keyrow.Row
	for len(open) > 0 {
		least := 0
		for i := 1; i < len(open); i++ {
			if bytes.Compare(open[i].rows[at[i]:at[i]+keyrow.Size], open[least].rows[at[least]:at[least]+keyrow.Size]) < 0 {
				least = i
			}
		}
		c := open[least]
		r := c.rows[at[least] : at[least]+keyrow.Size]
		if o.blocks > 0 && bytes.Compare(r, last[:]) < 0 {
			return fmt.Errorf("run %d is out of order; rebuild the index: %w", c.run, ledger.ErrCorrupt)
		}
		last = keyrow.Row(r)
		if err := o.add(ctx, tx, r); err != nil {
			return err
		}
		if at[least] += keyrow.Size; at[least] < len(c.rows) {
			continue
		}
		if err := c.fill(ctx, tx); err != nil {
			return err
		}
		if at[least] = 0; len(c.rows) == 0 {
			open, at = slices.Delete(open, least, least+1), slices.Delete(at, least, least+1)
		}
	}
	if err := o.finish(ctx, tx, level+1); err != nil {
		return err
	}
	var gone []int64
	for _, c := range inputs {
		gone = append(gone, c.run)
	}
	for _, table := range []string{"key_block", "key_part", "key_run"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE run = ANY($1)", gone); err != nil {
			return err
		}
	}
	return nextGen(ctx, tx)
}
