package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
)

// basis is everything a judgement depends on except the instant. Its canonical
// JSON is hashed; member order and names are frozen with version 1.
type basis struct {
	V          int           `json:"v"`
	Origin     string        `json:"origin"`
	Question   Question      `json:"question"`
	Systems    []basisSystem `json:"systems"`
	Reasons    []string      `json:"reasons"`
	Set        string        `json:"set"`
	Rules      []string      `json:"rules"`
	Parameters string        `json:"parameters"`
	Trust      string        `json:"trust"`
	Engine     Engine        `json:"engine"`
}

type basisSystem struct {
	System string      `json:"system"`
	Nodes  []basisNode `json:"nodes"`
	// Evidence of the declared types in ledger order, with its state and why.
	Evidence []basisItem `json:"evidence"`
	// Rollbacks are the bases of the rollback targets judged, absent where no rule
	// reads them.
	Rollbacks []string `json:"rollbacks,omitempty"`
}

type basisNode struct {
	Ref      attest.Ref   `json:"ref"`
	Name     string       `json:"name"`
	Kinds    []string     `json:"kinds"`
	Known    bool         `json:"known"`
	Conflict bool         `json:"conflict"`
	Path     []attest.Ref `json:"path"`
	Relation string       `json:"relation"`
	Role     string       `json:"role"`
	Revoked  []string     `json:"revoked"` // leaf hashes of the revocations
	Edges    []basisEdge  `json:"edges"`
}

type basisEdge struct {
	Parent   attest.Ref `json:"parent"`
	Relation string     `json:"relation"`
	Role     string     `json:"role"`
	Leaf     string     `json:"leaf"`
}

type basisItem struct {
	Index  uint64         `json:"index"`
	Leaf   string         `json:"leaf"`
	State  evidence.State `json:"state"`
	Reason string         `json:"reason"`
	// Who stands behind it. The same leaf may stand for others under another
	// trust, or once an earlier signature of the same evidence does not count.
	Principals []string `json:"principals"`
	Roles      []string `json:"roles"`
	Signers    []string `json:"signers"`
	Assurance  string   `json:"assurance"`
}

// always are the types every judgement depends on whatever its rules declare:
// waivers are applied to every finding, plans override parameters.
var always = []string{"waiver", "eval-plan", "monitoring-plan"}

// Basis is the digest a decision is known by, sha256:hex.
func (c *Case) Basis() (string, error) {
	if c.basis != "" {
		return c.basis, nil
	}
	var err error
	c.basis, err = c.digest()
	return c.basis, err
}

func (c *Case) digest() (string, error) {
	b := basis{V: 1, Origin: c.Origin, Question: c.Question, Reasons: nonNil(c.reasons), Set: c.SetDigest, Engine: c.engine}
	types := slices.Clone(always)
	for _, r := range c.Rules {
		b.Rules = append(b.Rules, r.ID)
		for _, any := range r.Requires {
			types = append(types, any...)
		}
		types = append(types, r.Reads...)
	}
	b.Rules = nonNil(b.Rules)
	slices.Sort(types)
	types = slices.Compact(types)
	var signers []string
	for _, d := range c.Dossiers {
		s, used := systemBasis(d, types)
		var err error
		if s.Rollbacks, err = c.rollbackBases(d); err != nil {
			return "", err
		}
		b.Systems = append(b.Systems, s)
		signers = append(signers, used...)
	}
	b.Systems = nonNil(b.Systems)
	var err error
	read := c.parametersNamed()
	b.Parameters, err = c.caches.digest(append([]string{"parameters", c.ParametersDigest, c.Question.Environment}, read...), func() (string, error) {
		return digestOf(c.Params.Read(c.Question.Environment, read))
	})
	if err != nil {
		return "", fmt.Errorf("digest parameters: %w", err)
	}
	slices.Sort(signers)
	signers = slices.Compact(signers)
	of := slices.Concat([]string{"trust", c.Trust.Digest()}, signers, []string{"types"}, types)
	b.Trust, err = c.caches.digest(of, func() (string, error) { return digestOf(c.trustUsed(signers, types)) })
	if err != nil {
		return "", fmt.Errorf("digest trust: %w", err)
	}
	return digestOf(b)
}

func systemBasis(d *evidence.Dossier, types []string) (basisSystem, []string) {
	s := basisSystem{System: d.System}
	seen := map[*evidence.Item]bool{}
	keep := func(items []*evidence.Item, all bool) {
		for _, it := range items {
			if all || slices.Contains(types, it.Type) {
				seen[it] = true
			}
		}
	}
	for _, n := range slices.Concat(d.Nodes, d.Measured) {
		bn := basisNode{Ref: n.Ref, Name: n.Name, Kinds: nonNil(n.Kinds), Known: n.Known(), Conflict: n.Conflict,
			Path: n.Path, Relation: n.Relation, Role: n.Role, Revoked: []string{}, Edges: []basisEdge{}}
		for _, r := range n.Revoked {
			bn.Revoked = append(bn.Revoked, r.By.Leaf)
			seen[r.By] = true
		}
		for _, p := range n.Parents {
			bn.Edges = append(bn.Edges, basisEdge{p.Parent, p.Relation, p.Role, p.By.Leaf})
			seen[p.By] = true
		}
		s.Nodes = append(s.Nodes, bn)
		keep(n.Items, false)
	}
	keep(d.SystemItems, false)
	keep(d.Deployment, false)
	keep(d.Waivers, true)
	keep(d.Live, true)
	keep(d.Incidents, true)
	var signers []string
	s.Evidence = []basisItem{}
	for _, it := range d.Items() { // in ledger order
		if !seen[it] {
			continue
		}
		b := basisItem{Index: it.Index, Leaf: it.Leaf, State: it.State, Reason: it.Reason, Principals: nonNil(it.Principals), Roles: nonNil(it.Roles), Assurance: it.Assurance, Signers: []string{}}
		for _, by := range it.Signers {
			b.Signers = append(b.Signers, by.ID)
		}
		signers = append(signers, b.Signers...)
		s.Evidence = append(s.Evidence, b)
	}
	return s, signers
}

// trustUsed is what of the trust the judgement leaned on: the entries of the
// signers of its evidence, who may say its types, and who may sign the decision. Both
// lists are sorted.
func (c *Case) trustUsed(signers, types []string) any {
	out := struct {
		Signers      []attest.TrustSigner `json:"signers"`
		Predicates   map[string][]string  `json:"predicates"`
		DecisionKeys []string             `json:"decision_keys"`
	}{[]attest.TrustSigner{}, map[string][]string{}, nonNil(c.Trust.Service.DecisionKeys)}
	for _, s := range c.Trust.Signers {
		if _, found := slices.BinarySearch(signers, s.ID); found {
			out.Signers = append(out.Signers, s)
		}
	}
	for name, roles := range c.Trust.Predicates {
		short := attest.ShortName(name)
		if slices.Contains(types, name) || slices.Contains(types, short) {
			out.Predicates[name] = roles
		}
	}
	return out
}

func digestOf(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	tree, err := attest.ParseJSON(raw)
	if err != nil {
		return "", err
	}
	canonical, err := attest.CanonicalJSON(tree)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
