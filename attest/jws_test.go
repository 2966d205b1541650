package attest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/attesttest"
)

// jwsWorld has a developer on each kind of key named, besides P-256.
func jwsWorld(t testing.TB, algs ...attest.Algorithm) *attesttest.World {
	w := attesttest.NewWorld(t)
	for _, alg := range algs {
		w.Signers = append(w.Signers, attesttest.Signer{ID: string(alg), Principal: string(alg) + "@bank.example",
			Key: attesttest.Key(t, alg, "jws"), Roles: []string{"developer"}, About: []string{"*"}})
	}
	w.Rebuild()
	return w
}

// If this fails, a JWS that says the same as a DSSE envelope is other evidence.
func TestJWS(t *testing.T) {
	w := jwsWorld(t, attest.ECDSAP384, attest.Ed25519, attest.ECDSAP521, attest.RSAPSS)
	id := w.Verified(w.Sign(card(), "developer")).ID()
	ids := []string{"developer", string(attest.ECDSAP384), string(attest.Ed25519), string(attest.ECDSAP521), string(attest.RSAPSS)}
	var keys []crypto.Signer
	for _, signer := range ids {
		key := w.Signer(signer).Key
		keys = append(keys, key)
		for name, raw := range map[string][]byte{
			"compact":   attesttest.SignJWS(t, card(), nil, key),
			"short typ": attesttest.SignJWS(t, card(), map[string]any{"typ": "vnd.in-toto+json", "cty": attest.PayloadInToto}, key),
			"flattened": flattened(attesttest.SignJWS(t, card(), nil, key), `,"header":{"kid":"`+signer+`"}`),
			"newline":   append(attesttest.SignJWS(t, card(), nil, key), '\n'),
		} {
			v, err := attest.Verify(raw, w.Trust, attesttest.Now)
			if err != nil || v.ID() != id || v.Signers()[0].ID != signer {
				t.Errorf("%s by %s: %v", name, signer, err)
			}
		}
	}
	v, err := attest.Verify(attesttest.SignJWS(t, card(), nil, keys...), w.Trust, attesttest.Now)
	if err != nil || len(v.Principals()) != len(ids) || v.ID() != id || v.MediaType() != attest.MediaJWSJSON {
		t.Errorf("general serialization: %v", err)
	}
}

// flattened rewrites a compact JWS, with more members behind the signature.
func flattened(compact []byte, more string) []byte {
	p := strings.Split(string(compact), ".")
	return []byte(`{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"` + more + `}`)
}

// forge signs any header with a P-256 key, whatever the header says.
func forge(t *testing.T, key crypto.Signer, header string, payload []byte) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), digest[:])
	if err != nil {
		t.Fatal(err)
	}
	sig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// If this fails, whoever writes the header chooses the key, the algorithm or the
// reading of the payload.
func TestJWSRefuses(t *testing.T) {
	w := jwsWorld(t, attest.ECDSAP384, attest.Ed25519)
	key := w.Signer("developer").Key
	good := string(attesttest.SignJWS(t, card(), nil, key))
	p := strings.Split(good, ".")
	head := func(more string) string {
		return forge(t, key, `{"alg":"ES256","typ":"application/vnd.in-toto+json"`+more+`}`, card())
	}
	if _, err := attest.Verify([]byte(head("")), w.Trust, attesttest.Now); err != nil {
		t.Fatalf("the forge itself: %v", err)
	}
	public, err := attest.MarshalPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	// The classic: the public key as the secret of an HMAC.
	hm := func(alg string) string {
		input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+alg+`","typ":"application/vnd.in-toto+json"}`)) + "." + p[1]
		mac := hmac.New(sha256.New, public)
		mac.Write([]byte(input))
		return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	jwk, err := json.Marshal(map[string]string{"kty": "EC", "crv": "P-256"})
	if err != nil {
		t.Fatal(err)
	}
	stranger := attesttest.Key(t, attest.ECDSAP256, "stranger")
	for name, tc := range map[string]struct {
		raw   string
		want  error
		words []string
	}{
		"alg none":                    {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"application/vnd.in-toto+json"}`)) + "." + p[1] + ".", attest.ErrMalformed, []string{`"none"`}},
		"alg None":                    {forge(t, key, `{"alg":"None","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrMalformed, []string{`"None"`}},
		"HMAC with the public key":    {hm("HS256"), attest.ErrMalformed, []string{`"HS256"`}},
		"HMAC called ES256":           {hm("ES256"), attest.ErrUnknownSigner, nil},
		"RSA":                         {forge(t, key, `{"alg":"RS256","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrMalformed, []string{`"RS256"`}},
		"curve of the header wrong":   {forge(t, key, `{"alg":"ES384","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrUnknownSigner, nil},
		"curve wrong, hinted":         {forge(t, key, `{"alg":"ES384","kid":"developer","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrSignature, []string{"developer"}},
		"EdDSA by an EC key":          {forge(t, key, `{"alg":"EdDSA","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrUnknownSigner, nil},
		"ES512 by a P-256 key":        {forge(t, key, `{"alg":"ES512","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrUnknownSigner, nil},
		"PS256 by a P-256 key":        {forge(t, key, `{"alg":"PS256","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrUnknownSigner, nil},
		"PS384":                       {forge(t, key, `{"alg":"PS384","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrMalformed, []string{`"PS384"`}},
		"no alg":                      {forge(t, key, `{"typ":"application/vnd.in-toto+json"}`, card()), attest.ErrMalformed, []string{`"alg"`}},
		"alg cased":                   {head(`,"Alg":"none"`), attest.ErrMalformed, []string{"case"}},
		"alg twice":                   {head(`,"alg":"ES256"`), attest.ErrMalformed, []string{"duplicate"}},
		"no typ":                      {forge(t, key, `{"alg":"ES256"}`, card()), attest.ErrMalformed, []string{`"typ"`}},
		"typ JWT":                     {forge(t, key, `{"alg":"ES256","typ":"JWT"}`, card()), attest.ErrMalformed, []string{"JWT"}},
		"cty":                         {head(`,"cty":"text/plain"`), attest.ErrMalformed, []string{"cty"}},
		"embedded key":                {head(`,"jwk":` + string(jwk)), attest.ErrMalformed, []string{"jwk"}},
		"key set URL":                 {head(`,"jku":"https://x.example"`), attest.ErrMalformed, []string{"jku"}},
		"certificate URL":             {head(`,"x5u":"https://x.example"`), attest.ErrMalformed, []string{"x5u"}},
		"certificate":                 {head(`,"x5c":["AAAA"]`), attest.ErrMalformed, []string{"x5c"}},
		"unencoded payload":           {head(`,"b64":false,"crit":["b64"]`), attest.ErrMalformed, []string{"refused"}},
		"b64 true":                    {head(`,"b64":true`), attest.ErrMalformed, []string{"b64"}},
		"unknown crit":                {head(`,"crit":["x"],"x":1`), attest.ErrMalformed, []string{"crit"}},
		"empty crit":                  {head(`,"crit":[]`), attest.ErrMalformed, []string{"crit"}},
		"compressed":                  {head(`,"zip":"DEF"`), attest.ErrMalformed, []string{"zip"}},
		"kid a number":                {head(`,"kid":1`), attest.ErrMalformed, []string{"kid"}},
		"long header":                 {head(`,"x":"` + strings.Repeat("x", attest.MaxHeader) + `"`), attest.ErrMalformed, []string{"4096"}},
		"stranger":                    {forge(t, stranger, `{"alg":"ES256","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrUnknownSigner, nil},
		"stranger by another's name":  {forge(t, stranger, `{"alg":"ES256","kid":"developer","typ":"application/vnd.in-toto+json"}`, card()), attest.ErrSignature, []string{"developer"}},
		"two parts":                   {p[0] + "." + p[1], attest.ErrMalformed, nil},
		"five parts":                  {good + "..", attest.ErrMalformed, nil},
		"no signature":                {p[0] + "." + p[1] + ".", attest.ErrMalformed, nil},
		"no payload":                  {p[0] + ".." + p[2], attest.ErrMalformed, nil},
		"padded":                      {p[0] + "." + p[1] + "." + p[2] + "==", attest.ErrMalformed, []string{"base64url"}},
		"standard alphabet":           {p[0] + "." + p[1] + ".+/" + p[2][2:], attest.ErrMalformed, []string{"base64url"}},
		"line break":                  {p[0] + "." + p[1] + "." + p[2][:8] + "\n" + p[2][8:], attest.ErrMalformed, []string{"base64url"}},
		"DER signature":               {p[0] + "." + p[1] + "." + base64.RawURLEncoding.EncodeToString([]byte(open(t, w.Sign(card(), "developer")).Signatures[0].Sig)), attest.ErrUnknownSigner, nil},
		"flattened: alg unprotected":  {string(flattened([]byte(good), `,"header":{"alg":"none"}`)), attest.ErrMalformed, []string{"alg"}},
		"flattened: jwk unprotected":  {string(flattened([]byte(good), `,"header":{"jwk":{}}`)), attest.ErrMalformed, []string{"jwk"}},
		"flattened: header no object": {string(flattened([]byte(good), `,"header":[]`)), attest.ErrMalformed, []string{"object"}},
		"flattened: kid twice":        {string(flattened([]byte(head(`,"kid":"developer"`)), `,"header":{"kid":"risk"}`)), attest.ErrMalformed, []string{"kid"}},
		"flattened and general":       {string(flattened([]byte(good), `,"signatures":[]`)), attest.ErrMalformed, nil},
		"flattened: payload twice":    {string(flattened([]byte(good), `,"payload":""`)), attest.ErrMalformed, []string{"duplicate"}},
		"flattened: unprotected only": {`{"payload":"` + p[1] + `","signature":"` + p[2] + `","header":{"alg":"ES256"}}`, attest.ErrMalformed, []string{"protected"}},
		"general: none":               {`{"payload":"` + p[1] + `","signatures":[]}`, attest.ErrMalformed, []string{"at least one"}},
		"general: not an object":      {`{"payload":"` + p[1] + `","signatures":[1]}`, attest.ErrMalformed, []string{"$.signatures[0]"}},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, []byte(tc.raw), w.Trust, tc.want, tc.words...) })
	}
	// One bad signature among several.
	general := string(attesttest.SignJWS(t, card(), nil, key, w.Signer(string(attest.Ed25519)).Key))
	var parts struct {
		Payload    string              `json:"payload"`
		Signatures []map[string]string `json:"signatures"`
	}
	if err := json.Unmarshal([]byte(general), &parts); err != nil {
		t.Fatal(err)
	}
	parts.Signatures[1]["signature"] = parts.Signatures[0]["signature"]
	bad, err := json.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, bad, w.Trust, attest.ErrUnknownSigner, "$.signatures[1]")
}
