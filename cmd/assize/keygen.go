package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
)

func (a *app) keygen() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keygen --out PREFIX", GroupID: "evidence", Args: cobra.NoArgs,
		Short: "Make a signing key pair",
		Long: `Make a key pair to sign evidence with: PREFIX.pem is the private key, PREFIX.pub.pem
the public one. Nothing is trusted by being made: put the public key into a trust
file and have an administrator activate it.`,
		Example: "  assize keygen --out alice",
	}
	f := cmd.Flags()
	out := f.String("out", "", "path prefix of the two files (required)")
	alg := f.String("algorithm", string(attest.ECDSAP256), "ecdsa-p256, ecdsa-p384, ecdsa-p521 or ed25519")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *out == "" {
			return usage("keygen: --out PREFIX is required; it names the two files")
		}
		key, err := attest.GenerateKey(attest.Algorithm(*alg), rand.Reader)
		if err != nil {
			return usage("--algorithm %s: %w", *alg, err)
		}
		private, err := attest.MarshalPrivateKey(key)
		if err != nil {
			return err
		}
		public, err := attest.MarshalPublicKey(key.Public())
		if err != nil {
			return err
		}
		id, err := attest.KeyID(key.Public())
		if err != nil {
			return err
		}
		paths := []string{*out + ".pem", *out + ".pub.pem"}
		for _, p := range paths {
			if _, err := os.Lstat(p); err == nil {
				return fmt.Errorf("%s: is there already; a key is never overwritten, choose another --out", p)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := writeDurable(paths[0], private, 0o600); err != nil {
			return err
		}
		if err := writeDurable(paths[1], public, 0o644); err != nil {
			return err
		}
		return a.emit(cmd, map[string]string{"private_key": paths[0], "public_key": paths[1], "key_id": id, "algorithm": *alg}, func(w io.Writer) error {
			return table(w, [][]string{{"private key", paths[0], "keep it secret"}, {"public key", paths[1]}, {"key id", id}})
		})
	}
	return cmd
}
