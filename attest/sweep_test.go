package attest_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
)

// The first promise: flipping any bit of what was signed, of a signature or of a
// certificate is refused; any other change to an envelope is refused, or leaves
// the identical statement by the identical signers. Every bit of every envelope
// form is flipped here.
func TestBitFlips(t *testing.T) {
	w := jwsWorld(t, attest.ECDSAP384, attest.Ed25519)
	ca := attesttest.NewCA(t, "bank")
	leaf := attesttest.Key(t, attest.ECDSAP256, "leaf")
	authority := trustOf(t, caFile(t, ca.RootPEM(), `^ada@bank\.example$`))
	dev, ed := w.Signer("developer").Key, w.Signer(string(attest.Ed25519)).Key
	for name, tc := range map[string]struct {
		raw   []byte
		trust *attest.Trust
	}{
		"DSSE":                {w.Sign(card(), "developer"), w.Trust},
		"DSSE, two":           {w.Sign(card(), "developer", string(attest.Ed25519)), w.Trust},
		"DSSE, P-384":         {w.Sign(card(), string(attest.ECDSAP384)), w.Trust},
		"bundle, key":         {bundle(t, dev), w.Trust},
		"bundle, chain":       {bundle(t, leaf, ca.Issue(leaf.Public(), "ada", nil), ca.Intermediate), authority},
		"bundle, with root":   {bundle(t, leaf, ca.Issue(leaf.Public(), "ada", nil), ca.Intermediate, ca.Root), authority},
		"JWS, compact":        {attesttest.SignJWS(t, card(), map[string]any{"kid": "developer"}, dev), w.Trust},
		"JWS, compact, EdDSA": {attesttest.SignJWS(t, card(), nil, ed), w.Trust},
		"JWS, flattened":      {flattened(attesttest.SignJWS(t, card(), nil, dev), `,"header":{"kid":"developer"}`), w.Trust},
		"JWS, general":        {attesttest.SignJWS(t, card(), nil, dev, ed), w.Trust},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := attest.Verify(tc.raw, tc.trust, attesttest.Now)
			if err != nil {
				t.Fatal(err)
			}
			secret := protected(t, tc.raw)
			same := 0
			flipped := bytes.Clone(tc.raw)
			for i := range tc.raw {
				for bit := range 8 {
					flipped[i] ^= 1 << bit
					got, err := attest.Verify(bytes.Clone(flipped), tc.trust, attesttest.Now)
					if err == nil {
						same++
						if secret[i] {
							t.Fatalf("byte %d, bit %d: accepted, though it is signed content, signature or certificate", i, bit)
						}
						if got.ID() != want.ID() || !bytes.Equal(got.Statement().Raw, want.Statement().Raw) || !equalSigners(got.Signers(), want.Signers()) {
							t.Fatalf("byte %d, bit %d: accepted as something else", i, bit)
						}
					}
					flipped[i] ^= 1 << bit
				}
			}
			t.Logf("%d bits, %d flips accepted as the identical statement", 8*len(tc.raw), same)
		})
	}
}

func equalSigners(a, b []attest.Signer) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].KeyID != b[i].KeyID || a[i].Principal != b[i].Principal {
			return false
		}
	}
	return true
}

// protected marks the bytes of an envelope that hold signed content, signatures
// and certificates: in JSON the values of the members that do.
func protected(t *testing.T, raw []byte) []bool {
	t.Helper()
	mark := make([]bool, len(raw))
	if raw[0] != '{' {
		for i := range mark {
			mark[i] = true
		}
		return mark
	}
	marked := 0
	for _, name := range []string{"payload", "sig", "signature", "protected", "rawBytes"} {
		for from := 0; ; {
			at := bytes.Index(raw[from:], []byte(`"`+name+`":"`))
			if at < 0 {
				break
			}
			from += at + len(name) + 4
			for ; raw[from] != '"'; from++ {
				mark[from] = true
				marked++
			}
		}
	}
	if marked == 0 {
		t.Fatal("nothing to protect was found")
	}
	return mark
}

// The promise inside the base64: each bit of the DER of each certificate, of the
// signature and of the statement itself.
func TestBitFlipsBelowBase64(t *testing.T) {
	ca := attesttest.NewCA(t, "bank")
	key := attesttest.Key(t, attest.ECDSAP256, "leaf")
	trust := trustOf(t, caFile(t, ca.RootPEM(), ""))
	chain := []*x509.Certificate{ca.Issue(key.Public(), "ada", nil), ca.Intermediate, ca.Root}
	raw := string(bundle(t, key, chain...))
	var b struct {
		DsseEnvelope dsseParts `json:"dsseEnvelope"`
	}
	if err := json.Unmarshal([]byte(raw), &b); err != nil {
		t.Fatal(err)
	}
	texts := []string{b.DsseEnvelope.Payload, b.DsseEnvelope.Signatures[0].Sig}
	for _, c := range chain {
		texts = append(texts, base64.StdEncoding.EncodeToString(c.Raw))
	}
	for _, text := range texts {
		content, err := base64.StdEncoding.DecodeString(text)
		if err != nil || strings.Count(raw, text) != 1 {
			t.Fatal("the envelope does not hold it once")
		}
		for i := range content {
			for bit := range 8 {
				content[i] ^= 1 << bit
				if _, err := attest.Verify([]byte(strings.Replace(raw, text, base64.StdEncoding.EncodeToString(content), 1)), trust, attesttest.Now); err == nil {
					t.Fatalf("accepted with bit %d of byte %d of %.20s... flipped", bit, i, text)
				}
				content[i] ^= 1 << bit
			}
		}
	}
}
