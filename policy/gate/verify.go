package gate

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

// Verification is what an offline check of a proof bundle found.
type Verification struct {
	Decision Decision `json:"decision"`
	ID       string   `json:"id"`
	Index    uint64   `json:"index"`
	Origin   string   `json:"origin"`
	// Anchored: the checkpoint was checked under a log key the caller brought.
	// Otherwise the bundle is consistent with itself and no more.
	Anchored bool `json:"anchored"`
	// Notes say what was not proven, and what differs without breaking.
	Notes []string `json:"notes"`
	// Differences between the decision and its judgement here; none when it holds.
	Differences []string `json:"differences"`
}

// OmissionNote: a bundle proves that everything in it is in the log, not yet that
// nothing was left out.
const OmissionNote = "omission not excluded: the log does not yet prove that no other entry bears on the question"

// Holds reports whether the decision was reproduced.
func (v *Verification) Holds() bool { return len(v.Differences) == 0 }

// VerifyBundle checks every signature and proof of a proof bundle and judges
// again, offline. logKey is the pinned verifier key of the log; empty, the key is
// taken from the bundle's own trust and the result is not anchored.
func VerifyBundle(ctx context.Context, raw []byte, logKey string) (*Verification, error) {
	b, err := ParseBundle(raw)
	if err != nil {
		return nil, err
	}
	v := &Verification{Anchored: logKey != "", Notes: []string{OmissionNote}, Differences: []string{}}
	if logKey == "" {
		if logKey, err = b.claimedLogKey(); err != nil {
			return nil, err
		}
		v.Notes = append(v.Notes, "self-consistent, not anchored: no log key was given; pin one to know which log this is")
	}
	src, cp, err := b.open(logKey)
	if err != nil {
		return nil, err
	}
	v.Origin = cp.Origin
	env, err := attest.Parse(b.Decision)
	if err != nil {
		return nil, fmt.Errorf("%w: decision: %w", ErrBundle, err)
	}
	if v.Decision, err = decisionOf(env.Statement()); err != nil {
		return nil, fmt.Errorf("%w: decision: %w", ErrBundle, err)
	}
	v.ID = env.ID()
	if err := b.judgedTree(&v.Decision, cp, logKey); err != nil {
		return nil, err
	}
	if v.Index, err = b.decisionEntry(ctx, src, &v.Decision, env); err != nil {
		return nil, err
	}
	a := assembly{sets: &heldSets{}, origin: cp.Origin, checkpoint: v.Decision.Checkpoint}
	c, err := a.Assemble(ctx, evidence.NewReading(src, b.JudgedSize), v.Decision.Question)
	if err != nil {
		return nil, fmt.Errorf("%w: assemble the case: %w", ErrBundle, err)
	}
	if err := b.consumed(c, src, v.Index); err != nil {
		return nil, err
	}
	if err := trustChain(ctx, src, c, logKey); err != nil {
		return nil, err
	}
	if err := signedByService(b.Decision, c.Trust); err != nil {
		return nil, err
	}
	_, rec, err := ReadDecision(ctx, src, v.Index)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if err := checkSummaries(rec, c, &v.Decision); err != nil {
		return nil, src.because(b.JudgedSize, fmt.Errorf("%w: %w", ErrBundle, err))
	}
	at, err := decidedAt(&v.Decision, c, src, v.Index)
	if err != nil {
		return nil, err
	}
	c.as(v.Decision.Engine)
	j, err := c.Judge(ctx, at)
	if err != nil {
		return nil, err
	}
	if err := c.Flip(ctx, &j); err != nil {
		return nil, err
	}
	v.Differences, v.Notes = compare(&v.Decision, &j.Decision, v.Notes)
	if len(v.Differences) > 0 {
		v.Notes = append(v.Notes, src.erasedSince(b.JudgedSize)...)
	}
	return v, nil
}

// judgedTree checks that the tree that was judged is a prefix of the bundle's.
func (b *ProofBundle) judgedTree(d *Decision, cp ledger.Checkpoint, logKey string) error {
	if d.JudgedSize != b.JudgedSize {
		return fmt.Errorf("%w: judged_size is %d, the decision says %d", ErrBundle, b.JudgedSize, d.JudgedSize)
	}
	judged, err := ledger.ParseCheckpoint([]byte(d.Checkpoint), logKey)
	if err != nil {
		return fmt.Errorf("%w: the decision's checkpoint: %w", ErrBundle, err)
	}
	if judged.Size != d.JudgedSize || judged.Origin != cp.Origin {
		return fmt.Errorf("%w: the decision's checkpoint is of size %d of %q, the decision was judged at %d of %q", ErrBundle, judged.Size, judged.Origin, d.JudgedSize, cp.Origin)
	}
	hashes, err := decodeHashes("consistency", b.Consistency)
	if err != nil {
		return err
	}
	if err := ledger.VerifyConsistency(judged.Size, judged.Root, cp.Size, cp.Root, hashes); err != nil {
		return fmt.Errorf("%w: %w", ErrBundle, err)
	}
	return nil
}

// decisionEntry finds the leaf that recorded exactly this decision, after all it
// was judged on.
func (b *ProofBundle) decisionEntry(ctx context.Context, src *entries, d *Decision, env *attest.Envelope) (uint64, error) {
	found := src.byKey[evidence.KeyDecision(env.ID())]
	if len(found) != 1 || found[0] < b.JudgedSize {
		return 0, fmt.Errorf("%w: no one entry at or after the judged size %d records the decision %s", ErrBundle, b.JudgedSize, env.ID())
	}
	index := found[0]
	recorded, rec, err := ReadDecision(ctx, src, index)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if recorded.Recorded.ID != env.ID() || string(rec.Decision) != string(b.Decision) {
		return 0, fmt.Errorf("%w: the entry at index %d records decision %s, the bundle carries %s", ErrBundle, index, recorded.Recorded.ID, env.ID())
	}
	if !slices.Contains(src.byIndex[index].Leaf.Keys, evidence.KeyBasis(d.Basis)) {
		return 0, fmt.Errorf("%w: the entry at index %d is not filed under the basis of its decision", ErrBundle, index)
	}
	return index, nil
}

// consumed refuses a bundle with entries no step of the judgement asked for.
func (b *ProofBundle) consumed(c *Case, src *entries, decision uint64) error {
	used := map[uint64]bool{decision: true}
	for _, i := range c.Reading.Used() {
		used[i] = true
		for _, tombstone := range src.byKey[ledger.ErasureKey(i)] {
			used[tombstone] = true
		}
	}
	for _, it := range b.Items {
		if !used[it.Index] {
			return fmt.Errorf("%w: entry %d bears on nothing in the decision", ErrBundle, it.Index)
		}
	}
	return nil
}

// decidedAt is the instant of a decision, held against the log's times: not before
// the newest entry it rests on, and recorded soon after. A decision cannot be
// dated back to when the evidence was otherwise.
func decidedAt(d *Decision, c *Case, src evidence.Source, index uint64) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, d.DecidedAt)
	if err != nil {
		return at, fmt.Errorf("%w: decided_at: %w", ErrBundle, err)
	}
	record, err := src.Read(context.Background(), index)
	if err != nil {
		return at, err
	}
	if logged := record.Leaf.Time; logged.Add(evidence.DefaultSkew).Before(at) || logged.Sub(at) > MaxRecordDelay {
		return at, fmt.Errorf("%w: decided_at is %s, the log took the decision at %s; at most %s may lie between, in this order", ErrBundle, d.DecidedAt, instant(logged), MaxRecordDelay)
	}
	for _, i := range c.Reading.Used() {
		rec, err := src.Read(context.Background(), i)
		if err != nil {
			return at, err
		}
		if at.Before(rec.Leaf.Time) {
			return at, fmt.Errorf("%w: decided_at is %s, before entry %d, which it rests on, was logged at %s", ErrBundle, d.DecidedAt, i, instant(rec.Leaf.Time))
		}
	}
	return at, nil
}

// trustChain checks how the trust and parameters of a case came into force: each
// parameters document is signed by an admin of the trust in force then, and the
// trust of the case names the log's key.
func trustChain(ctx context.Context, src *entries, c *Case, logKey string) error {
	if _, err := trusts(ctx, src, c.Size, c.Origin); err != nil {
		return err
	}
	params, err := src.Lookup(ctx, evidence.KeyKind(evidence.KindParameters), c.Size)
	if err != nil {
		return err
	}
	for n, i := range params {
		t, err := trusts(ctx, src, i, c.Origin)
		if err == nil {
			err = follows(src.byIndex[i], t, params[:n], c.Origin)
		}
		if err != nil {
			return fmt.Errorf("%w: parameters at index %d: %w", ErrBundle, i, err)
		}
	}
	return namesLog(c.Trust, logKey)
}

func namesLog(t *attest.Trust, logKey string) error {
	if !slices.ContainsFunc(strings.Fields(logKey), func(k string) bool { return slices.Contains(t.Service.LogKeys, k) }) {
		return fmt.Errorf("%w: the trust in force does not name the log key %s", ErrBundle, logKey)
	}
	return nil
}

// trusts follows the trust documents below an index from the seed, each signed by
// an admin of the one before, and returns the last.
func trusts(ctx context.Context, src *entries, below uint64, origin string) (*attest.Trust, error) {
	indices, err := src.Lookup(ctx, evidence.KeyKind(evidence.KindTrust), below)
	if err != nil {
		return nil, err
	}
	if len(indices) == 0 || indices[0] != 0 {
		return nil, fmt.Errorf("%w: the first trust of a log is its first entry, the bundle's first stands at %v", ErrBundle, indices)
	}
	var before *attest.Trust
	for n, i := range indices {
		active, err := evidence.ReadActive(ctx, src, i)
		if err != nil {
			return nil, fmt.Errorf("%w: trust at index %d: %w", ErrBundle, i, err)
		}
		t, err := attest.ParseTrust(active.Document)
		if err != nil {
			return nil, fmt.Errorf("%w: trust at index %d: %w", ErrBundle, i, err)
		}
		if n == 0 {
			before = t
		}
		if err := follows(src.byIndex[i], before, indices[:n], origin); err != nil {
			return nil, fmt.Errorf("%w: trust at index %d: %w", ErrBundle, i, err)
		}
		before = t
	}
	return before, nil
}

// follows checks one activation against the trust before it and its predecessor.
func follows(rec ledger.Record, before *attest.Trust, earlier []uint64, origin string) error {
	a, err := evidence.VerifyActivation(rec.Payload, before, rec.Leaf.Time)
	if err != nil {
		return err
	}
	switch {
	case a.LogOrigin != origin:
		return fmt.Errorf("it was signed for log %q, this is %q", a.LogOrigin, origin)
	case len(earlier) == 0 && a.Follows != nil:
		return fmt.Errorf("it follows index %d, which is not there", *a.Follows)
	case len(earlier) > 0 && (a.Follows == nil || *a.Follows != earlier[len(earlier)-1]):
		return fmt.Errorf("it does not follow index %d", earlier[len(earlier)-1])
	}
	return nil
}

// signedByService checks the decision's signature under the trust's decision keys.
func signedByService(envelope []byte, t *attest.Trust) error {
	if _, err := attest.VerifyService(envelope, t.Service.DecisionKeys); err != nil {
		return fmt.Errorf("%w: decision signature: %w", ErrBundle, err)
	}
	return nil
}

// claimedLogKey is the log key, or are the keys one a line, that the newest trust in the bundle names for the
// checkpoint's origin.
func (b *ProofBundle) claimedLogKey() (string, error) {
	origin, _, _ := strings.Cut(b.Checkpoint, "\n")
	for n := len(b.Items) - 1; n >= 0; n-- {
		leaf, err := ledger.ParseLeaf([]byte(b.Items[n].Leaf))
		if err != nil || leaf.Kind != evidence.KindTrust {
			continue
		}
		payload, err := base64.StdEncoding.Strict().DecodeString(b.Items[n].Payload)
		if err != nil {
			return "", fmt.Errorf("%w: items[%d].payload: %w", ErrBundle, n, err)
		}
		_, doc, err := evidence.ParseActivation(payload)
		if err != nil {
			return "", fmt.Errorf("%w: trust at index %d: %w", ErrBundle, b.Items[n].Index, err)
		}
		t, err := attest.ParseTrust(doc)
		if err != nil {
			return "", fmt.Errorf("%w: trust at index %d: %w", ErrBundle, b.Items[n].Index, err)
		}
		var keys []string // a log whose key was rotated has several
		for _, k := range t.Service.LogKeys {
			if o, err := ledger.OriginOf(k); err == nil && o == origin {
				keys = append(keys, k)
			}
		}
		if len(keys) > 0 {
			return strings.Join(keys, "\n"), nil
		}
	}
	return "", fmt.Errorf("%w: no trust in the bundle names a key for log %q", ErrBundle, origin)
}

// compare lists where a judgement differs from the recorded decision. Another
// engine is named, not hidden; it changes the basis and nothing else need differ.
func compare(recorded, again *Decision, notes []string) (differences, told []string) {
	differences = []string{}
	differ := func(what, was, is string) {
		if was != is {
			differences = append(differences, fmt.Sprintf("%s: recorded %s, judged again %s", what, was, is))
		}
	}
	differ("verdict", string(recorded.Verdict), string(again.Verdict))
	differ("holds_from", recorded.HoldsFrom, again.HoldsFrom)
	differ("holds_until", recorded.HoldsUntil, again.HoldsUntil)
	differ("flips_at", flips(recorded), flips(again))
	differ("set", recorded.Set, again.Set)
	differ("parameters", recorded.Parameters, again.Parameters)
	differ("trust", recorded.Trust, again.Trust)
	differ("reasons", strings.Join(recorded.Reasons, "; "), strings.Join(again.Reasons, "; "))
	if here := thisEngine(); recorded.Engine != here {
		notes = append(notes, fmt.Sprintf("judged again by another engine: recorded %+v, here %+v", recorded.Engine, here))
	}
	if recorded.Engine == again.Engine {
		differ("basis", recorded.Basis, again.Basis)
	}
	was, is := digests(recorded.Findings), digests(again.Findings)
	for i := range max(len(was), len(is)) {
		switch {
		case i >= len(was):
			differences = append(differences, "finding "+again.Findings[i].Rule+": not in the recorded decision")
		case i >= len(is):
			differences = append(differences, "finding "+recorded.Findings[i].Rule+": not judged again")
		case was[i] != is[i]:
			differences = append(differences, fmt.Sprintf("finding %s on %s: recorded as %s, judged again %s of %s on %s, or with other evidence or messages",
				recorded.Findings[i].Rule, recorded.Findings[i].Subject.Ref, recorded.Findings[i].Status,
				again.Findings[i].Status, again.Findings[i].Rule, again.Findings[i].Subject.Ref))
		}
	}
	return differences, notes
}

func digests(fs []Finding) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		d, err := digestOf(f)
		if err != nil {
			d = err.Error()
		}
		out[i] = d
	}
	return out
}

func flips(d *Decision) string {
	return fmt.Sprintf("%q to %q (searched to %q)", d.FlipsAt, d.FlipsTo, d.FlipsSearched)
}
