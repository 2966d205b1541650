package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/kms"
	"github.com/assize-dev/assize/ledger"
)

// Files of a key directory. One key, one use.
const (
	fileLogKey      = "log.key"      // signs checkpoints: an Ed25519 note key
	fileLogVKey     = "log.vkey"     // its verifier key, the line readers pin
	fileLogVKeys    = "log.vkeys"    // all verifier keys of a log whose key was rotated, newest first
	fileOldKey      = "log.old.key"  // the key before a rotation, which signs too until the time in it
	fileNextKey     = "log.next.key" // the key of a rotation that is not done yet
	fileMark        = "log.mark"     // fork guard: the newest head that was signed
	fileDecisionKey = "decision.pem" // signs decisions
	fileIdentityKey = "identity.key" // by which the same evidence is known again
	fileAdminKey    = "admin.pem"    // signs activations; belongs elsewhere once there are other admins
)

// errNoKeys: a key directory does not hold what a writer needs.
var errNoKeys = errors.New("no key")

// keyring is what an instance signs with.
type keyring struct {
	dir      string
	log      *ledger.Signer
	decision crypto.Signer
	identity []byte
	admin    crypto.Signer // nil when it is kept elsewhere
}

func (k *keyring) path(name string) string { return filepath.Join(k.dir, name) }

// makeKeys makes what is missing of a key directory, for a ledger without
// entries. Keys that are there are left alone.
func makeKeys(dir, origin string, random io.Reader) error {
	if random == nil {
		random = rand.Reader
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make key directory: %w", err)
	}
	k := keyring{dir: dir}
	makers := []struct {
		name string
		make func() ([]byte, error)
	}{
		{fileLogKey, func() ([]byte, error) {
			if origin == "" {
				id := make([]byte, 8)
				if _, err := io.ReadFull(random, id); err != nil {
					return nil, err
				}
				origin = "assize.dev/local/" + hex.EncodeToString(id)
			}
			skey, _, err := ledger.GenerateKey(random, origin)
			return []byte(skey + "\n"), err
		}},
		{fileDecisionKey, func() ([]byte, error) { return newPEM(random) }},
		{fileIdentityKey, func() ([]byte, error) {
			b := make([]byte, 32)
			_, err := io.ReadFull(random, b)
			return []byte(hex.EncodeToString(b) + "\n"), err
		}},
		{fileAdminKey, func() ([]byte, error) { return newPEM(random) }},
	}
	for _, m := range makers {
		if _, err := os.Stat(k.path(m.name)); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make keys: %w", err)
		}
		b, err := m.make()
		if err != nil {
			return fmt.Errorf("make %s: %w", m.name, err)
		}
		if err := writeDurable(k.path(m.name), b, 0o600); err != nil {
			return fmt.Errorf("make %s: %w", m.name, err)
		}
	}
	signer, err := k.loadLog(origin)
	if err != nil {
		return err
	}
	vkey := []byte(signer.VerifierKey() + "\n")
	if was, err := k.read(fileLogVKey); err == nil && bytes.Equal(was, vkey) {
		return nil // a directory that holds everything may be one that nobody can write
	}
	return writeDurable(k.path(fileLogVKey), vkey, 0o644)
}

func newPEM(random io.Reader) ([]byte, error) {
	key, err := attest.GenerateKey(attest.ECDSAP256, random)
	if err != nil {
		return nil, err
	}
	return attest.MarshalPrivateKey(key)
}

// loadKeys reads a key directory. The admin key may be kept elsewhere.
func loadKeys(dir string) (*keyring, error) {
	k := &keyring{dir: dir}
	var err error
	if k.log, err = k.loadLog(""); err != nil {
		return nil, err
	}
	if k.log, err = k.withOld(k.log, time.Now()); err != nil {
		return nil, err
	}
	if k.decision, err = loadPrivate(k.path(fileDecisionKey)); err != nil {
		return nil, err
	}
	text, err := k.read(fileIdentityKey)
	if err != nil {
		return nil, err
	}
	if k.identity, err = hex.DecodeString(strings.TrimSpace(string(text))); err != nil || len(k.identity) != 32 {
		return nil, fmt.Errorf("%s: want 32 bytes in hex; restore the file, without it repeated evidence is not recognised", k.path(fileIdentityKey))
	}
	k.admin, err = loadPrivate(k.path(fileAdminKey))
	if errors.Is(err, errNoKeys) {
		err = nil
	}
	return k, err
}

// loadLog reads the log key. The origin is for a key that does not name it, and
// stands in log.vkey once there is one.
func (k *keyring) loadLog(origin string) (*ledger.Signer, error) {
	text, err := k.read(fileLogKey)
	if err != nil {
		return nil, err
	}
	vkey, err := k.read(fileLogVKey)
	if err == nil {
		origin, err = ledger.OriginOf(string(vkey))
	}
	if err != nil && !errors.Is(err, errNoKeys) {
		return nil, fmt.Errorf("%s: %w", k.path(fileLogVKey), err)
	}
	return k.signerOf(fileLogKey, text, origin)
}

// signerOf reads a key that signs checkpoints: a note key, which names its origin;
// an Ed25519 key (PEM); or a line that says where one is: env:NAME, or the URI of a
// key in a key management service.
func (k *keyring) signerOf(name string, text []byte, origin string) (*ledger.Signer, error) {
	text, err := fromEnvironment(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.path(name), err)
	}
	line := strings.TrimSpace(string(text))
	if strings.HasPrefix(line, "PRIVATE+KEY+") {
		s, err := ledger.NewSigner(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.path(name), err)
		}
		return s, nil
	}
	var key crypto.Signer
	if kms.IsURI(line) {
		key, err = kms.Open(context.Background(), line)
	} else {
		key, err = attest.LoadPrivateKey(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: want a note key (PRIVATE+KEY+...), an Ed25519 key (PEM), env:NAME, or the URI of a key: %w", k.path(name), err)
	}
	if origin == "" {
		return nil, usage("%s does not name the log it is for, and %s is not there; name the log with --origin", k.path(name), k.path(fileLogVKey))
	}
	s, err := ledger.NewSignerFrom(origin, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.path(name), err)
	}
	return s, nil
}

// fromEnvironment reads the variable that a line env:NAME names.
func fromEnvironment(text []byte) ([]byte, error) {
	variable, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "env:")
	if !ok {
		return text, nil
	}
	v, ok := os.LookupEnv(variable)
	if !ok || v == "" {
		return nil, fmt.Errorf("%w: the environment has no %s, which it names", errNoKeys, variable)
	}
	return []byte(v), nil
}

func (k *keyring) read(name string) ([]byte, error) {
	b, err := readBounded(k.path(name), maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is not there", errNoKeys, k.path(name))
	}
	return b, err
}

// loadPrivate reads a private key from a PEM file, or from where a line in it says:
// env:NAME, or the URI of a key that a service holds. Such a URI may also stand in
// the place of the path.
func loadPrivate(path string) (crypto.Signer, error) {
	if kms.IsURI(path) {
		return kms.Open(context.Background(), path)
	}
	text, err := readBounded(path, maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is not there", errNoKeys, path)
	}
	if err == nil {
		text, err = fromEnvironment(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if line := strings.TrimSpace(string(text)); kms.IsURI(line) {
		return kms.Open(context.Background(), line)
	}
	key, err := attest.LoadPrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// writeDurable makes a file appear whole or not at all, and survive a crash.
func writeDurable(path string, b []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone when the rename succeeded
	if err := f.Chmod(mode); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
