package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
)

func (a *app) trust() *cobra.Command {
	return parent("rules", "trust", "Check, show and write trust", a.trustCheck(), a.trustShow(), a.trustEntry(), a.trustRoot(), a.trustResolve(), a.trustUpdate())
}

func (a *app) trustCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check FILE", Args: exactly("FILE"),
		Short: "Read a trust file as strictly as the service does, and say what it means",
		Long: `Read a trust file (YAML or JSON) as the service would. Unknown members, roles and
predicate types are refused with their line: a typo must not silently trust somebody
less, or more. Exit code 2 when the file is refused.`,
	}
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := a.read(args[0], attest.MaxTrust)
		if err != nil {
			return err
		}
		t, err := attest.ParseTrust(text)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		notes := trustNotes(t)
		v := map[string]any{"file": args[0], "digest": "sha256:" + t.Digest(), "signers": len(t.Signers), "predicates": t.Predicates, "notes": notes}
		return a.emit(cmd, v, func(w io.Writer) error {
			fmt.Fprintf(w, "%s  %s\n\n", a.style.green("ok"), "sha256:"+t.Digest())
			if err := table(w, signerRows(t)); err != nil {
				return err
			}
			if len(t.Roots) > 0 {
				fmt.Fprintln(w)
				if err := table(w, rootRows(t)); err != nil {
					return err
				}
			}
			for _, n := range notes {
				fmt.Fprintf(w, "\nnote: %s\n", n)
			}
			return nil
		})
	}
	return cmd
}

func (a *app) trustShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show", Args: cobra.NoArgs,
		Short: "Write the trust in force as YAML, to change and activate",
	}
	addService(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		conn, err := a.connect(cmd, toRead)
		if err != nil {
			return err
		}
		defer conn.Close()
		active, err := conn.Active(cmd.Context(), evidence.KindTrust)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "# %s, in force from index %d, %s\n", active.Digest, active.Index, active.At.UTC().Format(time.RFC3339)); err != nil {
			return err
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(active.Document, &members); err != nil {
			return err
		}
		for _, name := range []string{"v", "service", "predicates", "roots", "signers"} { // signers last, to add to
			if err := writeYAML(a.stdout, name, members[name]); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

func writeYAML(w io.Writer, name string, value json.RawMessage) error {
	if len(value) == 0 {
		return nil
	}
	text, err := yaml.Marshal(map[string]json.RawMessage{name: value})
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

func (a *app) trustEntry() *cobra.Command {
	cmd := &cobra.Command{
		Use: "entry --key PUB|--issuer URL --identity WHO --principal WHO --role ROLE --about SYSTEM", Args: cobra.NoArgs,
		Short: "Write a signer's entry, to append to a trust file",
		Long: `Write the entry of one signer as YAML. ` + "`assize trust show`" + ` ends with the list of
signers, so appending the entry to what it wrote adds the signer.

--key takes a file or the URI of a key management service, whose public key is read now
and written down: later questions are answered without asking it. --issuer and --identity
make a keyless signer under --root, which roots must list; see ` + "`assize trust root`" + `. An
identity is exact, or a pattern ^...$; --extension narrows it by what else the certificate
says, such as source_repository_uri='^https://github\.com/bank/models$'.`,
		Example: `  assize trust show > trust.yaml
  assize trust entry --key alice.pub.pem --principal alice@bank.example --role developer \
    --about system:credit-scoring >> trust.yaml
  assize activate trust.yaml`,
	}
	f := cmd.Flags()
	key := f.String("key", "", "public key (PEM file, or URI of a key management service)")
	issuer := f.String("issuer", "", "OIDC issuer of a keyless signer, exact")
	identity := f.String("identity", "", "identity of a keyless signer: exact, or a pattern ^...$")
	claims := f.StringToString("extension", nil, "NAME=^PATTERN$ of the certificate of a keyless signer; repeatable")
	root := f.String("root", "", "id of the trusted root the signer is held to")
	id := f.String("id", "", "id of the entry (default the principal)")
	principal := f.String("principal", "", "the person or machine behind the key (required)")
	roles := f.StringSlice("role", nil, "role it holds; repeatable (required)")
	about := f.StringSlice("about", nil, "system it may speak of, or *; repeatable")
	cmd.MarkFlagsMutuallyExclusive("key", "identity")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *key == "" && *identity == "" || *principal == "" || len(*roles) == 0 {
			return usage("trust entry: --key or --identity, --principal and --role are required; roles are %s", strings.Join(attest.Roles(), ", "))
		}
		entry := map[string]any{"id": *id, "principal": *principal, "roles": *roles, "about": append([]string{}, *about...)}
		if *id == "" {
			entry["id"] = *principal
		}
		switch {
		case *key != "":
			pem, err := publicKey(cmd.Context(), *key)
			if err != nil {
				return err
			}
			entry["key"] = string(pem)
		case *issuer == "" || *root == "":
			return usage("trust entry: a keyless signer needs --issuer, --identity and --root")
		default:
			keyless := map[string]any{"issuer": *issuer, "identity": anchoredPattern(*identity)}
			if len(*claims) > 0 {
				keyless["extensions"] = *claims
			}
			entry["keyless"] = keyless
		}
		doc, err := json.Marshal(map[string]any{"v": 1, "signers": []any{entry}})
		if err != nil {
			return err
		}
		if _, err := attest.ParseTrust(doc); err != nil {
			return err
		}
		if *root != "" { // checked where roots are listed
			entry["root"] = *root
		}
		text, err := yaml.Marshal([]any{entry})
		if err == nil {
			_, err = a.stdout.Write(text)
		}
		return err
	}
	return cmd
}

func signerRows(t *attest.Trust) [][]string {
	rows := [][]string{{"SIGNER", "PRINCIPAL", "BY", "ROLES", "ABOUT", "VALID"}}
	for _, s := range t.Signers {
		by := "key"
		switch {
		case s.CA != nil:
			by = "authority"
		case s.Keyless != nil:
			by = "keyless"
		case s.KMS != "":
			by = "kms"
		}
		if s.Root != "" {
			by += " under " + s.Root
		}
		rows = append(rows, []string{s.ID, s.Principal, by, strings.Join(s.Roles, ","), list(s.About, "-"), validity(s)})
	}
	return rows
}

func validity(s attest.TrustSigner) string {
	var parts []string
	for _, p := range []struct {
		word string
		at   time.Time
	}{{"from", s.ValidFrom}, {"until", s.ValidUntil}, {"compromised", s.CompromisedAt}} {
		if !p.at.IsZero() {
			parts = append(parts, p.word+" "+p.at.UTC().Format(time.RFC3339))
		}
	}
	return list(parts, "always")
}

// trustNotes are what is allowed and probably not meant.
func trustNotes(t *attest.Trust) []string {
	notes := []string{}
	if len(t.Signers) == 0 {
		return append(notes, "it lists no signer: nobody may say anything")
	}
	held := map[string]bool{}
	for _, s := range t.Signers {
		for _, r := range s.Roles {
			held[r] = true
		}
		if s.KMS != "" {
			notes = append(notes, fmt.Sprintf("signer %s: its key is held by a service and verifies nothing until it is listed as key; `assize trust resolve` reads it", s.ID))
		}
		if s.Keyless != nil && s.Root == "" {
			notes = append(notes, fmt.Sprintf("signer %s: it names no root, so no signature of it verifies; `assize trust root` writes one", s.ID))
		}
	}
	if !held["admin"] {
		notes = append(notes, "no signer has the role admin: once this is active, nobody can change it")
	}
	var mute []string
	for name, roles := range t.Predicates {
		if !slices.ContainsFunc(roles, func(r string) bool { return held[r] }) {
			mute = append(mute, name)
		}
	}
	if len(mute) > 0 {
		slices.Sort(mute)
		notes = append(notes, "no signer has a role that may say: "+strings.Join(mute, ", "))
	}
	return notes
}
