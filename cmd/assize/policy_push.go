package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest/oci"
	"github.com/assize-dev/assize/policy"
)

func (a *app) policySign() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sign RULES --key KEY", Args: exactly("RULES"),
		Short: "Sign a rule set",
		Long: `Sign the digest of a rule set. The signature, a DSSE envelope over an in-toto statement,
is written to ` + policy.SignatureFile + ` in the directory, or into the archive. Verbs that load
rules demand it once they are given --rules-key.`,
		Example: "  assize policy sign ./rules --key release.pem\n  assize policy check ./rules --rules-key release.pub.pem",
	}
	keys := cmd.Flags().StringArray("key", nil, "private key (PEM); repeatable (required)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(*keys) == 0 {
			return usage("policy sign: --key is required")
		}
		signers, err := loadSigners(*keys)
		if err != nil {
			return err
		}
		fsys, err := openRules(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		set, err := policy.LoadSet(fsys)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		signature, err := set.Sign(signers...)
		if err != nil {
			return err
		}
		to := args[0]
		if isDirectory(args[0]) {
			to = filepath.Join(args[0], policy.SignatureFile)
			err = writeDurable(to, append(signature, '\n'), 0o644)
		} else if _, statErr := os.Stat(args[0]); statErr != nil {
			return usage("policy sign: %s: sign the directory or archive, then push it", args[0])
		} else {
			err = signArchive(args[0], fsys, signature)
		}
		if err != nil {
			return err
		}
		v := map[string]any{"set": set.Digest(), "signature": to}
		return a.emit(cmd, v, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "set  %s\nsigned in %s\n", set.Digest(), to)
			return err
		})
	}
	return cmd
}

// signArchive writes an archive anew with its signature.
func signArchive(path string, fsys fs.FS, signature []byte) error {
	files := fstest.MapFS{policy.SignatureFile: {Data: signature}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == policy.SignatureFile {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		files[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		return err
	}
	raw, err := policy.WriteArchive(files)
	if err != nil {
		return err
	}
	return writeDurable(path, raw, 0o644)
}

func (a *app) policyPush() *cobra.Command {
	cmd := &cobra.Command{
		Use: "push RULES [TO]", Args: cobra.RangeArgs(1, 2),
		Short: "Take a rule set to a registry, a file or the ledger",
		Long: `Pack a rule set as a bundle and take it to TO: REGISTRY/REPOSITORY:TAG, an image layout
oci:DIRECTORY:TAG, or a file ending in .tar.gz. Without TO the set is recorded in the ledger of --store, by
its digest; it judges nothing until parameters name it.`,
		Example: `  assize policy push ./rules registry.example/rules:v3
  assize policy push ./rules rules.tar.gz
  assize policy push ./rules --store sqlite:assize.db`,
	}
	keys := addRulesKey(cmd)
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		set, err := loadRules(ctx, args[0], *keys)
		if err != nil {
			return err
		}
		v := map[string]any{"set": set.Digest()}
		if len(args) == 1 {
			if v["index"], err = a.recordRules(cmd, set); err != nil {
				return err
			}
			v["to"] = fmt.Sprintf("the ledger at index %d", v["index"])
		} else if err = pushRules(ctx, args[0], args[1], *keys, v); err != nil {
			return err
		}
		return a.emit(cmd, v, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "set  %s\nin  %s\n", v["set"], v["to"])
			return err
		})
	}
	return cmd
}

func (a *app) recordRules(cmd *cobra.Command, set *policy.Set) (uint64, error) {
	in, err := openInstance(cmd.Context(), a.instanceConfig(cmd))
	if err != nil {
		return 0, err
	}
	rc, err := in.Locker.PublishSet(cmd.Context(), set.Digest(), set.Archive())
	return rc.Index, errors.Join(err, in.Close())
}

func pushRules(ctx context.Context, from, to string, keys []string, v map[string]any) error {
	fsys, err := openRules(ctx, from)
	if err != nil {
		return err
	}
	raw, err := policy.WriteArchive(fsys)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	// What travels is what was checked: the archive has to give the same set.
	packed, err := policy.OpenArchive(raw)
	if err != nil {
		return err
	}
	again, err := policy.LoadSet(packed)
	if err != nil {
		return fmt.Errorf("%s, packed: %w", from, err)
	}
	if again.Digest() != v["set"] {
		return fmt.Errorf("%s: packed it is set %s, not %s", from, again.Digest(), v["set"])
	}
	if err := signedBy(again, packed, keys); err != nil {
		return fmt.Errorf("%s, packed: %w", from, err)
	}
	v["to"] = to
	if strings.HasSuffix(to, ".tar.gz") || strings.HasSuffix(to, ".tgz") {
		return writeDurable(to, raw, 0o644)
	}
	if !strings.HasPrefix(to, "oci:") && !registryPattern.MatchString(to) {
		return usage("policy push: %q is no place for a rule set; want a file ending in .tar.gz or .tgz, oci:DIRECTORY:TAG or REGISTRY/REPOSITORY:TAG", to)
	}
	digest, err := new(oci.Client).Push(ctx, to, &oci.Artefact{
		Type: mediaSet, Annotations: map[string]string{"dev.assize.policy-set.digest": again.Digest()},
		Layers: []oci.Layer{{MediaType: mediaBundle, Data: bytes.Clone(raw), Annotations: map[string]string{titleAnnotation: "bundle.tar.gz"}}},
	})
	v["manifest"] = string(digest)
	return err
}
