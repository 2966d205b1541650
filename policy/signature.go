package policy

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/assize-dev/assize/attest"
)

// SignatureFile lies at the root of a signed rule set: a DSSE envelope over an
// in-toto statement whose one subject is the digest of the set, so that the set may
// be packed otherwise and the signature still be of it.
const SignatureFile = "assize.signature.json"

// SetType is the predicate type of that statement. It is outside the namespace of
// evidence: a signed set is never taken for an attestation, nor the other way round.
const SetType = "https://assize.dev/policy-set/v0.1"

// ErrUnsigned: a rule set that had to be signed and is not, or not by who may.
var ErrUnsigned = errors.New("rule set is not signed as required")

// Sign returns the signature file of a set.
func (s *Set) Sign(signers ...crypto.Signer) ([]byte, error) {
	ids := make([]string, len(s.rules))
	for i, r := range s.rules {
		ids[i] = r.ID
	}
	statement, err := attest.CanonicalJSON(map[string]any{
		"_type": "https://in-toto.io/Statement/v1", "predicateType": SetType,
		"subject":   []any{map[string]any{"name": "rule set", "digest": map[string]any{"sha256": strings.TrimPrefix(s.digest, "sha256:")}}},
		"predicate": map[string]any{"rules": ids, "engine": EngineVersion},
	})
	if err != nil {
		return nil, fmt.Errorf("sign rule set: %w", err)
	}
	b, err := attest.SignDSSE(statement, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign rule set: %w", err)
	}
	return b, nil
}

// SetKey is a public key that may sign rule sets.
type SetKey struct {
	PEM string
	// Name is the key id it goes by where OPA signs bundles; the key's own id
	// (attest.KeyID) names it always.
	Name string
}

// SignedBy demands that fsys, from which the set was loaded, holds a signature of
// exactly this set, every signature in it by one of the keys. It returns the key ids
// that signed. A missing file, a signature without a key id or by a key that is not
// among these, and a signature of another set are ErrUnsigned: nothing is verified "if
// it is there". Without a SignatureFile, the signature of a bundle by OPA is one (see
// BundleSignatureFile).
func (s *Set) SignedBy(fsys fs.FS, keys []SetKey) ([]string, error) {
	allowed, err := setKeys(keys)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(fsys, SignatureFile)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := fs.Stat(fsys, BundleSignatureFile); !errors.Is(err, fs.ErrNotExist) {
			return s.bundleSignedBy(fsys, allowed)
		}
		return nil, fmt.Errorf("%w: it has neither %s nor %s; sign it with `assize policy sign`", ErrUnsigned, SignatureFile, BundleSignatureFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", SignatureFile, err)
	}
	ids, err := keyIDs(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnsigned, SignatureFile, err)
	}
	pems := make([]string, 0, len(keys))
	for i, id := range ids {
		if k := allowed[id]; k == nil || k.id != id {
			return nil, fmt.Errorf("%w: %s: signatures[%d] is by the key %q, which may not sign rule sets", ErrUnsigned, SignatureFile, i, clip(id))
		}
	}
	for _, k := range keys {
		pems = append(pems, k.PEM)
	}
	envelope, err := attest.VerifyService(raw, pems)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: no signature holds under the keys that may sign rule sets (%w)", ErrUnsigned, SignatureFile, errors.Unwrap(err))
	}
	st := envelope.Statement()
	refs := st.Refs()
	if st.PredicateType != SetType {
		return nil, fmt.Errorf("%w: %s: it is a statement of type %s, not %s", ErrUnsigned, SignatureFile, clip(st.PredicateType), SetType)
	}
	if len(refs) != 1 || string(refs[0]) != s.digest {
		return nil, fmt.Errorf("%w: %s: it signs %v, this set is %s; something was changed since, sign it again", ErrUnsigned, SignatureFile, refs, s.digest)
	}
	return ids, nil
}

// setKey is a key that may sign, read.
type setKey struct {
	id  string // the key's own
	pem string
	alg attest.Algorithm
}

// setKeys gives the keys by their own ids and by the names they go by. No name stands
// for two keys.
func setKeys(keys []SetKey) (map[string]*setKey, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: no key is allowed to sign", ErrUnsigned)
	}
	out := map[string]*setKey{}
	for _, key := range keys {
		pub, err := attest.LoadPublicKey([]byte(key.PEM))
		if err != nil {
			return nil, fmt.Errorf("key that may sign rule sets: %w", err)
		}
		id, err := attest.KeyID(pub)
		if err != nil {
			return nil, fmt.Errorf("key that may sign rule sets: %w", err)
		}
		alg, err := attest.AlgorithmOf(pub)
		if err != nil {
			return nil, fmt.Errorf("key that may sign rule sets: %w", err)
		}
		k := &setKey{id, key.PEM, alg}
		for _, name := range []string{id, key.Name} {
			if other := out[name]; other != nil && other.id != id {
				return nil, fmt.Errorf("keys that may sign rule sets: %q names two keys, %s and %s; give each a name of its own", clip(name), other.id, id)
			}
			if name != "" {
				out[name] = k
			}
		}
	}
	return out, nil
}

// keyIDs are the key ids the signatures of an envelope claim; one without is an
// error, since an empty id must never choose a key.
func keyIDs(raw []byte) ([]string, error) {
	if _, err := attest.ParseJSON(raw); err != nil {
		return nil, err
	}
	var e struct {
		Signatures []struct {
			KeyID string `json:"keyid"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	if len(e.Signatures) == 0 {
		return nil, errors.New("no signature")
	}
	out := make([]string, len(e.Signatures))
	for i, s := range e.Signatures {
		if s.KeyID == "" {
			return nil, fmt.Errorf("signatures[%d] names no key id", i)
		}
		out[i] = s.KeyID
	}
	return out, nil
}
