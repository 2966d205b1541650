package evidence

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
)

// RotationType is the predicate type of a statement by which one log key hands
// over to another.
const RotationType = "https://assize.dev/key-rotation/v0.1"

// Rotation is the predicate of RotationType. Its leaf carries the new key as its
// second label, so that who reads nothing but the tree learns it too.
type Rotation struct {
	LogOrigin string `json:"log_origin"`
	From      string `json:"from"` // verifier key
	To        string `json:"to"`
	// Until is when the key before stops signing beside the new one.
	Until    string `json:"until"`
	StatedAt string `json:"stated_at"`
}

// RotatedKey is a log key that a leaf of the log hands over to.
type RotatedKey struct {
	Index uint64 `json:"index"`
	Key   string `json:"key"`
}

// NewRotation builds and signs a rotation. Its subject is the digest of the new
// key.
func NewRotation(r Rotation, admin crypto.Signer) ([]byte, error) {
	st, err := json.Marshal(map[string]any{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       []any{map[string]any{"name": "log key", "digest": map[string]string{"sha256": hexDigest([]byte(r.To))}}},
		"predicateType": RotationType, "predicate": r,
	})
	if err != nil {
		return nil, fmt.Errorf("encode rotation: %w", err)
	}
	return attest.SignDSSE(st, admin)
}

func parseRotation(raw []byte) (Rotation, error) {
	env, err := attest.Parse(raw)
	if err != nil {
		return Rotation{}, err
	}
	st := env.Statement()
	if st.PredicateType != RotationType {
		return Rotation{}, fmt.Errorf("%w: predicateType is %q, a rotation has %q", attest.ErrMalformed, st.PredicateType, RotationType)
	}
	pred, err := attest.CanonicalJSON(st.Predicate)
	if err != nil {
		return Rotation{}, err
	}
	var r Rotation
	if err := strictDecode(pred, &r); err != nil {
		return Rotation{}, fmt.Errorf("%w: rotation: %w", attest.ErrMalformed, err)
	}
	for name, key := range map[string]string{"from": r.From, "to": r.To} {
		if origin, err := ledger.OriginOf(key); err != nil || origin != r.LogOrigin {
			return Rotation{}, fmt.Errorf("%w: rotation: %s %q is no key of log %q", attest.ErrMalformed, name, key, r.LogOrigin)
		}
	}
	if _, err := time.Parse(time.RFC3339, r.Until); err != nil || r.From == r.To {
		return Rotation{}, fmt.Errorf("%w: rotation: want two keys, and until as an instant", attest.ErrMalformed)
	}
	if len(st.Subjects) != 1 || st.Subjects[0].Digest["sha256"] != hexDigest([]byte(r.To)) {
		return Rotation{}, fmt.Errorf("%w: the subject of a rotation is the digest of the new key", attest.ErrMalformed)
	}
	return r, nil
}

// Rotate appends a rotation that an admin of the active trust signed. The trust
// has to name both keys already, so that what either of them signs verifies.
func (l *Locker) Rotate(ctx context.Context, raw []byte) (ledger.Receipt, error) {
	r, err := parseRotation(raw)
	if err != nil {
		return ledger.Receipt{}, err
	}
	trust, err := l.ActiveTrust(ctx)
	if err != nil {
		return ledger.Receipt{}, err
	}
	v, err := attest.Verify(raw, trust.Permitting(RotationType, "admin"), l.cfg.Clock())
	if errors.Is(err, attest.ErrRole) || errors.Is(err, attest.ErrUnknownSigner) {
		return ledger.Receipt{}, fmt.Errorf("%w: %w", ErrNotAdmin, err)
	}
	if err != nil {
		return ledger.Receipt{}, err
	}
	if origin := l.cfg.Log.Origin(); r.LogOrigin != origin {
		return ledger.Receipt{}, fmt.Errorf("%w: signed for log %q, this is %q", ErrStale, r.LogOrigin, origin)
	}
	for _, key := range []string{r.From, r.To} {
		if !slices.Contains(trust.Service.LogKeys, key) {
			return ledger.Receipt{}, fmt.Errorf("%w: service.log_keys of the trust in force does not name %s; activate a trust that names both keys first", attest.ErrTrust, key)
		}
	}
	rc, err := l.cfg.Log.Append(ctx, ledger.Entry{
		Kind: KindRotation, MediaType: v.MediaType(), Labels: []string{RotationType, r.To}, Keys: []ledger.Key{KeyKind(KindRotation)},
		Signer: v.Signers()[0].KeyID, Payload: raw, Identity: sha256.Sum256([]byte("assize/key-rotation/v1\n" + r.From + "\n" + r.To)),
	}, ledger.WaitPublished)
	if err != nil {
		return ledger.Receipt{}, fmt.Errorf("append rotation: %w", err)
	}
	return rc, nil
}

// Rotations lists the log keys that leaves below a size hand over to, oldest first.
func Rotations(ctx context.Context, src Source, below uint64) ([]RotatedKey, error) {
	found, err := src.Lookup(ctx, KeyKind(KindRotation), below)
	if err != nil {
		return nil, fmt.Errorf("look up key rotations: %w", err)
	}
	var out []RotatedKey
	for _, i := range found {
		rec, err := src.Read(ctx, i)
		if err != nil {
			return nil, err
		}
		if k := RotatedTo(rec.Leaf); k != "" {
			out = append(out, RotatedKey{i, k})
		}
	}
	return out, nil
}

// RotatedTo is the log key that a leaf hands over to, empty if it is no rotation.
func RotatedTo(leaf ledger.Leaf) string {
	if leaf.Kind != KindRotation || len(leaf.Labels) != 2 || leaf.Labels[0] != RotationType {
		return ""
	}
	return leaf.Labels[1]
}
