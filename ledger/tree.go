package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

var hasher = rfc6962.DefaultHasher

func emptyRoot() Hash { return Hash(hasher.EmptyRoot()) }

// EmptyHead is the head of a log without entries.
func EmptyHead() Head { return Head{Root: emptyRoot()} }

// HashLeaf returns the RFC 6962 leaf hash.
func HashLeaf(leaf []byte) Hash {
	h := sha256.New()
	h.Write([]byte{rfc6962.RFC6962LeafHashPrefix})
	h.Write(leaf)
	return Hash(h.Sum(nil))
}

// nodeHash is hashChildren in the shape of the merkle module.
func nodeHash(left, right []byte) []byte {
	h := hashChildren(left, right)
	return h[:]
}

func ranges() *compact.RangeFactory { return &compact.RangeFactory{Hash: nodeHash} }

// edge is the right edge of a tree: all that is needed to extend it.
type edge struct {
	size  uint64
	root  Hash
	nodes [][]byte // compact range [0, size)
	tiles [maxTileLevel + 1][]byte
	// tiles holds the hashes of the partial tile at the end of each level.
}

// loadEdge reads the right edge of the head from the store and proves that it
// hashes to the head's root.
func loadEdge(ctx context.Context, r TileReader, h Head) (*edge, error) {
	e := &edge{size: h.Size, root: h.Root}
	for level := range e.tiles {
		n := h.Size >> (8 * level)
		w := int(n % TileWidth)
		if w == 0 {
			continue
		}
		b, err := r.Tile(ctx, level, n/TileWidth, w)
		if err != nil {
			return nil, fmt.Errorf("load right edge: %w", err)
		}
		e.tiles[level] = b
	}
	nodes, err := fetchNodes(ctx, r, h.Size, compact.RangeNodes(0, h.Size, nil))
	if err != nil {
		return nil, fmt.Errorf("load right edge: %w", err)
	}
	e.nodes = nodes
	root, err := rootOf(h.Size, nodes)
	if err != nil {
		return nil, fmt.Errorf("load right edge: %w", err)
	}
	if root != h.Root {
		return nil, fmt.Errorf("right edge of size %d hashes to %x, the head says %x; run the ledger check: %w", h.Size, root, h.Root, ErrCorrupt)
	}
	return e, nil
}

func rootOf(size uint64, nodes [][]byte) (Hash, error) {
	if size == 0 {
		return emptyRoot(), nil
	}
	rng, err := ranges().NewRange(0, size, nodes)
	if err != nil {
		return Hash{}, err
	}
	root, err := rng.GetRootHash(nil)
	if err != nil {
		return Hash{}, err
	}
	return Hash(root), nil
}

// growth is what a batch adds to a tree. It is immutable once built, and
// proves each of its leaves in the tree that ends with it.
type growth struct {
	from  uint64 // size before
	edge  *edge  // after
	tiles []FullTile
	left  map[compact.NodeID][]byte // compact range [0, from)
	added []run                     // complete nodes by level
}

// run is consecutive nodes of one level.
type run struct {
	first  uint64
	hashes [][]byte
}

// grow extends the tree by leaf hashes. e is left as it is.
func (e *edge) grow(leaves [][]byte) (*growth, error) {
	g := &growth{from: e.size, edge: &edge{size: e.size + uint64(len(leaves))}, left: make(map[compact.NodeID][]byte, len(e.nodes))}
	for i, id := range compact.RangeNodes(0, e.size, nil) {
		g.left[id] = e.nodes[i]
	}
	for level, b := range e.tiles {
		g.edge.tiles[level] = append(make([]byte, 0, TileWidth*32), b...)
	}
	rng, err := ranges().NewRange(0, e.size, append([][]byte(nil), e.nodes...))
	if err != nil {
		return nil, fmt.Errorf("extend tree: %w", err)
	}
	visit := func(id compact.NodeID, hash []byte) {
		for uint(len(g.added)) <= id.Level {
			g.added = append(g.added, run{})
		}
		r := &g.added[id.Level]
		if len(r.hashes) == 0 {
			r.first = id.Index
		}
		r.hashes = append(r.hashes, hash)
		if id.Level%8 != 0 || id.Level/8 > maxTileLevel {
			return
		}
		level := int(id.Level / 8)
		t := append(g.edge.tiles[level], hash...)
		if len(t) == TileWidth*32 {
			g.tiles = append(g.tiles, FullTile{Level: level, Index: id.Index / TileWidth, Hashes: t})
			t = make([]byte, 0, TileWidth*32)
		}
		g.edge.tiles[level] = t
	}
	for _, h := range leaves {
		if err := rng.Append(h, visit); err != nil {
			return nil, fmt.Errorf("extend tree: %w", err)
		}
	}
	for i, t := range g.tiles {
		root, ok := g.node(compact.NewNodeID(8*uint(t.Level+1), t.Index))
		if !ok {
			return nil, fmt.Errorf("extend tree: no root for tile %d of level %d", t.Index, t.Level)
		}
		g.tiles[i].Root = Hash(root)
	}
	g.edge.nodes = rng.Hashes()
	if g.edge.root, err = rootOf(g.edge.size, append([][]byte(nil), g.edge.nodes...)); err != nil {
		return nil, fmt.Errorf("extend tree: %w", err)
	}
	return g, nil
}

func (g *growth) node(id compact.NodeID) ([]byte, bool) {
	if h, ok := g.left[id]; ok {
		return h, true
	}
	if id.Level >= uint(len(g.added)) {
		return nil, false
	}
	r := g.added[id.Level]
	if id.Index < r.first || id.Index-r.first >= uint64(len(r.hashes)) {
		return nil, false
	}
	return r.hashes[id.Index-r.first], true
}

// inclusion proves a leaf that this growth added, in the tree after it.
func (g *growth) inclusion(index uint64) ([]Hash, error) {
	ns, err := proof.Inclusion(index, g.edge.size)
	if err != nil {
		return nil, fmt.Errorf("prove index %d: %w", index, err)
	}
	hashes := make([][]byte, len(ns.IDs))
	for i, id := range ns.IDs {
		h, ok := g.node(id)
		if !ok {
			return nil, fmt.Errorf("prove index %d: node %d of level %d is not at the edge: %w", index, id.Index, id.Level, ErrCorrupt)
		}
		hashes[i] = h
	}
	return rehash(ns, hashes)
}

func rehash(ns proof.Nodes, hashes [][]byte) ([]Hash, error) {
	hs, err := ns.Rehash(hashes, nodeHash)
	if err != nil {
		return nil, err
	}
	out := make([]Hash, len(hs))
	for i, h := range hs {
		out[i] = Hash(h)
	}
	return out, nil
}

// edgeSource serves the unfinished tiles from memory: putting one together from
// what is stored means reading up to 255 rows.
type edgeSource struct {
	TileReader
	edge *edge
}

func (s edgeSource) Tile(ctx context.Context, level int, index uint64, width int) ([]byte, error) {
	if e := s.edge; e != nil && level >= 0 && level <= maxTileLevel && width > 0 && index == e.size>>(8*level)/TileWidth && width*32 <= len(e.tiles[level]) {
		return bytes.Clone(e.tiles[level][:width*32]), nil
	}
	return s.TileReader.Tile(ctx, level, index, width)
}

// fetchNodes reads complete nodes of a tree of the given size from its tiles.
func fetchNodes(ctx context.Context, r TileReader, size uint64, ids []compact.NodeID) ([][]byte, error) {
	type at struct {
		level int
		index uint64
	}
	tiles := make(map[at][]byte)
	out := make([][]byte, len(ids))
	for i, id := range ids {
		level, depth := int(id.Level/8), id.Level%8
		start := id.Index << depth // first hash of the tile row below the node
		key := at{level, start / TileWidth}
		t, ok := tiles[key]
		if !ok {
			w := tileWidth(key.level, key.index, size)
			if w == 0 {
				return nil, fmt.Errorf("node %d of level %d is outside a tree of %d: %w", id.Index, id.Level, size, ErrNotFound)
			}
			var err error
			if t, err = r.Tile(ctx, key.level, key.index, w); err != nil {
				return nil, err
			}
			tiles[key] = t
		}
		lo, n := int(start%TileWidth), 1<<depth
		if len(t) < (lo+n)*32 {
			return nil, fmt.Errorf("tile %d of level %d has %d bytes, needs %d: %w", key.index, key.level, len(t), (lo+n)*32, ErrCorrupt)
		}
		out[i] = subtree(t[lo*32 : (lo+n)*32])
	}
	return out, nil
}

// hashChildren is the interior node hash of RFC 6962 section 2.1.
func hashChildren(left, right []byte) Hash {
	var b [1 + 2*32]byte
	b[0] = rfc6962.RFC6962NodeHashPrefix
	copy(b[1:], left)
	copy(b[33:], right)
	return sha256.Sum256(b[:])
}

// subtree returns the root over a power of two of concatenated hashes, at most
// a tile of them.
func subtree(b []byte) []byte {
	if len(b) == 32 {
		return b
	}
	var rows [TileWidth / 2 * 32]byte
	row := rows[:0]
	for i := 0; i < len(b); i += 64 {
		h := hashChildren(b[i:i+32], b[i+32:i+64])
		row = append(row, h[:]...)
	}
	for len(row) > 32 {
		for i := 0; i < len(row); i += 64 {
			h := hashChildren(row[i:i+32], row[i+32:i+64])
			copy(row[i/2:], h[:])
		}
		row = row[:len(row)/2]
	}
	return append([]byte(nil), row...)
}
