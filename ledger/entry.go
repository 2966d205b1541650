package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// Entry is what a caller appends.
type Entry struct {
	Kind      string   // see Leaf
	MediaType string   // of the payload
	Labels    []string // public, in this order
	Keys      []Key    // in any order; repetitions are dropped
	Signer    string   // hex SHA-256 of the SubjectPublicKeyInfo, or empty
	Payload   []byte   // at most MaxPayload; must not change until Append returns

	// Identity tells a repetition: an entry with the identity of an earlier one
	// is not appended again, its stored receipt is answered with Duplicate set.
	// It is kept outside the leaf and survives erasure. The zero value has no
	// identity and is always appended.
	Identity [32]byte

	// Guard makes the append a compare-and-swap: it is refused with
	// ErrConflict if an entry at GuardFrom or above carries one of these keys.
	Guard     []Key
	GuardFrom uint64
}

// Record is what the log holds at one index.
type Record struct {
	Index     uint64
	Leaf      Leaf
	LeafBytes []byte
	LeafHash  Hash // RFC 6962
	Identity  [32]byte
	Salt      [32]byte // zero if erased
	Payload   []byte   // nil if erased
	Erased    bool
	ErasedBy  uint64 // index of the tombstone, if Erased
}

// Wait says how far an append must have come before it is answered.
type Wait int

const (
	// WaitPublished answers with a signed checkpoint and an inclusion proof.
	WaitPublished Wait = iota
	// WaitSequenced answers once the entry is durable: index and time are
	// final, there is no proof yet.
	WaitSequenced
	// WaitWitnessed answers as WaitPublished does, once the quorum of the log's
	// witnesses has cosigned the checkpoint. ErrWitness for a log without any.
	WaitWitnessed
)

// Receipt answers an append.
type Receipt struct {
	Index     uint64
	Time      time.Time // logged
	LeafHash  Hash
	Duplicate bool // an entry of the same identity was there before

	// Leaf and Salt are those of an entry that is new; nil for a repetition,
	// which has to be read.
	Leaf []byte
	Salt [32]byte

	// Size, Checkpoint and Proof are empty for WaitSequenced: the tree size of
	// the signed checkpoint, and the inclusion proof of LeafHash in it.
	Size       uint64
	Checkpoint []byte
	Proof      []Hash
}

// Commit returns the commitment of a payload: HMAC-SHA-256 keyed with the salt.
func Commit(salt [32]byte, payload []byte) Hash {
	m := hmac.New(sha256.New, salt[:])
	m.Write(payload)
	return Hash(m.Sum(nil))
}

// IdentityKey is the key under which a store indexes an identity.
func IdentityKey(id [32]byte) Key { return MakeKey("ledger/identity", string(id[:])) }

// ErasureKey is the key that every tombstone carries for the entry it erases,
// so that leaves alone tell what was erased, and by which entry.
func ErasureKey(index uint64) Key {
	return MakeKey("ledger/erasure", strconv.FormatUint(index, 10))
}

// prepared is an entry ready to be sequenced: all that does not depend on its
// index and time is done by the caller's goroutine, not by the sequencer.
type prepared struct {
	head      []byte // leaf up to the time, see appendLeafHead
	keys      []Key
	identity  [32]byte
	guard     []Key
	guardFrom uint64
	salt      [32]byte
	payload   []byte
}

func prepare(e Entry, extra []Key, rand io.Reader) (*prepared, error) {
	if len(e.Payload) > MaxPayload {
		return nil, fmt.Errorf("payload: %d bytes, at most %d: %w", len(e.Payload), MaxPayload, ErrTooLarge)
	}
	if len(e.Guard) > MaxGuard {
		return nil, fmt.Errorf("guard: %d keys, at most %d: %w", len(e.Guard), MaxGuard, ErrTooLarge)
	}
	p := &prepared{identity: e.Identity, guard: e.Guard, guardFrom: e.GuardFrom, payload: e.Payload}
	if _, err := io.ReadFull(rand, p.salt[:]); err != nil {
		return nil, fmt.Errorf("read salt: %w", err)
	}
	p.keys = append(append(make([]Key, 0, len(e.Keys)+len(extra)), e.Keys...), extra...)
	slices.SortFunc(p.keys, compareKeys)
	p.keys = slices.Compact(p.keys)
	c := Commit(p.salt, e.Payload)
	l := Leaf{
		V: LeafVersion, Kind: e.Kind, Commitment: hex.EncodeToString(c[:]), Size: int64(len(e.Payload)),
		MediaType: e.MediaType, Labels: e.Labels, Keys: p.keys, Signer: e.Signer,
	}
	if err := l.Validate(); err != nil {
		return nil, err
	}
	p.head = appendLeafHead(make([]byte, 0, 512+36*len(p.keys)), &l)
	if n := len(p.head) + leafTail; n > MaxLeaf {
		return nil, fmt.Errorf("leaf: %d bytes, at most %d; use fewer keys or labels: %w", n, MaxLeaf, ErrTooLarge)
	}
	return p, nil
}

func compareKeys(a, b Key) int { return slices.Compare(a[:], b[:]) }
