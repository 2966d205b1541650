package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// derived is a tree made from leaves, in the shape of tiles: by level, the
// hashes of all complete subtrees.
type derived struct {
	size   uint64
	edge   []byte // leaf hashes after the last full tile
	levels [][]byte
}

// Tile makes derived a TileReader for what lies above the leaves, and for the
// unfinished tile of them.
func (d *derived) Tile(_ context.Context, level int, index uint64, width int) ([]byte, error) {
	b, start := d.edge, index*TileWidth-(d.size-d.size%TileWidth)
	if level > 0 {
		b, start = d.levels[level-1], index*TileWidth
	}
	if start+uint64(width) > uint64(len(b)/32) {
		return nil, fmt.Errorf("derive tile %d of level %d: %w", index, level, ErrNotFound)
	}
	return b[start*32 : (start+uint64(width))*32], nil
}

// tree derives what lies above the leaves and compares it with the store.
func (c *checker) tree(ctx context.Context, signed []byte, vkey string) error {
	d := &derived{size: c.head.Size}
	var roots []byte
	for _, k := range c.chunks {
		roots = append(roots, k.roots...)
		d.edge = k.hashes
	}
	d.levels = append(d.levels, roots)
	for len(roots) >= TileWidth*32 {
		var above []byte
		for i := 0; i+TileWidth*32 <= len(roots); i += TileWidth * 32 {
			above = append(above, subtree(roots[i:i+TileWidth*32])...)
		}
		roots = above
		d.levels = append(d.levels, roots)
	}
	for len(d.levels) < maxTileLevel {
		d.levels = append(d.levels, nil)
	}
	root, err := rootAt(ctx, d, d.size)
	if err != nil {
		return err
	}
	c.root = root
	if root != c.head.Root {
		c.found("head", c.head.Size, "the leaves hash to %x, the head says %x", root, c.head.Root)
	}
	if err := c.tiles(ctx, d); err != nil {
		return err
	}
	return c.checkpoint(ctx, d, signed, vkey)
}

// leafTiles compares the full tiles of leaf hashes of a chunk and keeps their
// roots.
func (c *checker) leafTiles(ctx context.Context, k *chunk, index uint64) error {
	for ; len(k.hashes) >= TileWidth*32; index++ {
		t := k.hashes[:TileWidth*32]
		if err := c.compare(ctx, Tile{Index: index, Width: TileWidth}, t); err != nil {
			return err
		}
		k.roots = append(k.roots, subtree(t)...)
		k.hashes = k.hashes[TileWidth*32:]
	}
	return nil
}

// tiles compares the stored tiles that leafTiles did not.
func (c *checker) tiles(ctx context.Context, d *derived) error {
	return TilesOf(c.head.Size, func(t Tile) error {
		if t.Entries || t.Level == 0 && t.Width == TileWidth {
			return nil
		}
		want, err := d.Tile(ctx, t.Level, t.Index, t.Width)
		if err != nil {
			return err
		}
		return c.compare(ctx, t, want)
	})
}

func (c *checker) compare(ctx context.Context, t Tile, want []byte) error {
	got, err := c.r.Tile(ctx, t.Level, t.Index, t.Width)
	first := t.Index << (8 * (t.Level + 1))
	switch {
	case errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNotFound):
		c.found(t.Path(), first, "%v", err)
	case err != nil:
		return err
	case !bytes.Equal(got, want):
		c.found(t.Path(), first, "its hashes are not those of the entries from %d on", first)
	}
	return nil
}

// checkpoint checks the signature of the published checkpoint, and that its
// tree is a prefix of this one.
func (c *checker) checkpoint(ctx context.Context, d *derived, signed []byte, vkey string) error {
	if vkey == "" {
		return nil
	}
	if signed == nil {
		// An empty log may not have been opened for writing yet.
		if now, err := c.r.Checkpoint(ctx); err != nil || d.size == 0 || now != nil {
			return err
		}
		c.found("checkpoint", d.size, "there is none, and the log has %d entries", d.size)
		return nil
	}
	cp, err := ParseCheckpoint(signed, vkey)
	if err != nil {
		c.found("checkpoint", c.head.Size, "%v", err)
		return nil
	}
	c.signed = &cp
	if cp.Size > d.size {
		c.found("checkpoint", c.head.Size, "%d entries were signed, the store holds %d", cp.Size, d.size)
		return nil
	}
	root := c.root
	if cp.Size < d.size {
		// Its edge lies within tiles of leaves that were compared already.
		if root, err = rootAt(ctx, c.r, cp.Size); err != nil {
			c.found("checkpoint", cp.Size, "%v", err)
			return nil
		}
	}
	if root != cp.Root {
		c.found("checkpoint", cp.Size, "the first %d leaves hash to %x, signed was %x", cp.Size, root, cp.Root)
	}
	return nil
}
