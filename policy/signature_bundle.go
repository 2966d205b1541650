package policy

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/assize-dev/assize/attest"
)

// BundleSignatureFile lies at the root of a bundle that OPA signed: one JWT over the
// hashes of all files
// (https://www.openpolicyagent.org/docs/management-bundles#signing). It signs a set as
// SignatureFile does, under narrower terms than OPA's own: an asymmetric algorithm that
// belongs to the key, a key id that is one of those allowed, no scope, SHA-2 of 256 bits
// or more, and each file of the set named exactly once.
const BundleSignatureFile = ".signatures.json"

// bundleAlgorithms are the JWT algorithms of each kind of key (RFC 7518, section 3.1).
// Ed25519 is none of OPA's.
var bundleAlgorithms = map[attest.Algorithm][]string{
	attest.ECDSAP256: {"ES256"}, attest.ECDSAP384: {"ES384"}, attest.ECDSAP521: {"ES512"},
	attest.RSAPSS: {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
}

var bundleHashes = []string{string(bundle.SHA256), string(bundle.SHA384), string(bundle.SHA512), string(bundle.SHA512256)}

// bundleSignedBy demands that OPA's signature holds under one of the keys, and that
// fsys, and the set as it was loaded from there, are what it names.
func (s *Set) bundleSignedBy(fsys fs.FS, keys map[string]*setKey) ([]string, error) {
	refuse := func(format string, args ...any) ([]string, error) {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnsigned, BundleSignatureFile, fmt.Errorf(format, args...))
	}
	raw, err := readAtMost(fsys, BundleSignatureFile, maxBundleSignature)
	if err != nil {
		return refuse("%w", err)
	}
	token, err := onlyToken(raw)
	if err != nil {
		return refuse("%w", err)
	}
	claims, err := readToken(token)
	if err != nil {
		return refuse("%w", err)
	}
	key := keys[claims.key]
	switch {
	case claims.key == "":
		return refuse("the token names no key id; sign with `opa build --verification-key-id NAME`, or with {\"keyid\": NAME} in the claims file of `opa sign`")
	case key == nil:
		return refuse("it is by the key %q, which may not sign rule sets; a key goes by the name given with it (NAME=FILE)", clip(claims.key))
	case !slices.Contains(bundleAlgorithms[key.alg], claims.alg):
		return refuse("algorithm %q does not belong to the key %q, of type %s, which signs by %s", clip(claims.alg), claims.key, key.alg, list(bundleAlgorithms[key.alg]))
	case claims.scope != "":
		return refuse("it was signed for the scope %q; a rule set is signed for none", clip(claims.scope))
	}
	// The key and its algorithm are chosen above; the token chooses nothing here.
	named, err := new(bundle.DefaultVerifier).VerifyBundleSignature(bundle.SignaturesConfig{Signatures: []string{token}}, &bundle.VerificationConfig{
		KeyID: claims.key, PublicKeys: map[string]*bundle.KeyConfig{claims.key: {Key: key.pem, Algorithm: claims.alg}},
	})
	if err != nil {
		return refuse("the signature does not hold under the key %q: %w", claims.key, err)
	}
	if err := s.asNamed(fsys, named); err != nil {
		return refuse("%w", err)
	}
	return []string{key.id}, nil
}

// asNamed holds each file of fsys, and each source of the set, against the hashes named.
func (s *Set) asNamed(fsys fs.FS, named map[string]bundle.FileInfo) error {
	read := map[string]bool{}
	left := int64(maxUnpacked)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case name == BundleSignatureFile:
			return nil
		}
		if _, there := named[name]; !there && hidden(name) {
			return nil // no part of the set is read from there
		} else if !there {
			return fmt.Errorf("it does not name %s; every file of the set is in it, by its path from the root of the set (`opa sign` from inside the directory)", name)
		}
		text, err := readAtMost(fsys, name, left)
		if err != nil {
			return err
		}
		left -= int64(len(text))
		if source, ours := s.sources[name]; ours && source != string(text) {
			return fmt.Errorf("%s changed since the set was loaded; load it again", name)
		}
		read[name] = true
		return bundle.VerifyBundleFile(name, *bytes.NewBuffer(text), named) // strikes it off
	})
	if err != nil {
		return err
	}
	if len(named) > 0 {
		return fmt.Errorf("it names %s, and the set has no such file", list(slices.Sorted(maps.Keys(named))))
	}
	for _, name := range slices.Sorted(maps.Keys(s.sources)) {
		if !read[name] {
			return fmt.Errorf("%s is gone since the set was loaded; load it again", name)
		}
	}
	return nil
}

// hidden reports whether a file lies in a directory that the loader passes over.
func hidden(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if strings.HasPrefix(path.Base(dir), ".") {
			return true
		}
	}
	return false
}

// onlyToken is the one token of a signature file.
func onlyToken(raw []byte) (string, error) {
	v, err := attest.ParseJSON(raw)
	if err != nil {
		return "", err
	}
	file, _ := v.(map[string]any)
	for name, value := range file {
		if name != "signatures" && (name != "plugin" || value != "_default" && value != "") {
			return "", fmt.Errorf("member %q is not read: %v; what OPA's own signer makes is, no plugin's", clip(name), value)
		}
	}
	tokens, _ := file["signatures"].([]any)
	if len(tokens) != 1 {
		return "", fmt.Errorf("it holds %d tokens; there is exactly one", len(tokens))
	}
	token, ok := tokens[0].(string)
	if !ok {
		return "", errors.New("signatures[0] is no token")
	}
	return token, nil
}

// tokenClaims is what of a token decides how it is verified.
type tokenClaims struct{ alg, key, scope string }

// readToken reads a token strictly, before anything in it is believed: what OPA's own
// parser would take one way and another reader another way is refused.
func readToken(token string) (tokenClaims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return tokenClaims{}, errors.New("signatures[0] is no compact JWT (HEADER.PAYLOAD.SIGNATURE)")
	}
	object := func(what, part string) (map[string]any, error) {
		text, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			return nil, fmt.Errorf("%s of the token: not strict base64url", what)
		}
		v, err := attest.ParseJSON(text)
		if err != nil {
			return nil, fmt.Errorf("%s of the token: %w", what, err)
		}
		o, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s of the token: no object", what)
		}
		return o, nil
	}
	header, err := object("header", parts[0])
	if err != nil {
		return tokenClaims{}, err
	}
	payload, err := object("payload", parts[1])
	if err != nil {
		return tokenClaims{}, err
	}
	for name := range header {
		if name != "alg" && name != "kid" && name != "typ" {
			return tokenClaims{}, fmt.Errorf("header of the token: %q is not read; it holds alg, kid and typ", clip(name))
		}
	}
	for name := range payload {
		switch {
		case name == "exp", name == "nbf":
			return tokenClaims{}, fmt.Errorf("payload of the token: %s is not read; a set is in force while parameters name it", name)
		// names of Go structs are matched whatever their case
		case slices.ContainsFunc([]string{"files", "keyid", "scope", "iat", "iss"}, func(known string) bool { return name != known && strings.EqualFold(name, known) }):
			return tokenClaims{}, fmt.Errorf("payload of the token: %q is written otherwise", clip(name))
		}
	}
	var out tokenClaims
	kid, claimed := "", ""
	for _, f := range []struct {
		from map[string]any
		name string
		to   *string
	}{{header, "alg", &out.alg}, {header, "kid", &kid}, {payload, "keyid", &claimed}, {payload, "scope", &out.scope}} {
		v, there := f.from[f.name]
		if text, ok := v.(string); ok {
			*f.to = text
		} else if there {
			return tokenClaims{}, fmt.Errorf("the token's %s is no text", f.name)
		}
	}
	if kid != "" && claimed != "" && kid != claimed {
		return tokenClaims{}, fmt.Errorf("the token names two keys, %q in its header and %q in its claims", clip(kid), clip(claimed))
	}
	if out.key = kid; kid == "" {
		out.key = claimed
	}
	return out, checkNamed(payload["files"])
}

// checkNamed holds the list of files to paths of a set, each once, and to hashes that
// are worth something.
func checkNamed(v any) error {
	files, _ := v.([]any)
	if len(files) == 0 {
		return errors.New("files of the token: it names none")
	}
	seen := map[string]bool{}
	for i, f := range files {
		at := fmt.Sprintf("files[%d] of the token", i)
		members, _ := f.(map[string]any)
		name, isName := members["name"].(string)
		_, isHash := members["hash"].(string)
		algorithm, isAlgorithm := members["algorithm"].(string)
		switch {
		case !isName || !isHash || !isAlgorithm || len(members) != 3:
			return fmt.Errorf("%s: it has name, hash and algorithm, and nothing else", at)
		case !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00"):
			return fmt.Errorf("%s: %q is no path inside the set", at, clip(name))
		case seen[strings.ToLower(name)]:
			return fmt.Errorf("%s: %s is named twice", at, clip(name))
		case !slices.Contains(bundleHashes, algorithm):
			return fmt.Errorf("%s: %s is hashed by %q, which is none of %s", at, clip(name), clip(algorithm), list(bundleHashes))
		}
		seen[strings.ToLower(name)] = true
	}
	return nil
}

// readAtMost reads a file of at most so many bytes.
func readAtMost(fsys fs.FS, name string, most int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s: %d bytes are more than the %d that are left for the files of a set", name, info.Size(), most)
	}
	return fs.ReadFile(fsys, name)
}
