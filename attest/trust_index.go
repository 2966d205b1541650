package attest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// buildIndex compiles a trust for look-up and refuses what only shows when its
// entries are seen together.
func buildIndex(t *Trust) (*trustIndex, error) {
	x := &trustIndex{byKey: map[string]*signerEntry{}, byHint: map[string]*signerEntry{}, named: map[string]*signerEntry{}, allowed: t.Predicates, roots: map[string]*trustRoot{}}
	for _, r := range t.Roots {
		tree, err := ParseJSON(r.Document)
		if err != nil {
			return nil, fmt.Errorf("root %q: %w", r.ID, err)
		}
		if _, x.roots[r.ID], err = readRoot(tree); err != nil {
			return nil, fmt.Errorf("root %q: %w", r.ID, err)
		}
		x.roots[r.ID].id = r.ID
	}
	for i := range t.Signers {
		s := &signerEntry{TrustSigner: &t.Signers[i]}
		if x.named[s.ID] != nil {
			return nil, fmt.Errorf("signer %q: %w: the id is taken; ids are unique", s.ID, ErrMalformed)
		}
		x.named[s.ID] = s
		if err := x.addRoot(s, t.Roots); err != nil {
			return nil, fmt.Errorf("signer %q: %w", s.ID, err)
		}
		switch {
		case s.Key != "":
			if err := x.addKey(s); err != nil {
				return nil, fmt.Errorf("signer %q: %w", s.ID, err)
			}
		case s.Keyless != nil:
			if err := s.loadKeyless(); err != nil {
				return nil, fmt.Errorf("signer %q: %w", s.ID, err)
			}
			x.keyless = append(x.keyless, s)
		case s.CA != nil:
			if err := s.loadCA(); err != nil {
				return nil, fmt.Errorf("signer %q: %w", s.ID, err)
			}
			x.cas = append(x.cas, s)
		}
	}
	for _, key := range t.Service.DecisionKeys {
		pub, err := LoadPublicKey([]byte(key))
		if err != nil {
			return nil, fmt.Errorf("service.decision_keys: %w", err)
		}
		id, err := KeyID(pub)
		if err != nil {
			return nil, fmt.Errorf("service.decision_keys: %w", err)
		}
		if s := x.byKey[id]; s != nil {
			return nil, fmt.Errorf("signer %q: %w: its key signs decisions; what this service signs is no evidence", s.ID, ErrMalformed)
		}
	}
	return x, nil
}

func (x *trustIndex) addKey(s *signerEntry) error {
	var err error
	if s.pub, err = LoadPublicKey([]byte(s.Key)); err != nil {
		return err
	}
	if s.alg, err = AlgorithmOf(s.pub); err != nil {
		return err
	}
	if s.keyID, err = KeyID(s.pub); err != nil {
		return err
	}
	if other := x.byKey[s.keyID]; other != nil {
		return fmt.Errorf("%w: signer %q has the same key; one key is one signer", ErrMalformed, other.ID)
	}
	x.byKey[s.keyID] = s
	x.keys = append(x.keys, s)
	// Names a key goes by in envelopes: its id in the trust, the hash of its
	// SubjectPublicKeyInfo, and that of its PEM, which model signing bundles carry.
	sum := sha256.Sum256([]byte(s.Key))
	for _, hint := range []string{s.ID, s.keyID, hex.EncodeToString(sum[:])} {
		x.byHint[hint] = s
	}
	return nil
}

// addRoot gives a signer the root it names.
func (x *trustIndex) addRoot(s *signerEntry, roots []TrustRoot) error {
	if s.Root == "" {
		// Trust files of before roots could be listed have keyless signers without
		// one: they parse, and trust nobody.
		if s.Keyless != nil && len(roots) > 0 {
			return fmt.Errorf("%w: a keyless signer names the root its certificates come from; add root: %s", ErrMalformed, roots[0].ID)
		}
		return nil
	}
	s.root = x.roots[s.Root]
	if s.root == nil {
		return fmt.Errorf("%w: root %q is not listed under roots", ErrMalformed, s.Root)
	}
	s.RootDigest = s.root.digest
	switch {
	case s.KMS != "":
		return fmt.Errorf("%w: a key that is not resolved cannot be held to a root; list its public key as key", ErrMalformed)
	case s.Keyless != nil && len(s.root.FulcioCertificateAuthorities()) == 0:
		return fmt.Errorf("%w: root %q lists no certificate authority", ErrMalformed, s.Root)
	case s.Keyless == nil && len(s.root.RekorLogs())+len(s.root.TimestampingAuthorities()) == 0:
		return fmt.Errorf("%w: root %q lists no transparency log and no timestamp authority", ErrMalformed, s.Root)
	}
	return nil
}
