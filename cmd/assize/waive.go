package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/attest/predicate"
	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

func (a *app) waive() *cobra.Command {
	cmd := &cobra.Command{
		Use: "waive DECISION --rule ID --reason TEXT --expires T", GroupID: "decision", Args: exactly("DECISION"),
		Short: "Let findings of a decision stand for a while",
		Long: `Sign a waiver of findings of a recorded decision, named by its id or ledger index, and
submit it. The waiver is bound to what the decision is about: system, subject, action,
environment, log, and the evidence those findings cite. It takes two people: give --key
twice, the requester's first, or sign with --out and let the approver add a signature
with ` + "`assize cosign`" + `.`,
		Example: `  assize waive 31 --rule FAI-02 --reason "small group; retraining under way" --expires 2026-03-01 \
    --key developer.pem --key risk.pem`,
	}
	f := cmd.Flags()
	rules := f.StringArray("rule", nil, "rule whose findings are waived; repeatable (required)")
	reason := f.String("reason", "", "why the findings may stand (required)")
	expires := f.String("expires", "", "instant or date on which it ends (required)")
	controls := f.StringArray("compensating-control", nil, "what is done in the meantime; repeatable")
	by := f.String("requested-by", "", "principal who asks (default the one the ledger's trust knows the first key by)")
	approver := f.String("approved-by", "", "principal who grants (default the one it knows the second key by)")
	lineage := f.Bool("lineage", false, "cover findings about what the subjects were made from, too")
	emergency := f.Bool("break-glass", false, fmt.Sprintf("given in an emergency: whatever evidence comes meanwhile, for at most %d days; takes --review-by", policy.BreakGlassDays))
	review := f.String("review-by", "", "with --break-glass: instant or date by which it is superseded by an ordinary waiver or revoked")
	listing := f.Bool("list", false, "list the waivers of the ledger of --store: what each covers, orphans, what ends soon, emergencies nobody reviewed")
	within := f.Int("within", 30, "with --list: mark what ends within so many days")
	at := f.String("at", "", "with --list: as of this instant (default now)")
	sg := addSigning(cmd)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if *listing {
			return exactly()(cmd, args)
		}
		return exactly("DECISION")(cmd, args)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *listing {
			return a.listWaivers(cmd, *at, *within)
		}
		if *emergency != (*review != "") {
			return usage("waive: --break-glass and --review-by go together")
		}
		if len(*rules) == 0 || *reason == "" || *expires == "" {
			return usage("waive: --rule, --reason and --expires are required; see `assize waive --help`")
		}
		end, err := a.instant("--expires", *expires)
		if err != nil {
			return err
		}
		conn, err := a.connectSigning(cmd, sg, true)
		if err != nil {
			return err
		}
		defer conn.Close()
		ctx := cmd.Context()
		d, err := conn.Decision(ctx, args[0])
		if err != nil {
			return err
		}
		p, subjects, err := waiverOf(&d.Decision, *rules)
		if err != nil {
			return err
		}
		p.StatedAt, p.Reason, p.ExpiresAt, p.CompensatingControls = a.stated(), *reason, end.UTC(), *controls
		if *lineage {
			p.Lineage = lineage
		}
		if *emergency {
			by, err := a.instant("--review-by", *review)
			if err != nil {
				return err
			}
			p.BreakGlass, p.ReviewBy = emergency, by.UTC()
		}
		if p.RequestedBy, p.ApprovedBy, err = conn.bothPeople(ctx, sg.keys, *by, *approver); err != nil {
			return err
		}
		if sg.out == "" && len(sg.keys) < 2 {
			return usage("waive: a waiver takes the requester's and the approver's signature: give --key twice, or --out FILE and `assize cosign` it")
		}
		return a.signAndSubmit(cmd, conn, sg, subjects, p)
	}
	return cmd
}

// waiverOf binds a waiver to the findings of a decision.
func waiverOf(d *gate.Decision, rules []string) (*predicate.Waiver, []attest.Subject, error) {
	q := d.Question
	p := &predicate.Waiver{Environment: q.Environment, Rules: rules, Actions: []string{q.Action}, LogOrigin: origin(d), Evidence: []string{}}
	var subjects []attest.Subject
	for _, id := range rules {
		found := false
		for _, f := range d.Findings {
			if f.Rule != id || !slices.Contains([]policy.Status{policy.StatusFail, policy.StatusUnassessable, policy.StatusMissing}, f.Status) {
				continue
			}
			if f.Severity == "critical" {
				return nil, nil, usage("rule %s is critical and cannot be waived", id)
			}
			found = true
			ref := attest.Ref(f.Subject.Ref)
			if ref == "" {
				ref = q.Subject
			}
			if !slices.Contains(p.Subjects, ref) {
				p.Subjects = append(p.Subjects, ref)
				subjects = append(subjects, predicate.Subject(f.Subject.Name, ref))
			}
			for _, c := range f.Evidence {
				p.Evidence = append(p.Evidence, c.ID)
			}
			p.Statuses = append(p.Statuses, string(f.Status))
			p.Systems = append(p.Systems, f.System)
		}
		if !found {
			return nil, nil, usage("rule %s: the decision has no finding of it that fails, is missing or cannot be assessed", id)
		}
	}
	for _, list := range []*[]string{&p.Evidence, &p.Statuses, &p.Systems} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return p, subjects, nil
}

// bothPeople names requester and approver, by the trust in force where the caller
// does not say.
func (c *connection) bothPeople(ctx context.Context, keys []string, by, approver string) (string, string, error) {
	if by != "" && approver != "" {
		return by, approver, nil
	}
	active, err := c.Active(ctx, evidence.KindTrust)
	if err != nil {
		return "", "", err
	}
	t, err := attest.ParseTrust(active.Document)
	if err != nil {
		return "", "", err
	}
	people := []*string{&by, &approver}
	for i, flag := range []string{"--requested-by", "--approved-by"} {
		if *people[i] != "" {
			continue
		}
		if i >= len(keys) {
			return "", "", usage("waive: %s is required when that person's --key is not given", flag)
		}
		key, err := loadPrivate(keys[i])
		if err != nil {
			return "", "", err
		}
		public, err := attest.MarshalPublicKey(key.Public())
		if err != nil {
			return "", "", err
		}
		at := slices.IndexFunc(t.Signers, func(s attest.TrustSigner) bool { return s.Key == string(public) })
		if at < 0 {
			return "", "", usage("waive: the trust in force does not know the key in %s; name its principal with %s", keys[i], flag)
		}
		*people[i] = t.Signers[at].Principal
	}
	return by, approver, nil
}

func (a *app) cosign() *cobra.Command {
	cmd := &cobra.Command{
		Use: "cosign FILE --key KEY", GroupID: "evidence", Args: exactly("FILE"),
		Short: "Add a signature to an envelope",
		Long: `Add a signature to a DSSE envelope, over the very bytes that are signed already. Read what
it says first: ` + "`assize verify attestation FILE --output json`" + `.`,
	}
	keys := cmd.Flags().StringArray("key", nil, "private key (PEM); repeatable")
	out := cmd.Flags().String("out", "", "file for the envelope (default FILE itself)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		raw, err := a.read(args[0], attest.MaxEnvelope)
		if err != nil {
			return err
		}
		signers, err := loadSigners(*keys)
		if err != nil {
			return err
		}
		env, err := attest.Parse(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if env.MediaType() != attest.MediaDSSE {
			return fmt.Errorf("%s: %w: it is %s; only a DSSE envelope takes further signatures", args[0], attest.ErrUnsupported, env.MediaType())
		}
		more, err := attest.SignDSSE(env.Statement().Raw, signers...)
		if err != nil {
			return err
		}
		both, err := joinSignatures(raw, more)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		to := *out
		if to == "" && args[0] != "-" {
			to = args[0]
		}
		return a.emitEnvelope(cmd, both, to)
	}
	return cmd
}

// joinSignatures adds the signatures of one envelope to another of the same
// payload.
func joinSignatures(raw, more []byte) ([]byte, error) {
	type envelope struct {
		Payload     string            `json:"payload"`
		PayloadType string            `json:"payloadType"`
		Signatures  []json.RawMessage `json:"signatures"`
	}
	var a, b envelope
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(more, &b); err != nil {
		return nil, err
	}
	if strings.TrimSpace(a.Payload) != b.Payload {
		return nil, fmt.Errorf("%w: the payload is spelt otherwise than this program would; sign it anew", attest.ErrMalformed)
	}
	for _, s := range b.Signatures {
		if slices.ContainsFunc(a.Signatures, func(o json.RawMessage) bool { return bytes.Equal(o, s) }) {
			return nil, usage("this key has signed it already")
		}
		a.Signatures = append(a.Signatures, s)
	}
	return json.Marshal(a)
}
