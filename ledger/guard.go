package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Mark is the newest head for which a signature may have left the process.
type Mark struct {
	Size uint64
	Root Hash
}

// ForkGuard keeps the mark outside the store. A store that was restored from an
// old copy, or exchanged, does not extend the mark, and the log signs nothing
// over it.
type ForkGuard interface {
	// Load returns the mark for an origin; ok is false if there is none yet.
	Load(ctx context.Context, origin string) (m Mark, ok bool, err error)
	// Advance makes a mark durable before it returns. With everybody else kept
	// out, it asks extends about a mark that another process made: the log that m
	// is of has to hold it, or m is refused. A mark that is above m then stays.
	// Without extends marks of others are refused.
	Advance(ctx context.Context, origin string, m Mark, extends func(Mark) error) error
}

// FileGuard keeps the mark in a file, on a disk or on a volume that all replicas
// of a service share and that knows flock (NFS does). The file has two slots
// that are written in turn, so that a torn write leaves the mark before it. It
// belongs beside the log key, not beside the store.
//
// A second process with the same key and another copy of the store would sign
// another tree. Every advance therefore starts from what the file says then, not
// from what it said when it was loaded: of two whose trees differ, the one that
// comes second stops.
type FileGuard struct {
	path string
	sync func(*os.File) error

	mu      sync.Mutex
	file    *os.File
	slot    int // the slot that holds the newest mark
	newest  Mark
	durable bool // this process synced it: what a file says may be in no more than memory
	loaded  bool
	origin  string
}

var _ ForkGuard = (*FileGuard)(nil)

const (
	guardSlot  = 256 // bytes
	guardMagic = "assize-mark-v1"
)

// NewFileGuard returns a guard over the file at path, which is created with the
// first mark.
func NewFileGuard(path string) *FileGuard { return &FileGuard{path: path, sync: (*os.File).Sync} }

// Load reads the newest whole slot.
func (g *FileGuard) Load(_ context.Context, origin string) (Mark, bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m, slot, err := g.read(origin)
	if errors.Is(err, fs.ErrNotExist) {
		return Mark{}, false, nil
	}
	if err != nil {
		return Mark{}, false, fmt.Errorf("read fork guard: %w", err)
	}
	if err := g.forward(m, origin); err != nil {
		return Mark{}, false, fmt.Errorf("read fork guard: %w", err)
	}
	g.durable = g.durable && g.newest == m
	g.newest, g.slot, g.loaded, g.origin = m, slot, true, origin
	return m, true, nil
}

// read gives the newest mark in the file and its slot.
func (g *FileGuard) read(origin string) (m Mark, slot int, err error) {
	b, err := os.ReadFile(g.path)
	if err != nil {
		return Mark{}, 0, err
	}
	if len(b) != 2*guardSlot {
		return Mark{}, 0, fmt.Errorf("%s: %d bytes, want %d; restore the file: %w", g.path, len(b), 2*guardSlot, ErrInvalid)
	}
	found := false
	for i := range 2 {
		in, ok := parseSlot(b[i*guardSlot:(i+1)*guardSlot], origin)
		if ok && (!found || in.Size > m.Size) {
			m, slot, found = in, i, true
		}
	}
	if !found {
		return Mark{}, 0, fmt.Errorf("%s: no whole mark for origin %q; restore the file: %w", g.path, origin, ErrInvalid)
	}
	return m, slot, nil
}

// Advance writes the slot that does not hold the newest mark and syncs it. A mark
// that is there already and that this process did not sync is written again: whoever
// wrote it may have failed to make it durable.
func (g *FileGuard) Advance(_ context.Context, origin string, m Mark, extends func(Mark) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.advance(origin, m, extends); err != nil {
		return fmt.Errorf("advance fork guard: %w", err)
	}
	return nil
}

func (g *FileGuard) advance(origin string, m Mark, extends func(Mark) error) error {
	if g.loaded && g.origin != origin {
		return fmt.Errorf("%s is for origin %q, not %q: %w", g.path, g.origin, origin, ErrInvalid)
	}
	if g.file == nil {
		if err := g.open(origin, m, extends != nil); err != nil {
			return err
		}
	}
	unlock, err := lockFile(g.file)
	if err != nil {
		return fmt.Errorf("lock %s: %w", g.path, err)
	}
	defer unlock()
	there, slot, err := g.read(origin)
	if err != nil {
		return err
	}
	if err := g.same(); err != nil {
		return err
	}
	if err := g.forward(there, origin); err != nil {
		return err
	}
	if there == m && g.newest == m && g.durable {
		g.slot, g.loaded, g.origin = slot, true, origin
		return nil
	}
	if there != m && (there.Size == m.Size || there != g.newest || there.Size > m.Size) {
		// Somebody else made it, or a later one of ours covers it.
		if extends == nil || there.Size == m.Size {
			return fmt.Errorf("%s says size %d with root %x; size %d with root %x does not follow: another process signs with this key; stop it, and keep the store that extends the mark: %w", g.path, there.Size, there.Root, m.Size, m.Root, ErrInvalid)
		}
		if err := extends(there); err != nil {
			return fmt.Errorf("%s says size %d: %w", g.path, there.Size, err)
		}
		if there.Size > m.Size {
			g.durable = g.durable && g.newest == there
			g.slot, g.newest, g.loaded, g.origin = slot, there, true, origin
			return nil
		}
	}
	if there != m { // else the same bytes once more: there is a mark in the other slot
		slot = 1 - slot
	}
	if _, err := g.file.WriteAt(formatSlot(origin, m), int64(slot*guardSlot)); err != nil {
		return err
	}
	if err := g.sync(g.file); err != nil {
		return err
	}
	g.slot, g.newest, g.durable, g.loaded, g.origin = slot, m, true, true, origin
	return nil
}

// forward makes sure that the file is not an older one than this process saw.
func (g *FileGuard) forward(there Mark, origin string) error {
	if g.loaded && g.origin == origin && (there.Size < g.newest.Size || there.Size == g.newest.Size && there != g.newest) {
		return fmt.Errorf("%s says size %d, it was at %d before: an old copy was put in its place: %w", g.path, there.Size, g.newest.Size, ErrInvalid)
	}
	return nil
}

// same makes sure that nobody replaced or removed the file.
func (g *FileGuard) same() error {
	there, err := os.Stat(g.path)
	if err != nil {
		return err
	}
	if here, err := g.file.Stat(); err != nil || !os.SameFile(here, there) {
		return fmt.Errorf("%s was replaced by another file: %w", g.path, ErrInvalid)
	}
	return nil
}

// Close closes the file.
func (g *FileGuard) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.file == nil {
		return nil
	}
	err := g.file.Close()
	g.file = nil
	return err
}

// open opens the file for writing. It creates it whole under another name first,
// so that a file of the guard's name is never a partial one.
func (g *FileGuard) open(origin string, m Mark, shared bool) error {
	if !g.loaded {
		switch _, err := os.Stat(g.path); {
		case err == nil && !shared:
			return fmt.Errorf("%s exists and was not loaded: %w", g.path, ErrInvalid)
		case errors.Is(err, fs.ErrNotExist):
			if err := g.create(origin, m); err != nil {
				return err
			}
		case err != nil:
			return err
		}
	}
	f, err := os.OpenFile(g.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	g.file = f
	return nil
}

// create leaves a file that another process made meanwhile as it is.
func (g *FileGuard) create(origin string, m Mark) error {
	dir := filepath.Dir(g.path)
	tmp, err := os.CreateTemp(dir, filepath.Base(g.path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	s := formatSlot(origin, m)
	_, err = tmp.Write(append(s, s...))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, fails if another process was faster; not every
	// file system has them.
	if err := os.Link(tmp.Name(), g.path); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		if err := os.Rename(tmp.Name(), g.path); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// formatSlot writes a line of text: magic, hex SHA-256 of the origin, size,
// root in base64, checksum; filled up with spaces.
func formatSlot(origin string, m Mark) []byte {
	o := sha256.Sum256([]byte(origin))
	s := fmt.Sprintf("%s %x %d %s", guardMagic, o, m.Size, base64.StdEncoding.EncodeToString(m.Root[:]))
	s = fmt.Sprintf("%s %08x", s, crc32.ChecksumIEEE([]byte(s)))
	return []byte(fmt.Sprintf("%-*s\n", guardSlot-1, s))
}

func parseSlot(b []byte, origin string) (Mark, bool) {
	f := strings.Fields(string(b))
	if len(f) != 5 {
		return Mark{}, false
	}
	size, err := strconv.ParseUint(f[2], 10, 64)
	if err != nil {
		return Mark{}, false
	}
	root, err := base64.StdEncoding.DecodeString(f[3])
	if err != nil || len(root) != 32 {
		return Mark{}, false
	}
	m := Mark{Size: size, Root: Hash(root)}
	return m, string(formatSlot(origin, m)) == string(b)
}
