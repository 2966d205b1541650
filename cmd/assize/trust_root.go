package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/kms"
	"github.com/assize-dev/assize/attest/sigstore"
)

func (a *app) trustUpdate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "update --out FILE", Args: cobra.NoArgs,
		Short: "Fetch the trusted root of a Sigstore instance",
		Long: `Follow the TUF repository of a Sigstore instance to its newest trusted root and write that to
a file. It is the only command that fetches a root: verification never does, and a root
counts for the service once a trust that lists it was activated.

The default is the public-good instance, whose first root this program carries. Any other
needs its root.json, obtained by a way you trust.`,
		Example: `  assize trust update --out trusted_root.json
  assize trust update --mirror https://tuf.bank.example --root root.json --out trusted_root.json
  assize trust root trusted_root.json --id public-good >> roots.yaml`,
	}
	f := cmd.Flags()
	out := f.String("out", "", "file for the trusted root (required)")
	mirror := f.String("mirror", sigstore.DefaultMirror, "URL of the TUF repository")
	root := f.String("root", "", "root.json the repository is trusted by")
	target := f.String("target", sigstore.DefaultTarget, "name of the target")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *out == "" {
			return usage("trust update: --out FILE is required")
		}
		repo := sigstore.Repository{URL: *mirror, Target: *target}
		if *root != "" {
			var err error
			if repo.Root, err = readBounded(*root, attest.MaxTrustedRoot); err != nil {
				return err
			}
		}
		doc, err := sigstore.Fetch(cmd.Context(), repo)
		if err != nil {
			return err
		}
		if err := writeDurable(*out, append(doc, '\n'), 0o644); err != nil {
			return err
		}
		digest := "sha256:" + attest.TrustRoot{Document: doc}.Digest()
		return a.emit(cmd, map[string]any{"file": *out, "digest": digest, "mirror": *mirror}, func(w io.Writer) error {
			return table(w, [][]string{{"trusted root", digest}, {"written to", *out}, {"from", *mirror}})
		})
	}
	return cmd
}

func (a *app) trustRoot() *cobra.Command {
	cmd := &cobra.Command{
		Use: "root FILE --id ID", Args: exactly("FILE"),
		Short: "Write a trusted root as it goes into a trust file",
		Long: `Read a trusted root (JSON) as strictly as the service does and write it as the member roots of
a trust file, or with --entry as one more entry of it. Keyless signers then name it by its
id: root: ID.`,
		Example: `  assize trust root trusted_root.json --id public-good >> trust.yaml`,
	}
	f := cmd.Flags()
	id := f.String("id", "", "id of the root in the trust (required)")
	entry := f.Bool("entry", false, "write the entry alone, to append to roots")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if *id == "" {
			return usage("trust root: --id is required; signers name the root by it")
		}
		text, err := a.read(args[0], attest.MaxTrustedRoot)
		if err != nil {
			return err
		}
		doc, err := attest.ParseTrustedRoot(text)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		list := []any{map[string]any{"id": *id, "trusted_root": json.RawMessage(doc)}}
		var v any = map[string]any{"roots": list}
		if *entry {
			v = list
		}
		out, err := yaml.Marshal(v)
		if err == nil {
			_, err = a.stdout.Write(out)
		}
		return err
	}
	return cmd
}

func (a *app) trustResolve() *cobra.Command {
	cmd := &cobra.Command{
		Use: "resolve FILE", Args: exactly("FILE"),
		Short: "Replace keys held by services by their public keys",
		Long: `Read a trust file, ask each key management service that a signer names under kms for its public
key, and write the trust with that key in its place. Verification asks no service, so that
it gives the same answer offline and years later; resolve again when a key was rotated.`,
		Example: `  assize trust resolve trust.yaml > resolved.yaml`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := a.read(args[0], attest.MaxTrust)
		if err != nil {
			return err
		}
		t, err := attest.ParseTrust(text)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		var doc map[string]any
		if err := json.Unmarshal(t.Canonical(), &doc); err != nil {
			return err
		}
		signers, _ := doc["signers"].([]any)
		resolved := 0
		for _, v := range signers {
			s, _ := v.(map[string]any)
			uri, ok := s["kms"].(string)
			if !ok {
				continue
			}
			pem, err := publicKey(cmd.Context(), uri)
			if err != nil {
				return fmt.Errorf("%s: signer %v: %w", args[0], s["id"], err)
			}
			delete(s, "kms")
			s["key"] = string(pem)
			resolved++
		}
		out, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		if t, err = attest.ParseTrust(out); err != nil {
			return fmt.Errorf("%s, resolved: %w", args[0], err)
		}
		a.note("%s resolved", count(resolved, "key", "keys"))
		var members map[string]json.RawMessage
		if err := json.Unmarshal(t.Canonical(), &members); err != nil {
			return err
		}
		for _, name := range []string{"v", "service", "predicates", "roots", "signers"} {
			if err := writeYAML(a.stdout, name, members[name]); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

// publicKey reads a public key from a file, or from the service that holds it.
func publicKey(ctx context.Context, path string) ([]byte, error) {
	if !kms.IsURI(path) {
		return readBounded(path, maxKeyFile)
	}
	key, err := kms.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return attest.MarshalPublicKey(key.Public())
}

func rootRows(t *attest.Trust) [][]string {
	rows := [][]string{{"ROOT", "DIGEST", "SIGNERS"}}
	for _, r := range t.Roots {
		n := 0
		for _, s := range t.Signers {
			if s.Root == r.ID {
				n++
			}
		}
		rows = append(rows, []string{r.ID, "sha256:" + r.Digest(), strconv.Itoa(n)})
	}
	return rows
}
