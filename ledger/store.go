package ledger

import (
	"context"
	"time"
)

// Head is a committed state of the log.
type Head struct {
	Size uint64
	Root Hash      // RFC 6962; of the empty tree for size 0
	Time time.Time // of the newest entry; zero for size 0
}

// Store keeps a log durably. Package ledgertest holds the tests that a store
// has to pass; in words:
//
//   - Append is serializable and exclusive: between Tx.Head and the commit no
//     other writer, in this process or another, changes the log. What it wrote
//     is durable when it returns nil, and visible to every read that starts
//     afterwards, on every replica that shares the store.
//   - If fn returns an error nothing is written and Append returns that error.
//   - An error that wraps ErrAmbiguous says that the commit may or may not have
//     happened; every other error says that it did not. ErrFull says that there
//     is no room.
//   - Entries and tiles never change. A payload can be erased, nothing else
//     can be removed.
//   - Reads run beside a writer and see committed data only.
//   - All methods are safe for concurrent use.
type Store interface {
	Reader

	// Append runs fn in one exclusive, durable transaction. fn calls Tx.Write
	// at most once. Cancelling ctx gives up waiting for the transaction to
	// start and has no effect on one that runs.
	Append(ctx context.Context, fn func(Tx) error) error

	// Publish replaces the stored checkpoint if size is above that of the one
	// stored, or if it is of the same size and has more bytes: more have signed
	// it then. Otherwise it does nothing. It need not be durable: a checkpoint
	// can be signed again.
	Publish(ctx context.Context, size uint64, checkpoint []byte) error
}

// Reader is the reading half of a Store.
type Reader interface {
	// Head returns the newest committed head, of size 0 for an empty log.
	Head(ctx context.Context) (Head, error)

	// Checkpoint returns the newest published checkpoint, or nil.
	Checkpoint(ctx context.Context) ([]byte, error)

	// Tile returns the first width hashes of a tile of the tree, 32 bytes each
	// (c2sp.org/tlog-tiles "Merkle Tree"), or ErrNotFound if the committed tree
	// does not hold that many.
	Tile(ctx context.Context, level int, index uint64, width int) ([]byte, error)

	// Entries calls fn for the entries from <= index < to in order, with salt
	// and payload only if payloads is set. The slices are valid until fn
	// returns. It ends quietly at the end of the log. An index that should be
	// there and is not is an error that wraps ErrCorrupt.
	Entries(ctx context.Context, from, to uint64, payloads bool, fn func(Stored) error) error

	// Lookup returns the indices below the bound of the entries that carry the
	// key, ascending, erased ones too. Identities are found under IdentityKey.
	Lookup(ctx context.Context, key Key, below uint64) ([]uint64, error)

	// Index calls fn for every row of the key index, in any order.
	Index(ctx context.Context, fn func(key Key, index uint64) error) error
}

// Tx is one exclusive transaction.
type Tx interface {
	// Head is the head under lock.
	Head() Head
	// Find returns the index of the entry with this identity.
	Find(identity [32]byte) (index uint64, ok bool, err error)
	// Newest returns the greatest index that carries the key.
	Newest(key Key) (index uint64, ok bool, err error)
	// Write adds entries from index Head().Size on, the tiles they complete,
	// and sets the head.
	Write(b *Batch) error
	// Erase removes payload and salt of an entry for good and notes the index
	// of the tombstone. ErrNotFound if there is no such entry, ErrErased if it
	// was erased before.
	Erase(index, tombstone uint64) error
}

// Batch is what one transaction adds.
type Batch struct {
	Entries []NewEntry
	Tiles   []FullTile // completed by these entries, lower levels first
	Head    Head       // afterwards

	// Checkpoint is the newest signed checkpoint, of CheckpointSize, to be
	// published in the same transaction; nil if there is none.
	Checkpoint     []byte
	CheckpointSize uint64
}

// NewEntry is one entry on its way into a store.
type NewEntry struct {
	Leaf     []byte
	Keys     []Key // without the identity's
	Identity [32]byte
	Salt     [32]byte
	Payload  []byte
	// ErasedBy is the index of the tombstone of an entry that comes from a copy
	// of the log and was erased there: it has neither salt nor payload. 0 for any
	// other, since a tombstone stands above what it erases.
	ErasedBy uint64
}

// FullTile is a tile of 256 hashes.
type FullTile struct {
	Level  int
	Index  uint64
	Hashes []byte // 256 * 32 bytes
	Root   Hash   // of the subtree: the hash at Index in the level above
}

// Stored is one entry as a store gives it back.
type Stored struct {
	Index    uint64
	Leaf     []byte
	Identity [32]byte

	// State says what became of the payload; set only if payloads were asked
	// for, as are the fields below it.
	State   PayloadState
	Salt    [32]byte
	Payload []byte
	// ErasedBy is the index of the tombstone, if Erased. A store that notes one for
	// a payload that is Present is damaged.
	ErasedBy uint64
}

// PayloadState is one of the three answers there are about a payload.
type PayloadState int

const (
	Missing PayloadState = iota // neither there nor erased: lost
	Present
	Erased
)

func (s PayloadState) String() string {
	switch s {
	case Present:
		return "present"
	case Erased:
		return "erased"
	default:
		return "MISSING"
	}
}
