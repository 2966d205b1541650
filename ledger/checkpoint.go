package ledger

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is a parsed signed tree head (c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
	Note   []byte // as signed
}

// Signer signs checkpoints with an Ed25519 note key; it is a note.Signer that
// also knows its verifier key.
type Signer struct {
	note.Signer
	vkey   string
	beside []note.Signer // keys that sign as well, see Beside
}

// GenerateKey makes a log key for an origin: the encoded private key of
// golang.org/x/mod/sumdb/note, to be kept secret, and its verifier key. A nil
// reader means crypto/rand.
func GenerateKey(r io.Reader, origin string) (skey, vkey string, err error) {
	if r == nil {
		r = rand.Reader
	}
	skey, vkey, err = note.GenerateKey(r, origin)
	if err != nil {
		return "", "", fmt.Errorf("generate log key for %q: %w", clip(origin), err)
	}
	if _, err := note.NewVerifier(vkey); err != nil {
		return "", "", fmt.Errorf("log origin %q: must not be empty or hold spaces or '+': %w", clip(origin), ErrInvalid)
	}
	return skey, vkey, nil
}

// NewSigner reads an encoded private log key as GenerateKey returns it.
func NewSigner(skey string) (*Signer, error) {
	skey = strings.TrimSpace(skey)
	s, err := note.NewSigner(skey)
	if err != nil {
		return nil, fmt.Errorf("log key: want PRIVATE+KEY+name+hash+key: %w", ErrInvalid)
	}
	// NewSigner has checked the parts: PRIVATE+KEY+<name>+<hash>+<key>, the last
	// of them the algorithm's byte and the Ed25519 seed.
	key, err := base64.StdEncoding.DecodeString(strings.SplitN(skey, "+", 5)[4])
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return nil, fmt.Errorf("log key: want an Ed25519 key: %w", ErrInvalid)
	}
	vkey, err := NewVerifierKey(s.Name(), ed25519.NewKeyFromSeed(key[1:]).Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	return &Signer{Signer: s, vkey: vkey}, nil
}

// VerifierKey returns the line that readers pin.
func (s *Signer) VerifierKey() string { return s.vkey }

// NewSignerFrom makes a signer of a key that is kept elsewhere, such as in a key
// management service. Readers of checkpoints know Ed25519 only (c2sp.org/signed-note,
// type 0x01), so it has to be of that kind. It is called once for each checkpoint,
// and never while a transaction is open.
func NewSignerFrom(origin string, key crypto.Signer) (*Signer, error) {
	pub, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("log key for %q: it is a %T, checkpoints are signed with Ed25519; name a key of that kind: %w", clip(origin), key.Public(), ErrInvalid)
	}
	vkey, err := NewVerifierKey(origin, pub)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("log origin %q: must not be empty or hold spaces or '+': %w", clip(origin), ErrInvalid)
	}
	return &Signer{Signer: keySigner{v, key}, vkey: vkey}, nil
}

// keySigner is a note.Signer over a key of any kind that signs messages as a
// whole.
type keySigner struct {
	note.Verifier
	key crypto.Signer
}

func (s keySigner) Sign(msg []byte) ([]byte, error) {
	sig, err := s.key.Sign(rand.Reader, msg, crypto.Hash(0))
	if err != nil {
		return nil, err
	}
	if !s.Verify(msg, sig) {
		return nil, fmt.Errorf("the key answered with a signature that does not verify under its own public half: %w", ErrInvalid)
	}
	return sig, nil
}

// Beside returns the signer with others that sign every checkpoint as well: the
// key before it, for as long as readers may still have that one pinned.
func (s *Signer) Beside(others ...*Signer) (*Signer, error) {
	out := &Signer{Signer: s.Signer, vkey: s.vkey, beside: slices.Clone(s.beside)}
	for _, o := range others {
		if o.Name() != s.Name() {
			return nil, fmt.Errorf("log key for %q beside one for %q: the keys of a log have one origin: %w", clip(o.Name()), clip(s.Name()), ErrInvalid)
		}
		if o.vkey != s.vkey {
			out.beside = append(out.beside, o.Signer)
		}
	}
	return out, nil
}

// NewVerifierKey encodes a public key as a note verifier key for an origin.
func NewVerifierKey(origin string, pub ed25519.PublicKey) (string, error) {
	vkey, err := note.NewEd25519VerifierKey(origin, pub)
	if err != nil {
		return "", fmt.Errorf("verifier key for %q: %w", clip(origin), err)
	}
	return vkey, nil
}

func signCheckpoint(s note.Signer, h Head) ([]byte, error) {
	body := log.Checkpoint{Origin: s.Name(), Size: h.Size, Hash: h.Root[:]}.Marshal()
	signers := []note.Signer{s}
	if own, ok := s.(*Signer); ok {
		signers = append(signers, own.beside...)
	}
	signed, err := note.Sign(&note.Note{Text: string(body)}, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint of size %d: %w", h.Size, err)
	}
	return signed, nil
}

// verifiersOf reads the verifier key of a log, or several of them, one a line: a
// log whose key was rotated has one for each time.
func verifiersOf(vkey string) (origin string, vs []note.Verifier, err error) {
	for line := range strings.Lines(strings.TrimSpace(vkey)) {
		v, err := note.NewVerifier(strings.TrimSpace(line))
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("log verifier key %q: want name+hash+key: %w", clip(line), ErrInvalid)
		case len(vs) == MaxLogKeys:
			return "", nil, fmt.Errorf("log verifier keys: more than %d: %w", MaxLogKeys, ErrTooLarge)
		case len(vs) > 0 && v.Name() != origin:
			return "", nil, fmt.Errorf("log verifier keys for %q and %q: the keys of a log have one origin: %w", clip(origin), clip(v.Name()), ErrInvalid)
		}
		if slices.ContainsFunc(vs, func(o note.Verifier) bool { return o.KeyHash() == v.KeyHash() }) {
			continue // the note package wants each once
		}
		origin, vs = v.Name(), append(vs, v)
	}
	if len(vs) == 0 {
		return "", nil, fmt.Errorf("log verifier key is empty: want name+hash+key: %w", ErrInvalid)
	}
	return origin, vs, nil
}

// OriginOf returns the origin that a verifier key is for, or several of them, one
// a line.
func OriginOf(vkey string) (string, error) {
	origin, _, err := verifiersOf(vkey)
	return origin, err
}

// ParseCheckpoint verifies a signed checkpoint against the log's verifier key, or
// against any of several, one a line. Its origin is the key's name. Signatures by
// others are allowed and ignored.
func ParseCheckpoint(signed []byte, vkey string) (Checkpoint, error) {
	origin, vs, err := verifiersOf(vkey)
	if err != nil {
		return Checkpoint{}, err
	}
	if len(signed) > MaxCheckpoint {
		return Checkpoint{}, fmt.Errorf("checkpoint: %d bytes, at most %d: %w", len(signed), MaxCheckpoint, ErrTooLarge)
	}
	n, err := note.Open(signed, note.VerifierList(vs...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: no valid signature by %s: %v: %w", origin, err, ErrProof)
	}
	for _, sig := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		// The note package lets the unused bits of base64 be anything.
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("checkpoint: signature of %q is not in strict base64: %w", clip(sig.Name), ErrInvalid)
		}
	}
	c, err := parseBody(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != origin {
		return Checkpoint{}, fmt.Errorf("checkpoint: origin %q, the key is for %q: %w", clip(c.Origin), origin, ErrProof)
	}
	c.Note = signed
	return c, nil
}

// SignedBeside reports whether a checkpoint carries a signature under the log's own
// name by a key that is not among those given, one a line: a key was rotated, or
// somebody says so.
func SignedBeside(signed []byte, vkey string) bool {
	origin, vs, err := verifiersOf(vkey)
	if err != nil || len(signed) > MaxCheckpoint {
		return false
	}
	n, err := note.Open(signed, note.VerifierList(vs...))
	return err == nil && slices.ContainsFunc(n.UnverifiedSigs, func(s note.Signature) bool { return s.Name == origin })
}

// peekCheckpoint reads a checkpoint without verifying it.
func peekCheckpoint(signed []byte) (Checkpoint, error) {
	if len(signed) > MaxCheckpoint {
		return Checkpoint{}, fmt.Errorf("checkpoint: %d bytes, at most %d: %w", len(signed), MaxCheckpoint, ErrTooLarge)
	}
	_, err := note.Open(signed, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Checkpoint{}, fmt.Errorf("checkpoint: not a signed note: %w", ErrInvalid)
	}
	c, err := parseBody(unverified.Note.Text)
	c.Note = signed
	return c, err
}

// parseBody reads the note text, in which one spelling is allowed for each
// value: marshalling again must give the same three lines.
func parseBody(text string) (Checkpoint, error) {
	var lc log.Checkpoint
	rest, err := lc.Unmarshal([]byte(text))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %v: %w", err, ErrInvalid)
	}
	if len(lc.Hash) != 32 {
		return Checkpoint{}, fmt.Errorf("checkpoint: root hash of %d bytes, want 32: %w", len(lc.Hash), ErrInvalid)
	}
	if string(lc.Marshal())+string(rest) != text {
		return Checkpoint{}, fmt.Errorf("checkpoint: size or root hash is not in its canonical spelling: %w", ErrInvalid)
	}
	return Checkpoint{Origin: lc.Origin, Size: lc.Size, Root: Hash(lc.Hash)}, nil
}
