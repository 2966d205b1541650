package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/keyrow"
)

// The key index is a log-structured merge tree (O'Neil et al. 1996) in tables:
// a B-tree over random keys would write a page of its own to the write-ahead log
// for nearly every row, and cost more with every entry in it.
//
// Rows of each commit are stored as they come, in key_tail, and held in memory
// by every process. When enough have gathered one process makes a sorted run of
// them, and merges runs of a level into one of the next, beside the writers
// (merge.go). Runs never change, so that what is known of one stays true; a
// process that meets one that was merged away reads the list of runs again.

// index is the part of the key index that is in memory.
type index struct {
	mu   sync.Mutex
	snap *snapshot // replaced, never changed

	parts partCache
}

// snapshot is a generation of the index: its runs never change, its tail grows.
type snapshot struct {
	gen  int64
	runs []*runMeta
	tail *tail
}

type runMeta struct {
	id     int64
	level  int
	blocks int64
	parts  []partMeta
}

type partMeta struct {
	part  int64
	block int64 // its first block
	low   keyrow.Row
}

// tail is the rows that are not in a run yet.
type tail struct {
	mu   sync.RWMutex
	upTo uint64 // entries below it are in a run or here
	rows int
	m    map[ledger.Key][]uint64
}

func newTail() *tail { return &tail{m: make(map[ledger.Key][]uint64)} }

// commit is what one transaction left in key_tail.
type commit struct {
	seq          uint64
	rows, hashes []byte
}

// add takes the rows of commits, of which some may be there already, and notes
// that all entries below upTo are known.
func (t *tail) add(commits []commit, upTo uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if upTo <= t.upTo {
		return // another reader was faster
	}
	for _, c := range commits {
		if c.seq < t.upTo {
			continue
		}
		for r := range slices.Chunk(c.rows, keyrow.Size) {
			k := ledger.Key(r[:16])
			t.m[k] = append(t.m[k], keyrow.Index(r))
		}
		t.rows += len(c.rows) / keyrow.Size
	}
	t.upTo = upTo
}

func (t *tail) get(k ledger.Key, out []uint64) []uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append(out, t.m[k]...)
}

func (t *tail) end() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.upTo
}

func (t *tail) size() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rows
}

func newIndex() *index {
	return &index{snap: &snapshot{tail: newTail()}, parts: partCache{m: make(map[partID]*part), limit: maxFilterBytes}}
}

func (x *index) current() *snapshot {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.snap
}

// errGone: a run was merged into another since the snapshot was made.
var errGone = errors.New("index run was merged meanwhile")

// state reads generation, size of the log, and the commits from an entry on, all
// as of one instant. The time is the database's.
const stateQuery = "SELECT s.gen, h.size, " + clockMicros + `, t.seq, t.rows, t.hashes
	FROM key_state s CROSS JOIN head h LEFT JOIN key_tail t ON t.seq >= $1 ORDER BY t.seq`

type state struct {
	gen, clock int64
	size       uint64
	from       uint64 // commits below it were not asked for
	commits    []commit
}

func scanState(rows pgx.Rows, from uint64) (st state, err error) {
	defer rows.Close()
	st.from = from
	found := false
	for rows.Next() {
		var seq, size *int64
		var c commit
		if err := rows.Scan(&st.gen, &size, &st.clock, &seq, &c.rows, &c.hashes); err != nil {
			return st, fmt.Errorf("read index state: %w", err)
		}
		found = true
		st.size = uint64(*size)
		if seq == nil {
			continue
		}
		if len(c.rows)%keyrow.Size != 0 {
			return st, fmt.Errorf("read index tail: rows of %d bytes: %w", len(c.rows), ledger.ErrCorrupt)
		}
		c.seq = uint64(*seq)
		st.commits = append(st.commits, c)
	}
	if err := rows.Err(); err != nil {
		return st, fmt.Errorf("read index state: %w", err)
	}
	if !found {
		return st, fmt.Errorf("read index state: it is not there: %w", ledger.ErrCorrupt)
	}
	return st, nil
}

func readState(ctx context.Context, q querier, from uint64) (state, error) {
	rows, err := q.Query(ctx, stateQuery, int64(from))
	if err != nil {
		return state{}, fmt.Errorf("read index state: %w", err)
	}
	return scanState(rows, from)
}

// refresh brings the memory to what is committed.
func (x *index) refresh(ctx context.Context, q querier) (*snapshot, error) {
	st, err := readState(ctx, q, x.current().tail.end())
	if err != nil {
		return nil, err
	}
	return x.follow(ctx, q, st)
}

// follow brings the memory to a state that was read from the end of the tail, or
// from before it.
func (x *index) follow(ctx context.Context, q querier, st state) (*snapshot, error) {
	for range 100 {
		s := x.current()
		if end := s.tail.end(); st.gen == s.gen && st.from > end {
			// Of another tail: this one was made meanwhile, from a state before it.
			var err error
			if st, err = readState(ctx, q, end); err != nil {
				return nil, err
			}
			continue
		}
		if st.gen == s.gen {
			s.tail.add(st.commits, st.size)
			return s, nil
		}
		if st.gen < s.gen && st.size <= s.tail.end() {
			return s, nil // another goroutine was faster
		}
		runs, err := x.loadRuns(ctx, q, s)
		if err != nil {
			return nil, fmt.Errorf("read index runs: %w", err)
		}
		gen := st.gen
		if st, err = readState(ctx, q, 0); err != nil {
			return nil, err
		}
		if st.gen != gen {
			continue // the runs may be of either generation
		}
		next := &snapshot{gen: gen, runs: runs, tail: newTail()}
		next.tail.add(st.commits, st.size)
		x.mu.Lock()
		if x.snap.gen < gen {
			for _, r := range x.snap.runs {
				if !slices.Contains(runs, r) {
					x.parts.drop(r)
				}
			}
			x.snap = next
		}
		x.mu.Unlock()
	}
	return nil, errors.New("read index: its runs change faster than they can be read")
}

// loadRuns reads the runs, but for what is known of them already.
func (x *index) loadRuns(ctx context.Context, q querier, known *snapshot) ([]*runMeta, error) {
	rows, err := q.Query(ctx, "SELECT run, level, blocks FROM key_run ORDER BY run")
	if err != nil {
		return nil, err
	}
	runs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*runMeta, error) {
		r := &runMeta{}
		return r, row.Scan(&r.id, &r.level, &r.blocks)
	})
	if err != nil {
		return nil, err
	}
	for i, r := range runs {
		if j := slices.IndexFunc(known.runs, func(k *runMeta) bool { return k.id == r.id }); j >= 0 {
			runs[i] = known.runs[j]
			continue
		}
		if err := r.loadParts(ctx, q); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

func (r *runMeta) loadParts(ctx context.Context, q querier) error {
	rows, err := q.Query(ctx, "SELECT part, block, low FROM key_part WHERE run = $1 ORDER BY part", r.id)
	if err != nil {
		return err
	}
	r.parts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p partMeta, err error) {
		var low []byte
		if err := row.Scan(&p.part, &p.block, &low); err != nil {
			return p, err
		}
		if len(low) != keyrow.Size {
			return p, fmt.Errorf("part %d of run %d begins with a row of %d bytes: %w", p.part, r.id, len(low), ledger.ErrCorrupt)
		}
		p.low = keyrow.Row(low)
		return p, nil
	})
	return err
}

// lookup returns all indices of a key in a snapshot, ascending.
func (x *index) lookup(ctx context.Context, q querier, s *snapshot, k ledger.Key) ([]uint64, error) {
	var out []uint64
	for _, r := range s.runs {
		var err error
		if out, err = x.lookupRun(ctx, q, r, k, out); err != nil {
			return nil, err
		}
	}
	out = s.tail.get(k, out)
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (x *index) lookupRun(ctx context.Context, q querier, r *runMeta, k ledger.Key, out []uint64) ([]uint64, error) {
	low, high := keyrow.Make(k, 0), keyrow.Last(k)
	for i := r.firstPart(k); i < len(r.parts) && bytes.Compare(r.parts[i].low[:], high[:]) <= 0; i++ {
		p, err := x.parts.get(ctx, q, partID{r.id, r.parts[i].part})
		if err != nil {
			return nil, err
		}
		if !p.filter.Has(k[:]) {
			continue
		}
		first := max(keyrow.Search(p.fences, low[:])-1, 0)
		end := first
		for end < len(p.fences)/keyrow.Size && bytes.Compare(p.fences[end*keyrow.Size:(end+1)*keyrow.Size], high[:]) <= 0 {
			end++
		}
		if out, err = lookupBlocks(ctx, q, r.id, r.parts[i].block+int64(first), r.parts[i].block+int64(end), k, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func lookupBlocks(ctx context.Context, q querier, run, from, to int64, k ledger.Key, out []uint64) ([]uint64, error) {
	if from >= to {
		return out, nil
	}
	low := keyrow.Make(k, 0)
	n := int64(0)
	err := readBlocks(ctx, q, run, from, to, func(_ int64, rows []byte) error {
		n++
		for j := keyrow.Search(rows, low[:]); j < len(rows)/keyrow.Size; j++ {
			r := rows[j*keyrow.Size : (j+1)*keyrow.Size]
			if !bytes.HasPrefix(r, k[:]) {
				break
			}
			out = append(out, keyrow.Index(r))
		}
		return nil
	})
	if err == nil && n != to-from {
		err = errGone
	}
	return out, err
}

// readBlocks calls fn for the blocks from <= block < to that are there, in order.
// The rows are valid until fn returns.
func readBlocks(ctx context.Context, q querier, run, from, to int64, fn func(block int64, rows []byte) error) error {
	rows, err := q.Query(ctx, "SELECT block, rows FROM key_block WHERE run = $1 AND block >= $2 AND block < $3 ORDER BY block", run, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var block int64
		var b []byte
		if err := rows.Scan(&block, &b); err != nil {
			return err
		}
		if len(b) == 0 || len(b)%keyrow.Size != 0 {
			return fmt.Errorf("block %d of run %d has %d bytes: %w", block, run, len(b), ledger.ErrCorrupt)
		}
		if err := fn(block, b); err != nil {
			return err
		}
	}
	return rows.Err()
}

// firstPart is the first part that can hold a key: the one before the first
// that starts above its lowest row.
func (r *runMeta) firstPart(k ledger.Key) int {
	low := keyrow.Make(k, 0)
	i := sort.Search(len(r.parts), func(i int) bool { return bytes.Compare(r.parts[i].low[:], low[:]) > 0 })
	return max(i-1, 0)
}

// search looks a key up in a snapshot, or in a newer one if its runs are gone.
func (x *index) search(ctx context.Context, q querier, s *snapshot, k ledger.Key) ([]uint64, error) {
	for range 100 {
		out, err := x.lookup(ctx, q, s, k)
		if !errors.Is(err, errGone) {
			return out, err
		}
		old := s.gen
		if s, err = x.refresh(ctx, q); err != nil {
			return nil, err
		}
		if s.gen == old {
			return nil, fmt.Errorf("a part or block of a run is not there; rebuild the index: %w", ledger.ErrCorrupt)
		}
	}
	return nil, errGone
}

// Lookup reads the key index.
func (s *Store) Lookup(ctx context.Context, key ledger.Key, below uint64) ([]uint64, error) {
	snap := s.index.current()
	var err error
	if snap.gen == 0 || snap.tail.end() < below {
		if snap, err = s.index.refresh(ctx, s.read); err != nil {
			return nil, classify("look up key "+key.String(), err)
		}
	}
	out, err := s.index.search(ctx, s.read, snap, key)
	if err != nil {
		return nil, classify("look up key "+key.String(), err)
	}
	n, _ := slices.BinarySearch(out, below)
	return out[:n:n], nil
}
