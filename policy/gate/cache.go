package gate

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

// caches hold what a judgement can take over from one before: predicates and
// parameters parsed, digests of parts of the basis, and findings by the identity of what their rule declares. None is a
// verdict: a finding is looked up by everything it depends on, and holds for its
// interval alone, so that whatever is new asks its rules anew and no others. Waivers
// are laid over a finding each time. A nil *caches holds nothing.
type caches struct {
	mu       sync.Mutex
	parsed   map[*attest.Statement]*policy.Parsed
	items    map[*evidence.Item]*policy.Item // items are immutable, and a changed state is another item
	size     int                             // of the statements of both, in bytes
	findings map[[32]byte]policy.Finding
	weight   int // of the findings, in bytes
	digests  map[[32]byte]string
	params   parsedParameters
}

// parsedParameters are the parameters read last, by the digest of their entry.
type parsedParameters struct {
	entry  [sha256.Size]byte
	params *policy.Parameters
	digest string // of the document
}

// parameters reads and parses the parameters activated at an index. The entry is read
// each time; the same bytes are not parsed twice in a row.
func (c *caches) parameters(ctx context.Context, src evidence.Source, index uint64) (*policy.Parameters, string, error) {
	rec, err := src.Read(ctx, index)
	if err != nil {
		return nil, "", fmt.Errorf("read entry %d: %w", index, err)
	}
	entry := sha256.Sum256(rec.Payload)
	if c != nil {
		c.mu.Lock()
		held := c.params
		c.mu.Unlock()
		if held.params != nil && held.entry == entry {
			return held.params, held.digest, nil
		}
	}
	active, err := evidence.ActiveOf(index, rec)
	if err != nil {
		return nil, "", err
	}
	p, err := policy.ParseParameters(active.Document)
	if err != nil {
		return nil, "", fmt.Errorf("parameters at index %d: %w", index, err)
	}
	if c != nil {
		c.mu.Lock()
		c.params = parsedParameters{entry, p, active.Digest}
		c.mu.Unlock()
	}
	return p, active.Digest, nil
}

// digest gives a digest of what the names stand for, made by make where it is not
// held. The names begin with digests that settle what the others mean.
func (c *caches) digest(names []string, make func() (string, error)) (string, error) {
	if c == nil {
		return make()
	}
	h := sha256.New()
	for _, name := range names {
		fmt.Fprintf(h, "%d:%s", len(name), name)
	}
	key := [sha256.Size]byte(h.Sum(nil))
	c.mu.Lock()
	d, ok := c.digests[key]
	c.mu.Unlock()
	if ok {
		return d, nil
	}
	d, err := make()
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.digests == nil || len(c.digests) >= MaxCachedDigests {
		c.digests = map[[sha256.Size]byte]string{}
	}
	c.digests[key] = d
	return d, nil
}

// item gives an item as rules see it, made by make where it is not held.
func (c *caches) item(it *evidence.Item, make func() (*policy.Item, error)) (*policy.Item, error) {
	if c == nil {
		return make()
	}
	c.mu.Lock()
	p := c.items[it]
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := make()
	if err != nil || it.State != evidence.OK {
		return p, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.room(it.Statement) {
		c.items[it] = p
	}
	return p, nil
}

// parse is the predicate of an item that counts.
func (c *caches) parse(it *evidence.Item) (*policy.Parsed, error) {
	if c == nil {
		return policy.ParsePredicate(it.Statement.Predicate)
	}
	c.mu.Lock()
	p := c.parsed[it.Statement]
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := policy.ParsePredicate(it.Statement.Predicate)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.room(it.Statement) {
		c.parsed[it.Statement] = p
	}
	return p, nil
}

// room makes room for what is held of a statement, if there can be any; c.mu is held.
func (c *caches) room(st *attest.Statement) bool {
	size := len(st.Raw)
	if size > MaxCachedBytes {
		return false
	}
	if c.parsed == nil || c.size+size > MaxCachedBytes {
		c.parsed, c.items, c.size = map[*attest.Statement]*policy.Parsed{}, map[*evidence.Item]*policy.Item{}, 0
	}
	c.size += size
	return true
}

// finding gives a finding of this identity that holds at the clock's instant.
func (c *caches) finding(id [32]byte, clock *policy.Clock) (policy.Finding, bool) {
	if c == nil {
		return policy.Finding{}, false
	}
	c.mu.Lock()
	f, ok := c.findings[id]
	c.mu.Unlock()
	if !ok {
		return policy.Finding{}, false
	}
	return f.Again(clock)
}

// keep takes a finding in, unless a bound of time or memory made it.
func (c *caches) keep(id [32]byte, f policy.Finding) {
	if c == nil || f.CutOff {
		return
	}
	own, weight := f.Clone(), weigh(&f)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.findings == nil || c.weight+weight > MaxCachedFindingBytes {
		c.findings, c.weight = map[[32]byte]policy.Finding{}, 0
	}
	c.findings[id] = own
	c.weight += weight
}

// weigh is about what a finding takes in memory, in bytes.
func weigh(f *policy.Finding) int {
	n := 512 + len(f.Reason) + 512*len(f.Evidence)
	for _, m := range f.Messages {
		n += 128 + len(m.Msg) + len(m.Path) + weighValue(m.Members)
	}
	return n
}

// weighValue is about what a value of a rule's takes in memory, in bytes.
func weighValue(v any) int {
	n := 16
	switch t := v.(type) {
	case string:
		n += len(t)
	case json.Number:
		n += len(t)
	case []any:
		for _, e := range t {
			n += weighValue(e)
		}
	case map[string]any:
		for k, e := range t {
			n += 48 + len(k) + weighValue(e)
		}
	}
	return n
}
