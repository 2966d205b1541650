package main

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/oms"
	"github.com/assize-dev/assize/attest/predicate"
)

func (a *app) attest() *cobra.Command {
	cmd := &cobra.Command{
		Use: "attest TYPE --subject FILE|alg:HEX|URI --predicate FILE --key KEY", GroupID: "evidence", Args: exactly("TYPE"),
		Short: "Sign a statement about a subject",
		Long: `Check a predicate against the schema of its type, put it into a statement about the
subjects and sign that. The envelope goes to stdout, or to --out.

A subject is a file, a folder, a digest (sha256:HEX, or NAME=sha256:HEX) or a URI
such as system:credit-scoring. Several --key make several signatures, as a waiver
needs. Of an own type, stated_at is set to now when the predicate has none, and
systems to --system.

Three types can be computed from tables in CSV, so that figures are counted and not
claimed: data-quality with --csv, fairness-assessment with --csv, --label, --prediction
and --positive, monitoring-report with --reference and --current. --predicate then adds
what no table says, such as a plan. The subject of data-quality is the file, unless
--subject says so. --groups takes a column, NAME=COLUMN, bands NAME=COLUMN[25,40],
indicators NAME=GROUP:COLUMN+COLUMN|GROUP:COLUMN, or NAME*NAME for both of two before it.
--method chooses the statistic of a monitoring-report: the population stability index, the
Jensen-Shannon distance, Kolmogorov-Smirnov at the bin edges, or the Wasserstein distance in
standard deviations of the reference. Each is signed with its histogram.

assize attest model DIR signs a model folder as OpenSSF Model Signing does and prints
the digest by which the model is known everywhere else.
` + signingHelp,
		Example: `  assize attest dataset-card --subject train.csv --predicate card.json --key steward.pem --out card.dsse.json
  assize attest data-quality --csv train.csv --test test.csv --label class --groups sex --groups 'age=age[25,40,60]' \
    --system system:credit-scoring --key steward.pem --out quality.dsse.json
  assize attest system-profile --subject system:credit-scoring --predicate profile.json --key compliance.pem
  assize attest model ./model --key builder.pem
  assize attest model-card --subject ./model --predicate card.json --keyless --signing-config signing_config.json \
    --trusted-root trusted_root.json --out card.sigstore.json`,
	}
	f := cmd.Flags()
	subjects := f.StringArray("subject", nil, "what the statement is about; repeatable")
	predicatePath := f.String("predicate", "", "JSON file with the predicate, - for standard input")
	systems := f.StringArray("system", nil, "system the statement counts for, when the predicate names none; repeatable")
	with := addSignWith(cmd)
	f.StringArrayVar(&with.keys, "key", nil, "private key (PEM file, or URI of a key management service); repeatable for co-signatures")
	out := f.String("out", "", "file for the envelope (default stdout)")
	tables := addTables(cmd)
	addOutput(cmd)
	cmd.AddCommand(a.attestModel())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if err := with.check(); err != nil {
			return err
		}
		tables.bytes = a.progress("bytes")
		computed, err := tables.compute(args[0], a.now())
		if err != nil {
			return err
		}
		if computed != nil && computed.subject != "" && len(*subjects) == 0 {
			*subjects = []string{computed.subject}
		}
		if len(*subjects) == 0 || *predicatePath == "" && computed == nil {
			return usage("attest %s: --subject and --predicate are required; see `assize attest --help`", args[0])
		}
		var about []attest.Subject
		for _, text := range *subjects {
			s, err := subjectOf(ctx, text, nil)
			if err != nil {
				return err
			}
			about = append(about, s)
		}
		doc, err := a.predicate(args[0], *predicatePath, *systems, computed)
		if err != nil {
			return err
		}
		st, err := predicate.Wrap(args[0], about, doc)
		if err != nil {
			return fmt.Errorf("%s: %w", cmp.Or(*predicatePath, "figures"), err)
		}
		raw, err := a.sign(ctx, st, with)
		if err != nil {
			return err
		}
		return a.emitEnvelope(cmd, raw, *out)
	}
	return cmd
}

// predicate reads a predicate document, adds what was computed, and fills in the
// head of an own type where it says nothing. What is computed cannot be claimed.
func (a *app) predicate(typ, path string, systems []string, computed *figures) (any, error) {
	m := map[string]any{}
	if path != "" {
		text, err := a.read(path, maxPredicate)
		if err != nil {
			return nil, err
		}
		doc, err := attest.ParseJSON(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		var ok bool
		if m, ok = doc.(map[string]any); !ok {
			return nil, fmt.Errorf("%s: %w: want a JSON object", path, attest.ErrMalformed)
		}
	}
	if computed != nil {
		for name, v := range computed.members {
			if _, claimed := m[name]; claimed {
				return nil, usage("%s: %q is computed from the table; leave it out", path, name)
			}
			m[name] = v
		}
	}
	if t, ok := predicate.Lookup(typ); ok && t.Own {
		a.head(m, systems)
	}
	return m, nil
}

func (a *app) head(m map[string]any, systems []string) {
	if _, ok := m["stated_at"]; !ok {
		m["stated_at"] = a.now().UTC().Format(time.RFC3339)
	}
	if _, ok := m["systems"]; !ok && len(systems) > 0 {
		list := make([]any, len(systems))
		for i, s := range systems {
			list[i] = s
		}
		m["systems"] = list
	}
}

// emitEnvelope writes a signed envelope to a file, or to stdout.
func (a *app) emitEnvelope(cmd *cobra.Command, raw []byte, out string) error {
	if out == "" {
		_, err := a.stdout.Write(append(raw, '\n'))
		return err
	}
	if err := writeDurable(out, append(raw, '\n'), 0o644); err != nil {
		return err
	}
	env, err := attest.Parse(raw)
	if err != nil {
		return err
	}
	st := env.Statement()
	return a.emit(cmd, map[string]any{"attestation": env.ID(), "predicate_type": st.PredicateType, "subjects": st.Refs(), "file": out}, func(w io.Writer) error {
		rows := [][]string{{"attestation", env.ID()}, {"written to", out}}
		for _, r := range st.Refs() {
			rows = append(rows, []string{"subject", string(r)})
		}
		return table(w, rows)
	})
}

func (a *app) attestModel() *cobra.Command {
	cmd := &cobra.Command{
		Use: "model DIR --key KEY", Args: exactly("DIR"),
		Short: "Sign a model folder (OpenSSF Model Signing) and print its digest",
		Example: `  assize attest model ./model --key builder.pem
  assize attest model ./model --key builder.pem --cert-chain chain.pem --ignore cache`,
	}
	f := cmd.Flags()
	with := addSignWith(cmd)
	key := f.String("key", "", "private key (PEM file, or URI of a key management service)")
	chain := f.String("cert-chain", "", "certificates (PEM), the signer's first")
	ignore := f.StringArray("ignore", nil, "path below DIR that is not part of the model; repeatable")
	out := f.String("out", "", "file for the signature (default DIR/"+oms.SignatureFile+")")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		with.keys, with.bundle = nonEmpty(*key), true
		certs, err := loadCertificates(*chain)
		if err != nil {
			return err
		}
		if len(certs) > 0 && with.witnessed() {
			return usage("--cert-chain goes with --key alone: an identity has its own certificate, and witnesses sign for keys")
		}
		m, err := oms.Hash(cmd.Context(), args[0], oms.Config{Ignore: *ignore})
		if err != nil {
			return err
		}
		st, err := m.Statement()
		if err != nil {
			return err
		}
		raw, err := a.signModel(cmd.Context(), st, with, certs)
		if err != nil {
			return err
		}
		to := *out
		if to == "" {
			to = filepath.Join(args[0], oms.SignatureFile)
			if info, err := os.Stat(args[0]); err == nil && !info.IsDir() {
				to = args[0] + ".sig"
			}
		}
		if err := writeDurable(to, append(raw, '\n'), 0o644); err != nil {
			return err
		}
		a.note("%s of %s signed in %s", count(len(m.Resources), "file", "files"), args[0], to)
		return a.emit(cmd, map[string]any{"model": m.Root(), "files": len(m.Resources), "file": to}, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, m.Root())
			return err
		})
	}
	return cmd
}

// signModel signs a manifest, with certificates when there are any.
func (a *app) signModel(ctx context.Context, st []byte, with *signWith, certs []*x509.Certificate) ([]byte, error) {
	if len(certs) == 0 {
		return a.sign(ctx, st, with)
	}
	signers, err := loadSigners(with.keys)
	if err != nil {
		return nil, err
	}
	return attest.SignBundle(st, signers[0], certs...)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

var errNoKey = usage("--key is required: the private key to sign with, `assize keygen` makes one")

func loadSigners(paths []string) ([]crypto.Signer, error) {
	if len(paths) == 0 {
		return nil, errNoKey
	}
	var out []crypto.Signer
	for _, p := range paths {
		key, err := loadPrivate(p)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

func loadCertificates(path string) ([]*x509.Certificate, error) {
	if path == "" {
		return nil, nil
	}
	rest, err := readBounded(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for len(strings.TrimSpace(string(rest))) > 0 {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s: certificate %d: want a PEM block CERTIFICATE", path, len(out)+1)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: certificate %d: %w", path, len(out)+1, err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: holds no certificate", path)
	}
	return out, nil
}
