package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Copy is what entries of a log are taken from: a store, a mirror, a backup. What
// it says is believed only as far as the signed checkpoint goes.
type Copy interface {
	// Checkpoint returns the signed checkpoint up to which it holds entries.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Entries is that of a Reader. A copy that cannot tell which entry erased
	// another leaves ErasedBy at 0.
	Entries(ctx context.Context, from, to uint64, payloads bool, fn func(Stored) error) error
}

// Mirror is a log as static files: a directory that Export wrote, or a URL that
// serves c2sp.org/tlog-tiles, such as a service, or a web server over an export.
// What it returns is not proven: Import, Export and the proofs here do that.
//
// It is safe for concurrent use.
type Mirror struct {
	name  string
	fetch func(ctx context.Context, path string, most int64) ([]byte, error)

	mu   sync.Mutex // guards what follows
	size uint64     // of the checkpoint read last
}

var (
	_ Copy       = (*Mirror)(nil)
	_ TileReader = (*Mirror)(nil)
)

// OpenMirror opens a directory, or a URL that begins with http:// or https://. It
// reads nothing yet. A nil client waits MirrorTime for each file.
func OpenMirror(where string, client *http.Client) *Mirror {
	if !strings.HasPrefix(where, "http://") && !strings.HasPrefix(where, "https://") {
		return &Mirror{name: where, fetch: func(_ context.Context, path string, most int64) ([]byte, error) {
			return readFile(filepath.Join(where, filepath.FromSlash(path)), most)
		}}
	}
	if client == nil {
		client = &http.Client{Timeout: MirrorTime}
	}
	base := strings.TrimRight(where, "/") + "/"
	return &Mirror{name: where, fetch: func(ctx context.Context, path string, most int64) ([]byte, error) {
		return get(ctx, client, base+path, most)
	}}
}

// maxBundle is the largest entry bundle: full, of leaves of the greatest length
// that its encoding has.
const maxBundle = TileWidth * (2 + 1<<16)

func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return readBounded(path, f, most)
}

func get(ctx context.Context, client *http.Client, url string, most int64) ([]byte, error) {
	for try := time.Duration(0); ; try++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		var b []byte
		if resp.StatusCode == http.StatusOK {
			b, err = readBounded(url, resp.Body, most)
		}
		_ = resp.Body.Close()
		switch {
		case resp.StatusCode == http.StatusOK:
			return b, err
		case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
			return nil, fmt.Errorf("%s: %w", url, ErrNotFound)
		case resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusTooManyRequests || try == mirrorRetries:
			return nil, fmt.Errorf("%s: status %s", url, resp.Status)
		}
		select {
		case <-time.After((try + 1) * time.Second / 4):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func readBounded(name string, r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%s: more than %d bytes: %w", name, most, ErrTooLarge)
	}
	return b, nil
}

// Checkpoint reads the signed checkpoint. Tiles and entries are read as of the one
// read last.
func (m *Mirror) Checkpoint(ctx context.Context) ([]byte, error) {
	b, err := m.fetch(ctx, "checkpoint", MaxCheckpoint)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	c, err := peekCheckpoint(b)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint of %s: %w", m.name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size = c.Size
	return b, nil
}

// LogKey reads the verifier key that stands beside the tree. Who has it from there
// alone trusts whoever wrote it.
func (m *Mirror) LogKey(ctx context.Context) (string, error) {
	b, err := m.fetch(ctx, "log.vkey", MaxCheckpoint)
	if err != nil {
		return "", fmt.Errorf("read log.vkey: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Tile reads a tile, or the first hashes of a fuller one that is there.
func (m *Mirror) Tile(ctx context.Context, level int, index uint64, width int) ([]byte, error) {
	b, err := m.tile(ctx, Tile{Level: level, Index: index, Width: width}, TileWidth*32)
	if err != nil {
		return nil, err
	}
	if len(b) < width*32 || len(b)%32 != 0 {
		return nil, fmt.Errorf("%s of %s has %d bytes, want %d: %w", Tile{Level: level, Index: index, Width: width}.Path(), m.name, len(b), width*32, ErrCorrupt)
	}
	return b[:width*32], nil
}

// tile fetches a tile or bundle. Partial ones may be gone once there is a fuller
// one (c2sp.org/tlog-tiles "Partial Tiles").
func (m *Mirror) tile(ctx context.Context, t Tile, most int64) ([]byte, error) {
	m.mu.Lock()
	size := m.size
	m.mu.Unlock()
	b, err := m.fetch(ctx, t.Path(), most)
	for _, width := range []int{tileWidth(t.Level, t.Index, size), TileWidth} {
		if errors.Is(err, ErrNotFound) && width > t.Width {
			t.Width = width
			b, err = m.fetch(ctx, t.Path(), most)
		}
	}
	return b, err
}

// Entries reads entries below the checkpoint read last. Salts, identities and
// payloads lie beside the tree of an export; where they do not, entries have the
// state Missing.
func (m *Mirror) Entries(ctx context.Context, from, to uint64, payloads bool, fn func(Stored) error) error {
	m.mu.Lock()
	to = min(to, m.size)
	size := m.size
	m.mu.Unlock()
	for from < to {
		index := from / TileWidth
		t := Tile{Entries: true, Index: index, Width: tileWidth(0, index, size)}
		bundle, err := m.bundle(ctx, t, from, min(to, (index+1)*TileWidth), payloads)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		for _, e := range bundle {
			if err := fn(e); err != nil {
				return err
			}
			from++
		}
	}
	return nil
}

// bundle reads the entries from <= index < to of one bundle.
func (m *Mirror) bundle(ctx context.Context, t Tile, from, to uint64, payloads bool) ([]Stored, error) {
	b, err := m.tile(ctx, t, maxBundle)
	if err != nil {
		return nil, err
	}
	var out []Stored
	for i := t.Index * TileWidth; i < to; i++ {
		if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
			return nil, fmt.Errorf("%s ends inside entry %d: %w", t.Path(), i, ErrCorrupt)
		}
		n := 2 + int(binary.BigEndian.Uint16(b))
		if i >= from {
			out = append(out, Stored{Index: i, Leaf: b[2:n:n]})
		}
		b = b[n:]
	}
	if !payloads {
		return out, nil
	}
	return out, m.beside(ctx, t, out)
}

// beside fills in what lies beside the tree.
func (m *Mirror) beside(ctx context.Context, t Tile, out []Stored) error {
	salts, err := m.column(ctx, "salt", t)
	if errors.Is(err, ErrNotFound) {
		return nil // a tree without payloads
	}
	if err != nil {
		return err
	}
	identities, err := m.column(ctx, "identity", t)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	var wg sync.WaitGroup
	faults := make([]error, len(out))
	free := make(chan struct{}, mirrorReaders)
	for n := range out {
		e := &out[n]
		at := 32 * (e.Index % TileWidth)
		if identities != nil {
			e.Identity = [32]byte(identities[at:])
		}
		if e.Salt = [32]byte(salts[at:]); e.Salt == [32]byte{} {
			e.State = Erased
			continue
		}
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			b, err := m.fetch(ctx, payloadPath(e.Index), MaxPayload)
			switch {
			case err == nil:
				e.State, e.Payload = Present, b
			case !errors.Is(err, ErrNotFound):
				faults[n] = err
			}
		})
	}
	wg.Wait()
	return errors.Join(faults...)
}

// column reads 32 bytes for each entry of a bundle.
func (m *Mirror) column(ctx context.Context, name string, t Tile) ([]byte, error) {
	path := columnPath(name, t)
	b, err := m.fetch(ctx, path, TileWidth*32)
	if err == nil && len(b) != t.Width*32 {
		err = fmt.Errorf("%s has %d bytes, want %d: %w", path, len(b), t.Width*32, ErrCorrupt)
	}
	return b, err
}

// columnPath is where an export keeps a column of a bundle, and payloadPath where
// it keeps a payload.
func columnPath(name string, t Tile) string {
	return name + "/" + strings.TrimPrefix(t.Path(), "tile/entries/")
}

func payloadPath(index uint64) string { return "payload/" + indexPath(index) }
