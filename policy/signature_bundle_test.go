package policy_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
)

// bundleKey is a key of whoever signs bundles with OPA.
type bundleKey struct {
	private crypto.Signer
	public  string
}

func ecKey(t testing.TB, seed byte) bundleKey {
	t.Helper()
	k, err := attest.GenerateKey(attest.ECDSAP256, bytes.NewReader(bytes.Repeat([]byte{seed}, 4096)))
	if err != nil {
		t.Fatal(err)
	}
	return asBundleKey(t, k)
}

func asBundleKey(t testing.TB, k crypto.Signer) bundleKey {
	t.Helper()
	pub, err := attest.MarshalPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return bundleKey{k, string(pub)}
}

// signAs has OPA sign the files, as `opa sign` (claims) and `opa build` (a key id) do.
func signAs(t testing.TB, files fstest.MapFS, key bundleKey, alg, keyID string, claims map[string]any) []byte {
	t.Helper()
	hasher, err := bundle.NewSignatureHasher(bundle.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	var named []bundle.FileInfo
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == policy.BundleSignatureFile {
			continue
		}
		var content any = files[name].Data
		if bundle.IsStructuredDoc(name) {
			if err := json.Unmarshal(files[name].Data, &content); err != nil {
				t.Fatal(err)
			}
		}
		sum, err := hasher.HashFile(content)
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, bundle.NewFile(name, hex.EncodeToString(sum), string(bundle.SHA256)))
	}
	private, err := attest.MarshalPrivateKey(key.private)
	if err != nil {
		t.Fatal(err)
	}
	claimsPath := ""
	if claims != nil {
		raw, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		claimsPath = filepath.Join(t.TempDir(), "claims.json")
		if err := os.WriteFile(claimsPath, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	token, err := bundle.GenerateSignedToken(named, bundle.NewSigningConfig(string(private), alg, claimsPath), keyID)
	if err != nil {
		t.Fatal(err)
	}
	return signatures(t, token)
}

func signatures(t testing.TB, tokens ...string) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"signatures": tokens})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func bundled() fstest.MapFS {
	return fstest.MapFS{
		"pack/r.rego": {Data: []byte(plainRule)}, "pack/r_test.rego": {Data: []byte("package assize.test.bun_01_test\n")},
		"data.json": {Data: []byte(`{"b": 1, "a": [2]}`)}, ".manifest": {Data: []byte(`{"roots": ["assize"], "rego_version": 1}`)}, "README.md": {Data: []byte("words\n")},
	}
}

func withFile(files fstest.MapFS, name, text string) fstest.MapFS {
	out := maps.Clone(files)
	if text == "" {
		delete(out, name)
		return out
	}
	out[name] = &fstest.MapFile{Data: []byte(text)}
	return out
}

// What OPA signed counts as signed, by each algorithm it has for a pair of keys,
// whether the key id stands in the header or in the claims, and packed again.
func TestBundlesSignedByOPA(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := attest.GenerateKey(attest.ECDSAP384, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key    bundleKey
		alg    string
		keyID  string
		claims map[string]any
	}{
		"ES256": {ecKey(t, 1), "ES256", "release", nil}, "ES384": {asBundleKey(t, p384), "ES384", "release", nil},
		"RS256": {asBundleKey(t, rsaKey), "RS256", "release", nil}, "PS512": {asBundleKey(t, rsaKey), "PS512", "release", nil},
		"claims": {ecKey(t, 1), "ES256", "", map[string]any{"keyid": "release", "iss": "ci.example", "iat": 1, "team": "platform"}},
	} {
		files := bundled()
		files[policy.BundleSignatureFile] = &fstest.MapFile{Data: signAs(t, files, c.key, c.alg, c.keyID, c.claims)}
		files[".git/HEAD"] = &fstest.MapFile{Data: []byte("no part of the set")}
		s, err := policy.LoadSet(files)
		if err != nil {
			t.Fatal(err)
		}
		keys := []policy.SetKey{{PEM: ecKey(t, 9).public, Name: "other"}, {PEM: c.key.public, Name: "release"}}
		pub, err := attest.KeyID(c.key.private.Public())
		if err != nil {
			t.Fatal(err)
		}
		if ids, err := s.SignedBy(files, keys); err != nil || !slices.Equal(ids, []string{pub}) {
			t.Errorf("%s: %v, %v", name, ids, err)
		}
		packed, err := policy.WriteArchive(files)
		if err != nil {
			t.Fatal(err)
		}
		again, err := policy.OpenArchive(packed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignedBy(again, keys); err != nil {
			t.Errorf("%s, packed: %v", name, err)
		}
	}
	// by the key's own id, where no name was given
	files, key := bundled(), ecKey(t, 1)
	id, err := attest.KeyID(key.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	files[policy.BundleSignatureFile] = &fstest.MapFile{Data: signAs(t, files, key, "ES256", id, nil)}
	s, err := policy.LoadSet(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignedBy(files, setKeys(key.public)); err != nil {
		t.Error(err)
	}
}

// forge makes a token of any header and payload, with a signature by the key (ES256),
// or by sign.
func forge(t *testing.T, key bundleKey, header, payload string, sign func(message string) []byte) []byte {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	message := b64([]byte(header)) + "." + b64([]byte(payload))
	var sig []byte
	if sign != nil {
		sig = sign(message)
	} else {
		sum := sha256.Sum256([]byte(message))
		r, s, err := ecdsa.Sign(rand.Reader, key.private.(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			t.Fatal(err)
		}
		sig = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	return signatures(t, message+"."+b64(sig))
}

// Whatever is changed, added, left out or chosen by the token itself ends the signature.
func TestBundleSignatureAttacked(t *testing.T) {
	mine, other := ecKey(t, 1), ecKey(t, 2)
	files := bundled()
	good := signAs(t, files, mine, "ES256", "release", nil)
	payload := func(replace ...string) string {
		var f struct{ Signatures []string }
		if err := json.Unmarshal(good, &f); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(strings.Split(f.Signatures[0], ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		out := strings.NewReplacer(replace...).Replace(string(raw))
		if len(replace) > 0 && out == string(raw) {
			t.Fatalf("%q changed nothing in %s", replace, raw)
		}
		return out
	}
	const header = `{"alg":"ES256","kid":"release","typ":"JWT"}`
	secret := func(message string) []byte {
		m := hmac.New(sha256.New, []byte(mine.public))
		m.Write([]byte(message))
		return m.Sum(nil)
	}
	nothing := func(string) []byte { return nil }
	first := `{"name":".manifest"`
	release := []policy.SetKey{{PEM: mine.public, Name: "release"}}
	ed, err := attest.GenerateKey(attest.Ed25519, bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		signature []byte
		files     fstest.MapFS
		keys      []policy.SetKey
		says      string
	}{
		"as signed":   {good, files, release, ""},
		"forged well": {forge(t, mine, header, payload(), nil), files, release, ""},

		"a file changed":         {good, withFile(files, "README.md", "other words\n"), release, "README.md: digest mismatch"},
		"a rule changed":         {good, withFile(files, "pack/r.rego", plainRule+"\nextra := 1\n"), release, "pack/r.rego: digest mismatch"},
		"a test changed":         {good, withFile(files, "pack/r_test.rego", "package other"), release, "pack/r_test.rego: digest mismatch"},
		"the manifest changed":   {good, withFile(files, ".manifest", `{"roots": ["assize", "more"], "rego_version": 1}`), release, ".manifest: digest mismatch"},
		"data reordered only":    {good, withFile(files, "data.json", `{"a": [2], "b": 1}`), release, ""},
		"a rule added":           {good, withFile(files, "pack/s.rego", strings.ReplaceAll(strings.ReplaceAll(plainRule, "BUN-01", "BUN-02"), "bun_01", "bun_02")), release, "it does not name pack/s.rego"},
		"a signature file below": {good, withFile(files, "pack/.signatures.json", string(good)), release, "it does not name pack/.signatures.json"},
		"a file removed":         {good, withFile(files, "README.md", ""), release, "it names README.md, and the set has no such file"},
		"a test removed":         {good, withFile(files, "pack/r_test.rego", ""), release, "it names pack/r_test.rego, and"},

		"another key id":   {forge(t, mine, `{"alg":"ES256","kid":"other"}`, payload(`,"keyid":"release"`, ""), nil), files, release, `by the key "other", which may not sign`},
		"two key ids":      {forge(t, mine, `{"alg":"ES256","kid":"other"}`, payload(), nil), files, release, "names two keys"},
		"no key id":        {forge(t, mine, `{"alg":"ES256"}`, payload(`,"keyid":"release"`, ""), nil), files, release, "names no key id"},
		"another's key":    {signAs(t, files, other, "ES256", "release", nil), files, release, "does not hold under the key"},
		"keys swapped":     {good, files, []policy.SetKey{{PEM: mine.public, Name: "other"}, {PEM: other.public, Name: "release"}}, "does not hold under the key"},
		"one name, 2 keys": {good, files, []policy.SetKey{{PEM: mine.public, Name: "release"}, {PEM: other.public, Name: "release"}}, "names two keys"},
		"of no use":        {good, files, []policy.SetKey{{PEM: asBundleKey(t, ed).public, Name: "release"}}, "of type ed25519, which signs by nothing"},
		"key of the token": {forge(t, other, `{"alg":"ES256","kid":"release","jwk":{}}`, payload(), nil), files, release, `"jwk" is not read`},

		"none":            {forge(t, mine, `{"alg":"none","kid":"release"}`, payload(), nothing), files, release, `algorithm "none" does not belong`},
		"no algorithm":    {forge(t, mine, `{"kid":"release"}`, payload(), nothing), files, release, `algorithm "" does not belong`},
		"HMAC":            {forge(t, mine, `{"alg":"HS256","kid":"release"}`, payload(), secret), files, release, `algorithm "HS256" does not belong`},
		"its secret":      {forge(t, mine, header, payload(), secret), files, release, "does not hold under the key"},
		"of another kind": {forge(t, mine, `{"alg":"RS256","kid":"release"}`, payload(), nil), files, release, `algorithm "RS256" does not belong`},
		"cut":             {forge(t, mine, header, payload(), nothing), files, release, "does not hold under the key"},
		"critical":        {forge(t, mine, `{"alg":"ES256","kid":"release","crit":["b64"],"b64":false}`, payload(), nil), files, release, "is not read"},
		"algorithm twice": {forge(t, mine, `{"alg":"ES256","alg":"none","kid":"release"}`, payload(), nil), files, release, "header of the token"},

		"a scope":         {signAs(t, files, mine, "ES256", "", map[string]any{"keyid": "release", "scope": "write"}), files, release, `for the scope "write"`},
		"an end":          {signAs(t, files, mine, "ES256", "", map[string]any{"keyid": "release", "exp": 4102444800}), files, release, "exp is not read"},
		"other letters":   {forge(t, mine, header, payload(`"files":`, `"FILES":[],"files":`), nil), files, release, `"FILES" is written otherwise`},
		"named twice":     {forge(t, mine, header, payload(first, `{"name":"README.md","hash":"00","algorithm":"SHA-256"},`+first), nil), files, release, "named twice"},
		"twice by case":   {forge(t, mine, header, payload(first, `{"name":"readme.MD","hash":"00","algorithm":"SHA-256"},`+first), nil), files, release, "named twice"},
		"outside":         {forge(t, mine, header, payload(first, `{"name":"../x","hash":"00","algorithm":"SHA-256"},`+first), nil), files, release, "no path inside the set"},
		"not plain":       {forge(t, mine, header, payload(first, `{"name":"pack//r.rego","hash":"00","algorithm":"SHA-256"},`+first), nil), files, release, "no path inside the set"},
		"from the root":   {forge(t, mine, header, payload(first, `{"name":"/README.md","hash":"00","algorithm":"SHA-256"},`+first), nil), files, release, "no path inside the set"},
		"a weak hash":     {forge(t, mine, header, payload(`SHA-256`, `MD5`), nil), files, release, `hashed by "MD5"`},
		"members of file": {forge(t, mine, header, payload(first, `{"Name":"x","name":".manifest"`), nil), files, release, "name, hash and algorithm, and nothing else"},
		"no files":        {forge(t, mine, header, `{"files":[],"keyid":"release"}`, nil), files, release, "it names none"},
		"files left out":  {forge(t, mine, header, `{"keyid":"release"}`, nil), files, release, "it names none"},

		"no token":       {signatures(t), files, release, "it holds 0 tokens"},
		"two tokens":     {signatures(t, "a.b.c", "a.b.c"), files, release, "it holds 2 tokens"},
		"a plugin":       {bytes.Replace(good, []byte(`{"signatures"`), []byte(`{"plugin":"theirs","signatures"`), 1), files, release, `"plugin" is not read`},
		"OPA's signer":   {bytes.Replace(good, []byte(`{"signatures"`), []byte(`{"plugin":"_default","signatures"`), 1), files, release, ""},
		"tokens twice":   {bytes.Replace(good, []byte(`{"signatures"`), []byte(`{"signatures":[],"signatures"`), 1), files, release, ".signatures.json"},
		"no JWT":         {signatures(t, "a.b"), files, release, "no compact JWT"},
		"not base64":     {signatures(t, "a=.b.c"), files, release, "not strict base64url"},
		"no JSON":        {[]byte("x"), files, release, ".signatures.json"},
		"no keys":        {good, files, nil, "no key is allowed"},
		"too large":      {append(good, bytes.Repeat([]byte(" "), policy.MaxBundleSignature)...), files, release, "bytes are more than"},
		"beside our own": {good, withFile(files, policy.SignatureFile, "x"), release, policy.SignatureFile},
	} {
		t.Run(name, func(t *testing.T) {
			with := maps.Clone(c.files)
			with[policy.BundleSignatureFile] = &fstest.MapFile{Data: c.signature}
			s, err := policy.LoadSet(with)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.SignedBy(with, c.keys)
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !errors.Is(err, policy.ErrUnsigned) && !strings.Contains(c.says, "two keys")):
				t.Errorf("%v, want ErrUnsigned saying %q", err, c.says)
			}
		})
	}
	// a set that is not what lies there now
	later := withFile(files, policy.BundleSignatureFile, string(good))
	for name, loaded := range map[string]fs.FS{
		"changed since": withFile(files, "pack/r.rego", plainRule+"\nextra := 1\n"),
		"gone since":    withFile(files, "pack/s.rego", strings.ReplaceAll(strings.ReplaceAll(plainRule, "BUN-01", "BUN-02"), "bun_01", "bun_02")),
	} {
		s, err := policy.LoadSet(loaded)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignedBy(later, release); !errors.Is(err, policy.ErrUnsigned) || !strings.Contains(err.Error(), "since the set was loaded") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// No bytes of a signature file make a set signed that was not, nor end the program.
func FuzzBundleSignature(f *testing.F) {
	key := ecKey(f, 1)
	files := bundled()
	good := signAs(f, files, key, "ES256", "release", nil)
	f.Add(good)
	f.Add([]byte(`{"signatures":["e30.e30.e30"]}`))
	f.Add([]byte(`{"signatures":["eyJhbGciOiJub25lIn0.eyJmaWxlcyI6W119."]}`))
	s, err := policy.LoadSet(files)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		with := withFile(files, policy.BundleSignatureFile, "x")
		with[policy.BundleSignatureFile] = &fstest.MapFile{Data: raw}
		_, err := s.SignedBy(with, []policy.SetKey{{PEM: key.public, Name: "release"}})
		if err == nil && !bytes.Contains(raw, []byte("."+strings.Split(string(good), ".")[1]+".")) {
			t.Errorf("signed by %q", raw)
		}
		if err != nil && !errors.Is(err, policy.ErrUnsigned) {
			t.Errorf("%v is no ErrUnsigned", err)
		}
	})
}
