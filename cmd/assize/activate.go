package main

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
)

func (a *app) activate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "activate FILE", GroupID: "rules", Args: exactly("FILE"),
		Short: "Make a trust or parameters file the one in force",
		Long: `Sign a trust or parameters file (YAML or JSON) with an administrator's key and make it
the one in force. The file only proposes: what counts is the newest entry in the ledger,
and only an administrator of the trust before can add one.

A trust file without a service section keeps the one in force. Parameters that name no
rule set mean the rules of --rules, or the built-in ones.`,
		Example: `  assize activate trust.yaml
  assize activate parameters.yaml --rules ./rules --store sqlite:assize.db`,
	}
	f := cmd.Flags()
	key := f.String("key", "", "administrator's private key (default "+fileAdminKey+" in the key directory)")
	rules := f.String("rules", "", "rule set, made known to the ledger first (with --store): "+rulesAre)
	rulesKeys := addRulesKey(cmd)
	addService(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := a.read(args[0], evidence.MaxDocument)
		if err != nil {
			return err
		}
		kind, err := documentKind(text)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		conn, err := a.connect(cmd, toWrite)
		if err != nil {
			return err
		}
		defer conn.Close()
		admin, err := a.adminKey(cmd, conn, *key)
		if err != nil {
			return err
		}
		active, err := conn.Active(cmd.Context(), kind)
		if err != nil {
			return err
		}
		var doc []byte
		if kind == evidence.KindTrust {
			doc, err = proposedTrust(text, active.Document)
		} else {
			doc, err = conn.proposedParameters(cmd.Context(), text, *rules, *rulesKeys)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		origin, err := conn.origin(cmd.Context())
		if err != nil {
			return err
		}
		raw, err := evidence.NewActivation(kind, doc, &active.Index, origin, a.now(), admin)
		if err != nil {
			return err
		}
		done, err := conn.Activate(cmd.Context(), raw)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		return a.emit(cmd, done, func(w io.Writer) error { return activatedText(w, active, done) })
	}
	return cmd
}

func activatedText(w io.Writer, before api.Active, done api.Activated) error {
	return table(w, [][]string{
		{done.Kind, done.Digest},
		{"in force", fmt.Sprintf("at index %d, %s", done.Receipt.Index, done.Receipt.Time)},
		{"before", fmt.Sprintf("%s at index %d", before.Digest, before.Index)},
	})
}

// documentKind tells trust and parameters apart by what only one of them has.
func documentKind(text []byte) (string, error) {
	var top map[string]yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return "", fmt.Errorf("%w: not YAML: %s", attest.ErrMalformed, attest.YAMLFault(err, 0))
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { _, ok := top[n]; return ok })
	}
	trust, parameters := has("signers", "predicates", "service"), has("thresholds", "gates", "waivers", "set")
	switch {
	case trust && !parameters:
		return evidence.KindTrust, nil
	case parameters && !trust:
		return evidence.KindParameters, nil
	}
	return "", fmt.Errorf("%w: want a trust file (signers, predicates) or a parameters file (gates, thresholds)", attest.ErrMalformed)
}

// adminKey is the key named, or the one the first start left.
func (a *app) adminKey(cmd *cobra.Command, conn *connection, path string) (crypto.Signer, error) {
	if path != "" {
		return loadPrivate(path)
	}
	if conn.in != nil && conn.in.Admin() != nil {
		return conn.in.Admin(), nil
	}
	dir := cmd.Flag("keys").Value.String()
	if dir == "" {
		at, err := parsePlace(cmd.Flag("store").Value.String())
		if err != nil {
			return nil, err
		}
		dir = at.keys()
	}
	key, err := loadPrivate(filepath.Join(dir, fileAdminKey))
	if err != nil {
		return nil, fmt.Errorf("administrator's key: %w; name it with --key", err)
	}
	return key, nil
}

// proposedTrust is a trust file as it is to be activated.
func proposedTrust(text, active []byte) ([]byte, error) {
	t, err := attest.ParseTrust(text)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(t.Signers, func(s attest.TrustSigner) bool { return slices.Contains(s.Roles, "admin") }) {
		return nil, fmt.Errorf("%w: no signer has the role admin: nobody could change it again; keep the administrator of the trust in force (`assize trust show`)", attest.ErrTrust)
	}
	if len(t.Service.LogKeys)+len(t.Service.DecisionKeys) > 0 {
		return t.Canonical(), nil
	}
	before, err := attest.ParseJSON(active)
	if err != nil {
		return nil, fmt.Errorf("trust in force: %w", err)
	}
	tree, err := attest.ParseJSON(t.Canonical())
	if err != nil {
		return nil, err
	}
	tree.(map[string]any)["service"] = before.(map[string]any)["service"]
	doc, err := attest.CanonicalJSON(tree)
	if err != nil {
		return nil, err
	}
	if t, err = attest.ParseTrust(doc); err != nil {
		return nil, err
	}
	return t.Canonical(), nil
}

// proposedParameters names the rule set and makes it known where it can.
func (c *connection) proposedParameters(ctx context.Context, text []byte, dir string, keys []string) ([]byte, error) {
	p, err := policy.ParseParameters(text)
	if err != nil {
		return nil, err
	}
	if p.Set != "" && dir == "" {
		return p.Canonical(), nil
	}
	set, err := loadRules(ctx, dir, keys)
	if err != nil {
		return nil, err
	}
	if p.Set != "" && p.Set != set.Digest() {
		return nil, fmt.Errorf("%w: set is %s, the rules in %s are %s", policy.ErrParameters, p.Set, dir, set.Digest())
	}
	switch {
	case c.in != nil:
		return c.in.withSet(ctx, p, set)
	case dir != "":
		return nil, usage("--rules: a rule set is made known on the machine of the ledger; use --store there")
	}
	return nameSet(p, set)
}
