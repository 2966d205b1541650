package evidence

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger"
)

// State says whether an item may be judged by. Everything but OK keeps an item
// from a rule's evidence and is told to the reader with a reason.
type State string

const (
	// OK counts.
	OK State = "ok"
	// Erased: the payload is gone, provably; nobody can tell what it said.
	Erased State = "erased"
	// Untrusted: it does not verify under the trust of the judged size.
	Untrusted State = "untrusted"
	// Revoked: an authorised revocation names it or its signer.
	Revoked State = "revoked"
	// Misplaced: good evidence that speaks of another system, environment or log.
	Misplaced State = "misplaced"
)

// Item is one piece of evidence as a dossier sees it. Items are immutable once
// loaded; a dossier that changes a state works on its own copy.
type Item struct {
	Index         uint64
	Leaf          string // RFC 6962 leaf hash, hex
	ID            string // attestation id, hex; empty when erased
	Type          string // short name, or the predicate type itself when unknown
	PredicateType string
	Facts         predicate.Facts
	Statement     *attest.Statement // nil when erased or unreadable
	Signers       []attest.Signer   // empty unless trusted
	Subjects      []attest.Ref
	Principals    []string
	Roles         []string
	Assurance     string
	Claimed       time.Time // what the signer says; the proven time when nothing is claimed
	Proven        time.Time // what an outside witness of its signer vouches for, else when the log took it
	State         State
	Reason        string
	covers        func(string) bool
}

// CountsFor reports whether the item may speak of the system: own types name
// their systems, outside formats count for all that their signers may speak of.
func (i *Item) CountsFor(system string) bool {
	switch {
	case i.State == Erased:
		return true // nobody can tell any more, so it is held against every system
	case i.Facts.Type.Own:
		return slices.Contains(i.Facts.Systems, system)
	case i.covers != nil:
		return i.covers(system)
	}
	return true // untrusted outside format: shown, never counted
}

// with returns a copy in another state.
func (i *Item) with(s State, reason string) *Item {
	c := *i
	c.State, c.Reason = s, reason
	return &c
}

// cache keeps loaded items by log index and trust. An entry of a log never
// changes, except that its payload may be erased, which load asks for each time.
type cache struct {
	mu    sync.Mutex
	items map[cacheKey]*Item
	size  int // of their payloads, in bytes
}

type cacheKey struct {
	index uint64
	trust string
}

func (c *cache) get(k cacheKey) (*Item, bool) {
	if c == nil {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	it, ok := c.items[k]
	return it, ok
}

// put takes in an item, which was read from so many bytes.
func (c *cache) put(k cacheKey, it *Item, size int) {
	if c == nil || size > MaxCachedBytes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items == nil || c.size+size > MaxCachedBytes {
		c.items, c.size = make(map[cacheKey]*Item, 256), 0
	}
	c.items[k] = it
	c.size += size
}

// load reads and verifies one entry under a trust, at its proven time.
func load(ctx context.Context, r *Reading, c *cache, trust *attest.Trust, index uint64) (*Item, error) {
	erased, err := r.Lookup(ctx, ledger.ErasureKey(index))
	if err != nil {
		return nil, err
	}
	k := cacheKey{index, trust.Digest()}
	if it, ok := c.get(k); ok && len(erased) == 0 {
		gone, err := r.erasedSince(ctx, index)
		if err != nil {
			return nil, err
		}
		if !gone {
			return it, nil
		}
	}
	rec, err := r.src.Read(ctx, index)
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", index, err)
	}
	it := itemOf(rec, trust)
	if it.State != Erased {
		c.put(k, it, len(rec.Payload))
	}
	return it, nil
}

func itemOf(rec ledger.Record, trust *attest.Trust) *Item {
	it := &Item{Index: rec.Index, Leaf: hex.EncodeToString(rec.LeafHash[:]), Proven: rec.Leaf.Time, Claimed: rec.Leaf.Time}
	if len(rec.Leaf.Labels) > 0 {
		it.setType(rec.Leaf.Labels[0])
	}
	if rec.Erased {
		it.State, it.Reason = Erased, "the payload was erased; the leaf remains"
		return it
	}
	env, err := attest.Parse(rec.Payload)
	if err != nil {
		it.State, it.Reason = Untrusted, unreadable
		return it
	}
	it.ID = env.ID()
	if err := it.read(env.Statement()); err != nil {
		it.State, it.Reason = Untrusted, unreadable
		return it
	}
	if !filed(rec, it) {
		it.State, it.Reason = Untrusted, "its leaf is filed under keys that are not its own"
		return it
	}
	v, err := env.Verify(trust, rec.Leaf.Time)
	if err != nil {
		it.State, it.Reason = Untrusted, whyUntrusted(err)
		return it
	}
	it.State, it.Proven = OK, v.Proven(rec.Leaf.Time)
	it.Signers, it.Principals, it.Roles, it.Assurance = v.Signers(), v.Principals(), v.Roles(), v.Assurance()
	it.covers = v.Covers
	return it
}

const unreadable = "it is not readable by this version"

// filed holds a leaf to its statement: an operator may not file a statement where
// another would be looked for.
func filed(rec ledger.Record, it *Item) bool {
	if rec.Leaf.Kind != KindAttestation || !slices.Equal(rec.Leaf.Labels, []string{it.PredicateType}) {
		return false
	}
	keys, err := keysOf(it.ID, it.Statement, it.Facts)
	if err == nil && slices.Equal(keys, rec.Leaf.Keys) {
		return true
	}
	// The first derivation (keys.go) of a format of others.
	if it.Facts.Type.Own || len(it.Facts.Edges) == 0 {
		return false
	}
	first := it.Facts
	first.Edges = nil
	keys, err = keysOf(it.ID, it.Statement, first)
	return err == nil && slices.Equal(keys, rec.Leaf.Keys)
}

// whyUntrusted is the kind of a refusal, in the same words on every machine: the
// reason is part of what a decision rests on. Verify says the details.
func whyUntrusted(err error) string {
	for _, kind := range []error{attest.ErrCompromised, attest.ErrExpiredSigner, attest.ErrUnknownSigner, attest.ErrRole, attest.ErrScope,
		attest.ErrSeparation, attest.ErrSignature, attest.ErrUnsupported, attest.ErrTrust, attest.ErrMalformed, attest.ErrTooLarge} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return "not verified"
}

func (i *Item) setType(predicateType string) {
	i.PredicateType = predicateType
	if i.Type = attest.ShortName(predicateType); i.Type == "" {
		i.Type = predicateType
	}
	if t, ok := predicate.Lookup(i.Type); ok {
		i.Facts.Type = t
	}
}

func (i *Item) read(st *attest.Statement) error {
	i.Statement = st
	i.setType(st.PredicateType)
	for _, s := range st.Subjects {
		i.Subjects = append(i.Subjects, s.Refs()...)
	}
	slices.Sort(i.Subjects)
	i.Subjects = slices.Compact(i.Subjects)
	facts, err := predicate.Read(st)
	if err != nil {
		return err
	}
	i.Facts = facts
	if !facts.StatedAt.IsZero() {
		i.Claimed = facts.StatedAt
	}
	return nil
}

// About reports whether the statement is about the reference.
func (i *Item) About(ref attest.Ref) bool {
	_, found := slices.BinarySearch(i.Subjects, ref)
	return found
}

// sharesPrincipal reports whether one principal stands behind both.
func (i *Item) sharesPrincipal(o *Item) bool {
	return slices.ContainsFunc(i.Principals, func(p string) bool { return slices.Contains(o.Principals, p) })
}

// hasRole reports whether a signer holds one of the roles.
func (i *Item) hasRole(roles ...string) bool { return i.roleBeside(nil, roles...) }

// roleBeside reports whether a principal outside others signed in one of the roles.
func (i *Item) roleBeside(others []string, roles ...string) bool {
	return slices.ContainsFunc(i.Signers, func(s attest.Signer) bool {
		return !slices.Contains(others, s.Principal) &&
			slices.ContainsFunc(s.Roles, func(r string) bool { return slices.Contains(roles, r) })
	})
}

// Sentinels a caller branches on.
var (
	// ErrDossierTooLarge: a bound of this package was met; nothing was judged.
	ErrDossierTooLarge = errors.New("dossier too large")
	// ErrClaimedLater: the signer claims a time after the log's clock plus skew.
	ErrClaimedLater = errors.New("claimed time lies after the log's time")
	// ErrErased: the same evidence was erased before and is not taken again.
	ErrErased = ledger.ErrErased
	// ErrNotAdmin: an activation that no admin of the active trust signed.
	ErrNotAdmin = errors.New("activation is not signed by an admin of the active trust")
	// ErrNotSeeded: the log holds no trust or parameters below the size.
	ErrNotSeeded = errors.New("log is not seeded")
	// ErrStale: something else was activated since the document was signed.
	ErrStale = errors.New("activation does not follow the active document")
)
