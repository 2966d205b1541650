package attest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// jwsAlgorithms are the JWS algorithms accepted, each with the one kind of key
// it belongs to (RFC 7518, RFC 8037). The key decides; the header must agree.
var jwsAlgorithms = map[string]Algorithm{"ES256": ECDSAP256, "ES384": ECDSAP384, "ES512": ECDSAP521, "EdDSA": Ed25519, "PS256": RSAPSS}

// parseCompact reads a JWS in compact serialization (RFC 7515, section 7.1).
func parseCompact(raw []byte) (*Envelope, error) {
	parts := strings.Split(string(bytes.TrimSpace(raw)), ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("envelope: %w: neither JSON nor a compact JWS (HEADER.PAYLOAD.SIGNATURE)", ErrMalformed)
	}
	payload, ok := strictBase64(base64.RawURLEncoding, parts[1])
	if !ok {
		return nil, fmt.Errorf("JWS: %w", malformed("the payload", "not strict base64url without padding"))
	}
	e, _, err := newEnvelope(raw, MediaJWSCompact, payload)
	if err != nil {
		return nil, fmt.Errorf("JWS: %w", err)
	}
	if err := e.addJWS("the JWS", parts[0], parts[1], parts[2], nil); err != nil {
		return nil, fmt.Errorf("JWS: %w", err)
	}
	return e, nil
}

// parseJWS reads a JWS in flattened or general JSON serialization (RFC 7515,
// section 7.2).
func parseJWS(raw []byte, m map[string]any) (*Envelope, error) {
	e, err := readJWS(raw, m)
	if err != nil {
		return nil, fmt.Errorf("JWS: %w", err)
	}
	return e, nil
}

func readJWS(raw []byte, m map[string]any) (*Envelope, error) {
	o := object{m, "$"}
	list := []any{m}
	if _, general := m["signatures"]; general {
		if err := o.closed("payload", "signatures"); err != nil {
			return nil, err
		}
		var err error
		if list, err = o.list("signatures"); err != nil {
			return nil, err
		}
	} else if err := o.closed("payload", "protected", "header", "signature"); err != nil {
		return nil, err
	}
	if err := countSignatures("$", len(list)); err != nil {
		return nil, err
	}
	text, err := o.text("payload")
	if err != nil {
		return nil, err
	}
	payload, ok := strictBase64(base64.RawURLEncoding, text)
	if !ok {
		return nil, malformed("$.payload", "not strict base64url without padding")
	}
	e, _, err := newEnvelope(raw, MediaJWSJSON, payload)
	if err != nil {
		return nil, err
	}
	for i, v := range list {
		place := "$"
		if len(list) > 1 || m["signatures"] != nil {
			place = fmt.Sprintf("$.signatures[%d]", i)
			s, err := objectAt(v, place)
			if err != nil {
				return nil, err
			}
			if err := s.closed("protected", "header", "signature"); err != nil {
				return nil, err
			}
		}
		s := object{v.(map[string]any), place}
		protected, err := s.text("protected")
		if err != nil {
			return nil, err
		}
		sig, err := s.text("signature")
		if err != nil {
			return nil, err
		}
		if err := e.addJWS(place, protected, text, sig, s.m["header"]); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// addJWS checks one protected header and adds its signature. Whatever could
// bring a key along or change the reading of the payload is refused.
func (e *Envelope) addJWS(place, protected, payload, sig string, unprotected any) error {
	head, ok := strictBase64(base64.RawURLEncoding, protected)
	if !ok || len(head) > MaxHeader {
		return malformed(place, "the protected header is not strict base64url without padding of at most %d bytes", MaxHeader)
	}
	v, err := ParseJSON(head)
	if err != nil {
		return fmt.Errorf("at %s: protected header: %w", place, err)
	}
	h, err := objectAt(v, place+": protected header", "alg", "typ", "cty", "kid", "crit", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "zip")
	if err != nil {
		return err
	}
	for _, name := range []string{"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"} {
		if _, ok := h.m[name]; ok {
			return malformed(h.path, "%q is refused: keys come from the trust, never from the message", name)
		}
	}
	for _, name := range []string{"crit", "b64", "zip"} {
		if _, ok := h.m[name]; ok {
			return malformed(h.path, "%q is refused: no extension is understood", name)
		}
	}
	alg, err := h.text("alg")
	if err != nil {
		return err
	}
	if jwsAlgorithms[alg] == "" {
		return malformed(h.path, "algorithm %.40q is refused, want ES256, ES384, ES512, EdDSA or PS256", alg)
	}
	if err := inTotoType(h, "typ", true); err != nil {
		return err
	}
	if err := inTotoType(h, "cty", false); err != nil {
		return err
	}
	s := signature{place: place, alg: jwsAlgorithms[alg], jws: protected + "." + payload + "." + sig}
	if _, ok := h.m["kid"]; ok {
		if s.hint, err = h.text("kid"); err != nil {
			return err
		}
	}
	if unprotected != nil {
		u, err := objectAt(unprotected, place+".header", "kid")
		if err != nil {
			return err
		}
		if err := u.closed("kid"); err != nil {
			return err
		}
		if _, both := h.m["kid"]; both && len(u.m) > 0 {
			return malformed(u.path, "kid is in the protected header as well")
		}
		if len(u.m) > 0 {
			if s.hint, err = u.text("kid"); err != nil {
				return err
			}
		}
	}
	if s.sig, ok = strictBase64(base64.RawURLEncoding, sig); !ok || len(s.sig) == 0 || len(s.sig) > MaxSignature {
		return malformed(place, "the signature is not 1 to %d bytes in strict base64url without padding", MaxSignature)
	}
	e.add(s)
	return nil
}

// inTotoType pins a media type member. RFC 7515 (section 4.1.9) lets writers
// leave out "application/".
func inTotoType(h object, name string, required bool) error {
	if _, ok := h.m[name]; !ok && !required {
		return nil
	}
	typ, err := h.text(name)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{PayloadInToto, strings.TrimPrefix(PayloadInToto, "application/")}, typ) {
		return malformed(h.path, "%s %.80q, want %s", name, typ, PayloadInToto)
	}
	return nil
}

// checkJWS verifies one compact JWS with the only algorithm its key allows.
func checkJWS(pub any, alg Algorithm, compact string) bool {
	for name, of := range jwsAlgorithms {
		if of == alg {
			jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(name)})
			if err != nil {
				return false
			}
			_, err = jws.Verify(pub)
			return err == nil
		}
	}
	return false
}
