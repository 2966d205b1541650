package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/oms"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/policy"
)

func (a *app) verify() *cobra.Command {
	return parent("decision", "verify", "Check an attestation, receipt, decision, report or ledger, offline",
		a.verifyAttestation(), a.verifyReceipt(), a.verifyDecision(), a.verifyReport(), a.verifyLedger())
}

func (a *app) verifyAttestation() *cobra.Command {
	cmd := &cobra.Command{
		Use: "attestation FILE", Args: exactly("FILE"),
		Short: "Check who signed an attestation, and that it speaks of an artifact",
		Long: `Check every signature of an envelope (DSSE, Sigstore bundle, JWS) under a trust file,
a key, a certificate authority or a Sigstore identity, its predicate against the schema
of its type, and with --artifact that the artifact is what was signed: a model folder
file by file. Nothing is fetched: the same files give the same answer for ever.

A Sigstore identity is --identity, exact or a pattern ^...$, as certified by the OIDC
--issuer, under a trusted root: a file that ` + "`assize trust update`" + ` writes. Several roots
may be named. With --key or --cert-chain, a trusted root asks for a log entry or timestamp
under it as well. A bundle over a bare digest makes no statement and cannot be ingested;
it is verified against --artifact.

Exit code 0 when it holds, 2 when it does not, 3 when nobody was named to trust or
this version cannot verify the envelope.`,
		Example: `  assize verify attestation card.dsse.json --trust trust.yaml
  assize verify attestation model/model.sig --key builder.pub.pem --artifact ./model
  assize verify attestation provenance.sigstore.json --trusted-root trusted_root.json \
    --issuer https://token.actions.githubusercontent.com \
    --identity 'https://github.com/bank/models/.github/workflows/train.yml@refs/heads/main'`,
	}
	f := cmd.Flags()
	artifact := f.String("artifact", "", "FILE, DIR or alg:HEX that must be its subject")
	ignore := f.StringArray("ignore", nil, "path below the artifact that is not part of it; repeatable")
	whom := addWhom(cmd)
	at := f.String("at", "", "verify as of this instant (default now)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		raw, err := a.read(args[0], attest.MaxEnvelope)
		if err != nil {
			return err
		}
		when, err := a.instant("--at", *at)
		if err != nil {
			return err
		}
		if err := whom.check(); err != nil {
			return err
		}
		r := attestationReport{Signers: []signerReport{}, Subjects: []attest.Ref{}}
		env, err := attest.Parse(raw)
		switch {
		case errors.Is(err, attest.ErrNoStatement):
			err = r.message(raw, whom, *artifact, when)
		case err == nil:
			r.Attestation, r.PredicateType, r.Subjects = env.ID(), env.Statement().PredicateType, env.Statement().Refs()
			err = r.statement(raw, env, whom, when)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if env != nil {
			if _, err := predicate.Read(env.Statement()); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if *artifact != "" {
				if err := r.holds(cmd.Context(), env.Statement(), *artifact, *ignore); err != nil {
					return fmt.Errorf("%s: %w", *artifact, err)
				}
			}
		}
		r.Holds = whom.named()
		if err := a.emit(cmd, r, func(w io.Writer) error { return r.text(w, a.style) }); err != nil {
			return err
		}
		if !r.Holds {
			return exit(exitUnproven)
		}
		return nil
	}
	return cmd
}

type attestationReport struct {
	Attestation   string         `json:"attestation,omitempty"`
	PredicateType string         `json:"predicate_type,omitempty"`
	Subjects      []attest.Ref   `json:"subjects"`
	Signers       []signerReport `json:"signers"`
	Artifact      string         `json:"artifact,omitempty"`
	Holds         bool           `json:"holds"`
	Notes         []string       `json:"notes,omitempty"`
}

type signerReport struct {
	ID        string   `json:"id,omitempty"`
	Principal string   `json:"principal,omitempty"`
	KeyID     string   `json:"key_id"`
	Roles     []string `json:"roles,omitempty"`
	Identity  string   `json:"identity,omitempty"`
	Issuer    string   `json:"issuer,omitempty"`
	Witnessed string   `json:"witnessed_at,omitempty"`
	By        string   `json:"witnessed_by,omitempty"`
}

func (r *attestationReport) signed(signers []attest.Signer) {
	for _, s := range signers {
		out := signerReport{s.ID, s.Principal, s.KeyID, s.Roles, s.Identity, s.Issuer, "", s.By}
		if s.Principal == anybody { // an entry made up for this call has no name or role
			out.ID, out.Principal, out.Roles = "", "", nil
		}
		if !s.Witnessed.IsZero() {
			out.Witnessed = s.Witnessed.UTC().Format(time.RFC3339)
		}
		r.Signers = append(r.Signers, out)
	}
}

// statement checks the signatures of an envelope.
func (r *attestationReport) statement(raw []byte, env *attest.Envelope, whom *whom, at time.Time) error {
	switch {
	case !whom.named():
		r.Notes = append(r.Notes, "signatures not checked: name whom to trust with --trust, --key, --cert-chain or --identity")
		return nil
	case whom.key != "" && len(whom.roots) == 0:
		return r.underKey(raw, whom.key)
	}
	t, err := whom.trust()
	if err != nil {
		return err
	}
	if whom.file == "" {
		t = t.Permitting(env.Statement().PredicateType, attest.Roles()...)
		r.Notes = append(r.Notes, whom.note())
	}
	v, err := env.Verify(t, at)
	if err == nil {
		r.signed(v.Signers())
	}
	return err
}

// message checks a bundle over the bare digest of an artifact.
func (r *attestationReport) message(raw []byte, whom *whom, artifact string, at time.Time) error {
	m, err := attest.ParseMessage(raw)
	if err != nil {
		return err
	}
	r.Notes = append(r.Notes, "it signs a bare digest and makes no statement: it is no evidence and cannot be submitted")
	switch {
	case !whom.named():
		r.Notes = append(r.Notes, "the signature was not checked: name whom to trust with --trust, --key, --cert-chain or --identity")
		return nil
	case artifact == "":
		return usage("it signs the digest of an artifact: name the artifact with --artifact")
	}
	t, err := whom.trust()
	if err != nil {
		return err
	}
	r.Artifact = artifact
	var by attest.Signer
	if ref, isRef := attest.ParseRef(artifact); isRef == nil {
		by, err = m.VerifyDigest(ref, t, at)
	} else {
		f, openErr := os.Open(artifact)
		if openErr != nil {
			return openErr
		}
		defer f.Close()
		by, err = m.Verify(f, t, at)
	}
	if err == nil {
		r.signed([]attest.Signer{by})
	}
	return err
}

// underKey checks signatures alone: a key says nothing about roles or systems.
func (r *attestationReport) underKey(raw []byte, path string) error {
	text, err := readBounded(path, maxKeyFile)
	if err != nil {
		return err
	}
	pub, err := attest.LoadPublicKey(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	id, err := attest.KeyID(pub)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := attest.VerifyService(raw, []string{string(text)}); err != nil {
		return fmt.Errorf("%w: not every signature is by the key in %s (key id %s); with several signers use --trust", attest.ErrSignature, path, id)
	}
	r.Signers = append(r.Signers, signerReport{KeyID: id})
	r.Notes = append(r.Notes, "only the signature was checked: a key says nothing about roles, systems or time")
	return nil
}

// holds compares an artifact with what was signed.
func (r *attestationReport) holds(ctx context.Context, st *attest.Statement, artifact string, ignore []string) error {
	r.Artifact = artifact
	_, statErr := os.Stat(artifact)
	if statErr == nil && attest.ShortName(st.PredicateType) == "model-signature" {
		diffs, err := oms.Compare(ctx, artifact, st, ignore)
		if errors.Is(err, oms.ErrMismatch) && len(diffs) > 0 {
			var lines []string
			for _, d := range diffs[:min(len(diffs), 20)] {
				lines = append(lines, "  "+d.String())
			}
			return fmt.Errorf("%w: %s\n%s", oms.ErrMismatch, count(len(diffs), "difference", "differences"), strings.Join(lines, "\n"))
		}
		return err
	}
	s, err := subjectOf(ctx, artifact, ignore)
	if err != nil {
		return err
	}
	for _, ref := range s.Refs() {
		if slices.Contains(st.Refs(), ref) {
			return nil
		}
	}
	return fmt.Errorf("%w: its digest is %s, the statement is about %v", oms.ErrMismatch, s.Refs()[0], st.Refs())
}

func (r *attestationReport) text(w io.Writer, s style) error {
	if r.Holds {
		fmt.Fprintln(w, s.green("HOLDS"))
	} else {
		fmt.Fprintln(w, s.yellow("NOT CHECKED"))
	}
	var rows [][]string
	if r.Attestation != "" {
		rows = append(rows, []string{"attestation", r.Attestation}, []string{"type", typeName(r.PredicateType)})
	}
	for _, ref := range r.Subjects {
		rows = append(rows, []string{"subject", string(ref)})
	}
	for _, by := range r.Signers {
		who := cmp.Or(by.Principal, by.Identity, "key "+by.KeyID)
		if len(by.Roles) > 0 {
			who += " (" + strings.Join(by.Roles, ", ") + ")"
		}
		rows = append(rows, []string{"signed by", who})
		if by.Identity != "" {
			rows = append(rows, []string{"identity", by.Identity}, []string{"issuer", by.Issuer})
		}
		if by.Witnessed != "" {
			rows = append(rows, []string{"signed at", by.Witnessed + " " + witnesses[by.By]})
		}
	}
	if r.Artifact != "" {
		rows = append(rows, []string{"artifact", r.Artifact + " is what was signed"})
	}
	for _, n := range r.Notes {
		rows = append(rows, []string{"note", n})
	}
	return table(w, rows)
}

// witnesses says in words whose time it is.
var witnesses = map[string]string{attest.ByTimestamp: "(timestamp authority)", attest.ByLog: "(transparency log)"}

// typeName is the short name of a predicate type, or the type itself.
func typeName(predicateType string) string {
	if short := attest.ShortName(predicateType); short != "" {
		return short
	}
	return predicateType
}

// instant reads an RFC 3339 instant or a date; empty is now.
func (a *app) instant(flag, text string) (time.Time, error) {
	if text == "" {
		return a.now(), nil
	}
	t, err := policy.ParseInstant(text)
	if err != nil {
		return time.Time{}, usage("%s %q: want an instant such as 2025-06-01T12:00:00Z, or a date", flag, text)
	}
	return t, nil
}
