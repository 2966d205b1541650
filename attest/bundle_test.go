package attest_test

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
)

// caFile is a trust with one authority; fields are merged into its signer.
func caFile(t testing.TB, pem, identity string, more ...map[string]any) []byte {
	t.Helper()
	ca := map[string]any{"certificates": pem}
	if identity != "" {
		ca["identity"] = identity
	}
	signers := []any{map[string]any{"id": "ca", "principal": "bank", "roles": []string{"developer"}, "about": []string{"*"}, "ca": ca}}
	for _, m := range more {
		signers = append(signers, m)
	}
	text, err := json.Marshal(map[string]any{"v": 1, "signers": signers, "predicates": map[string]any{"model-card": []string{"developer"}}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func trustOf(t testing.TB, text []byte) *attest.Trust {
	t.Helper()
	trust, err := attest.ParseTrust(text)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func bundle(t testing.TB, key crypto.Signer, chain ...*x509.Certificate) []byte {
	t.Helper()
	raw, err := attest.SignBundle(card(), key, chain...)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// If this fails, a certificate says more than its authority said.
func TestCertificates(t *testing.T) {
	ca, other := attesttest.NewCA(t, "bank"), attesttest.NewCA(t, "other")
	key := attesttest.Key(t, attest.ECDSAP256, "leaf")
	leaf := ca.Issue(key.Public(), "ada", nil)
	issue := func(edit func(*x509.Certificate)) []byte {
		return bundle(t, key, ca.Issue(key.Public(), "ada", edit), ca.Intermediate)
	}
	trust := trustOf(t, caFile(t, ca.RootPEM(), `^ada@bank\.example$`))
	pinned := func(principal string, more map[string]any) map[string]any {
		pem, err := attest.MarshalPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{"id": "pinned", "principal": principal, "roles": []string{"developer"}, "about": []string{}, "key": string(pem)}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	fulcio := pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: []byte("\x0c\x01x")}
	twice := caFile(t, ca.RootPEM(), `^ada$`, map[string]any{"id": "ca2", "principal": "p", "roles": []string{"developer"},
		"about": []string{"*"}, "ca": map[string]any{"certificates": ca.RootPEM()}})
	for name, tc := range map[string]struct {
		raw   []byte
		trust *attest.Trust
		want  error
		word  string
	}{
		"well":                       {bundle(t, key, leaf, ca.Intermediate), trust, nil, ""},
		"well, with the root":        {bundle(t, key, leaf, ca.Intermediate, ca.Root), trust, nil, ""},
		"well, by common name":       {bundle(t, key, leaf, ca.Intermediate), trustOf(t, caFile(t, ca.RootPEM(), `^ada$`)), nil, ""},
		"well, without identity":     {bundle(t, key, leaf, ca.Intermediate), trustOf(t, caFile(t, ca.RootPEM(), "")), nil, ""},
		"well, intermediate trusted": {bundle(t, key, leaf), trustOf(t, caFile(t, attesttest.PEM(ca.Intermediate), "")), nil, ""},
		"well, whole chain trusted":  {bundle(t, key, leaf), trustOf(t, caFile(t, ca.RootPEM()+attesttest.PEM(ca.Intermediate), "")), nil, ""},
		"well, pinned as well":       {bundle(t, key, leaf, ca.Intermediate), trustOf(t, caFile(t, ca.RootPEM(), "", pinned("bank", nil))), nil, ""},

		"pinned as somebody else":  {bundle(t, key, leaf, ca.Intermediate), trustOf(t, caFile(t, ca.RootPEM(), "", pinned("eve", nil))), attest.ErrTrust, "eve"},
		"pinned and compromised":   {bundle(t, key, leaf, ca.Intermediate), trustOf(t, caFile(t, ca.RootPEM(), "", pinned("bank", map[string]any{"compromised_at": "2025-01-01T00:00:00Z"}))), attest.ErrCompromised, "pinned"},
		"other authority":          {bundle(t, key, other.Issue(key.Public(), "ada", nil), other.Intermediate), trust, attest.ErrUnknownSigner, "signer ca"},
		"no authority":             {bundle(t, key, leaf, ca.Intermediate), attesttest.NewWorld(t).Trust, attest.ErrUnknownSigner, "no certificate authority"},
		"other identity":           {bundle(t, key, ca.Issue(key.Public(), "eve", nil), ca.Intermediate), trust, attest.ErrUnknownSigner, "ada"},
		"identity inside another":  {bundle(t, key, ca.Issue(key.Public(), "x", func(c *x509.Certificate) { c.EmailAddresses = []string{"ada@bank.example.evil.test"} }), ca.Intermediate), trust, attest.ErrUnknownSigner, "matches"},
		"no intermediate":          {bundle(t, key, leaf), trust, attest.ErrUnknownSigner, ""},
		"a certificate too many":   {bundle(t, key, leaf, ca.Intermediate, other.Intermediate), trust, attest.ErrSignature, "not part of the chain"},
		"expired":                  {issue(func(c *x509.Certificate) { c.NotAfter = attesttest.Now.Add(-time.Hour) }), trust, attest.ErrExpiredSigner, "expired"},
		"not yet valid":            {issue(func(c *x509.Certificate) { c.NotBefore = attesttest.Now.Add(time.Hour) }), trust, attest.ErrExpiredSigner, "not yet valid"},
		"for servers only":         {issue(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), trust, attest.ErrSignature, "usage"},
		"for encryption only":      {issue(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), trust, attest.ErrSignature, "digital signature"},
		"keyless":                  {issue(func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{fulcio} }), trust, attest.ErrMalformed, "identity certificate"},
		"another key signed":       {graft(bundle(t, attesttest.Key(t, attest.ECDSAP256, "eve")), bundle(t, key, leaf, ca.Intermediate)), trust, attest.ErrSignature, "ada"},
		"two signers for one leaf": {bundle(t, key, leaf, ca.Intermediate), trustOf(t, twice), attest.ErrTrust, "narrow"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.want != nil {
				refuses(t, tc.raw, tc.trust, tc.want, tc.word)
				return
			}
			v, err := attest.Verify(tc.raw, tc.trust, attesttest.Now)
			if err != nil {
				t.Fatal(err)
			}
			if id, _ := attest.KeyID(key.Public()); v.Signers()[0].KeyID != id || v.Principals()[0] != "bank" {
				t.Error("another key or principal")
			}
		})
	}
	if _, err := attest.SignBundle(card(), attesttest.Key(t, attest.ECDSAP256, "eve"), leaf); err == nil {
		t.Error("signed with a key that is not the certificate's")
	}
}

// graft puts the signature of one bundle into another.
func graft(from, to []byte) []byte {
	sig := func(raw []byte) string {
		var b struct {
			DsseEnvelope dsseParts `json:"dsseEnvelope"`
		}
		if json.Unmarshal(raw, &b) != nil || len(b.DsseEnvelope.Signatures) == 0 {
			return "?"
		}
		return b.DsseEnvelope.Signatures[0].Sig
	}
	return []byte(strings.Replace(string(to), sig(to), sig(from), 1))
}

// If this fails, a bundle is read more kindly than its specification.
func TestBundleRefuses(t *testing.T) {
	ca := attesttest.NewCA(t, "bank")
	key := attesttest.Key(t, attest.ECDSAP256, "leaf")
	good := string(bundle(t, key, ca.Issue(key.Public(), "ada", nil), ca.Intermediate))
	w := attesttest.NewWorld(t)
	dev := w.Signer("developer").Key
	keyed := string(bundle(t, dev))
	trust := trustOf(t, caFile(t, ca.RootPEM(), ""))
	pem, err := attest.MarshalPublicKey(dev.Public())
	if err != nil {
		t.Fatal(err)
	}
	old := func(text []byte) string {
		return strings.Replace(keyed, `"hint":"`, `"rawBytes":"`+base64.StdEncoding.EncodeToString(text)+`","keyDetails":"`, 1)
	}
	if v, err := attest.Verify([]byte(old(pem)), w.Trust, attesttest.Now); err != nil || v.MediaType() != attest.MediaBundle {
		t.Fatalf("a key in the bundle: %v", err)
	}
	if _, err := attest.Verify([]byte(keyed), w.Trust, attesttest.Now); err != nil {
		t.Fatalf("a hint in the bundle: %v", err)
	}
	stranger, err := attest.MarshalPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	risk, err := attest.MarshalPublicKey(w.Signer("risk").Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	edit := func(in, old, repl string) string {
		if !strings.Contains(in, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(in, old, repl, 1)
	}
	for name, tc := range map[string]struct {
		raw   string
		trust *attest.Trust
		want  error
		word  string
	}{
		"message digest":         {edit(good, `"dsseEnvelope"`, `"messageSignature":{},"dsseEnvelope"`), trust, attest.ErrUnsupported, "messageSignature"},
		"unknown member":         {edit(good, `"dsseEnvelope"`, `"x":1,"dsseEnvelope"`), trust, attest.ErrMalformed, "$.x"},
		"snake case":             {edit(good, `"dsseEnvelope"`, `"dsse_envelope"`), trust, attest.ErrMalformed, "dsse_envelope"},
		"version":                {edit(good, `bundle.v0.3+json`, `bundle.v0.9+json`), trust, attest.ErrMalformed, "0.3"},
		"no material":            {edit(good, `"verificationMaterial":{`, `"verificationMaterial":{},"x":{`), trust, attest.ErrMalformed, "$.x"},
		"two kinds of material":  {edit(good, `"x509CertificateChain"`, `"publicKey":{"hint":""},"x509CertificateChain"`), trust, attest.ErrMalformed, "exactly one"},
		"material of no kind":    {edit(good, `"x509CertificateChain"`, `"tlogEntries":[],"x509CertificateChains"`), trust, attest.ErrMalformed, "duplicate"},
		"chain empty":            {edit(keyed, `"publicKey":{"hint"`, `"x509CertificateChain":{"certificates":[]},"publicKey":{"hint"`), w.Trust, attest.ErrMalformed, "empty"},
		"no certificate":         {edit(good, `"rawBytes":"`, `"rawBytes":"AAAA`), trust, attest.ErrMalformed, "certificate 0"},
		"lax base64":             {edit(good, `"rawBytes":"`, `"rawBytes":"\n`), trust, attest.ErrMalformed, "base64"},
		"many certificates":      {edit(good, `"certificates":[`, `"certificates":[`+strings.Repeat(`{"rawBytes":""},`, attest.MaxCertificates)), trust, attest.ErrTooLarge, "10"},
		"long certificate":       {edit(good, `"rawBytes":"`, `"rawBytes":"`+strings.Repeat("AAAA", attest.MaxCertificate/3+1)), trust, attest.ErrTooLarge, "certificate 0"},
		"two signatures":         {edit(good, `"signatures":[`, `"signatures":[{"sig":"AAAA"},`), trust, attest.ErrMalformed, "exactly one"},
		"payload type":           {edit(good, "in-toto+json", "x"), trust, attest.ErrMalformed, "payloadType"},
		"carried key a stranger": {old(stranger), w.Trust, attest.ErrUnknownSigner, "not in the trust"},
		"carried key another's":  {old(risk), w.Trust, attest.ErrSignature, "risk"},
		"carried key no key":     {old([]byte("x")), w.Trust, attest.ErrMalformed, "rawBytes"},
		"key unknown":            {keyed, trust, attest.ErrUnknownSigner, "no key in the trust"},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, []byte(tc.raw), tc.trust, tc.want, tc.word) })
	}
}
