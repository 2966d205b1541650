package main

import (
	"context"
	"crypto"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
)

//go:embed seed.yaml
var seedTrust []byte

// seed gives an empty ledger its first trust, rule set and parameters. It picks
// up where an earlier start was cut off.
func (in *instance) seed(ctx context.Context) error {
	head, err := in.log.Committed(ctx)
	if err != nil {
		return err
	}
	_, err = evidence.Latest(ctx, in.log, evidence.KindTrust, head.Size)
	if errors.Is(err, evidence.ErrNotSeeded) && head.Size == 0 {
		if in.keys.admin == nil {
			return fmt.Errorf("%w: %s is not there, and an empty ledger needs an administrator", errNoKeys, in.keys.path(fileAdminKey))
		}
		var doc []byte
		if doc, err = firstTrust(in.VKey(), in.keys.decision, in.keys.admin); err == nil {
			_, err = in.Activate(ctx, evidence.KindTrust, doc, in.keys.admin)
			in.fresh = true
		}
	}
	if err != nil {
		return fmt.Errorf("seed trust: %w", err)
	}
	if head, err = in.log.Committed(ctx); err != nil {
		return err
	}
	_, err = evidence.Latest(ctx, in.log, evidence.KindParameters, head.Size)
	if err == nil {
		return in.publishRules(ctx)
	}
	if !errors.Is(err, evidence.ErrNotSeeded) {
		return err
	}
	if in.keys.admin == nil {
		return fmt.Errorf("%w: %s is not there, and the first start was cut off before it gave the ledger parameters", errNoKeys, in.keys.path(fileAdminKey))
	}
	text, err := builtinParameters()
	if err != nil {
		return err
	}
	p, err := policy.ParseParameters(text)
	if err != nil {
		return fmt.Errorf("built-in parameters: %w", err)
	}
	if in.cfg.Gates != nil {
		if p, err = edited(p, in.cfg.Gates); err != nil {
			return err
		}
	}
	set, err := in.rules()
	if err != nil {
		return err
	}
	doc, err := in.withSet(ctx, p, set)
	if err != nil {
		return err
	}
	if _, err := in.Activate(ctx, evidence.KindParameters, doc, in.keys.admin); err != nil {
		return fmt.Errorf("seed parameters: %w", err)
	}
	return nil
}

// edited are parameters after a change to their document.
func edited(p *policy.Parameters, edit func(map[string]any)) (*policy.Parameters, error) {
	tree, err := attest.ParseJSON(p.Canonical())
	if err != nil {
		return nil, err
	}
	edit(tree.(map[string]any))
	doc, err := attest.CanonicalJSON(tree)
	if err != nil {
		return nil, err
	}
	return policy.ParseParameters(doc)
}

// publishRules makes the rules of this program known, so that an administrator
// can have them judge. Which ones do is for the parameters to say.
func (in *instance) publishRules(ctx context.Context) error {
	set, err := in.rules()
	if err != nil {
		return err
	}
	_, err = in.Locker.PublishSet(ctx, set.Digest(), set.Archive())
	if errors.Is(err, ledger.ErrWitness) {
		// It is in the log, and shown as soon as the witnesses are back.
		in.cfg.Logger.WarnContext(ctx, "rules of this program are not cosigned yet", "err", err)
		return nil
	}
	return err
}

// firstTrust trusts one administrator, and nobody else to say anything.
func firstTrust(vkey string, decision, admin crypto.Signer) ([]byte, error) {
	base, err := attest.ParseTrust(seedTrust)
	if err != nil {
		return nil, err
	}
	decisionPEM, err := attest.MarshalPublicKey(decision.Public())
	if err != nil {
		return nil, err
	}
	adminPEM, err := attest.MarshalPublicKey(admin.Public())
	if err != nil {
		return nil, err
	}
	doc, err := json.Marshal(map[string]any{
		"v":       1,
		"service": map[string]any{"log_keys": []string{vkey}, "decision_keys": []string{string(decisionPEM)}},
		"signers": []any{map[string]any{
			"id": "admin", "principal": "admin", "key": string(adminPEM), "roles": []string{"admin"}, "about": []string{},
		}},
		"predicates": base.Predicates,
	})
	if err != nil {
		return nil, err
	}
	t, err := attest.ParseTrust(doc)
	if err != nil {
		return nil, err
	}
	return t.Canonical(), nil
}

// checkedRules are the digests of the rules that were checked when this program was
// tested.
func checkedRules() []string {
	digest, err := fs.ReadFile(policies.FS, "checked")
	if err != nil {
		return nil // they are checked then
	}
	return []string{strings.TrimSpace(string(digest))}
}

// builtinRules are the rules this program carries.
func builtinRules() (*policy.Set, error) {
	s, err := policy.LoadSet(policies.FS, checkedRules()...)
	if err != nil {
		return nil, fmt.Errorf("built-in rules: %w", err)
	}
	return s, nil
}

func builtinParameters() ([]byte, error) {
	b, err := fs.ReadFile(policies.FS, "parameters.yaml")
	if err != nil {
		return nil, fmt.Errorf("built-in parameters: %w", err)
	}
	return b, nil
}

// withSet makes a rule set known to the ledger and returns parameters that name
// it, as canonical JSON.
func (in *instance) withSet(ctx context.Context, p *policy.Parameters, set *policy.Set) ([]byte, error) {
	var others []*policy.Set
	for _, digest := range p.Sets() {
		other, err := in.Gate.Set(ctx, digest)
		if err != nil {
			return nil, err
		}
		others = append(others, other)
	}
	doc, err := nameSet(p, set, others...)
	if err != nil {
		return nil, err
	}
	_, err = in.Locker.PublishSet(ctx, set.Digest(), set.Archive())
	return doc, err
}

// nameSet holds parameters against a rule set, and gates with a set of their own
// against that, and names the set in them.
func nameSet(p *policy.Parameters, set *policy.Set, others ...*policy.Set) ([]byte, error) {
	if err := p.Check(set, others...); err != nil {
		return nil, err
	}
	tree, err := attest.ParseJSON(p.Canonical())
	if err != nil {
		return nil, err
	}
	tree.(map[string]any)["set"] = set.Digest()
	return attest.CanonicalJSON(tree)
}
