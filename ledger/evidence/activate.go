package evidence

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
)

// ActivationType is the predicate type of a statement that makes a trust or
// parameters document the active one.
const ActivationType = "https://assize.dev/activation/v0.1"

// Activation is the predicate of ActivationType. Its statement's subject is the
// digest of the document's canonical JSON.
type Activation struct {
	Kind     string          `json:"kind"`     // KindTrust or KindParameters
	Document json.RawMessage `json:"document"` // canonical JSON
	// Follows is the index of the leaf this activation replaces, so that an old
	// activation cannot be replayed. Absent in the seed of an empty log.
	Follows   *uint64 `json:"follows,omitempty"`
	LogOrigin string  `json:"log_origin"`
	StatedAt  string  `json:"stated_at"`
}

// Active is a document in force: the latest leaf of its kind below a size.
type Active struct {
	Index    uint64
	Digest   string // sha256:hex of the document's canonical JSON
	Document []byte
	At       time.Time
}

// NewActivation builds and signs an activation.
func NewActivation(kind string, document []byte, follows *uint64, origin string, at time.Time, admin crypto.Signer) ([]byte, error) {
	tree, err := attest.ParseJSON(document)
	if err != nil {
		return nil, fmt.Errorf("activate %s: %w", kind, err)
	}
	canonical, err := attest.CanonicalJSON(tree)
	if err != nil {
		return nil, fmt.Errorf("activate %s: %w", kind, err)
	}
	st, err := json.Marshal(map[string]any{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       []any{map[string]any{"name": kind, "digest": map[string]string{"sha256": hexDigest(canonical)}}},
		"predicateType": ActivationType,
		"predicate": Activation{Kind: kind, Document: canonical, Follows: follows, LogOrigin: origin,
			StatedAt: at.UTC().Format(time.RFC3339)},
	})
	if err != nil {
		return nil, fmt.Errorf("activate %s: %w", kind, err)
	}
	return attest.SignDSSE(st, admin)
}

// ParseActivation reads an activation without judging who signed it.
func ParseActivation(raw []byte) (Activation, []byte, error) {
	env, err := attest.Parse(raw)
	if err != nil {
		return Activation{}, nil, err
	}
	st := env.Statement()
	if st.PredicateType != ActivationType {
		return Activation{}, nil, fmt.Errorf("%w: predicateType is %q, an activation has %q", attest.ErrMalformed, st.PredicateType, ActivationType)
	}
	pred, err := attest.CanonicalJSON(st.Predicate)
	if err != nil {
		return Activation{}, nil, err
	}
	var a Activation
	if err := strictDecode(pred, &a); err != nil {
		return Activation{}, nil, fmt.Errorf("%w: activation: %w", attest.ErrMalformed, err)
	}
	if len(a.Document) > MaxDocument {
		return Activation{}, nil, fmt.Errorf("%w: document of %d bytes, the bound is %d", attest.ErrTooLarge, len(a.Document), MaxDocument)
	}
	if a.Kind != KindTrust && a.Kind != KindParameters {
		return Activation{}, nil, fmt.Errorf("%w: activation kind %q; it is %q or %q", attest.ErrMalformed, a.Kind, KindTrust, KindParameters)
	}
	if len(st.Subjects) != 1 || st.Subjects[0].Digest["sha256"] != hexDigest(a.Document) {
		return Activation{}, nil, fmt.Errorf("%w: the subject of an activation is the digest of its document, sha256:%s", attest.ErrMalformed, hexDigest(a.Document))
	}
	return a, a.Document, nil
}

// VerifyActivation checks that an admin of the trust before signed it. The seed
// of a log is checked against itself.
func VerifyActivation(raw []byte, before *attest.Trust, at time.Time) (Activation, error) {
	a, _, err := ParseActivation(raw)
	if err != nil {
		return Activation{}, err
	}
	if _, err := attest.Verify(raw, before.Permitting(ActivationType, "admin"), at); err != nil {
		if errors.Is(err, attest.ErrRole) || errors.Is(err, attest.ErrUnknownSigner) {
			return Activation{}, fmt.Errorf("%w: %w", ErrNotAdmin, err)
		}
		return Activation{}, err
	}
	return a, nil
}

// Activate appends an activation that an admin of the active trust signed. The
// document itself is checked by validate, which the caller supplies: the locker
// does not know what parameters mean.
func (l *Locker) Activate(ctx context.Context, raw []byte, validate func(kind string, document []byte) error) (ledger.Receipt, error) {
	a, doc, err := ParseActivation(raw)
	if err != nil {
		return ledger.Receipt{}, err
	}
	size, err := l.size(ctx)
	if err != nil {
		return ledger.Receipt{}, err
	}
	now := l.cfg.Clock()
	var active Active
	switch {
	case size == 0 && a.Kind == KindTrust && a.Follows == nil:
		t, err := attest.ParseTrust(doc)
		if err != nil {
			return ledger.Receipt{}, err
		}
		if _, err := VerifyActivation(raw, t, now); err != nil {
			return ledger.Receipt{}, err
		}
	default:
		trust, err := l.ActiveTrust(ctx)
		if err != nil {
			return ledger.Receipt{}, err
		}
		if _, err := VerifyActivation(raw, trust, now); err != nil {
			return ledger.Receipt{}, err
		}
		active, err = Latest(ctx, l.cfg.Log, a.Kind, size)
		if err != nil && !errors.Is(err, ErrNotSeeded) {
			return ledger.Receipt{}, err
		}
		seeded := err == nil
		if seeded != (a.Follows != nil) || seeded && *a.Follows != active.Index {
			return ledger.Receipt{}, fmt.Errorf("%w: the active %s stands at index %d; sign again with follows set to it", ErrStale, a.Kind, active.Index)
		}
	}
	if origin := l.cfg.Log.Origin(); a.LogOrigin != origin {
		return ledger.Receipt{}, fmt.Errorf("%w: signed for log %q, this is %q", ErrStale, a.LogOrigin, origin)
	}
	if a.Kind == KindTrust {
		if err := l.usable(doc, now); err != nil {
			return ledger.Receipt{}, err
		}
	}
	if validate != nil {
		if err := validate(a.Kind, doc); err != nil {
			return ledger.Receipt{}, err
		}
	}
	env, err := attest.Parse(raw)
	if err != nil {
		return ledger.Receipt{}, err
	}
	from := uint64(0)
	if a.Follows != nil {
		from = *a.Follows + 1
	}
	rc, err := l.cfg.Log.Append(ctx, ledger.Entry{
		Kind: a.Kind, MediaType: env.MediaType(), Labels: []string{ActivationType},
		Keys: []ledger.Key{KeyKind(a.Kind)}, Payload: raw,
		Identity: sha256.Sum256([]byte("assize/activation/v1\n" + env.ID())),
		Guard:    []ledger.Key{KeyKind(a.Kind)}, GuardFrom: from,
	}, ledger.WaitPublished)
	if err != nil {
		return ledger.Receipt{}, fmt.Errorf("append %s: %w", a.Kind, err)
	}
	return rc, nil
}

// usable refuses a trust that nobody could replace again, or under which no proof
// of this log would verify: an activation cannot be taken back.
func (l *Locker) usable(doc []byte, now time.Time) error {
	t, err := attest.ParseTrust(doc)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(t.Signers, func(s attest.TrustSigner) bool {
		return slices.Contains(s.Roles, "admin") && s.CompromisedAt.IsZero() && !now.Before(s.ValidFrom) && (s.ValidUntil.IsZero() || now.Before(s.ValidUntil))
	}) {
		return fmt.Errorf("%w: signers: none is an admin now, so nobody could ever activate another; keep one", attest.ErrTrust)
	}
	if !slices.ContainsFunc(t.Service.LogKeys, func(k string) bool {
		origin, err := ledger.OriginOf(k)
		return err == nil && origin == l.cfg.Log.Origin()
	}) {
		return fmt.Errorf("%w: service.log_keys: none is a key of this log, %s, so no proof bundle would verify; keep it", attest.ErrTrust, l.cfg.Log.Origin())
	}
	return nil
}

// PublishSet makes a rule set known by its digest. A set known already is left.
func (l *Locker) PublishSet(ctx context.Context, digest string, archive []byte) (ledger.Receipt, error) {
	rc, err := l.cfg.Log.Append(ctx, ledger.Entry{
		Kind: KindPolicySet, MediaType: "application/vnd.assize.policy-set+json",
		Keys: []ledger.Key{KeySet(digest)}, Payload: archive,
		Identity: sha256.Sum256([]byte("assize/policy-set/v1\n" + digest)),
	}, ledger.WaitPublished)
	if err != nil {
		return ledger.Receipt{}, fmt.Errorf("append policy set %s: %w", digest, err)
	}
	return rc, nil
}

// Latest returns the document of a kind in force below a size.
func Latest(ctx context.Context, src Source, kind string, below uint64) (Active, error) {
	at, err := src.Lookup(ctx, KeyKind(kind), below)
	if err != nil {
		return Active{}, fmt.Errorf("look up active %s: %w", kind, err)
	}
	if len(at) == 0 {
		return Active{}, fmt.Errorf("%w: no %s below size %d", ErrNotSeeded, kind, below)
	}
	return ReadActive(ctx, src, at[len(at)-1])
}

// ReadActive reads the document of one trust or parameters leaf.
func ReadActive(ctx context.Context, src Source, index uint64) (Active, error) {
	rec, err := src.Read(ctx, index)
	if err != nil {
		return Active{}, fmt.Errorf("read entry %d: %w", index, err)
	}
	return ActiveOf(index, rec)
}

// ActiveOf is ReadActive of a record read before.
func ActiveOf(index uint64, rec ledger.Record) (Active, error) {
	_, doc, err := ParseActivation(rec.Payload)
	if err != nil {
		return Active{}, fmt.Errorf("read entry %d: %w", index, err)
	}
	return Active{Index: index, Digest: "sha256:" + hexDigest(doc), Document: doc, At: rec.Leaf.Time}, nil
}

// activeTrust remembers the trust in force below a size, parsed.
type activeTrust struct {
	mu    sync.Mutex
	below uint64 // size it was looked up at
	index uint64
	trust *attest.Trust
}

// ActiveTrust is the trust in force at the head.
func (l *Locker) ActiveTrust(ctx context.Context) (*attest.Trust, error) {
	size, err := l.size(ctx)
	if err != nil {
		return nil, err
	}
	t, _, err := l.TrustAt(ctx, l.cfg.Log, size)
	return t, err
}

// TrustAt is the trust in force below a size of a source, and where it stands.
// It may be called on a nil Locker.
func (l *Locker) TrustAt(ctx context.Context, src Source, below uint64) (*attest.Trust, uint64, error) {
	if l == nil || src != Source(l.cfg.Log) {
		return trustAt(ctx, src, below, nil, 0)
	}
	l.trust.mu.Lock()
	defer l.trust.mu.Unlock()
	if l.trust.trust != nil && l.trust.below == below {
		return l.trust.trust, l.trust.index, nil
	}
	t, index, err := trustAt(ctx, src, below, l.trust.trust, l.trust.index)
	if err != nil {
		return nil, 0, err
	}
	l.trust.below, l.trust.index, l.trust.trust = below, index, t
	return t, index, nil
}

// trustAt looks the trust up; known is the parsed one at knownAt, if any.
func trustAt(ctx context.Context, src Source, below uint64, known *attest.Trust, knownAt uint64) (*attest.Trust, uint64, error) {
	at, err := src.Lookup(ctx, KeyKind(KindTrust), below)
	if err != nil {
		return nil, 0, fmt.Errorf("look up active trust: %w", err)
	}
	if len(at) == 0 {
		return nil, 0, fmt.Errorf("%w: no trust below size %d", ErrNotSeeded, below)
	}
	index := at[len(at)-1]
	if known != nil && index == knownAt {
		return known, index, nil
	}
	active, err := ReadActive(ctx, src, index)
	if err != nil {
		return nil, 0, err
	}
	t, err := attest.ParseTrust(active.Document)
	if err != nil {
		return nil, 0, fmt.Errorf("trust at index %d: %w", index, err)
	}
	return t, index, nil
}

func (l *Locker) size(ctx context.Context) (uint64, error) {
	size, _, _, err := l.cfg.Log.Head(ctx)
	if errors.Is(err, ledger.ErrNotFound) {
		return 0, nil // nothing was appended yet
	}
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	return size, nil
}

func hexDigest(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func strictDecode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
