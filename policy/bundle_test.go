package policy_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
)

type member struct {
	tar.Header
	body string
}

func file(name, body string) member {
	return member{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, body}
}

func pack(t testing.TB, compress bool, members ...member) []byte {
	t.Helper()
	var raw bytes.Buffer
	w := tar.NewWriter(&raw)
	for _, m := range members {
		m.Size = int64(len(m.body))
		if err := w.WriteHeader(&m.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !compress {
		return raw.Bytes()
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(raw.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var plainRule = rule("BUN-01", "requires: [model-card]", `pass if count(input.evidence["model-card"]) > 0`)

// A set packed as OPA packs bundles is the same set, compressed or not.
func TestBundleIsTheSameSet(t *testing.T) {
	want, err := policy.LoadSet(fstest.MapFS{"pack/r.rego": {Data: []byte(plainRule)}})
	if err != nil {
		t.Fatal(err)
	}
	members := []member{
		{Header: tar.Header{Typeflag: tar.TypeDir, Name: "/pack/", Mode: 0o755}},
		file("/pack/r.rego", plainRule), file("/data.json", `{"x": 1}`), file("/.manifest", `{"revision": "1", "roots": ["assize"], "rego_version": 1}`),
	}
	for _, compress := range []bool{true, false} {
		fsys, err := policy.OpenArchive(pack(t, compress, members...))
		if err != nil {
			t.Fatal(err)
		}
		got, err := policy.LoadSet(fsys)
		if err != nil {
			t.Fatal(err)
		}
		if got.Digest() != want.Digest() {
			t.Errorf("compressed %v: digest %s, want %s", compress, got.Digest(), want.Digest())
		}
	}
	raw, err := policy.WriteArchive(fstest.MapFS{"pack/r.rego": {Data: []byte(plainRule)}, "README.md": {Data: []byte("x")}})
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.WriteArchive(fstest.MapFS{"pack/r.rego": {Data: []byte(plainRule)}})
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("the same rules pack to other bytes (%v)", err)
	}
	fsys, err := policy.OpenArchive(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := policy.LoadSet(fsys); err != nil || got.Digest() != want.Digest() {
		t.Errorf("written and read: %v", err)
	}
}

// What could smuggle, hide or fill is refused by name.
func TestBundleRefuses(t *testing.T) {
	many := make([]member, policy.MaxSetFiles+1)
	for i := range many {
		many[i] = file(fmt.Sprintf("%d.txt", i), "")
	}
	for name, c := range map[string]struct {
		raw  []byte
		says string
	}{
		"traversal":     {pack(t, true, file("../r.rego", plainRule)), "leaves the archive"},
		"inner":         {pack(t, true, file("a/../../r.rego", plainRule)), "leaves the archive"},
		"backslash":     {pack(t, true, file(`a\r.rego`, plainRule)), "leaves the archive"},
		"symlink":       {pack(t, true, member{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: "r.rego", Linkname: "/etc/passwd"}}), "is a link"},
		"hard link":     {pack(t, true, member{Header: tar.Header{Typeflag: tar.TypeLink, Name: "r.rego", Linkname: "q.rego"}}), "is a link"},
		"device":        {pack(t, true, member{Header: tar.Header{Typeflag: tar.TypeChar, Name: "r.rego"}}), "neither file nor directory"},
		"twice":         {pack(t, true, file("r.rego", plainRule), file("./r.rego", plainRule)), "there twice"},
		"twice by case": {pack(t, true, file("r.rego", plainRule), file("R.rego", plainRule)), "there twice"},
		"wasm":          {pack(t, true, file("policy.wasm", "x")), "compiled code"},
		"bomb":          {pack(t, true, file("big.json", strings.Repeat("0", policy.MaxUnpacked))), "unpacks to more than"},
		"two bombs":     {pack(t, true, file("a.json", strings.Repeat("0", policy.MaxUnpacked/2)), file("b.json", strings.Repeat("0", policy.MaxUnpacked/2))), "unpacks to more than"},
		"large":         {make([]byte, policy.MaxArchive+1), "bytes are more than"},
		"files":         {pack(t, true, many...), "more than 4096 files"},
		"name":          {pack(t, true, file(strings.Repeat("a/", policy.MaxArchiveName/2)+"r.rego", plainRule)), "name of more than"},
		"empty":         {pack(t, true), "holds no file"},
		"no gzip":       {[]byte{0x1f, 0x8b, 0}, "gzip"},
		"no tar":        {bytes.Repeat([]byte("x"), 2048), "after 0 members"},
		"cut":           {pack(t, false, file("r.rego", plainRule))[:700], "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.OpenArchive(c.raw)
			if !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want ErrRuleSet saying %q", err, c.says)
			}
		})
	}
	for name, c := range map[string]struct{ manifest, says string }{
		"roots": {`{"roots": ["other"]}`, "under none of the roots"},
		"v0":    {`{"rego_version": 0}`, "Rego v0"},
		"wasm":  {`{"wasm": [{"entrypoint": "x"}]}`, "compiled code"},
		"json":  {`{`, ".manifest"},
	} {
		t.Run("manifest "+name, func(t *testing.T) {
			_, err := policy.LoadSet(fstest.MapFS{"r.rego": {Data: []byte(plainRule)}, ".manifest": {Data: []byte(c.manifest)}})
			if !errors.Is(err, policy.ErrRuleSet) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want ErrRuleSet saying %q", err, c.says)
			}
		})
	}
}

// A set that must be signed is refused without its signature file, whatever else
// lies beside it, and with one that is not of this set by a key that may.
func TestSignedSets(t *testing.T) {
	key := func(seed byte) (ed25519.PrivateKey, string) {
		k := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
		pem, err := attest.MarshalPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		return k, string(pem)
	}
	mine, minePub := key(1)
	other, otherPub := key(2)
	fsys := fstest.MapFS{"r.rego": {Data: []byte(plainRule)}}
	s, err := policy.LoadSet(fsys)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(s *policy.Set, keys ...ed25519.PrivateKey) []byte {
		var out []byte
		switch len(keys) {
		case 1:
			out, err = s.Sign(keys[0])
		default:
			out, err = s.Sign(keys[0], keys[1])
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	changed, err := policy.LoadSet(fstest.MapFS{"r.rego": {Data: []byte(plainRule + "\nextra := 1\n")}})
	if err != nil {
		t.Fatal(err)
	}
	good := sign(s, mine)
	for name, c := range map[string]struct {
		signature []byte
		keys      []string
		beside    string
		says      string
	}{
		"signed":        {good, []string{minePub}, "", ""},
		"by one of two": {good, []string{otherPub, minePub}, "", ""},
		"stripped":      {nil, []string{minePub}, "", "neither assize.signature.json nor .signatures.json"},
		"OPA signature": {nil, []string{minePub}, `{"signatures": []}`, ".signatures.json: it holds 0 tokens"},
		"no keys":       {good, nil, "", "no key is allowed"},
		"other key":     {good, []string{otherPub}, "", "may not sign"},
		"one too many":  {sign(s, mine, other), []string{minePub}, "", "may not sign"},
		"empty key id":  {bytes.Replace(good, []byte(`"keyid":"`), []byte(`"keyid":"","was":"`), 1), []string{minePub}, "", "names no key id"},
		"other set":     {sign(changed, mine), []string{minePub}, "", "sign it again"},
		"no signature":  {bytes.Replace(good, []byte(`"signatures":[{`), []byte(`"signatures":[],"was":[{`), 1), []string{minePub}, "", "no signature"},
		"not JSON":      {[]byte("x"), []string{minePub}, "", "assize.signature.json"},
	} {
		t.Run(name, func(t *testing.T) {
			with := fstest.MapFS{"r.rego": fsys["r.rego"]}
			if c.signature != nil {
				with[policy.SignatureFile] = &fstest.MapFile{Data: c.signature}
			}
			if c.beside != "" {
				with[".signatures.json"] = &fstest.MapFile{Data: []byte(c.beside)}
			}
			_, err := s.SignedBy(with, setKeys(c.keys...))
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, policy.ErrUnsigned) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want ErrUnsigned saying %q", err, c.says)
			}
		})
	}
}

func setKeys(pems ...string) []policy.SetKey {
	var out []policy.SetKey
	for _, pem := range pems {
		out = append(out, policy.SetKey{PEM: pem})
	}
	return out
}

func FuzzOpenArchive(f *testing.F) {
	f.Add(pack(f, true, file("a/r.rego", plainRule), file(".manifest", `{"roots": ["assize"]}`)))
	f.Add(pack(f, false, file("../r.rego", "x")))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		fsys, err := policy.OpenArchive(raw)
		if err != nil {
			if !errors.Is(err, policy.ErrRuleSet) {
				t.Errorf("%v is no ErrRuleSet", err)
			}
			return
		}
		if err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
			if strings.Contains(name, "..") && !fs.ValidPath(name) {
				t.Errorf("path %q", name)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}
