package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	mproof "github.com/transparency-dev/merkle/proof"

	tlogproof "github.com/transparency-dev/formats/proof"
)

// Proof is a parsed tlog-proof file (c2sp.org/tlog-proof).
type Proof struct {
	Index      uint64
	Hashes     []Hash
	Checkpoint []byte
	Extra      []byte // unauthenticated
}

// MarshalProof returns the receipt as a tlog-proof file: inclusion proof and
// checkpoint. It fails on a receipt of WaitSequenced, which has none.
func (r Receipt) MarshalProof() ([]byte, error) {
	if len(r.Checkpoint) == 0 {
		return nil, fmt.Errorf("receipt of index %d has no checkpoint, it was answered as sequenced; ask for its proof: %w", r.Index, ErrNotFound)
	}
	return Proof{Index: r.Index, Hashes: r.Proof, Checkpoint: r.Checkpoint}.Marshal(), nil
}

// Marshal returns the file.
func (p Proof) Marshal() []byte {
	return tlogproof.TLogProof{Index: p.Index, Hashes: p.Hashes, Checkpoint: p.Checkpoint, ExtraData: p.Extra}.Marshal()
}

// ParseProof reads a tlog-proof file. One spelling is allowed for each value:
// marshalling again gives the same bytes.
func ParseProof(b []byte) (Proof, error) {
	if len(b) > MaxProof {
		return Proof{}, fmt.Errorf("tlog-proof: %d bytes, at most %d: %w", len(b), MaxProof, ErrTooLarge)
	}
	var t tlogproof.TLogProof
	if err := t.Unmarshal(b); err != nil {
		return Proof{}, fmt.Errorf("tlog-proof: %v: %w", err, ErrInvalid)
	}
	if !bytes.Equal(t.Marshal(), b) {
		return Proof{}, fmt.Errorf("tlog-proof: not in its canonical spelling: %w", ErrInvalid)
	}
	return Proof{Index: t.Index, Hashes: t.Hashes, Checkpoint: t.Checkpoint, Extra: t.ExtraData}, nil
}

// Verify checks the signature of the proof's checkpoint and that the leaf hash
// is included in its tree.
func (p Proof) Verify(leaf Hash, vkey string) (Checkpoint, error) {
	return VerifyInclusion(leaf, p.Index, p.Hashes, p.Checkpoint, vkey)
}

// VerifyInclusion checks a checkpoint's signature under the log's verifier key,
// and that the leaf hash stands at the index of its tree.
func VerifyInclusion(leaf Hash, index uint64, hashes []Hash, checkpoint []byte, vkey string) (Checkpoint, error) {
	c, err := ParseCheckpoint(checkpoint, vkey)
	if err != nil {
		return Checkpoint{}, err
	}
	if index >= c.Size {
		return Checkpoint{}, fmt.Errorf("inclusion of index %d: the checkpoint covers %d entries only: %w", index, c.Size, ErrProof)
	}
	if err := mproof.VerifyInclusion(hasher, index, c.Size, leaf[:], slicesOf(hashes), c.Root[:]); err != nil {
		return Checkpoint{}, fmt.Errorf("inclusion of index %d in size %d: %s: %w", index, c.Size, leadsTo(err), ErrProof)
	}
	return c, nil
}

// VerifyConsistency checks that the tree of the first size and root is a
// prefix of the tree of the second. The empty tree is a prefix of every tree.
func VerifyConsistency(size1 uint64, root1 Hash, size2 uint64, root2 Hash, hashes []Hash) error {
	bad := func(why string) error {
		return fmt.Errorf("consistency of size %d with size %d: %s: %w", size1, size2, why, ErrProof)
	}
	switch {
	case size1 > size2:
		return bad("the first is larger")
	case size1 == 0:
		// The module's verifier accepts any root for the empty tree.
		if root1 != emptyRoot() {
			return bad("the first root is not that of the empty tree")
		}
		if len(hashes) != 0 {
			return bad("a proof from the empty tree is empty")
		}
		if size2 == 0 && root2 != emptyRoot() {
			return bad("the second root is not that of the empty tree")
		}
		return nil
	}
	if err := mproof.VerifyConsistency(hasher, size1, size2, slicesOf(hashes), root1[:], root2[:]); err != nil {
		return bad(leadsTo(err))
	}
	return nil
}

// leadsTo says of a proof where it leads, with roots as they are written elsewhere.
func leadsTo(err error) string {
	if m := (mproof.RootMismatchError{}); errors.As(err, &m) {
		return fmt.Sprintf("the proof leads to root %s, not to root %s", base64.StdEncoding.EncodeToString(m.CalculatedRoot), base64.StdEncoding.EncodeToString(m.ExpectedRoot))
	}
	return err.Error()
}

// VerifyPayload checks that a payload is what a leaf commits to.
func VerifyPayload(l Leaf, salt [32]byte, payload []byte) error {
	if int64(len(payload)) != l.Size {
		return fmt.Errorf("payload has %d bytes, the leaf says %d: %w", len(payload), l.Size, ErrProof)
	}
	if c := Commit(salt, payload); hex.EncodeToString(c[:]) != l.Commitment {
		return fmt.Errorf("payload does not match the commitment %s of its leaf: %w", l.Commitment, ErrProof)
	}
	return nil
}

func slicesOf(hs []Hash) [][]byte {
	out := make([][]byte, len(hs))
	for i := range hs {
		out[i] = hs[i][:]
	}
	return out
}
