package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/assize-dev/assize/ledger"
)

// The key index is a log-structured merge tree (O'Neil et al. 1996) in tables:
// a B-tree over random keys would touch a page of its own for nearly every row,
// and cost more with every entry in it.
//
// Rows of each commit are stored as they come, in key_tail, and held in memory.
// When enough have gathered they become a sorted run of blocks. Runs of a level
// are merged into one of the next, a few blocks with each commit, so that none
// waits long. A run is searched by parts, each with a filter that says at once
// that a key is not in it.

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
	id    int64
	block int64 // id of its first block
	first row
}

// tail is the rows that are not in a run yet.
type tail struct {
	mu   sync.RWMutex
	upTo uint64 // entries below it are in a run or here
	rows []byte
	m    map[ledger.Key][]uint64
}

func newTail() *tail { return &tail{m: make(map[ledger.Key][]uint64)} }

// add takes rows of entries below upTo.
func (t *tail) add(rows []byte, upTo uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if upTo <= t.upTo {
		return // another reader was faster
	}
	t.rows = append(t.rows, rows...)
	for r := range slices.Chunk(rows, rowSize) {
		k := ledger.Key(r[:16])
		t.m[k] = append(t.m[k], rowIndex(r))
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

func newIndex() *index {
	return &index{snap: &snapshot{tail: newTail()}, parts: partCache{m: make(map[int64]*part), limit: maxFilterBytes}}
}

func (x *index) current() *snapshot {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.snap
}

// queryer is a connection or a transaction: all of one lookup goes through one,
// so that it sees one state of the file.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// load brings the memory to the state that q sees, and is cheap if it is there
// already.
func (x *index) load(ctx context.Context, q queryer) error {
	_, err := x.at(ctx, q)
	return err
}

var errStale = errors.New("index snapshot is older than the one in memory")

// at returns the snapshot for the state that q sees. errStale if memory is
// ahead of it: the caller's transaction began before the last commit.
func (x *index) at(ctx context.Context, q queryer) (*snapshot, error) {
	var gen, size int64
	err := q.QueryRowContext(ctx, "SELECT gen, ifnull((SELECT size FROM head), 0) FROM key_state WHERE id = 1").Scan(&gen, &size)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read index state: it is not there: %w", ledger.ErrCorrupt)
	}
	if err != nil {
		return nil, fmt.Errorf("read index state: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	snap := x.snap
	switch {
	case gen < snap.gen:
		return nil, errStale
	case gen > snap.gen:
		runs, err := loadRuns(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read index runs: %w", err)
		}
		snap = &snapshot{gen: gen, runs: runs, tail: newTail()}
	}
	if snap.tail.end() < uint64(size) {
		if err := snap.tail.load(ctx, q, uint64(size)); err != nil {
			return nil, fmt.Errorf("read index tail: %w", err)
		}
	}
	x.snap = snap // whole: a commit adds its rows to the tail of its generation
	return snap, nil
}

func (t *tail) load(ctx context.Context, q queryer, size uint64) error {
	rows, err := q.QueryContext(ctx, "SELECT rows FROM key_tail WHERE seq >= ? ORDER BY seq", int64(t.end()))
	if err != nil {
		return err
	}
	defer rows.Close()
	var all []byte
	for rows.Next() {
		var b sql.RawBytes
		if err := rows.Scan(&b); err != nil {
			return err
		}
		if len(b)%rowSize != 0 {
			return fmt.Errorf("rows of %d bytes: %w", len(b), ledger.ErrCorrupt)
		}
		all = append(all, b...)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	t.add(all, size)
	return nil
}

func loadRuns(ctx context.Context, q queryer) ([]*runMeta, error) {
	var runs []*runMeta
	rows, err := q.QueryContext(ctx, "SELECT run, level FROM key_run WHERE state = 0 ORDER BY run")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r := &runMeta{}
		if err := rows.Scan(&r.id, &r.level); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, r := range runs {
		if err := r.loadParts(ctx, q); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

func (r *runMeta) loadParts(ctx context.Context, q queryer) error {
	rows, err := q.QueryContext(ctx, "SELECT id, block, fences FROM key_part WHERE id >= ? AND id < ? ORDER BY id", r.id<<32, (r.id+1)<<32)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p partMeta
		var fences sql.RawBytes
		if err := rows.Scan(&p.id, &p.block, &fences); err != nil {
			return err
		}
		if len(fences) < rowSize || len(fences)%rowSize != 0 {
			return fmt.Errorf("part %d has fences of %d bytes: %w", p.id, len(fences), ledger.ErrCorrupt)
		}
		p.first = row(fences[:rowSize])
		r.parts = append(r.parts, p)
		r.blocks = p.block - r.id<<32 + int64(len(fences)/rowSize)
	}
	return rows.Err()
}

// lookup returns all indices of a key in a snapshot, ascending.
func (x *index) lookup(ctx context.Context, q queryer, s *snapshot, k ledger.Key) ([]uint64, error) {
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

func (x *index) lookupRun(ctx context.Context, q queryer, r *runMeta, k ledger.Key, out []uint64) ([]uint64, error) {
	low, high := makeRow(k, 0), lastRow(k)
	for i := r.firstPart(k); i < len(r.parts) && bytes.Compare(r.parts[i].first[:], high[:]) <= 0; i++ {
		p, err := x.parts.get(ctx, q, r.parts[i].id)
		if err != nil {
			return nil, err
		}
		if !p.filter.Has(k[:]) {
			continue
		}
		fences := len(p.fences) / rowSize
		b := max(searchRows(p.fences, low[:])-1, 0)
		for ; b < fences && bytes.Compare(p.fences[b*rowSize:(b+1)*rowSize], high[:]) <= 0; b++ {
			rows, err := readBlock(ctx, q, r.parts[i].block+int64(b))
			if err != nil {
				return nil, err
			}
			for j := searchRows(rows, low[:]); j < len(rows)/rowSize; j++ {
				if r := rows[j*rowSize : (j+1)*rowSize]; bytes.HasPrefix(r, k[:]) {
					out = append(out, rowIndex(r))
				} else {
					break
				}
			}
		}
	}
	return out, nil
}

func readBlock(ctx context.Context, q queryer, id int64) ([]byte, error) {
	var b []byte
	if err := q.QueryRowContext(ctx, "SELECT rows FROM key_block WHERE id = ?", id).Scan(&b); err != nil {
		return nil, fmt.Errorf("read index block %d of run %d: %w", id&math.MaxUint32, id>>32, err)
	}
	if len(b) == 0 || len(b)%rowSize != 0 {
		return nil, fmt.Errorf("read index block %d of run %d: %d bytes: %w", id&math.MaxUint32, id>>32, len(b), ledger.ErrCorrupt)
	}
	return b, nil
}

// quick answers from memory alone, where it can: the writer's process knows all
// entries below the end of its tail, and most runs have not a given key.
func (x *index) quick(k ledger.Key, below uint64) (out []uint64, ok bool) {
	s := x.current()
	if below > s.tail.end() {
		return nil, false
	}
	for _, r := range s.runs {
		for i := r.firstPart(k); i < len(r.parts) && bytes.Compare(r.parts[i].first[:16], k[:]) <= 0; i++ {
			if p := x.parts.cached(r.parts[i].id); p == nil || p.filter.Has(k[:]) {
				return nil, false
			}
		}
	}
	return s.tail.get(k, nil), true
}

// firstPart is the first part that can hold a key: the one before the first
// that starts above its lowest row.
func (r *runMeta) firstPart(k ledger.Key) int {
	low := makeRow(k, 0)
	i := sort.Search(len(r.parts), func(i int) bool { return bytes.Compare(r.parts[i].first[:], low[:]) > 0 })
	return max(i-1, 0)
}

// Lookup reads the key index.
func (s *Store) Lookup(ctx context.Context, key ledger.Key, below uint64) ([]uint64, error) {
	out, ok := s.index.quick(key, below)
	if ok {
		n, _ := slices.BinarySearch(out, below)
		return out[:n:n], nil
	}
	err := s.withIndex(ctx, func(q queryer, snap *snapshot) (err error) {
		out, err = s.index.lookup(ctx, q, snap, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up key %s: %w", key, err)
	}
	n, _ := slices.BinarySearch(out, below)
	return out[:n:n], nil
}

// withIndex runs fn in a read transaction with the index as it was then.
func (s *Store) withIndex(ctx context.Context, fn func(queryer, *snapshot) error) error {
	for {
		err := func() error {
			tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
			if err != nil {
				return err
			}
			defer tx.Rollback() // nothing was written
			snap, err := s.index.at(ctx, tx)
			if err != nil {
				return err
			}
			return fn(tx, snap)
		}()
		if !errors.Is(err, errStale) {
			return err
		}
	}
}
