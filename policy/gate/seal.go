package gate

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// ErrSeal: a seal is malformed or does not hold.
var ErrSeal = errors.New("seal does not hold")

// Seal proves offline that the service signed a statement and recorded it: the
// statement, its ledger entry, and the trust documents from the first on, which
// name the service's keys. It is what a decision's proof bundle is, without the
// case.
type Seal struct {
	V          int             `json:"v"`
	Statement  json.RawMessage `json:"statement"` // the DSSE envelope, the payload of the entry
	Index      uint64          `json:"index"`
	Checkpoint string          `json:"checkpoint"`
	Items      []BundleItem    `json:"items"`
}

// Sealed is what a seal that holds says.
type Sealed struct {
	Statement *attest.Statement
	ID        string
	Index     uint64
	Logged    time.Time
	Origin    string
	// Trust in force when it was recorded.
	Trust *attest.Trust
	// Anchored: the checkpoint was checked under a log key the caller brought.
	Anchored bool
}

// Seal signs a statement about a digest with the service's key and records it
// under a ledger kind. The same statement is recorded once.
func (g *Gate) Seal(ctx context.Context, kind, mediaType, predicateType string, subject attest.Ref, predicate any, keys ...ledger.Key) (Seal, error) {
	if g.cfg.Signer == nil {
		return Seal{}, fmt.Errorf("record %s: %w; no signing key is at hand", kind, ledger.ErrReadOnly)
	}
	envelope, err := g.sign(subject, predicateType, predicate)
	if err != nil {
		return Seal{}, fmt.Errorf("sign %s: %w", kind, err)
	}
	payload, err := attest.CanonicalJSON(envelope)
	if err != nil {
		return Seal{}, fmt.Errorf("encode %s: %w", kind, err)
	}
	env, err := attest.Parse(payload)
	if err != nil {
		return Seal{}, fmt.Errorf("read own %s: %w", kind, err)
	}
	signer, err := attest.KeyID(g.cfg.Signer.Public())
	if err != nil {
		return Seal{}, fmt.Errorf("decision key: %w", err)
	}
	rc, err := g.cfg.Locker.Log().Append(ctx, ledger.Entry{Kind: kind, MediaType: mediaType, Labels: []string{predicateType}, Keys: keys,
		Signer: signer, Payload: payload, Identity: sha256.Sum256([]byte("assize/" + kind + "/v1\n" + env.ID() + "\n" + signer))}, ledger.WaitPublished)
	if err != nil {
		return Seal{}, fmt.Errorf("record %s: %w", kind, err)
	}
	return g.SealOf(ctx, rc.Index)
}

// SealOf builds the seal of a recorded statement.
func (g *Gate) SealOf(ctx context.Context, index uint64) (Seal, error) {
	log := g.cfg.Locker.Log()
	head, err := headOf(ctx, log)
	if err != nil {
		return Seal{}, fmt.Errorf("read head: %w", err)
	}
	e, err := log.Read(ctx, index)
	if err != nil {
		return Seal{}, fmt.Errorf("read entry %d: %w", index, err)
	}
	if e.Erased {
		return Seal{}, fmt.Errorf("%w: entry %d", ledger.ErrErased, index)
	}
	indices, err := log.Lookup(ctx, evidence.KeyKind(evidence.KindTrust), index)
	if err != nil {
		return Seal{}, fmt.Errorf("look up trust: %w", err)
	}
	s := Seal{V: 1, Statement: e.Payload, Index: index, Checkpoint: string(head.Checkpoint)}
	for _, i := range append(indices, index) {
		it, err := bundleItem(ctx, log, i, head.Size)
		if err != nil {
			return Seal{}, err
		}
		s.Items = append(s.Items, it)
	}
	return s, nil
}

// VerifySeal checks every signature and proof of a seal, offline. logKey is the
// pinned verifier key of the log; empty, the key is taken from the seal's own
// trust and the result is not anchored.
func VerifySeal(ctx context.Context, s Seal, logKey string) (Sealed, error) {
	out := Sealed{Index: s.Index, Anchored: logKey != ""}
	if s.V != 1 {
		return out, fmt.Errorf("%w: version %d, this engine reads version 1", ErrSeal, s.V)
	}
	if len(s.Items) > MaxBundleItems {
		return out, fmt.Errorf("%w: %d items, the bound is %d", ErrSeal, len(s.Items), MaxBundleItems)
	}
	b := ProofBundle{V: 1, Checkpoint: s.Checkpoint, Items: s.Items}
	var err error
	if logKey == "" {
		if logKey, err = b.claimedLogKey(); err != nil {
			return out, fmt.Errorf("%w: %w", ErrSeal, err)
		}
	}
	src, cp, err := b.open(logKey)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	out.Origin = cp.Origin
	rec, err := src.Read(ctx, s.Index)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	if rec.Erased || string(rec.Payload) != string(s.Statement) {
		return out, fmt.Errorf("%w: entry %d does not hold the statement", ErrSeal, s.Index)
	}
	for i := range src.byIndex {
		if i != s.Index && src.byIndex[i].Leaf.Kind != evidence.KindTrust {
			return out, fmt.Errorf("%w: entry %d bears on nothing in it", ErrSeal, i)
		}
	}
	if out.Trust, err = trusts(ctx, src, s.Index, cp.Origin); err != nil {
		return out, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	if err := namesLog(out.Trust, logKey); err != nil {
		return out, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	env, err := attest.VerifyService(s.Statement, out.Trust.Service.DecisionKeys)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	out.Statement, out.ID, out.Logged = env.Statement(), env.ID(), rec.Leaf.Time
	return out, nil
}

func bundleItem(ctx context.Context, log *ledger.Log, index, size uint64) (BundleItem, error) {
	e, err := log.Read(ctx, index)
	if err != nil {
		return BundleItem{}, fmt.Errorf("read entry %d: %w", index, err)
	}
	proof, err := log.Inclusion(ctx, index, size)
	if err != nil {
		return BundleItem{}, fmt.Errorf("prove inclusion of %d in %d: %w", index, size, err)
	}
	it := BundleItem{Index: index, Leaf: string(e.LeafBytes), Proof: encodeHashes(proof)}
	if !e.Erased {
		it.Salt, it.Payload = hex.EncodeToString(e.Salt[:]), base64.StdEncoding.EncodeToString(e.Payload)
	}
	return it, nil
}
