package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Follow brings a directory up to the state of the mirror: an export of its own,
// proven file by file against the signed checkpoint, that any file server can
// serve, and ledger repair reads. What the directory already holds is not fetched
// again. Payloads come along where they lie beside the tree, and what was erased
// since is removed. ErrProof if the mirror does not extend what is there: both
// checkpoints are then in the error, and the directory is left as it is.
func (m *Mirror) Follow(ctx context.Context, vkey, dir string) (Checkpoint, error) {
	c, err := m.follow(ctx, vkey, dir)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("mirror %s to %s: %w", m.name, dir, err)
	}
	return c, nil
}

func (m *Mirror) follow(ctx context.Context, vkey, dir string) (Checkpoint, error) {
	have := OpenMirror(dir, nil)
	old := Checkpoint{}
	if b, err := have.Checkpoint(ctx); err == nil {
		own, err := have.LogKey(ctx) // the log's key may have been rotated since
		if err != nil {
			return Checkpoint{}, err
		}
		if old, err = parseKept(b, own, vkey); err != nil {
			return Checkpoint{}, err
		}
	} else if !errors.Is(err, ErrNotFound) {
		return Checkpoint{}, err
	}
	return export(ctx, m, vkey, dir, func(c Checkpoint) (uint64, error) {
		if exists(filepath.Join(dir, "salt")) {
			if err := scrub(ctx, have, dir, old.Size, c.Size); err != nil {
				return 0, err
			}
		}
		if c.Size > 0 {
			t := Tile{Entries: true, Width: tileWidth(0, 0, c.Size)}
			if _, err := m.column(ctx, "salt", t); errors.Is(err, ErrNotFound) {
				return noPayloads, nil
			} else if err != nil {
				return 0, err
			}
		}
		for _, name := range []string{"salt", "identity"} {
			if !reaches(dir, name, old.Size) {
				return 0, nil // payloads are there for the first time, or were cut off before they came so far
			}
		}
		return old.Size, nil
	})
}

// reaches says whether a column goes as far as a size: columns are written in order,
// each bundle once its payloads are there.
func reaches(dir, name string, size uint64) bool {
	if size == 0 {
		return true
	}
	index := (size - 1) / TileWidth
	for width := range columnsOf(dir, name, index) {
		if width >= tileWidth(0, index, size) {
			return true
		}
	}
	return false
}

// columnsOf are the files that hold a column of a bundle, by how many entries they
// hold it for.
func columnsOf(dir, name string, index uint64) map[int]string {
	out := map[int]string{}
	whole := filepath.Join(dir, filepath.FromSlash(columnPath(name, Tile{Entries: true, Index: index, Width: TileWidth})))
	if exists(whole) {
		out[TileWidth] = whole
	}
	files, err := os.ReadDir(whole + ".p")
	if err != nil {
		return out // there are none
	}
	for _, f := range files {
		if width, err := strconv.Atoi(f.Name()); err == nil {
			out[width] = filepath.Join(whole+".p", f.Name())
		}
	}
	return out
}

// scrub erases from a directory what tombstones among its new entries erase.
func scrub(ctx context.Context, have *Mirror, dir string, from, to uint64) error {
	have.mu.Lock()
	have.size = to
	have.mu.Unlock()
	erasing := make(map[Key]bool)
	err := have.Entries(ctx, from, to, false, func(s Stored) error {
		l, err := ParseLeaf(s.Leaf)
		if err != nil || l.Kind != tombstoneKind {
			return err
		}
		for _, k := range l.Keys {
			erasing[k] = true
		}
		return nil
	})
	if err != nil || len(erasing) == 0 {
		return err
	}
	for i := range to { // a round that was cut off may have come further than from
		if !erasing[ErasureKey(i)] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(payloadPath(i)))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, path := range columnsOf(dir, "salt", i/TileWidth) {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if at := int(i%TileWidth) * 32; at+32 <= len(b) {
				clear(b[at : at+32])
			}
			if err := writeFile(path, b); err != nil {
				return err
			}
		}
	}
	return nil
}
