package main

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger"
	"github.com/assize-dev/assize/ledger/evidence"
)

func (a *app) ledgerRotate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rotate", Args: cobra.NoArgs,
		Short: "Hand the log over to a new key",
		Long: `Replace the key that signs checkpoints. The trust in force names the new key beside the
one before; an entry of the log, signed by an administrator, hands over; and until the
overlap ends every checkpoint carries both signatures, so that readers who pinned the old
key have time to pin the new one. Receipts and proof bundles from before verify under the
old key as they did: ` + "`log.vkeys`" + ` lists all keys of the log, newest first, and --log-key
takes that file.

The new key is made here, or --new-key names a file that holds it or where it is: a line
env:NAME, or the URI of a key in a key management service. Stop the service first; each
replica needs the new key directory. What was interrupted goes on when called again.`,
		Example: `  assize ledger rotate
  assize ledger rotate --new-key next.key --overlap 2160h --key admin.pem`,
	}
	f := cmd.Flags()
	next := f.String("new-key", "", "file with the new key, or that says where it is (default a new Ed25519 key)")
	overlap := f.Duration("overlap", 30*24*time.Hour, "how long the key before signs too")
	admin := f.String("key", "", "administrator's private key (default the one beside the log key)")
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in, err := openInstance(cmd.Context(), a.instanceConfig(cmd))
		if err != nil {
			return err
		}
		closed := false
		defer func() {
			if !closed {
				_ = in.Close()
			}
		}()
		if why := in.log.ReadOnlyReason(); why != "" {
			return fmt.Errorf("%s takes no entries: %s", in.path, why)
		}
		if *overlap < 0 {
			return usage("--overlap %s: want no negative time", *overlap)
		}
		key := in.Admin()
		if *admin != "" {
			if key, err = loadPrivate(*admin); err != nil {
				return err
			}
		}
		if key == nil {
			return usage("ledger rotate: the administrator's key is kept elsewhere; name it with --key")
		}
		r, rc, err := in.rotate(cmd.Context(), key, *next, in.now().Add(*overlap).UTC().Truncate(time.Second))
		if err != nil {
			return err
		}
		cfg := in.cfg
		closed = true
		if err := in.Close(); err != nil {
			return err
		}
		if err := (&keyring{dir: cfg.Keys}).handOver(r); err != nil {
			return err
		}
		if in, err = openInstance(cmd.Context(), cfg); err != nil { // signs the head with both
			return err
		}
		closed = false
		v := map[string]any{"index": rc.Index, "from": r.From, "to": r.To, "until": r.Until}
		return a.emit(cmd, v, func(w io.Writer) error {
			return table(w, [][]string{{"log key", r.To}, {"before", r.From + ", which signs too until " + r.Until}, {"recorded", fmt.Sprintf("at index %d", rc.Index)},
				{"next", "give the new log.vkey to everybody who pinned the one before"}})
		})
	}
	return cmd
}

// rotate makes the new key known to trust and log. Each step that was taken before
// is left as it is.
func (in *instance) rotate(ctx context.Context, admin crypto.Signer, newKey string, until time.Time) (evidence.Rotation, ledger.Receipt, error) {
	none := func(err error) (evidence.Rotation, ledger.Receipt, error) {
		return evidence.Rotation{}, ledger.Receipt{}, err
	}
	next, begun, err := in.keys.nextKey(newKey, in.cfg.Random)
	if err != nil {
		return none(err)
	}
	r := evidence.Rotation{LogOrigin: in.log.Origin(), From: in.keys.log.VerifierKey(), To: next.VerifierKey(),
		Until: until.Format(time.RFC3339), StatedAt: in.now().UTC().Format(time.RFC3339)}
	if next.Name() != r.LogOrigin {
		return none(usage("%s holds %s: want a key of log %s; remove the file", in.keys.path(fileNextKey), r.To, r.LogOrigin))
	}
	if begun && r.From == r.To { // cut off once it was in its place
		key, until, err := in.keys.oldKey()
		if err != nil {
			return none(err)
		}
		before, err := in.keys.signerOf(fileOldKey, key, r.LogOrigin)
		if err != nil {
			return none(err)
		}
		r.From, r.Until = before.VerifierKey(), until.Format(time.RFC3339)
	}
	head, err := in.log.Committed(ctx)
	if err != nil {
		return none(err)
	}
	active, err := evidence.Latest(ctx, in.log, evidence.KindTrust, head.Size)
	if err != nil {
		return none(err)
	}
	trust, err := attest.ParseTrust(active.Document)
	if err != nil {
		return none(err)
	}
	if !slices.Contains(trust.Service.LogKeys, r.To) {
		doc, err := withLogKey(active.Document, r.To)
		if err != nil {
			return none(err)
		}
		if _, err := in.Activate(ctx, evidence.KindTrust, doc, admin); err != nil {
			return none(fmt.Errorf("activate a trust that names the new key: %w", err))
		}
	}
	raw, err := evidence.NewRotation(r, admin)
	if err != nil {
		return none(err)
	}
	rc, err := in.Locker.Rotate(ctx, raw)
	return r, rc, err
}

// withLogKey names a log key in a trust document, before the others.
func withLogKey(document []byte, vkey string) ([]byte, error) {
	tree, err := attest.ParseJSON(document)
	if err != nil {
		return nil, fmt.Errorf("trust in force: %w", err)
	}
	top, _ := tree.(map[string]any)
	service, ok := top["service"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: the trust in force names no keys of the service", attest.ErrTrust)
	}
	keys, _ := service["log_keys"].([]any)
	service["log_keys"] = append([]any{vkey}, keys...)
	doc, err := attest.CanonicalJSON(tree)
	if err != nil {
		return nil, err
	}
	t, err := attest.ParseTrust(doc)
	if err != nil {
		return nil, err
	}
	return t.Canonical(), nil
}

// nextKey is the key to come: the one that was begun with, one that is named, or a
// new one.
func (k *keyring) nextKey(named string, random io.Reader) (s *ledger.Signer, begun bool, err error) {
	text, err := k.read(fileNextKey)
	if err == nil {
		s, err = k.signerOf(fileNextKey, text, k.log.Name())
		return s, true, err
	}
	switch {
	case !errors.Is(err, errNoKeys):
		return nil, false, err
	case named != "":
		if text, err = readBounded(named, maxKeyFile); err != nil {
			return nil, false, err
		}
	default:
		skey, _, err := ledger.GenerateKey(random, k.log.Name())
		if err != nil {
			return nil, false, err
		}
		text = []byte(skey + "\n")
	}
	if s, err = k.signerOf(fileNextKey, text, k.log.Name()); err != nil {
		return nil, false, err
	}
	if s.Name() != k.log.Name() || s.VerifierKey() == k.log.VerifierKey() { // it would be begun with for good
		return nil, false, usage("the new key is %s: want another key of log %s", s.VerifierKey(), k.log.Name())
	}
	return s, false, writeDurable(k.path(fileNextKey), text, 0o600)
}

// handOver puts the new key in the place of the one before, which signs beside it
// until the overlap ends. It may be called again after it was cut off anywhere.
func (k *keyring) handOver(r evidence.Rotation) error {
	next, err := k.read(fileNextKey)
	if err != nil {
		return err
	}
	current, err := k.loadLog("")
	if err != nil {
		return err
	}
	if current.VerifierKey() == r.From {
		old, err := k.read(fileLogKey)
		if err != nil {
			return err
		}
		if err := writeDurable(k.path(fileOldKey), []byte(strings.TrimSpace(string(old))+"\nuntil "+r.Until+"\n"), 0o600); err != nil {
			return err
		}
	}
	if err := writeDurable(k.path(fileLogKey), next, 0o600); err != nil {
		return err
	}
	all := []string{r.To, r.From}
	if before, err := k.read(fileLogVKeys); err == nil {
		for _, key := range strings.Fields(string(before)) {
			if !slices.Contains(all, key) {
				all = append(all, key)
			}
		}
	}
	if err := writeDurable(k.path(fileLogVKeys), []byte(strings.Join(all, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	if err := writeDurable(k.path(fileLogVKey), []byte(r.To+"\n"), 0o644); err != nil {
		return err
	}
	if err := os.Remove(k.path(fileNextKey)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// withOld has the key before a rotation sign too, until its time is over.
func (k *keyring) withOld(s *ledger.Signer, now time.Time) (*ledger.Signer, error) {
	key, until, err := k.oldKey()
	if errors.Is(err, errNoKeys) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if !now.Before(until) {
		return s, nil
	}
	old, err := k.signerOf(fileOldKey, key, s.Name())
	if err != nil {
		return nil, err
	}
	return s.Beside(old)
}

// oldKey reads the key before a rotation, and until when it signs.
func (k *keyring) oldKey() (key []byte, until time.Time, err error) {
	text, err := k.read(fileOldKey)
	if err != nil {
		return nil, time.Time{}, err
	}
	key, rest, _ := bytes.Cut(text, []byte("\n"))
	until, err = time.Parse(time.RFC3339, strings.TrimPrefix(strings.TrimSpace(string(rest)), "until "))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%s: want a key and a line \"until TIME\": %w", k.path(fileOldKey), err)
	}
	return key, until, nil
}
