package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Memory keeps the newest checkpoint seen of each log in a directory, for all
// clients of a user: who is shown a log that does not extend it is shown another
// tree than before, or than somebody else. Processes take turns on a log by a
// lock; a file of it is whole or not there. It is safe for concurrent use.
type Memory struct{ dir string }

// NewMemory keeps checkpoints in a directory, which is made when there is one to
// keep.
func NewMemory(dir string) *Memory { return &Memory{dir} }

// remembered is what is kept of a log.
type remembered struct {
	V      int    `json:"v"`
	Origin string `json:"origin"`
	// LogKeys verify its checkpoints: pinned, or taken from the service the first
	// time.
	LogKeys    []string `json:"log_keys"`
	Checkpoint string   `json:"checkpoint"`
	Server     string   `json:"server"`
	Seen       string   `json:"seen"`
}

// ErrSplitView: a service showed a checkpoint that does not go with what it, or
// another service of the same log, showed before. The error is a *SplitViewError.
var ErrSplitView = errors.New("split view")

// SplitViewError names the two checkpoints that cannot both be true. Signed by one
// log, they prove to anybody that it was forked.
type SplitViewError struct {
	Origin            string
	Remembered, Shown ledger.Checkpoint
	Dir               string // where both are kept
	Why               string
}

func (e *SplitViewError) Error() string {
	return fmt.Sprintf("split view of log %s: %s; the checkpoint remembered (size %d, root %x) and the one shown (size %d, root %x) are kept in %s: show both to whoever runs the log, and do not rely on what it says",
		e.Origin, e.Why, e.Remembered.Size, e.Remembered.Root[:8], e.Shown.Size, e.Shown.Root[:8], e.Dir)
}

// Is makes errors.Is(err, ErrSplitView) true.
func (e *SplitViewError) Is(target error) bool { return target == ErrSplitView }

// Observe reads the newest checkpoint and, of a client with a memory, demands the
// proof that it extends the one remembered. A service that has none yet shows
// nothing to observe. ErrSplitView if it does not.
func (c *Client) Observe(ctx context.Context) error {
	if c.memory == nil {
		return nil
	}
	signed, err := c.Checkpoint(ctx)
	var p *api.Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return c.see(ctx, signed)
}

// see holds a checkpoint that the service showed against the memory.
func (c *Client) see(ctx context.Context, signed []byte) error {
	if c.memory == nil || len(signed) == 0 {
		return nil
	}
	origin, _, _ := strings.Cut(string(signed), "\n")
	unlock, err := c.memory.lock(origin)
	if err != nil {
		return fmt.Errorf("remember checkpoint: %w", err)
	}
	defer unlock()
	rec, err := c.memory.load(origin)
	if err != nil {
		return fmt.Errorf("remember checkpoint: %w", err)
	}
	if rec == nil {
		return c.first(ctx, origin, signed)
	}
	cp, learnt, err := c.verified(ctx, rec, signed)
	if err != nil {
		return err
	}
	old, err := ledger.ParseCheckpoint([]byte(rec.Checkpoint), strings.Join(rec.LogKeys, "\n"))
	if err != nil {
		return fmt.Errorf("remembered checkpoint in %s: %w; remove the file if it was damaged", c.memory.path(origin), err)
	}
	if err := c.extends(ctx, old, cp); err != nil {
		return err // and no key is learnt from a tree that is none of this log
	}
	if cp.Size < old.Size || cp.Size == old.Size && len(signed) <= len(rec.Checkpoint) {
		if learnt {
			return c.memory.save(rec)
		}
		return nil
	}
	rec.Checkpoint = string(signed)
	return c.memory.save(c.stamp(rec))
}

// first takes a log into the memory: under the pinned key, or the one that the
// service names.
func (c *Client) first(ctx context.Context, origin string, signed []byte) error {
	vkey := c.logKey
	if vkey == "" {
		b, err := c.LogKey(ctx)
		if err != nil {
			return err
		}
		vkey = strings.TrimSpace(string(b))
	}
	if _, err := ledger.ParseCheckpoint(signed, vkey); err != nil {
		return fmt.Errorf("checkpoint of %s: %w", c.base, err)
	}
	return c.memory.save(c.stamp(&remembered{V: 1, Origin: origin, LogKeys: strings.Fields(vkey), Checkpoint: string(signed)}))
}

func (c *Client) stamp(r *remembered) *remembered {
	r.Server, r.Seen = c.base, time.Now().UTC().Format(time.RFC3339)
	return r
}

// verified checks a checkpoint's signature under the keys that are remembered, and
// those that are pinned. A key that a remembered one handed over to in the log
// itself is learnt, to be remembered from then on.
func (c *Client) verified(ctx context.Context, rec *remembered, signed []byte) (cp ledger.Checkpoint, learnt bool, err error) {
	for _, k := range strings.Fields(c.logKey) {
		if !slices.Contains(rec.LogKeys, k) {
			rec.LogKeys = append([]string{k}, rec.LogKeys...)
		}
	}
	keys := strings.Join(rec.LogKeys, "\n")
	if cp, err = ledger.ParseCheckpoint(signed, keys); err != nil {
		return cp, false, fmt.Errorf("checkpoint of %s: %w; the keys remembered for log %s do not verify it (%s). If its key was rotated, ask who runs it for the new one and pin it with --log-key",
			c.base, err, rec.Origin, c.memory.path(rec.Origin))
	}
	if !ledger.SignedBeside(signed, keys) {
		return cp, false, nil
	}
	known := len(rec.LogKeys)
	err = c.rotated(ctx, rec, cp)
	return cp, len(rec.LogKeys) > known, err
}

// rotated learns the keys that the log hands over to, while checkpoints still carry
// the signature of one that is remembered: each from its leaf, which is proven to be
// in the tree. What the service says about it is a hint where to look. A key that no
// leaf names is not learnt, and signs for nobody here.
func (c *Client) rotated(ctx context.Context, rec *remembered, cp ledger.Checkpoint) error {
	s, err := c.Service(ctx)
	if err != nil {
		return err
	}
	for _, r := range s.Rotations {
		if slices.Contains(rec.LogKeys, r.Key) || r.Index >= cp.Size || len(rec.LogKeys) == ledger.MaxLogKeys {
			continue
		}
		leaf, err := c.leaf(ctx, r.Index, cp.Size)
		if err != nil {
			return err
		}
		parsed, err := ledger.ParseLeaf(leaf)
		if err != nil || evidence.RotatedTo(parsed) != r.Key {
			return fmt.Errorf("entry %d of log %s does not hand over to %s, as %s says: %w", r.Index, rec.Origin, r.Key, c.base, ledger.ErrProof)
		}
		if err := c.VerifyEntry(ctx, ledger.HashLeaf(leaf), r.Index, cp, strings.Join(rec.LogKeys, "\n")); err != nil {
			return err
		}
		rec.LogKeys = append([]string{r.Key}, rec.LogKeys...)
	}
	return nil
}

// leaf reads one leaf of a tree from its bundle.
func (c *Client) leaf(ctx context.Context, index, size uint64) ([]byte, error) {
	first := index / ledger.TileWidth * ledger.TileWidth
	t := ledger.Tile{Entries: true, Index: index / ledger.TileWidth, Width: int(min(ledger.TileWidth, size-first))}
	b, err := c.do(ctx, call{path: "/" + t.Path(), accept: "*/*"})
	if err != nil {
		return nil, err
	}
	for i := first; len(b) >= 2; i++ {
		n := 2 + int(b[0])<<8 + int(b[1])
		if len(b) < n {
			break
		}
		if i == index {
			return b[2:n], nil
		}
		b = b[n:]
	}
	return nil, fmt.Errorf("%s/%s ends before entry %d: %w", c.base, t.Path(), index, ErrServer)
}

// extends demands the proof that of two trees the smaller is a prefix of the
// larger, built here from tiles: the service is not asked for it.
func (c *Client) extends(ctx context.Context, old, shown ledger.Checkpoint) error {
	from, to := old, shown
	if from.Size > to.Size {
		from, to = to, from
	}
	var proof []ledger.Hash
	if from.Size > 0 && from.Size < to.Size {
		var err error
		proof, err = c.consistency(ctx, from.Size, to.Size)
		var p *api.Problem
		if errors.As(err, &p) && p.Status == http.StatusNotFound {
			return c.split(old, shown, fmt.Sprintf("the service does not have the tree of %d entries that was seen before", to.Size))
		}
		if err != nil {
			return fmt.Errorf("prove that log %s was only appended to: %w", shown.Origin, err)
		}
	}
	if from.Size == to.Size && from.Root != to.Root {
		return c.split(old, shown, "one size with two roots")
	}
	if err := ledger.VerifyConsistency(from.Size, from.Root, to.Size, to.Root, proof); err != nil {
		return c.split(old, shown, "one is not a continuation of the other")
	}
	return nil
}

// consistency asks again for a while for a tree that is not there: another replica
// may have shown it a moment ago.
func (c *Client) consistency(ctx context.Context, from, to uint64) ([]ledger.Hash, error) {
	for try := 0; ; try++ {
		proof, err := ledger.ProveConsistency(ctx, tiles{c}, from, to)
		var p *api.Problem
		if try == lagRetries || !errors.As(err, &p) || p.Status != http.StatusNotFound {
			return proof, err
		}
		select {
		case <-time.After(lagWait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// split keeps both checkpoints.
func (c *Client) split(old, shown ledger.Checkpoint, why string) error {
	e := &SplitViewError{Origin: shown.Origin, Remembered: old, Shown: shown, Why: why,
		Dir: filepath.Join(c.memory.dir, "evidence", name(shown.Origin)+"-"+hex.EncodeToString(shown.Root[:6]))}
	if err := os.MkdirAll(e.Dir, 0o700); err != nil {
		return errors.Join(e, err)
	}
	return errors.Join(e, writeWhole(filepath.Join(e.Dir, "remembered.checkpoint"), old.Note), writeWhole(filepath.Join(e.Dir, "shown.checkpoint"), shown.Note))
}

// VerifyEntry proves with tiles that an entry's leaf is in the tree of a verified
// checkpoint. The service's own proofs are not needed for it.
func (c *Client) VerifyEntry(ctx context.Context, leaf ledger.Hash, index uint64, cp ledger.Checkpoint, logKey string) error {
	proof, err := ledger.ProveInclusion(ctx, tiles{c}, index, cp.Size)
	if err != nil {
		return err
	}
	_, err = ledger.VerifyInclusion(leaf, index, proof, cp.Note, logKey)
	return err
}

// tiles reads the tree of a service.
type tiles struct{ c *Client }

var _ ledger.TileReader = tiles{}

func (t tiles) Tile(ctx context.Context, level int, index uint64, width int) ([]byte, error) {
	path := ledger.Tile{Level: level, Index: index, Width: width}.Path()
	b, err := t.c.do(ctx, call{path: "/" + path, accept: "*/*"})
	if err == nil && len(b) != 32*width {
		err = fmt.Errorf("%s/%s: %d bytes, want %d: %w", t.c.base, path, len(b), 32*width, ErrServer)
	}
	return b, err
}

// name of a log's files.
func name(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:16])
}

func (m *Memory) path(origin string) string { return filepath.Join(m.dir, name(origin)+".json") }

func (m *Memory) load(origin string) (*remembered, error) {
	b, err := os.ReadFile(m.path(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r remembered
	if err := json.Unmarshal(b, &r); err != nil || r.V != 1 || r.Origin != origin || len(r.LogKeys) == 0 || len(b) > MaxRemembered {
		return nil, fmt.Errorf("%s: not what a client of this version remembers of log %s; remove it if it was damaged: %w", m.path(origin), origin, ledger.ErrInvalid)
	}
	return &r, nil
}

func (m *Memory) save(r *remembered) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = writeWhole(m.path(r.Origin), append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("remember checkpoint: %w", err)
	}
	return nil
}

// lock takes the turn of this process on a log.
func (m *Memory) lock(origin string) (unlock func(), err error) {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(m.dir, name(origin)+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	release, err := lockFile(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { release(); _ = f.Close() }, nil
}

// writeWhole makes a file appear whole or not at all.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone when the rename succeeded
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
