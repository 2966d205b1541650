package gate

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Sentinels a caller branches on.
var (
	// ErrNoDecision: what was read is not a decision.
	ErrNoDecision = errors.New("not a decision")
	// ErrBundle: a proof bundle is malformed or does not hold.
	ErrBundle = errors.New("proof bundle does not hold")
)

// ProofBundle carries a recorded decision with everything it was judged on to a
// machine that never saw the service (FORMATS, Decision and proof bundle). It is
// canonical JSON, and VerifyBundle consumes every member.
type ProofBundle struct {
	V        int             `json:"v"`
	Decision json.RawMessage `json:"decision"` // the DSSE envelope
	// JudgedSize is the size of the tree that was judged; all evidence lies below.
	JudgedSize uint64 `json:"judged_size"`
	// Checkpoint is a signed note over a tree that holds the decision too.
	Checkpoint string `json:"checkpoint"`
	// Consistency proves that the tree of JudgedSize is a prefix of it.
	Consistency []string     `json:"consistency"`
	Items       []BundleItem `json:"items"`
}

// BundleItem is one ledger entry with its payload and inclusion proof.
type BundleItem struct {
	Index   uint64   `json:"index"`
	Leaf    string   `json:"leaf"` // canonical JSON of the leaf
	Salt    string   `json:"salt,omitempty"`
	Payload string   `json:"payload,omitempty"` // base64; salt and payload are absent when erased
	Proof   []string `json:"proof"`
}

// ProofBundle builds the bundle of a recorded decision.
func (g *Gate) ProofBundle(ctx context.Context, index uint64) ([]byte, error) {
	log := g.cfg.Locker.Log()
	a, rec, err := ReadDecision(ctx, log, index)
	if err != nil {
		return nil, err
	}
	c, err := g.caseOf(ctx, log, &a.Decision)
	if err != nil {
		return nil, err
	}
	head, err := headOf(ctx, log)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	consistency, err := log.Consistency(ctx, a.Decision.JudgedSize, head.Size)
	if err != nil {
		return nil, fmt.Errorf("prove consistency of %d with %d: %w", a.Decision.JudgedSize, head.Size, err)
	}
	b := ProofBundle{V: 1, Decision: rec.Decision, JudgedSize: a.Decision.JudgedSize,
		Checkpoint: string(head.Checkpoint), Consistency: encodeHashes(consistency), Items: []BundleItem{}}
	indices, err := withTombstones(ctx, log, append(c.Reading.Used(), index), head.Size)
	if err != nil {
		return nil, err
	}
	for _, i := range indices {
		it, err := bundleItem(ctx, log, i, head.Size)
		if err != nil {
			return nil, err
		}
		b.Items = append(b.Items, it)
	}
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode proof bundle: %w", err)
	}
	return attest.CanonicalJSON(json.RawMessage(raw))
}

// withTombstones adds, for entries that were erased since they were judged, the
// entry that says so: without it an erased item would be the sender's word.
func withTombstones(ctx context.Context, log *ledger.Log, indices []uint64, size uint64) ([]uint64, error) {
	out := slices.Clone(indices)
	for _, i := range indices {
		found, err := log.Lookup(ctx, ledger.ErasureKey(i), size)
		if err != nil {
			return nil, fmt.Errorf("look up erasure of %d: %w", i, err)
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// caseOf assembles what a recorded decision was judged on.
func (g *Gate) caseOf(ctx context.Context, src evidence.Source, d *Decision) (*Case, error) {
	a := assembly{locker: g.cfg.Locker, sets: g.sets, origin: g.cfg.Locker.Log().Origin(), checkpoint: d.Checkpoint}
	c, err := a.Assemble(ctx, evidence.NewReading(src, d.JudgedSize).Past(), d.Question)
	if err != nil {
		return nil, fmt.Errorf("assemble the case at size %d: %w", d.JudgedSize, err)
	}
	return c, nil
}

func encodeHashes(hs []ledger.Hash) []string {
	out := make([]string, len(hs))
	for i, h := range hs {
		out[i] = base64.StdEncoding.EncodeToString(h[:])
	}
	return out
}

func decodeHashes(place string, ss []string) ([]ledger.Hash, error) {
	if len(ss) > 64 {
		return nil, fmt.Errorf("%w: %s has %d hashes, a tree of 2^64 leaves needs 64", ErrBundle, place, len(ss))
	}
	out := make([]ledger.Hash, len(ss))
	for i, s := range ss {
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil || len(b) != len(out[i]) {
			return nil, fmt.Errorf("%w: %s[%d] is not the base64 of 32 bytes", ErrBundle, place, i)
		}
		out[i] = ledger.Hash(b)
	}
	return out, nil
}

// ParseBundle reads a proof bundle. Only the canonical spelling is read.
func ParseBundle(raw []byte) (ProofBundle, error) {
	if len(raw) > MaxBundle {
		return ProofBundle{}, fmt.Errorf("%w: %d bytes, the bound is %d", ErrBundle, len(raw), MaxBundle)
	}
	canonical, err := attest.CanonicalJSON(json.RawMessage(raw))
	if err != nil {
		return ProofBundle{}, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if !slices.Equal(canonical, raw) {
		return ProofBundle{}, fmt.Errorf("%w: not in canonical JSON (RFC 8785); it was written or changed by something else", ErrBundle)
	}
	var b ProofBundle
	if err := decode(raw, &b); err != nil {
		return ProofBundle{}, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	switch {
	case b.V != 1:
		return ProofBundle{}, fmt.Errorf("%w: version %d, this engine reads version 1", ErrBundle, b.V)
	case len(b.Items) > MaxBundleItems:
		return ProofBundle{}, fmt.Errorf("%w: %d items, the bound is %d", ErrBundle, len(b.Items), MaxBundleItems)
	}
	return b, nil
}

// entries is a proof bundle as an evidence.Source: the second implementation
// beside the log, so that both are gathered by the same code.
type entries struct {
	byIndex map[uint64]ledger.Record
	byKey   map[ledger.Key][]uint64
}

var _ evidence.Source = (*entries)(nil)

func (e *entries) Lookup(_ context.Context, key ledger.Key, below uint64) ([]uint64, error) {
	all := e.byKey[key]
	n, _ := slices.BinarySearch(all, below)
	return all[:n], nil
}

func (e *entries) Read(_ context.Context, index uint64) (ledger.Record, error) {
	rec, ok := e.byIndex[index]
	if !ok {
		return ledger.Record{}, fmt.Errorf("%w: entry %d is not in the bundle", ErrBundle, index)
	}
	return rec, nil
}

// open checks every item against the checkpoint and indexes them.
func (b *ProofBundle) open(logKey string) (*entries, ledger.Checkpoint, error) {
	cp, err := ledger.ParseCheckpoint([]byte(b.Checkpoint), logKey)
	if err != nil {
		return nil, cp, fmt.Errorf("%w: checkpoint: %w", ErrBundle, err)
	}
	e := &entries{byIndex: map[uint64]ledger.Record{}, byKey: map[ledger.Key][]uint64{}}
	for n, it := range b.Items {
		rec, err := it.open([]byte(b.Checkpoint), logKey)
		if err != nil {
			return nil, cp, fmt.Errorf("%w: items[%d] (index %d): %w", ErrBundle, n, it.Index, err)
		}
		if n > 0 && it.Index <= b.Items[n-1].Index {
			return nil, cp, fmt.Errorf("%w: items[%d] (index %d) does not follow index %d", ErrBundle, n, it.Index, b.Items[n-1].Index)
		}
		if n > 0 && rec.Leaf.Time.Before(e.byIndex[b.Items[n-1].Index].Leaf.Time) {
			return nil, cp, fmt.Errorf("%w: items[%d] (index %d) was logged before the entry below it", ErrBundle, n, it.Index)
		}
		e.byIndex[it.Index] = rec
		for _, k := range rec.Leaf.Keys {
			e.byKey[k] = append(e.byKey[k], it.Index)
		}
	}
	for index, rec := range e.byIndex {
		if rec.Erased && len(e.byKey[ledger.ErasureKey(index)]) == 0 {
			return nil, cp, fmt.Errorf("%w: entry %d comes without its payload, and no entry says that it was erased", ErrBundle, index)
		}
	}
	return e, cp, nil
}

func (it *BundleItem) open(checkpoint []byte, logKey string) (ledger.Record, error) {
	leaf, err := ledger.ParseLeaf([]byte(it.Leaf))
	if err != nil {
		return ledger.Record{}, err
	}
	hashes, err := decodeHashes("proof", it.Proof)
	if err != nil {
		return ledger.Record{}, err
	}
	rec := ledger.Record{Index: it.Index, Leaf: leaf, LeafBytes: []byte(it.Leaf), LeafHash: ledger.HashLeaf([]byte(it.Leaf))}
	if _, err := ledger.VerifyInclusion(rec.LeafHash, it.Index, hashes, checkpoint, logKey); err != nil {
		return ledger.Record{}, err
	}
	if it.Payload == "" && it.Salt == "" {
		rec.Erased = true
		return rec, nil
	}
	salt, err := hex.DecodeString(it.Salt)
	if err != nil || len(salt) != len(rec.Salt) {
		return ledger.Record{}, fmt.Errorf("salt is not the hex of %d bytes", len(rec.Salt))
	}
	rec.Salt = [32]byte(salt)
	if rec.Payload, err = base64.StdEncoding.Strict().DecodeString(it.Payload); err != nil {
		return ledger.Record{}, fmt.Errorf("payload: %w", err)
	}
	return rec, ledger.VerifyPayload(leaf, rec.Salt, rec.Payload)
}

// decode is the strict decoding of this package: no unknown member, and the one
// parse of attest before it (no duplicate names, valid UTF-8, bounded depth).
// encoding/json takes names in any case; so what was read has to say all that was
// written, in the same words.
func decode(raw []byte, into any) error {
	tree, err := attest.ParseJSON(raw)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	written, err := attest.CanonicalJSON(tree)
	if err != nil {
		return err
	}
	read, err := attest.CanonicalJSON(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(written, read) {
		return errors.New("it has a member that is empty or spelt otherwise than this version writes it")
	}
	return nil
}
