package attest

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Media types of the envelopes, as stored beside the bytes.
const (
	MediaDSSE       = "application/vnd.dsse.envelope.v1+json"
	MediaJWSCompact = "application/jose"
	MediaJWSJSON    = "application/jose+json"
	// A Sigstore bundle is stored under the media type it names itself.
)

// Envelope is a parsed, not yet verified envelope. It is safe for concurrent use.
type Envelope struct {
	raw       []byte
	mediaType string
	id        string
	statement *Statement
	sigs      []signature

	mu       sync.Mutex
	verified []string           // by signature: id of the key that verified it, "" until one did
	proofs   []map[string]proof // by signature: what its witnesses prove, by root and key
}

// signature is one signature and what it claims about its key.
type signature struct {
	place   string              // where it stands in the envelope, for messages
	message []byte              // the signed bytes
	sig     []byte              // DER ECDSA, or 64 bytes of Ed25519
	hint    string              // keyid or kid: a hint, never a reason to trust
	alg     Algorithm           // pinned by a JWS header, else ""
	chain   []*x509.Certificate // leaf first, when certificates came with it
	keyID   string              // id of a public key that came with it
	legacy  bool                // see legacyMessage
	jws     string              // the signature alone as compact JWS
	keyless bool                // a Sigstore identity certificate
	version string              // of the Sigstore bundle it came in, "v0.1" to "v0.3"
	wit     witnesses           // log entries and timestamps that came with it
	hash    crypto.Hash         // of a bare digest that is signed in place of message
	digest  []byte
}

// ID is the lower-case hex SHA-256 of what was signed: the pre-authentication
// encoding of the statement's media type and bytes.
func (e *Envelope) ID() string { return e.id }

// MediaType is the media type of the envelope, not of the statement in it.
func (e *Envelope) MediaType() string { return e.mediaType }

// Statement is the signed statement, not yet to be believed.
func (e *Envelope) Statement() *Statement { return e.statement }

// Raw is the envelope as it was given.
func (e *Envelope) Raw() []byte { return e.raw }

// PAE is the DSSE v1 pre-authentication encoding
// (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md).
func PAE(payloadType string, payload []byte) []byte {
	b := make([]byte, 0, len(payloadType)+len(payload)+32)
	b = append(b, "DSSEv1 "...)
	b = strconv.AppendInt(b, int64(len(payloadType)), 10)
	b = append(b, ' ')
	b = append(b, payloadType...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(len(payload)), 10)
	b = append(b, ' ')
	return append(b, payload...)
}

// Parse reads an envelope without verifying it: a DSSE envelope, a Sigstore
// bundle holding one, or a JWS in any serialization. raw must not be modified
// afterwards.
func Parse(raw []byte) (*Envelope, error) {
	if len(raw) > MaxEnvelope {
		return nil, fmt.Errorf("envelope: %w: %d bytes, at most %d", ErrTooLarge, len(raw), MaxEnvelope)
	}
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	if len(trimmed) == 0 {
		return nil, fmt.Errorf("envelope: %w: it is empty", ErrMalformed)
	}
	if bytes.HasPrefix(trimmed, []byte("\xef\xbb\xbf")) {
		return nil, fmt.Errorf("envelope: at byte 0: %w: it begins with a byte order mark; save it without", ErrMalformed)
	}
	if trimmed[0] != '{' {
		return parseCompact(raw)
	}
	v, err := ParseJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	m := v.(map[string]any)
	has := func(name string) bool { _, ok := m[name]; return ok }
	// Each form has a member no other may have; a mixture is somebody's attempt
	// to have two readers see two things.
	forms := 0
	for _, marker := range []bool{has("payloadType"), has("mediaType"), has("protected") || has("signature") || has("signatures") && !has("payloadType")} {
		if marker {
			forms++
		}
	}
	switch {
	case forms > 1:
		return nil, fmt.Errorf("envelope: %w: members of a DSSE envelope, a Sigstore bundle and a JWS are mixed", ErrMalformed)
	case has("payloadType"):
		return parseDSSE(raw, m)
	case has("mediaType"):
		return parseBundle(raw, m)
	case forms == 1:
		return parseJWS(raw, m)
	case has("attestations"):
		return nil, fmt.Errorf("envelope: %w: this is a list of attestations, as npm answers with; hand in each \"bundle\" in it by itself", ErrMalformed)
	case has("_type"):
		return nil, fmt.Errorf("envelope: %w: this is an unsigned statement; sign it first, or use an importer", ErrMalformed)
	}
	return nil, fmt.Errorf("envelope: %w: neither a DSSE envelope (payloadType), nor a Sigstore bundle (mediaType), nor a JWS (protected)", ErrMalformed)
}

// newEnvelope parses the payload and computes the id. It returns the encoding
// that was hashed, which is what DSSE signatures are over.
func newEnvelope(raw []byte, mediaType string, payload []byte) (*Envelope, []byte, error) {
	st, err := ParseStatement(payload)
	if err != nil {
		return nil, nil, err
	}
	pae := PAE(PayloadInToto, payload)
	sum := sha256.Sum256(pae)
	return &Envelope{raw: raw, mediaType: mediaType, id: hex.EncodeToString(sum[:]), statement: st}, pae, nil
}

func (e *Envelope) add(s signature) {
	e.sigs = append(e.sigs, s)
	e.verified = append(e.verified, "")
	e.proofs = append(e.proofs, nil)
}

// decodeBase64 is strict: padded, canonical, without line breaks, in the
// standard or, since DSSE allows it, the URL-safe alphabet.
func decodeBase64(s string) ([]byte, bool) {
	enc := base64.StdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.URLEncoding
	}
	return strictBase64(enc, s)
}

func strictBase64(enc *base64.Encoding, s string) ([]byte, bool) {
	b, err := enc.Strict().DecodeString(s)
	// The decoder skips line breaks; without any the lengths agree.
	return b, err == nil && enc.EncodedLen(len(b)) == len(s)
}
