package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// CheckOptions says how to check.
type CheckOptions struct {
	Workers      int  // 0: one for each processor
	SkipPayloads bool // look at the tree and the index only
	// Mark is the fork guard's, if it is known: the tree has to hold it.
	Mark *Mark
	// Progress is called now and then, from several goroutines.
	Progress func(done, total uint64)
}

// Report is what Check found.
type Report struct {
	Size uint64 // of the committed tree
	Root Hash   // derived from the leaves

	// Signed is the published checkpoint, its signature verified; nil if there
	// is none or no key was given.
	Signed *Checkpoint

	// What became of the payloads.
	Present, Erased, Missing uint64

	// Erasures are the erased entries, each with the tombstone that says so, by
	// index.
	Erasures  []Erasure
	Findings  []Finding // at most MaxFindings, by index
	Truncated bool      // there were more
}

// Erasure is an entry whose payload was erased.
type Erasure struct{ Index, By uint64 }

// OK says that everything holds.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// Finding is one thing that does not hold.
type Finding struct {
	Where string // "entry 17", "tile/0/003", "head", "checkpoint", "index"
	Index uint64 // of the entry, or the first one under the tile
	What  string
}

func (f Finding) String() string { return f.Where + ": " + f.What }

// checkChunk is how many entries a worker takes at a time. It is a multiple of
// what a tile covers.
const checkChunk = 4 * TileWidth

// Check derives the tree again from the leaves and compares everything the
// store holds with it: full tiles, right edge, head, published checkpoint; each
// payload with its commitment; the key index with the leaves; times and
// tombstones. It reads the log as it stands when it begins, beside a writer.
// An error means that it could not look; what it saw is in the report.
func Check(ctx context.Context, r Reader, vkey string, o CheckOptions) (Report, error) {
	// In this order: what was signed is in every head that is read later.
	signed, err := r.Checkpoint(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	h, err := r.Head(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	c := &checker{r: r, o: o, head: h, seed: maphash.MakeSeed(), erasing: make(map[Key]bool)}
	c.chunks = make([]chunk, (h.Size+checkChunk-1)/checkChunk)
	c.sums = make([]atomic.Uint64, len(c.chunks)*checkChunk/sumWidth)
	if err := c.leaves(ctx); err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	if err := c.tree(ctx, signed, vkey); err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	if err := c.mark(ctx); err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	c.times()
	if err := c.tombstones(ctx); err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	if err := c.end(ctx); err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	if err := c.index(ctx); err != nil {
		return Report{}, fmt.Errorf("check ledger: %w", err)
	}
	return c.report(), nil
}

type checker struct {
	r    Reader
	o    CheckOptions
	head Head
	seed maphash.Seed

	chunks []chunk         // each written by one worker
	sums   []atomic.Uint64 // of index rows, by sumWidth entries
	root   Hash
	signed *Checkpoint

	present, erased, missing, done atomic.Uint64

	mu       sync.Mutex // guards what follows
	findings []Finding
	erasures [][2]uint64  // entry, tombstone
	erasing  map[Key]bool // keys of all tombstones
	cut      bool
}

// chunk is what a worker derived from its entries.
type chunk struct {
	hashes      []byte // of leaves; in the end those after the last full tile
	roots       []byte // of the full tiles
	first, last time.Time
}

func (c *checker) found(where string, index uint64, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.findings) >= MaxFindings {
		c.cut = true
		return
	}
	c.findings = append(c.findings, Finding{Where: where, Index: index, What: fmt.Sprintf(format, args...)})
}

func (c *checker) entry(index uint64, format string, args ...any) {
	c.found(fmt.Sprintf("entry %d", index), index, format, args...)
}

func (c *checker) report() Report {
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		if a.Index != b.Index {
			return int(int64(a.Index) - int64(b.Index))
		}
		return 0
	})
	r := Report{
		Size: c.head.Size, Root: c.root, Signed: c.signed,
		Present: c.present.Load(), Erased: c.erased.Load(), Missing: c.missing.Load(),
		Findings: c.findings, Truncated: c.cut,
	}
	for _, e := range c.erasures {
		r.Erasures = append(r.Erasures, Erasure{e[0], e[1]})
	}
	slices.SortFunc(r.Erasures, func(a, b Erasure) int { return cmp.Compare(a.Index, b.Index) })
	return r
}

// leaves reads all entries, with all processors.
func (c *checker) leaves(ctx context.Context) error {
	workers := c.o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			w := newWorker()
			for ctx.Err() == nil {
				i := next.Add(1) - 1
				if i >= int64(len(c.chunks)) {
					return
				}
				if err := c.chunk(ctx, w, uint64(i)); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (c *checker) chunk(ctx context.Context, w *worker, i uint64) error {
	from := i * checkChunk
	to := min(from+checkChunk, c.head.Size)
	k := &c.chunks[i]
	err := c.each(ctx, from, to, !c.o.SkipPayloads, func(s Stored) { c.leaf(k, w, s) }, func(index uint64, err error) {
		// The tree below a hole cannot be derived. Zeros stand for it.
		c.entry(index, "it is MISSING: %v", err)
		k.hashes = append(k.hashes, make([]byte, 32)...)
	})
	if err != nil {
		return err
	}
	if err := c.leafTiles(ctx, k, from/TileWidth); err != nil {
		return err
	}
	if c.o.Progress != nil {
		c.o.Progress(c.done.Add(to-from), c.head.Size)
	}
	return nil
}

// each reads entries past the ones that are not there.
func (c *checker) each(ctx context.Context, from, to uint64, payloads bool, fn func(Stored), hole func(uint64, error)) error {
	for next := from; next < to; {
		err := c.r.Entries(ctx, next, to, payloads, func(s Stored) error {
			next = s.Index + 1
			fn(s)
			return nil
		})
		if err != nil && !errors.Is(err, ErrCorrupt) {
			return err
		}
		if next < to {
			if err == nil {
				err = errors.New("the store ends before it")
			}
			hole(next, err)
			next++
		}
	}
	return nil
}

// leaf checks what can be told of one entry alone.
func (c *checker) leaf(k *chunk, w *worker, s Stored) {
	k.hashes = w.leafHash(k.hashes, s.Leaf)
	l, err := parseLeaf(s.Leaf, &w.scratch)
	if err != nil {
		c.entry(s.Index, "%v", err)
		return
	}
	if k.first.IsZero() {
		k.first = l.Time
	}
	if l.Time.Before(k.last) {
		c.entry(s.Index, "its time %s is before that of the entry before it", l.Time.Format(timeLayout))
	}
	k.last = l.Time
	if l.Kind == tombstoneKind {
		c.mu.Lock()
		for _, k := range l.Keys {
			c.erasing[k] = true
		}
		c.mu.Unlock()
	}
	sum := &c.sums[s.Index/sumWidth]
	for _, key := range l.Keys {
		sum.Add(c.rowHash(key, s.Index))
	}
	if s.Identity != ([32]byte{}) {
		sum.Add(c.rowHash(IdentityKey(s.Identity), s.Index))
	}
	if c.o.SkipPayloads {
		return
	}
	switch s.State {
	case Present:
		c.present.Add(1)
		if err := w.payload(l, &s); err != nil {
			c.entry(s.Index, "%v", err)
		}
		if s.ErasedBy != 0 {
			c.entry(s.Index, "entry %d is noted as its tombstone, and its payload is still there", s.ErasedBy)
		}
	case Erased:
		c.erased.Add(1)
		c.mu.Lock()
		c.erasures = append(c.erasures, [2]uint64{s.Index, s.ErasedBy})
		c.mu.Unlock()
	default:
		c.missing.Add(1)
		c.entry(s.Index, "its payload is MISSING: not there, and no tombstone says that it was erased")
	}
}

// mark compares the tree with what was signed at any time, as the fork guard
// remembers it.
func (c *checker) mark(ctx context.Context) error {
	m := c.o.Mark
	if m == nil {
		return nil
	}
	h, err := c.r.Head(ctx) // what was marked since the check began is in it
	if err != nil {
		return err
	}
	if m.Size > h.Size {
		c.found("fork guard", h.Size, "the store ends at %d entries, %d were signed: it is an old copy; restore the newest one, or bring it up to a copy of the log", h.Size, m.Size)
		return nil
	}
	root, err := rootAt(ctx, c.r, m.Size)
	if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNotFound) {
		c.found("fork guard", m.Size, "the root of size %d cannot be derived: %v", m.Size, err)
		return nil
	}
	if err == nil && root != m.Root {
		c.found("fork guard", m.Size, "the first %d entries hash to %x, signed was %x: the store is not this log", m.Size, root, m.Root)
	}
	return err
}

// times compares across chunks.
func (c *checker) times() {
	var last time.Time
	for i, k := range c.chunks {
		if k.first.IsZero() {
			continue
		}
		if k.first.Before(last) {
			c.entry(uint64(i)*checkChunk, "its time %s is before that of the entry before it", k.first.Format(timeLayout))
		}
		last = k.last
	}
	if !last.Equal(c.head.Time) && c.head.Size > 0 && !last.IsZero() {
		c.found("head", c.head.Size, "its time is %s, that of the last entry is %s", c.head.Time.Format(timeLayout), last.Format(timeLayout))
	}
}
