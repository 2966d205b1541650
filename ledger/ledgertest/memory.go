package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/assize-dev/assize/ledger"
)

// Memory is a store that keeps nothing once the process ends. It is the
// contract at its shortest, for tests that need a log and no file.
type Memory struct {
	writing sync.Mutex // one transaction at a time

	mu         sync.RWMutex // guards what follows
	head       ledger.Head
	checkpoint []byte
	published  uint64
	entries    []ledger.Stored
	keys       map[ledger.Key][]uint64
	tiles      map[tileAt]ledger.FullTile
}

type tileAt struct {
	level int
	index uint64
}

var _ ledger.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{head: ledger.EmptyHead(), keys: make(map[ledger.Key][]uint64), tiles: make(map[tileAt]ledger.FullTile)}
}

// Close does nothing: the store can be used again.
func (m *Memory) Close() error { return nil }

func (m *Memory) Head(context.Context) (ledger.Head, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.head, nil
}

func (m *Memory) Checkpoint(context.Context) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.checkpoint, nil
}

func (m *Memory) Publish(_ context.Context, size uint64, checkpoint []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.publish(size, checkpoint)
	return nil
}

func (m *Memory) publish(size uint64, checkpoint []byte) {
	if m.checkpoint == nil || size > m.published || size == m.published && len(checkpoint) > len(m.checkpoint) {
		m.published, m.checkpoint = size, slices.Clone(checkpoint)
	}
}

func (m *Memory) Tile(_ context.Context, level int, index uint64, width int) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if t, ok := m.tiles[tileAt{level, index}]; ok && width <= ledger.TileWidth {
		return slices.Clone(t.Hashes[:width*32]), nil
	}
	var b []byte
	for i := range uint64(width) {
		n := index*ledger.TileWidth + i
		if level == 0 {
			if n >= uint64(len(m.entries)) {
				return nil, fmt.Errorf("read tile: %w", ledger.ErrNotFound)
			}
			h := ledger.HashLeaf(m.entries[n].Leaf)
			b = append(b, h[:]...)
			continue
		}
		t, ok := m.tiles[tileAt{level - 1, n}]
		if !ok {
			return nil, fmt.Errorf("read tile: %w", ledger.ErrNotFound)
		}
		b = append(b, t.Root[:]...)
	}
	return b, nil
}

func (m *Memory) Entries(_ context.Context, from, to uint64, payloads bool, fn func(ledger.Stored) error) error {
	for i := from; i < to; i++ {
		m.mu.RLock()
		if i >= uint64(len(m.entries)) {
			m.mu.RUnlock()
			return nil
		}
		e := m.entries[i]
		m.mu.RUnlock()
		if !payloads {
			e = ledger.Stored{Index: e.Index, Leaf: e.Leaf, Identity: e.Identity}
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

func (m *Memory) Lookup(_ context.Context, key ledger.Key, below uint64) ([]uint64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n, _ := slices.BinarySearch(m.keys[key], below)
	return slices.Clone(m.keys[key][:n]), nil
}

func (m *Memory) Index(_ context.Context, fn func(ledger.Key, uint64) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for k, indices := range m.keys {
		for _, i := range indices {
			if err := fn(k, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// Append collects what fn does and carries it out when fn returns.
func (m *Memory) Append(ctx context.Context, fn func(ledger.Tx) error) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	h, _ := m.Head(ctx)
	t := &memoryTx{m: m, head: h, erased: make(map[uint64]uint64)}
	if err := fn(t); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, by := range t.erased {
		e := &m.entries[i]
		e.State, e.Payload, e.Salt, e.ErasedBy = ledger.Erased, nil, [32]byte{}, by
	}
	if b := t.batch; b != nil {
		m.write(b)
	}
	return nil
}

func (m *Memory) write(b *ledger.Batch) {
	for _, e := range b.Entries {
		i := uint64(len(m.entries))
		s := ledger.Stored{
			Index: i, Leaf: slices.Clone(e.Leaf), Identity: e.Identity,
			State: ledger.Present, Salt: e.Salt, Payload: append([]byte{}, e.Payload...),
		}
		if e.ErasedBy != 0 {
			s.State, s.Salt, s.Payload, s.ErasedBy = ledger.Erased, [32]byte{}, nil, e.ErasedBy
		}
		m.entries = append(m.entries, s)
		keys := e.Keys
		if e.Identity != ([32]byte{}) {
			keys = append(slices.Clone(keys), ledger.IdentityKey(e.Identity))
		}
		for _, k := range keys {
			m.keys[k] = append(m.keys[k], i)
		}
	}
	for _, t := range b.Tiles {
		t.Hashes = slices.Clone(t.Hashes)
		m.tiles[tileAt{t.Level, t.Index}] = t
	}
	m.head = b.Head
	if b.Checkpoint != nil {
		m.publish(b.CheckpointSize, b.Checkpoint)
	}
}

type memoryTx struct {
	m      *Memory
	head   ledger.Head
	batch  *ledger.Batch
	erased map[uint64]uint64
}

func (t *memoryTx) Head() ledger.Head { return t.head }

func (t *memoryTx) Find(id [32]byte) (uint64, bool, error) {
	indices, err := t.m.Lookup(context.Background(), ledger.IdentityKey(id), t.head.Size)
	if err != nil || len(indices) == 0 {
		return 0, false, err
	}
	t.m.mu.RLock()
	defer t.m.mu.RUnlock()
	return indices[0], t.m.entries[indices[0]].Identity == id, nil
}

func (t *memoryTx) Newest(k ledger.Key) (uint64, bool, error) {
	indices, err := t.m.Lookup(context.Background(), k, t.head.Size)
	if err != nil || len(indices) == 0 {
		return 0, false, err
	}
	return indices[len(indices)-1], true, nil
}

func (t *memoryTx) Write(b *ledger.Batch) error {
	if t.batch != nil || b.Head.Size != t.head.Size+uint64(len(b.Entries)) {
		return fmt.Errorf("write batch of head %d after %d: %w", b.Head.Size, t.head.Size, ledger.ErrInvalid)
	}
	t.batch = b
	return nil
}

func (t *memoryTx) Erase(index, tombstone uint64) error {
	t.m.mu.RLock()
	defer t.m.mu.RUnlock()
	if index >= t.head.Size {
		return ledger.ErrNotFound
	}
	if _, ok := t.erased[index]; ok || t.m.entries[index].State == ledger.Erased {
		return ledger.ErrErased
	}
	t.erased[index] = tombstone
	return nil
}
