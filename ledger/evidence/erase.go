package evidence

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger"
)

// ErasureType is the predicate type of a statement that erases payloads.
const ErasureType = "https://assize.dev/erasure/v0.1"

// erasers are the roles that may sign one: compliance for the systems it may speak
// of, an administrator for all.
var erasers = []string{"admin", "compliance"}

var (
	// ErrNotErasable: the entry is one without which what stays could not be
	// judged: a revocation, trust, parameters, a rule set, a tombstone.
	ErrNotErasable = errors.New("entry cannot be erased")
	// ErrNotEraser: nobody who may erase signed it.
	ErrNotEraser = errors.New("erasure is not signed by somebody who may erase")
)

// Erasure is the predicate of ErasureType. It names entries by index and leaf, and
// never by what identifies their content: the statement stays in the ledger, as
// the payload of the tombstone.
type Erasure struct {
	Entries   []ErasedEntry `json:"entries"`
	Reason    string        `json:"reason"` // stays for ever: a ground, not a name
	LogOrigin string        `json:"log_origin"`
	StatedAt  string        `json:"stated_at"`
}

// ErasedEntry is one entry of the log.
type ErasedEntry struct {
	Index uint64 `json:"index"`
	Leaf  string `json:"leaf"` // hex RFC 6962 hash
}

// NewErasure builds and signs an erasure. Its subjects are the leaves.
func NewErasure(entries []ErasedEntry, reason, origin string, at time.Time, signers ...crypto.Signer) ([]byte, error) {
	subjects := []any{}
	for _, e := range entries {
		subjects = append(subjects, map[string]any{"name": fmt.Sprintf("entry %d", e.Index), "digest": map[string]string{"sha256": e.Leaf}})
	}
	st, err := json.Marshal(map[string]any{
		"_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": ErasureType,
		"predicate": Erasure{Entries: entries, Reason: reason, LogOrigin: origin, StatedAt: at.UTC().Format(time.RFC3339)},
	})
	if err != nil {
		return nil, fmt.Errorf("encode erasure: %w", err)
	}
	return attest.SignDSSE(st, signers...)
}

// ParseErasure reads an erasure without judging who signed it.
func ParseErasure(raw []byte) (Erasure, error) {
	env, err := attest.Parse(raw)
	if err != nil {
		return Erasure{}, err
	}
	st := env.Statement()
	if st.PredicateType != ErasureType {
		return Erasure{}, fmt.Errorf("%w: predicateType is %q, an erasure has %q", attest.ErrMalformed, st.PredicateType, ErasureType)
	}
	pred, err := attest.CanonicalJSON(st.Predicate)
	if err != nil {
		return Erasure{}, err
	}
	var e Erasure
	if err := strictDecode(pred, &e); err != nil {
		return Erasure{}, fmt.Errorf("%w: erasure: %w", attest.ErrMalformed, err)
	}
	switch {
	case len(e.Entries) == 0:
		return Erasure{}, fmt.Errorf("%w: an erasure names at least one entry", attest.ErrMalformed)
	case len(e.Entries) > MaxErased:
		return Erasure{}, fmt.Errorf("%w: the erasure names %d entries, the bound is %d; erase in several steps", attest.ErrTooLarge, len(e.Entries), MaxErased)
	case e.Reason == "" || len(e.Reason) > MaxReason:
		return Erasure{}, fmt.Errorf("%w: an erasure has a reason of 1 to %d bytes", attest.ErrMalformed, MaxReason)
	case len(st.Subjects) != len(e.Entries):
		return Erasure{}, fmt.Errorf("%w: an erasure has one subject for each entry, the digest of its leaf", attest.ErrMalformed)
	}
	for i, n := range e.Entries {
		if st.Subjects[i].Digest["sha256"] != n.Leaf {
			return Erasure{}, fmt.Errorf("%w: entries[%d].leaf is %q, its subject is %q", attest.ErrMalformed, i, n.Leaf, st.Subjects[i].Digest["sha256"])
		}
		if i > 0 && n.Index <= e.Entries[i-1].Index {
			return Erasure{}, fmt.Errorf("%w: entries are not in ascending order of index at %d", attest.ErrMalformed, i)
		}
	}
	return e, nil
}

// Indices of the entries.
func (e Erasure) Indices() []uint64 {
	out := make([]uint64, len(e.Entries))
	for i, n := range e.Entries {
		out[i] = n.Index
	}
	return out
}

// Erasable lists the entries that hold an attestation: the same evidence may have
// been signed several times, and erasing it erases all of them. It refuses what
// cannot be erased. ErrErased with no entry if all are gone already.
func (l *Locker) Erasable(ctx context.Context, id string) ([]ErasedEntry, error) {
	size, err := l.size(ctx)
	if err != nil {
		return nil, err
	}
	indices, err := l.cfg.Log.Lookup(ctx, keyID(id), size)
	if err != nil {
		return nil, fmt.Errorf("look up attestation %s: %w", id, err)
	}
	if len(indices) == 0 {
		return nil, fmt.Errorf("attestation %s: %w", id, ledger.ErrNotFound)
	}
	var out []ErasedEntry
	for _, i := range indices {
		rec, err := l.cfg.Log.Read(ctx, i)
		if err != nil {
			return nil, err
		}
		if rec.Erased {
			continue
		}
		env, err := attest.Parse(rec.Payload)
		if err != nil || env.ID() != id {
			continue // filed where it does not belong: nobody finds it there
		}
		if err := erasable(rec, env); err != nil {
			return nil, err
		}
		out = append(out, EntryOf(rec))
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("attestation %s: %w", id, ErrErased)
	}
	return out, nil
}

// EntryOf names an entry for an erasure.
func EntryOf(rec ledger.Record) ErasedEntry {
	return ErasedEntry{Index: rec.Index, Leaf: hex.EncodeToString(rec.LeafHash[:])}
}

// erasable refuses what the rest of the ledger could not be judged without.
func erasable(rec ledger.Record, env *attest.Envelope) error {
	if rec.Leaf.Kind != KindAttestation {
		return fmt.Errorf("%w: entry %d is of kind %s; attestations, and decisions that quote them, can be", ErrNotErasable, rec.Index, rec.Leaf.Kind)
	}
	if attest.ShortName(env.Statement().PredicateType) == "revocation" {
		return fmt.Errorf("%w: entry %d is a revocation: what it took out would count again; revoke with other words, and lift this one", ErrNotErasable, rec.Index)
	}
	return nil
}

// Erase removes the payloads and salts that a signed erasure names and appends it
// as their tombstone, in one transaction. beside is asked about every entry that is
// no attestation: the caller knows what it is, may refuse it, and tells which
// systems it concerns.
//
// Errors wrap the sentinels of attest, ErrNotEraser, ErrNotErasable, ErrStale for a
// statement that was made for another log or state of it, and those of ledger;
// ErrErased if nothing is left to erase.
func (l *Locker) Erase(ctx context.Context, raw []byte, beside func(ledger.Record) (systems []string, err error)) (ledger.Receipt, Erasure, error) {
	e, err := ParseErasure(raw)
	if err != nil {
		return ledger.Receipt{}, Erasure{}, err
	}
	trust, err := l.ActiveTrust(ctx)
	if err != nil {
		return ledger.Receipt{}, Erasure{}, err
	}
	now := l.cfg.Clock()
	v, err := attest.Verify(raw, trust.Permitting(ErasureType, erasers...), now)
	if errors.Is(err, attest.ErrRole) || errors.Is(err, attest.ErrUnknownSigner) {
		return ledger.Receipt{}, Erasure{}, fmt.Errorf("%w: %w", ErrNotEraser, err)
	}
	if err != nil {
		return ledger.Receipt{}, Erasure{}, err
	}
	if origin := l.cfg.Log.Origin(); e.LogOrigin != origin {
		return ledger.Receipt{}, Erasure{}, fmt.Errorf("%w: signed for log %q, this is %q", ErrStale, e.LogOrigin, origin)
	}
	identity := sha256.Sum256([]byte("assize/erasure/v1\n" + v.ID()))
	_, known, err := l.cfg.Log.LookupIdentity(ctx, identity)
	if err == nil && !known { // the same again gets the receipt it had
		err = l.mayErase(ctx, e, v, beside)
	}
	if err != nil {
		return ledger.Receipt{}, Erasure{}, err
	}
	rc, err := l.cfg.Log.EraseAll(ctx, e.Indices(), ledger.Entry{
		Kind: KindErasure, MediaType: v.MediaType(), Labels: []string{ErasureType},
		Keys: []ledger.Key{KeyKind(KindErasure)}, Signer: v.Signers()[0].KeyID, Payload: raw, Identity: identity,
	}, ledger.WaitPublished)
	if err != nil {
		return ledger.Receipt{}, Erasure{}, fmt.Errorf("append erasure: %w", err)
	}
	return rc, e, nil
}

// mayErase holds every entry against what the signer may erase.
func (l *Locker) mayErase(ctx context.Context, e Erasure, v attest.Verified, beside func(ledger.Record) ([]string, error)) error {
	for i, n := range e.Entries {
		rec, err := l.cfg.Log.Read(ctx, n.Index)
		if err != nil {
			return fmt.Errorf("entries[%d]: %w", i, err)
		}
		if got := EntryOf(rec); got != n {
			return fmt.Errorf("%w: entry %d has leaf %s, the erasure says %s", ErrStale, n.Index, got.Leaf, n.Leaf)
		}
		if rec.Erased {
			return fmt.Errorf("%w: entry %d was erased at %d meanwhile; sign again without it", ErrErased, rec.Index, rec.ErasedBy)
		}
		var systems []string
		if rec.Leaf.Kind == KindAttestation {
			systems, err = l.attestation(ctx, e, rec)
		} else {
			systems, err = beside(rec)
		}
		if err != nil {
			return fmt.Errorf("entries[%d]: %w", i, err)
		}
		if slices.Contains(v.Roles(), "admin") {
			continue
		}
		if len(systems) == 0 {
			systems = []string{attest.AnySystem}
		}
		for _, s := range systems {
			if !v.Covers(s) {
				return fmt.Errorf("%w: entry %d concerns %s; compliance erases what concerns the systems it may speak of, an administrator the rest", attest.ErrScope, n.Index, s)
			}
		}
	}
	return nil
}

// attestation makes sure that an attestation is erased whole: every signing of it.
func (l *Locker) attestation(ctx context.Context, e Erasure, rec ledger.Record) ([]string, error) {
	env, err := attest.Parse(rec.Payload)
	if err != nil {
		return nil, nil // unreadable: an administrator may
	}
	all, err := l.Erasable(ctx, env.ID())
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		if !slices.Contains(e.Entries, n) {
			return nil, fmt.Errorf("%w: entry %d holds the same evidence and is not named; sign again with it", ErrStale, n.Index)
		}
	}
	facts, err := predicate.Read(env.Statement())
	if err != nil {
		return nil, nil
	}
	return facts.Systems, nil
}

// IDOf is the attestation id of an entry; empty if it holds none that is readable.
func IDOf(rec ledger.Record) string {
	env, err := attest.Parse(rec.Payload)
	if err != nil {
		return ""
	}
	return env.ID()
}
