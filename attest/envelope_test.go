package attest_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
)

// dsseParts opens an envelope for tampering.
type dsseParts struct {
	PayloadType string     `json:"payloadType"`
	Payload     string     `json:"payload"`
	Signatures  []dsseSign `json:"signatures"`
}

type dsseSign struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

func open(t testing.TB, raw []byte) dsseParts {
	t.Helper()
	var p dsseParts
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p dsseParts) json(t testing.TB) []byte {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func card() []byte {
	return attesttest.Statement("model-card", map[string]any{"version": "1"}, attesttest.Subject("model", ""))
}

// refuses holds an envelope to its refusal: the sentinel, and words that say
// where and what.
func refuses(t *testing.T, raw []byte, trust *attest.Trust, want error, words ...string) {
	t.Helper()
	v, err := attest.Verify(raw, trust, attesttest.Now)
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	if v.Valid() {
		t.Error("refused, and valid all the same")
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

// If this fails, an envelope means different things to different readers, or lax
// readers disagree with us about its bytes.
func TestDSSERefuses(t *testing.T) {
	w := attesttest.NewWorld(t)
	raw := w.Sign(card(), "developer")
	good := string(raw)
	payload := open(t, raw).Payload
	edit := func(f func(*dsseParts)) string {
		p := open(t, raw)
		f(&p)
		return string(p.json(t))
	}
	replace := func(old, repl string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the envelope", old)
		}
		return strings.Replace(good, old, repl, 1)
	}
	signed := func(statement string) string {
		key := w.Signer("developer").Key
		digest := sha256.Sum256(attest.PAE(attest.PayloadInToto, []byte(statement)))
		sig, err := key.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		p := dsseParts{attest.PayloadInToto, base64.StdEncoding.EncodeToString([]byte(statement)), []dsseSign{{"", base64.StdEncoding.EncodeToString(sig)}}}
		return string(p.json(t))
	}
	st := string(card())
	for name, tc := range map[string]struct {
		raw   string
		want  error
		words []string
	}{
		"empty":                   {"", attest.ErrMalformed, []string{"empty"}},
		"not JSON":                {"{", attest.ErrMalformed, []string{"byte 1"}},
		"byte order mark":         {"\xef\xbb\xbf" + st, attest.ErrMalformed, []string{"byte 0", "save it without"}},
		"answer of npm":           {`{"attestations": []}`, attest.ErrMalformed, []string{"bundle", "by itself"}},
		"unsigned statement":      {st, attest.ErrMalformed, []string{"unsigned"}},
		"trailing data":           {good + "x", attest.ErrMalformed, []string{fmt.Sprint("byte ", len(good))}},
		"duplicate payload":       {replace(`"payload":`, `"payload":"","payload":`), attest.ErrMalformed, []string{"$.payload", "duplicate"}},
		"differently cased":       {replace(`"payload":`, `"Payload":"","payload":`), attest.ErrMalformed, []string{`"Payload"`, "case"}},
		"differently cased sig":   {replace(`"sig":`, `"SIG":"","sig":`), attest.ErrMalformed, []string{"$.signatures[0]", "case"}},
		"cased by a Kelvin sign":  {replace(`"keyid":`, "\"\u212aeyid\":"), attest.ErrMalformed, []string{"case"}},
		"deep":                    {replace(`{`, `{"x":`+nest(attest.MaxDepth+1)+`,`), attest.ErrTooLarge, []string{"deeper than 64"}},
		"invalid UTF-8":           {replace(`{`, "{\"x\":\"\xfe\","), attest.ErrMalformed, []string{"UTF-8"}},
		"payload type":            {replace("vnd.in-toto+json", "json"), attest.ErrMalformed, []string{"$.payloadType", attest.PayloadInToto}},
		"mixed with a JWS":        {replace(`{`, `{"protected":"",`), attest.ErrMalformed, []string{"mixed"}},
		"mixed with a bundle":     {replace(`{`, `{"mediaType":"",`), attest.ErrMalformed, []string{"mixed"}},
		"payload no text":         {replace(payload, `","x":"`), attest.ErrMalformed, nil},
		"base64 unpadded":         {edit(func(p *dsseParts) { p.Payload = strings.TrimRight(pad(payload), "=") }), attest.ErrMalformed, []string{"$.payload", "base64"}},
		"base64 with line breaks": {edit(func(p *dsseParts) { p.Payload = payload[:8] + "\n" + payload[8:] }), attest.ErrMalformed, []string{"$.payload"}},
		"base64 of two alphabets": {edit(func(p *dsseParts) { p.Signatures[0].Sig = "+-" + p.Signatures[0].Sig[2:] }), attest.ErrMalformed, []string{"$.signatures[0].sig"}},
		"base64 not canonical":    {edit(func(p *dsseParts) { p.Payload = "QR==" }), attest.ErrMalformed, []string{"$.payload"}},
		"no signature":            {edit(func(p *dsseParts) { p.Signatures = []dsseSign{} }), attest.ErrMalformed, []string{"at least one"}},
		"signatures null":         {edit(func(p *dsseParts) { p.Signatures = nil }), attest.ErrMalformed, []string{"$.signatures"}},
		"signature empty":         {edit(func(p *dsseParts) { p.Signatures[0].Sig = "" }), attest.ErrMalformed, []string{"$.signatures[0].sig"}},
		"signature long":          {edit(func(p *dsseParts) { p.Signatures[0].Sig = strings.Repeat("AAAA", attest.MaxSignature/3+1) }), attest.ErrMalformed, []string{"512"}},
		"many signatures":         {edit(func(p *dsseParts) { p.Signatures = make([]dsseSign, attest.MaxSignatures+1) }), attest.ErrTooLarge, []string{"17", "16"}},
		"oversize":                {good + strings.Repeat(" ", attest.MaxEnvelope), attest.ErrTooLarge, []string{fmt.Sprint(attest.MaxEnvelope)}},
		"oversize payload":        {edit(func(p *dsseParts) { p.Payload = strings.Repeat("AAAA", attest.MaxPayload/3+1) }), attest.ErrTooLarge, []string{fmt.Sprint(attest.MaxPayload)}},
		"same key twice":          {edit(func(p *dsseParts) { p.Signatures = append(p.Signatures, p.Signatures[0]) }), attest.ErrMalformed, []string{"signatures[1]", "signed already"}},
		"keyid a number":          {strings.Replace(good, `"keyid":"`, `"keyid":1,"x":"`, 1), attest.ErrMalformed, []string{"$.signatures[0].keyid"}},

		"statement: no JSON":             {signed("no"), attest.ErrMalformed, nil},
		"statement: duplicate":           {signed(strings.Replace(st, `"predicate":`, `"predicate":{},"predicate":`, 1)), attest.ErrMalformed, []string{"$.predicate", "duplicate"}},
		"statement: cased":               {signed(strings.Replace(st, `"predicate":`, `"Predicate":{},"predicate":`, 1)), attest.ErrMalformed, []string{"case"}},
		"statement: subject cased":       {signed(strings.Replace(st, `"digest":`, `"Digest":{},"digest":`, 1)), attest.ErrMalformed, []string{"$.subject[0]", "case"}},
		"statement: type":                {signed(strings.Replace(st, "Statement/v1", "Statement/v2", 1)), attest.ErrMalformed, []string{"$._type"}},
		"statement: no type":             {signed(`{"subject":[],"predicateType":"x"}`), attest.ErrMalformed, []string{"_type"}},
		"statement: no subject":          {signed(`{"_type":"` + attest.StatementV1 + `","predicateType":"x","subject":[]}`), attest.ErrMalformed, []string{"$.subject", "at least one"}},
		"statement: subject absent":      {signed(`{"_type":"` + attest.StatementV1 + `","predicateType":"x"}`), attest.ErrMalformed, []string{`"subject"`}},
		"statement: subject undigested":  {signed(`{"_type":"` + attest.StatementV1 + `","predicateType":"x","subject":[{"name":"a"}]}`), attest.ErrMalformed, []string{"$.subject[0].digest"}},
		"statement: short digest":        {signed(`{"_type":"` + attest.StatementV1 + `","predicateType":"x","subject":[{"digest":{"sha256":"ab"}}]}`), attest.ErrMalformed, []string{"$.subject[0].digest.sha256", "64"}},
		"statement: upper-case digest":   {signed(strings.Replace(st, `"sha256":"9`, `"sha256":"A`, 1)), attest.ErrMalformed, []string{"lower-case"}},
		"statement: upper-case SHA256":   {signed(strings.Replace(st, `"sha256"`, `"SHA256"`, 1)), attest.ErrMalformed, []string{"lower case"}},
		"statement: predicate an array":  {signed(`{"_type":"` + attest.StatementV1 + `","predicateType":"x","predicate":[],"subject":[{"digest":{"md5":"ab"}}]}`), attest.ErrMalformed, []string{"$.predicate"}},
		"statement: predicate type long": {signed(strings.Replace(st, `"predicateType":"`, `"predicateType":"`+strings.Repeat("x", attest.MaxText), 1)), attest.ErrMalformed, []string{"$.predicateType"}},
		"statement: many subjects":       {signed(string(attesttest.Statement("link", nil, make([]map[string]any, attest.MaxSubjects+1)...))), attest.ErrTooLarge, []string{"513", "split"}},
		"statement: no systems":          {signed(strings.Replace(st, `"systems"`, `"system"`, 1)), attest.ErrMalformed, []string{"$.predicate.systems"}},
		"statement: a system misspelt":   {signed(strings.Replace(st, `"system:`, `"systm:`, 1)), attest.ErrMalformed, []string{"$.predicate.systems[0]"}},
		"statement: many systems":        {string(w.Sign(attesttest.Statement("model-card", map[string]any{"systems": make([]string, attest.MaxSystems+1)}, attesttest.Subject("m", "")), "developer")), attest.ErrTooLarge, []string{"65"}},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, []byte(tc.raw), w.Trust, tc.want, tc.words...) })
	}
}

// pad makes sure base64 text ends in padding.
func pad(text string) string {
	if strings.HasSuffix(text, "=") {
		return text
	}
	return "QQ=="
}

// If this fails, a stranger gets in, or somebody speaks out of turn.
func TestTrustApplied(t *testing.T) {
	statement := func(typ, system string) []byte {
		return attesttest.Statement(typ, map[string]any{"systems": []string{"system:credit-scoring", system}}, attesttest.Subject("model", ""))
	}
	stranger := attesttest.Key(t, attest.ECDSAP256, "stranger")
	for name, tc := range map[string]struct {
		typ, system string
		ids         []string
		edit        func(*attesttest.World)
		want        error
		words       []string
	}{
		"well":                      {"eval-result", "system:hiring", []string{"evaluator"}, nil, nil, nil},
		"all of several":            {"eval-result", "system:hiring", []string{"evaluator", "validator"}, nil, nil, nil},
		"role":                      {"eval-result", "system:hiring", []string{"developer"}, nil, attest.ErrRole, []string{"developer", "eval-result", "evaluator, importer, validator"}},
		"role of one among several": {"eval-result", "system:hiring", []string{"evaluator", "developer"}, nil, attest.ErrRole, []string{"signatures[1]", "developer"}},
		"type nobody may say":       {"https://example.test/x", "system:hiring", []string{"developer"}, nil, attest.ErrRole, []string{"https://example.test/x", "nobody"}},
		"unknown own type":          {attest.OwnNamespace + "eval-result/v9", "system:hiring", []string{"evaluator"}, nil, attest.ErrRole, nil},
		"out of scope":              {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Scope("evaluator", "system:credit-scoring") }, attest.ErrScope, []string{"system:hiring", "evaluator"}},
		"scope of one of several":   {"eval-result", "system:hiring", []string{"evaluator", "validator"}, func(w *attesttest.World) { w.Scope("validator", "system:credit-scoring") }, attest.ErrScope, []string{"signatures[1]"}},
		"scope of nothing":          {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Scope("evaluator") }, attest.ErrScope, nil},
		"not yet valid":             {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Signer("evaluator").ValidFrom = attesttest.Now.Add(1) }, attest.ErrExpiredSigner, []string{"valid from"}},
		"valid from now":            {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Signer("evaluator").ValidFrom = attesttest.Now }, nil, nil},
		"valid until now":           {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Signer("evaluator").ValidUntil = attesttest.Now }, attest.ErrExpiredSigner, []string{"valid until"}},
		"compromised now":           {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Signer("evaluator").CompromisedAt = attesttest.Now }, attest.ErrCompromised, []string{"evaluator"}},
		"compromised later":         {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Signer("evaluator").CompromisedAt = attesttest.Now.Add(1) }, nil, nil},
		"key replaced":              {"eval-result", "system:hiring", []string{"evaluator"}, func(w *attesttest.World) { w.Signer("evaluator").Key = stranger }, attest.ErrUnknownSigner, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := attesttest.NewWorld(t)
			raw := w.Sign(statement(tc.typ, tc.system), tc.ids...)
			if tc.edit != nil {
				tc.edit(w)
				w.Rebuild()
			}
			if tc.want != nil {
				refuses(t, raw, w.Trust, tc.want, tc.words...)
			} else if v, err := attest.Verify(raw, w.Trust, attesttest.Now); err != nil || !v.Valid() {
				t.Fatal(err)
			}
		})
	}
	w := attesttest.NewWorld(t)
	raw := w.Sign(card(), "developer")
	for name, trust := range map[string]*attest.Trust{"nil": nil, "by hand": {V: 1, Signers: w.Trust.Signers, Predicates: w.Trust.Predicates}, "empty": empty(t)} {
		t.Run("trust "+name, func(t *testing.T) { refuses(t, raw, trust, attest.ErrUnknownSigner, "no signer") })
	}
}

func empty(t *testing.T) *attest.Trust {
	t.Helper()
	trust, err := attest.ParseTrust([]byte("v: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

// If this fails, one good signature carries a bad one.
func TestOneBadAmongSeveral(t *testing.T) {
	w := attesttest.NewWorld(t)
	st := attesttest.Statement("eval-result", nil, attesttest.Subject("model", ""))
	for i := range 3 {
		p := open(t, w.Sign(st, "evaluator", "validator", "importer"))
		other := open(t, w.Sign(card(), "developer"))
		p.Signatures[i].Sig = other.Signatures[0].Sig
		refuses(t, p.json(t), w.Trust, attest.ErrSignature, fmt.Sprintf("$.signatures[%d]", i))
	}
}

// If this fails, one person can grant their own waiver.
func TestWaiverSeparation(t *testing.T) {
	w := attesttest.NewWorld(t)
	w.Signers = append(w.Signers, attesttest.Signer{ID: "risk-laptop", Principal: attesttest.Principal("risk"),
		Key: attesttest.Key(t, attest.Ed25519, "risk-laptop"), Roles: []string{"approver"}, About: []string{"*"}})
	w.Rebuild()
	risk, approver, developer := attesttest.Principal("risk"), attesttest.Principal("approver"), attesttest.Principal("developer")
	for name, tc := range map[string]struct {
		requested, approved any
		ids                 []string
		word                string
	}{
		"well":                    {risk, approver, []string{"approver", "risk"}, ""},
		"a third signs too":       {risk, approver, []string{"risk", "approver", "developer"}, ""},
		"one signature":           {risk, approver, []string{"risk"}, "approved_by"},
		"one human with two keys": {risk, risk, []string{"risk", "risk-laptop"}, "cannot approve"},
		"somebody else approved":  {risk, developer, []string{"risk", "approver"}, "approved_by"},
		"nobody requested":        {nil, approver, []string{"risk", "approver"}, "requested_by"},
	} {
		t.Run(name, func(t *testing.T) {
			raw := w.Sign(attesttest.Statement("waiver", map[string]any{"requested_by": tc.requested, "approved_by": tc.approved}, attesttest.Subject("model", "")), tc.ids...)
			if tc.word != "" {
				refuses(t, raw, w.Trust, attest.ErrSeparation, tc.word)
			} else if _, err := attest.Verify(raw, w.Trust, attesttest.Now); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// If this fails, evidence nobody answers for looks like evidence somebody does.
func TestAssurance(t *testing.T) {
	w := attesttest.NewWorld(t)
	w.Signer("developer").Roles = []string{"developer", "importer"}
	w.Rebuild()
	for _, tc := range []struct {
		typ, want string
		ids       []string
	}{
		{"model-card", attest.AssuranceSigned, []string{"developer"}},
		{"model-card", attest.AssuranceImported, []string{"importer"}},
		{"model-card", attest.AssuranceImported, []string{"developer", "importer"}},
		{"eval-result", attest.AssuranceImported, []string{"developer"}}, // only importers may, and it is one
	} {
		v := w.Verified(w.Sign(attesttest.Statement(tc.typ, nil, attesttest.Subject("model", "")), tc.ids...))
		if v.Assurance() != tc.want {
			t.Errorf("%s by %v: %s, want %s", tc.typ, tc.ids, v.Assurance(), tc.want)
		}
	}
}

// If this fails, our envelopes are not DSSE to others, or theirs not to us.
func TestDSSEInterop(t *testing.T) {
	w := attesttest.NewWorld(t)
	for _, alg := range []attest.Algorithm{attest.ECDSAP256, attest.ECDSAP384, attest.ECDSAP521, attest.Ed25519, attest.RSAPSS} {
		key := attesttest.Key(t, alg, "interop")
		w.Signers = append(w.Signers[:len(attest.Roles())], attesttest.Signer{ID: "interop", Principal: "p", Key: key, Roles: []string{"developer"}, About: []string{"*"}})
		w.Rebuild()
		theirs := interop{key}
		raw := w.Sign(card(), "interop")
		verifier, err := dsse.NewEnvelopeVerifier(theirs)
		if err != nil {
			t.Fatal(err)
		}
		var env dsse.Envelope
		if err := json.Unmarshal(raw, &env); err != nil {
			t.Fatal(err)
		}
		if _, err := verifier.Verify(context.Background(), &env); err != nil {
			t.Errorf("%s: they refuse ours: %v", alg, err)
		}
		signer, err := dsse.NewEnvelopeSigner(theirs)
		if err != nil {
			t.Fatal(err)
		}
		made, err := signer.SignPayload(context.Background(), attest.PayloadInToto, card())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		v, err := attest.Verify(text, w.Trust, attesttest.Now)
		if err != nil {
			t.Fatalf("%s: we refuse theirs: %v", alg, err)
		}
		pae := dsse.PAE(attest.PayloadInToto, card())
		if sum := sha256.Sum256(pae); !bytes.Equal(pae, attest.PAE(attest.PayloadInToto, card())) || v.ID() != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: another encoding is signed", alg)
		}
		if alg != attest.RSAPSS && !bytes.Equal(raw, w.Sign(card(), "interop")) {
			t.Errorf("%s: signing twice gives two envelopes", alg)
		}
	}
}

// interop lends a key to the DSSE library.
type interop struct{ key crypto.Signer }

func (k interop) KeyID() (string, error)   { return attest.KeyID(k.key.Public()) }
func (k interop) Public() crypto.PublicKey { return k.key.Public() }
func (k interop) Sign(_ context.Context, data []byte) ([]byte, error) {
	return rawSign(k.key, data)
}
func (k interop) Verify(_ context.Context, data, sig []byte) error {
	if !rawVerify(k.key.Public(), data, sig) {
		return errors.New("does not verify")
	}
	return nil
}

// If this fails, a key of another curve passes, or the second form of an ECDSA
// signature makes a second statement.
func TestECDSAForms(t *testing.T) {
	w := attesttest.NewWorld(t)
	raw := w.Sign(card(), "developer")
	p := open(t, raw)
	der, err := base64.StdEncoding.DecodeString(p.Signatures[0].Sig)
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		t.Fatal(err)
	}
	encode := func(r, s *big.Int) []byte {
		b, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			t.Fatal(err)
		}
		q := p
		q.Signatures = []dsseSign{{p.Signatures[0].KeyID, base64.StdEncoding.EncodeToString(b)}}
		return q.json(t)
	}
	// (r, n-s) verifies wherever (r, s) does; the id does not depend on it.
	n := elliptic.P256().Params().N
	v, err := attest.Verify(encode(rs.R, new(big.Int).Sub(n, rs.S)), w.Trust, attesttest.Now)
	if err != nil || v.ID() != w.Verified(raw).ID() {
		t.Errorf("the other form of the signature: %v", err)
	}
	refuses(t, encode(rs.R, new(big.Int).Add(n, rs.S)), w.Trust, attest.ErrSignature)
	refuses(t, encode(rs.R, new(big.Int).Neg(rs.S)), w.Trust, attest.ErrSignature)
	refuses(t, encode(new(big.Int), new(big.Int)), w.Trust, attest.ErrSignature)
	// Bytes behind the signature, and a signature padded with zeros.
	p.Signatures[0].Sig = base64.StdEncoding.EncodeToString(append(der, 0))
	refuses(t, p.json(t), w.Trust, attest.ErrSignature)
}

// If this fails, judging again costs a signature, or believes what it should not.
func TestUnder(t *testing.T) {
	w := attesttest.NewWorld(t)
	v := w.Verified(w.Sign(card(), "developer"))
	again, err := v.Under(w.Trust, attesttest.Now)
	if err != nil || again.ID() != v.ID() {
		t.Fatal(err)
	}
	w.Signer("developer").CompromisedAt = attesttest.Now
	w.Rebuild()
	if _, err := v.Under(w.Trust, attesttest.Now); !errors.Is(err, attest.ErrCompromised) {
		t.Errorf("compromised since: %v", err)
	}
	w.Signer("developer").Key = attesttest.Key(t, attest.ECDSAP256, "new")
	w.Rebuild()
	if _, err := v.Under(w.Trust, attesttest.Now); !errors.Is(err, attest.ErrUnknownSigner) {
		t.Errorf("key replaced since: %v", err)
	}
	if _, err := (attest.Verified{}).Under(w.Trust, attesttest.Now); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("nothing verified: %v", err)
	}
}

func rawSign(key crypto.Signer, data []byte) ([]byte, error) {
	digest, hash := data, crypto.Hash(0)
	if pub, ok := key.Public().(*ecdsa.PublicKey); ok {
		hash = map[elliptic.Curve]crypto.Hash{elliptic.P256(): crypto.SHA256, elliptic.P384(): crypto.SHA384, elliptic.P521(): crypto.SHA512}[pub.Curve]
		h := hash.New()
		h.Write(data)
		digest = h.Sum(nil)
	}
	if _, ok := key.(*rsa.PrivateKey); ok {
		sum := sha256.Sum256(data)
		return key.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256})
	}
	return key.Sign(nil, digest, hash)
}

// rawVerify is a second implementation of choosing the hash by the key.
func rawVerify(pub crypto.PublicKey, data, sig []byte) bool {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		hash := map[elliptic.Curve]crypto.Hash{elliptic.P256(): crypto.SHA256, elliptic.P384(): crypto.SHA384, elliptic.P521(): crypto.SHA512}[k.Curve]
		h := hash.New()
		h.Write(data)
		return ecdsa.VerifyASN1(k, h.Sum(nil), sig)
	case ed25519.PublicKey:
		return ed25519.Verify(k, data, sig)
	case *rsa.PublicKey:
		sum := sha256.Sum256(data)
		return rsa.VerifyPSS(k, crypto.SHA256, sum[:], sig, &rsa.PSSOptions{SaltLength: 32}) == nil
	}
	return false
}
