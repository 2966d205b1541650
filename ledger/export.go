package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Export writes the published log as a directory of files, which any reader of
// c2sp.org/tlog-tiles takes as it is:
//
//	checkpoint              signed
//	log.vkey                the verifier key
//	tile/<L>/<N>[.p/<W>]    the tree
//	tile/entries/...        the leaves
//	payload/<N>             payload of entry N, N in groups as in tile paths;
//	                        no file for one that was erased
//	salt/<N>[.p/<W>]        the salts of the entries of bundle N, 32 bytes
//	                        each, zeros for one that was erased
//	identity/<N>[.p/<W>]    their identities, 32 bytes each, zeros for one
//	                        that has none
//
// The directory must be new, or hold an earlier export of the same log; it then
// gets what was added since. Every file is held against the signed checkpoint
// before it is written, and the checkpoint is written last. A payload erased since
// is removed, and its salt from every file.
func Export(ctx context.Context, r Tree, vkey, dir string) (Checkpoint, error) {
	c, err := export(ctx, r, vkey, dir, func(Checkpoint) (uint64, error) { return 0, nil })
	if err != nil {
		return Checkpoint{}, fmt.Errorf("export ledger to %s: %w", dir, err)
	}
	return c, nil
}

// Tree is what a log is exported from: a Reader, or a Mirror.
type Tree interface {
	Copy
	TileReader
}

// noPayloads stands for a tree that has none beside it.
const noPayloads = math.MaxUint64

// export writes the payloads from an entry on that payloadsFrom tells.
func export(ctx context.Context, r Tree, vkey, dir string, payloadsFrom func(Checkpoint) (uint64, error)) (Checkpoint, error) {
	signed, err := r.Checkpoint(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	if signed == nil {
		return Checkpoint{}, fmt.Errorf("the log has no checkpoint yet; open it once for writing: %w", ErrNotFound)
	}
	c, err := ParseCheckpoint(signed, vkey)
	if err != nil {
		return Checkpoint{}, err
	}
	root, err := rootAt(ctx, r, c.Size)
	if err != nil {
		return Checkpoint{}, err
	}
	if root != c.Root {
		return Checkpoint{}, fmt.Errorf("the tree of size %d hashes to %x, signed was %x: %w", c.Size, root, c.Root, ErrCorrupt)
	}
	vkey, _, _ = strings.Cut(strings.TrimSpace(vkey), "\n") // of several, the one in use
	vkey = strings.TrimSpace(vkey)
	if err := claim(ctx, r, vkey, dir, c); err != nil {
		return Checkpoint{}, err
	}
	p := &prover{r: r, size: c.Size}
	err = TilesOf(c.Size, func(t Tile) error {
		path := filepath.Join(dir, filepath.FromSlash(t.Path()))
		if n := sizeOf(path); t.Width == TileWidth && (n == TileWidth*sha256.Size || t.Entries && n > 0) {
			return nil // full ones never change
		}
		b, err := p.tile(ctx, t)
		if err != nil {
			return err
		}
		return writeFile(path, b)
	})
	if err != nil {
		return Checkpoint{}, err
	}
	from, err := payloadsFrom(c) // what is read of the directory now was proven
	if err != nil {
		return Checkpoint{}, err
	}
	if from != noPayloads {
		if err := exportPayloads(ctx, r, dir, from, c.Size); err != nil {
			return Checkpoint{}, err
		}
	}
	if err := writeFile(filepath.Join(dir, "checkpoint"), signed); err != nil {
		return Checkpoint{}, err
	}
	return c, writeFile(filepath.Join(dir, "log.vkey"), []byte(vkey+"\n")) // there already, unless the key was rotated
}

// parseKept verifies the checkpoint of a directory under the key beside it. Cut off
// after a rotation, that may still be the key before.
func parseKept(b []byte, own, vkey string) (Checkpoint, error) {
	c, err := ParseCheckpoint(b, own)
	if err != nil {
		if under, err := ParseCheckpoint(b, vkey); err == nil {
			return under, nil
		}
	}
	return c, err
}

// claim makes sure that nothing but an earlier state of this log is overwritten.
func claim(ctx context.Context, r TileReader, vkey, dir string, c Checkpoint) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	path := filepath.Join(dir, "log.vkey")
	have, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		files, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			return fmt.Errorf("the directory holds %s and no log.vkey; name an empty one: %w", files[0].Name(), ErrInvalid)
		}
		return writeFile(path, []byte(vkey+"\n"))
	case err != nil:
		return err
	case strings.TrimSpace(string(have)) != vkey:
		// The key may have been rotated since; what is there is then held against
		// the key it was written under.
		was, err := OriginOf(string(have))
		if err != nil || was != c.Origin {
			return fmt.Errorf("the directory holds the log of %s: %w", clip(strings.TrimSpace(string(have))), ErrInvalid)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // an export that was cut off
	}
	if err != nil {
		return err
	}
	old, err := parseKept(b, string(have), vkey)
	if err != nil {
		return err
	}
	if old.Size > c.Size {
		return fmt.Errorf("the directory holds %d entries, the log %d: %w", old.Size, c.Size, ErrInvalid)
	}
	hashes, err := ProveConsistency(ctx, r, old.Size, c.Size)
	if err != nil {
		return err
	}
	if err := VerifyConsistency(old.Size, old.Root, c.Size, c.Root, hashes); err != nil {
		return fmt.Errorf("the log does not extend the %d entries in the directory: one of them is forked; keep both checkpoints, the one there (root %x) and the new one of size %d (root %x): %v: %w", old.Size, old.Root, c.Size, c.Root, err, ErrCorrupt)
	}
	return nil
}

func exportPayloads(ctx context.Context, r Copy, dir string, from, size uint64) error {
	for from = from / TileWidth * TileWidth; from < size; from += TileWidth {
		t := Tile{Entries: true, Index: from / TileWidth, Width: tileWidth(0, from/TileWidth, size)}
		var salts, identities []byte
		err := r.Entries(ctx, from, from+uint64(t.Width), true, func(s Stored) error {
			if s.State == Missing {
				return fmt.Errorf("the payload of entry %d is MISSING; run the ledger check: %w", s.Index, ErrCorrupt)
			}
			salts = append(salts, s.Salt[:]...)
			identities = append(identities, s.Identity[:]...)
			path := filepath.Join(dir, filepath.FromSlash(payloadPath(s.Index)))
			if s.State == Erased {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				return nil
			}
			if sizeOf(path) == int64(len(s.Payload)) {
				return nil
			}
			l, err := ParseLeaf(s.Leaf)
			if err == nil {
				err = VerifyPayload(l, s.Salt, s.Payload)
			}
			if err != nil {
				return fmt.Errorf("entry %d: %v: %w", s.Index, err, ErrCorrupt)
			}
			return writeFile(path, s.Payload)
		})
		if err != nil {
			return err
		}
		for name, b := range map[string][]byte{"salt": salts, "identity": identities} {
			path := filepath.Join(dir, filepath.FromSlash(columnPath(name, t)))
			if err := writeFile(path, b); err != nil {
				return err
			}
			if err := dropOlder(dir, name, t, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropOlder removes the column of a bundle from when it was shorter: a salt erased
// since is still among them. Parts of the tree stay, their readers may.
func dropOlder(dir, name string, t Tile, keep string) error {
	parts := filepath.Join(dir, name, filepath.FromSlash(indexPath(t.Index))) + ".p"
	files, err := os.ReadDir(parts)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		if path := filepath.Join(parts, f.Name()); path != keep {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sizeOf a file, -1 if it is not there. One that was renamed shortly before the machine
// lost power may be there and empty.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// writeFile writes a file under another name first, so that a file of its name
// is whole.
func writeFile(path string, b []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o666); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// prover reads tiles and holds each against the one above it, and so in the end
// against the root that is signed: what stands at the right edge was proven by
// rootAt.
type prover struct {
	r    Tree
	size uint64

	above Tile // the tile that was read last of the level above
	held  []byte
}

// tile returns the bytes of a tile or entry bundle. ErrCorrupt if they do not hash
// to what stands above them.
func (p *prover) tile(ctx context.Context, t Tile) ([]byte, error) {
	var b, hashes []byte
	if t.Entries {
		n := t.Index * TileWidth
		err := p.r.Entries(ctx, n, n+uint64(t.Width), false, func(s Stored) error {
			b = binary.BigEndian.AppendUint16(b, uint16(len(s.Leaf)))
			b = append(b, s.Leaf...)
			h := HashLeaf(s.Leaf)
			hashes = append(hashes, h[:]...)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.Path(), err)
		}
	} else {
		var err error
		if b, err = p.r.Tile(ctx, t.Level, t.Index, t.Width); err != nil {
			return nil, err
		}
		if t.Width < TileWidth {
			return b, nil // at the right edge
		}
		hashes = subtree(b)
	}
	want, err := p.parent(ctx, t)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(hashes, want) {
		return nil, fmt.Errorf("%s does not hash to what stands above it in the tree: %w", t.Path(), ErrCorrupt)
	}
	return b, nil
}

// parent returns the hashes that a tile stands for: those of the leaves of a
// bundle, or the one hash of a full tile.
func (p *prover) parent(ctx context.Context, t Tile) ([]byte, error) {
	at, from, to := Tile{Index: t.Index}, 0, t.Width*sha256.Size
	if !t.Entries {
		if t.Level == maxTileLevel {
			return nil, fmt.Errorf("%s: no tree is that high: %w", t.Path(), ErrCorrupt)
		}
		n := int(t.Index%TileWidth) * sha256.Size
		at, from, to = Tile{Level: t.Level + 1, Index: t.Index / TileWidth}, n, n+sha256.Size
	}
	if at.Width = tileWidth(at.Level, at.Index, p.size); at != p.above {
		b, err := p.r.Tile(ctx, at.Level, at.Index, at.Width)
		if err != nil {
			return nil, err
		}
		p.above, p.held = at, bytes.Clone(b)
	}
	return p.held[from:to], nil
}
