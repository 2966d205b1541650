package evidence

import (
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
)

// Kinds of leaves this package and the gate write (FORMATS, Leaf).
const (
	KindAttestation = "attestation"
	KindDecision    = "decision"
	KindPolicySet   = "policy-set"
	KindTrust       = "trust"
	KindParameters  = "parameters"
	KindErasure     = "erasure"
	KindRotation    = "key-rotation"
	KindReport      = "report"
)

// Key classes. A leaf is found by the hashes of these (class, value) pairs.
//
// Which keys an attestation has is derived from its statement (keysOf), and the leaf
// commits to them, so a change of the derivation never reaches what is logged. There
// are two:
//
//  1. of a format of others only its id and subjects
//  2. also its lineage edges, since those formats are read for them
//
// Own types are the same under both. A leaf of the first derivation stays good: what
// it was made from is followed from the child, as the statement says it; only a search
// from the parent down does not come by it, and no reindexing changes that, since the
// index is made from the keys of the leaves.
func keyID(id string) ledger.Key           { return ledger.MakeKey("attestation", id) }
func keySubject(ref attest.Ref) ledger.Key { return ledger.MakeKey("subject", string(ref)) }
func keyParent(ref attest.Ref) ledger.Key  { return ledger.MakeKey("parent", string(ref)) }
func keySystem(uri string) ledger.Key      { return ledger.MakeKey("system", uri) }
func keyDeployment(system, env string) ledger.Key {
	return ledger.MakeKey("deployment", system+"\n"+env)
}
func keyTarget(kind, id string) ledger.Key { return ledger.MakeKey("target", kind+"\n"+id) }

// KeyKind finds every leaf of one of the singleton kinds: trust, parameters.
func KeyKind(kind string) ledger.Key { return ledger.MakeKey("kind", kind) }

// KeySet finds the leaf that made a rule set known, by its digest.
func KeySet(digest string) ledger.Key { return ledger.MakeKey("set", digest) }

// KeyBasis finds the decisions recorded for a basis.
func KeyBasis(basis string) ledger.Key { return ledger.MakeKey("basis", basis) }

// KeyDecided finds the decisions about a subject. It is a class of its own, so
// that a decision never looks like evidence about its subject.
func KeyDecided(ref attest.Ref) ledger.Key { return ledger.MakeKey("decided", string(ref)) }

// KeyDecision finds a decision by the attestation id of its statement.
func KeyDecision(id string) ledger.Key { return ledger.MakeKey("decision", id) }

// KeyReport finds a recorded report by the digest of its model.
func KeyReport(digest string) ledger.Key { return ledger.MakeKey("report", digest) }
