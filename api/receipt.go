package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
)

// Receipt proves that the ledger holds an entry. The leaf commits to the payload
// under the salt, the proof leads from the leaf to the root that the checkpoint
// signs; Verify checks it all without the service.
type Receipt struct {
	Index    uint64 `json:"index"`
	Time     string `json:"time"`           // logged
	Leaf     string `json:"leaf"`           // canonical JSON
	LeafHash string `json:"leaf_hash"`      // RFC 6962, hex
	Salt     string `json:"salt,omitempty"` // hex; absent when the payload was erased
	// TreeSize, Checkpoint and Proof are absent from a receipt that was not waited
	// for until published.
	TreeSize   uint64   `json:"tree_size,omitempty"`
	Checkpoint string   `json:"checkpoint,omitempty"` // signed note
	Proof      []string `json:"proof,omitempty"`      // base64; empty in a tree of one
}

// ErrReceipt: what was read is not a receipt, or it proves nothing.
var ErrReceipt = errors.New("receipt does not hold")

// receiptOf proves an entry in the tree of a checkpoint. An entry that was just
// made is not read again.
func (s *Server) receiptOf(ctx context.Context, rc ledger.Receipt) (Receipt, ledger.Record, error) {
	rec := ledger.Record{Index: rc.Index, LeafBytes: rc.Leaf, LeafHash: rc.LeafHash, Salt: rc.Salt}
	rec.Leaf.Time = rc.Time
	if rc.Leaf == nil {
		var err error
		if rec, err = s.log.Read(ctx, rc.Index); err != nil {
			return Receipt{}, rec, err
		}
	}
	out := Receipt{Index: rc.Index, Time: rec.Leaf.Time.Format(microseconds), Leaf: string(rec.LeafBytes),
		LeafHash: hex.EncodeToString(rec.LeafHash[:]), TreeSize: rc.Size, Checkpoint: string(rc.Checkpoint)}
	if !rec.Erased {
		out.Salt = hex.EncodeToString(rec.Salt[:])
	}
	for _, h := range rc.Proof {
		out.Proof = append(out.Proof, base64.StdEncoding.EncodeToString(h[:]))
	}
	return out, rec, nil
}

// receiptNow proves an entry in the newest published tree.
func (s *Server) receiptNow(ctx context.Context, index uint64) (Receipt, ledger.Record, error) {
	size, _, checkpoint, err := s.log.Head(ctx)
	if err != nil {
		return Receipt{}, ledger.Record{}, err
	}
	proof, err := s.log.Inclusion(ctx, index, size)
	if err != nil {
		return Receipt{}, ledger.Record{}, err
	}
	return s.receiptOf(ctx, ledger.Receipt{Index: index, Size: size, Checkpoint: checkpoint, Proof: proof})
}

const microseconds = "2006-01-02T15:04:05.000000Z07:00"

// extra is what a tlog-proof of this service carries as extra data: what is
// needed to get from the payload to the hash that the proof is about.
type extra struct {
	Leaf string `json:"leaf"`
	Salt string `json:"salt,omitempty"`
}

// TlogProof is the receipt as a tlog-proof file (c2sp.org/tlog-proof). Its extra
// data holds leaf and salt.
func (r Receipt) TlogProof() ([]byte, error) {
	if r.Checkpoint == "" {
		return nil, fmt.Errorf("%w: index %d was answered as sequenced and has no proof yet; get the attestation once more", ErrReceipt, r.Index)
	}
	hashes, err := r.hashes()
	if err != nil {
		return nil, err
	}
	e, err := attest.CanonicalJSON(map[string]any{"leaf": r.Leaf, "salt": r.Salt})
	if err != nil {
		return nil, fmt.Errorf("encode extra data: %w", err)
	}
	return ledger.Proof{Index: r.Index, Hashes: hashes, Checkpoint: []byte(r.Checkpoint), Extra: e}.Marshal(), nil
}

func (r Receipt) hashes() ([]ledger.Hash, error) {
	if len(r.Proof) > 64 {
		return nil, fmt.Errorf("%w: proof has %d hashes, a tree of 2^64 leaves needs 64", ErrReceipt, len(r.Proof))
	}
	out := make([]ledger.Hash, len(r.Proof))
	for i, p := range r.Proof {
		b, err := base64.StdEncoding.Strict().DecodeString(p)
		if err != nil || len(b) != len(out[i]) {
			return nil, fmt.Errorf("%w: proof[%d] is not the base64 of %d bytes", ErrReceipt, i, len(out[i]))
		}
		out[i] = ledger.Hash(b)
	}
	return out, nil
}

// ParseReceipt reads a receipt: the JSON of this package, alone or as the member
// receipt of an answer, or a tlog-proof that carries leaf and salt.
func ParseReceipt(b []byte) (Receipt, error) {
	parse := parseReceiptJSON
	if bytes.HasPrefix(b, []byte("c2sp.org/tlog-proof@")) {
		parse = parseTlogProof
	}
	r, err := parse(b)
	if err == nil && (r.Leaf == "" || r.Checkpoint == "") {
		err = fmt.Errorf("%w: it has no leaf or no checkpoint; a receipt waited for with wait=sequenced proves nothing yet, get the attestation once more", ErrReceipt)
	}
	if err != nil {
		return Receipt{}, err
	}
	return r, nil
}

func parseReceiptJSON(b []byte) (Receipt, error) {
	if len(b) > ledger.MaxProof {
		return Receipt{}, fmt.Errorf("%w: %d bytes, the bound is %d", ErrReceipt, len(b), ledger.MaxProof)
	}
	tree, err := attest.ParseJSON(b)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if m, ok := tree.(map[string]any); ok && m["receipt"] != nil {
		if b, err = json.Marshal(m["receipt"]); err != nil {
			return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
		}
	}
	var r Receipt
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return r, nil
}

func parseTlogProof(b []byte) (Receipt, error) {
	p, err := ledger.ParseProof(b)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	var e extra
	if _, err := attest.ParseJSON(p.Extra); err != nil {
		return Receipt{}, fmt.Errorf("%w: extra data: %w; a proof of this service carries leaf and salt there", ErrReceipt, err)
	}
	d := json.NewDecoder(bytes.NewReader(p.Extra))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return Receipt{}, fmt.Errorf("%w: extra data: %w", ErrReceipt, err)
	}
	r := Receipt{Index: p.Index, Leaf: e.Leaf, Salt: e.Salt, Checkpoint: string(p.Checkpoint)}
	for _, h := range p.Hashes {
		r.Proof = append(r.Proof, base64.StdEncoding.EncodeToString(h[:]))
	}
	hash := ledger.HashLeaf([]byte(e.Leaf))
	r.LeafHash = hex.EncodeToString(hash[:])
	return r, nil
}

// Verify checks with a pinned log key that the entry is in the log, and, with a
// payload, that the entry is about these bytes. It returns the leaf, so that the
// caller sees what was logged and when, and the checkpoint it stands under.
func (r Receipt) Verify(payload []byte, logKey string) (ledger.Leaf, ledger.Checkpoint, error) {
	fail := func(err error) (ledger.Leaf, ledger.Checkpoint, error) {
		return ledger.Leaf{}, ledger.Checkpoint{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	leaf, err := ledger.ParseLeaf([]byte(r.Leaf))
	if err != nil {
		return fail(err)
	}
	hash := ledger.HashLeaf([]byte(r.Leaf))
	if got := hex.EncodeToString(hash[:]); r.LeafHash != got {
		return fail(fmt.Errorf("leaf_hash is %q, the leaf hashes to %s", clip(r.LeafHash), got))
	}
	if r.Time != "" && r.Time != leaf.Time.Format(microseconds) {
		return fail(fmt.Errorf("time is %q, the leaf says %s", clip(r.Time), leaf.Time.Format(microseconds)))
	}
	hashes, err := r.hashes()
	if err != nil {
		return fail(err)
	}
	cp, err := ledger.VerifyInclusion(hash, r.Index, hashes, []byte(r.Checkpoint), logKey)
	if err != nil {
		return fail(err)
	}
	if r.TreeSize != 0 && r.TreeSize != cp.Size {
		return fail(fmt.Errorf("tree_size is %d, the checkpoint's is %d", r.TreeSize, cp.Size))
	}
	if payload == nil {
		return leaf, cp, nil
	}
	salt, err := hex.DecodeString(r.Salt)
	if err != nil || len(salt) != 32 {
		return fail(errors.New("salt is not the hex of 32 bytes"))
	}
	if err := ledger.VerifyPayload(leaf, [32]byte(salt), payload); err != nil {
		return fail(err)
	}
	return leaf, cp, nil
}
