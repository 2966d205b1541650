// Package ledger is an append-only, publicly checkable log of records.
//
// It is a tiled transparency log in the sense of C2SP (c2sp.org/tlog-tiles,
// tlog-checkpoint, signed-note, tlog-proof): anyone who holds the log's
// verifier key can check with a foreign tool that an entry is in the log and
// that the log was only ever appended to. The hashing is that of RFC 6962.
//
// The package knows no word of the domain. A caller gives it an [Entry]: kind,
// labels and opaque keys that become part of the public [Leaf], and a payload
// that stays beside the tree, bound to its leaf by a salted commitment. It gets
// back a [Receipt]: index, time, signed checkpoint and inclusion proof.
//
// # Invariants
//
//   - An entry is acknowledged only after the transaction that holds it, its
//     hashes and the new head is durable.
//   - A checkpoint is signed only after its head is committed and the
//     [ForkGuard] has made the mark of that head durable outside the store. A
//     store that was rolled back, or swapped, can therefore never be signed.
//   - Index order is commit order, and the time of an entry is never before
//     the time of the entry with the index below.
//   - The outcome of a commit that could not be seen is found by reading the
//     store, never from memory.
//   - Nothing is ever removed from the tree. [Log.Erase] removes a payload and
//     its salt; the leaf stays, and so does every proof.
//
// # Parts
//
// [Log] sequences appends over a [Store]; the store's contract is in its
// comment and package ledgertest is that contract as tests. [Check] derives the
// whole tree again from what the store holds. [Export] writes a static
// directory that any tlog-tiles reader understands. [Memos] are what a service keeps in
// the same store beside the log; nothing proves them.
package ledger
