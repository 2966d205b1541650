package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/ledger/evidence"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// parameters are those in force in the ledger.
func (in *instance) parameters(ctx context.Context) (*policy.Parameters, error) {
	head, err := in.log.Committed(ctx)
	if err != nil {
		return nil, err
	}
	active, err := evidence.Latest(ctx, in.log, evidence.KindParameters, head.Size)
	if err != nil {
		return nil, err
	}
	return policy.ParseParameters(active.Document)
}

// when is the instant to judge at: what was asked, or now, and never before the
// newest entry of a ledger whose clock runs ahead.
func (in *instance) when(ctx context.Context, a *app, at string) (time.Time, error) {
	t, err := a.instant("--at", at)
	if err != nil || at != "" {
		return t, err
	}
	head, err := in.log.Committed(ctx)
	if err == nil && head.Time.After(t) {
		t = head.Time
	}
	return t, err
}

func (a *app) policyDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use: "diff FROM TO", Args: exactly("FROM", "TO"),
		Short: "Compare two rule sets",
		Long: `Show which rules two sets do not have in common, and of those they have which members of
metadata and which code differ: severities, dates, required evidence, parameters. A set is
a ` + rulesAre + `,
sha256:DIGEST of one in the ledger of --store, or "builtin". Where both bring a parameters.yaml, or
both --from-parameters and --to-parameters are given, thresholds, gates and waivers are
compared as well. Exit code 2 when something differs.`,
		Example: "  assize policy diff builtin ./rules\n  assize policy diff rules-v1.tar.gz rules-v2.tar.gz --output json",
	}
	keys := addRulesKey(cmd)
	fromParams := cmd.Flags().String("from-parameters", "", "parameters file of FROM (default its parameters.yaml)")
	toParams := cmd.Flags().String("to-parameters", "", "parameters file of TO (default its parameters.yaml)")
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		from, pf, err := a.withParameters(cmd, args[0], *fromParams, *keys)
		if err != nil {
			return err
		}
		to, pt, err := a.withParameters(cmd, args[1], *toParams, *keys)
		if err != nil {
			return err
		}
		d, err := policy.Diff(from, to, pf, pt)
		if err != nil {
			return err
		}
		if err := a.emit(cmd, d, func(w io.Writer) error { return diffText(w, a.style, d) }); err != nil || d.Same() {
			return err
		}
		return exit(exitRefused)
	}
	return cmd
}

// withParameters loads a set and the parameters that come with it, nil when none do.
func (a *app) withParameters(cmd *cobra.Command, ref, parameters string, keys []string) (*policy.Set, *policy.Parameters, error) {
	ctx := cmd.Context()
	var p *policy.Parameters
	var err error
	if parameters != "" {
		if p, err = readParameters(parameters); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case setPattern.MatchString(ref):
		cfg := a.instanceConfig(cmd)
		cfg.ReadOnly = true
		in, err := openInstance(ctx, cfg)
		if err != nil {
			return nil, nil, err
		}
		defer in.Close()
		s, err := in.Gate.Set(ctx, ref)
		return s, p, err
	case ref == builtinName:
		s, err := builtinRules()
		if err != nil || p != nil {
			return s, p, err
		}
		text, err := builtinParameters()
		if err != nil {
			return nil, nil, err
		}
		p, err = policy.ParseParameters(text)
		return s, p, err
	}
	s, err := loadRules(ctx, ref, keys)
	if err != nil || p != nil {
		return s, p, err
	}
	fsys, err := openRules(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	text, err := fs.ReadFile(fsys, "parameters.yaml")
	if err != nil {
		return s, nil, nil // it brings none
	}
	if p, err = policy.ParseParameters(text); err != nil {
		return nil, nil, fmt.Errorf("%s: parameters.yaml: %w", ref, err)
	}
	return s, p, nil
}

func diffText(w io.Writer, s style, d policy.SetDiff) error {
	t := &decisionText{w: w, style: s}
	for _, r := range d.Added {
		t.wrap(s.green("+ "+r.ID)+"  ", 4, fmt.Sprintf("%s, %s: %s", r.Severity, strings.Join(r.Actions, " "), r.Title))
	}
	for _, r := range d.Removed {
		t.wrap(s.red("- "+r.ID)+"  ", 4, fmt.Sprintf("%s, %s: %s", r.Severity, strings.Join(r.Actions, " "), r.Title))
	}
	change := func(f policy.FieldChange) string {
		switch {
		case f.From == "":
			return f.Field + ": now " + f.To
		case f.To == "":
			return f.Field + ": no longer " + f.From
		}
		return f.Field + ": " + f.From + " -> " + f.To
	}
	for _, c := range d.Changed {
		fmt.Fprintf(w, "%s\n", s.yellow("~ "+clean(c.ID)))
		for _, f := range c.Fields {
			t.wrap("    ", 6, change(f))
		}
	}
	if len(d.Parameters) > 0 {
		fmt.Fprintf(w, "%s\n", s.yellow("~ parameters"))
	}
	for _, f := range d.Parameters {
		t.wrap("    ", 6, change(f))
	}
	_, err := fmt.Fprintf(w, "%d added, %d removed, %d changed, %s; %s to %s\n", len(d.Added), len(d.Removed), len(d.Changed),
		count(len(d.Parameters), "parameter differs", "parameters differ"), d.From, d.To)
	return err
}

func (a *app) policyImpact() *cobra.Command {
	cmd := &cobra.Command{
		Use: "impact --set NEW", Args: exactly(),
		Short: "Show what other rules would change for all that is live",
		Long: `Ask every question that has a recorded decision, and every running deployment, as things
stand and under another rule set, other parameters or both: who would newly fail or
pass, by which rule, and who owns it. Every answer is an inquiry; nothing is recorded.
Exit code 2 when somebody would newly be denied, 3 when a question could not be judged.`,
		Example: "  assize policy impact --set ./rules --store sqlite:assize.db\n  assize policy impact --what-if stricter.yaml --output json",
	}
	f := cmd.Flags()
	set := f.String("set", "", "new rule set: "+rulesAre+", sha256:DIGEST of one in the ledger, or \"builtin\"")
	whatIf := f.String("what-if", "", "new parameters file (default those in force)")
	at := f.String("at", "", "judge at this instant (default now)")
	keys := addRulesKey(cmd)
	addStore(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if *set == "" && *whatIf == "" {
			return usage("policy impact: --set or --what-if is required")
		}
		cfg := a.instanceConfig(cmd)
		cfg.ReadOnly = true
		in, err := openInstance(ctx, cfg)
		if err != nil {
			return err
		}
		defer in.Close()
		var o gate.Options
		if *set != "" {
			if o.Set, err = in.set(ctx, *set, *keys); err != nil {
				return err
			}
		}
		if *whatIf != "" {
			if o.Params, err = readParameters(*whatIf); err != nil {
				return err
			}
		}
		when, err := in.when(ctx, a, *at)
		if err != nil {
			return err
		}
		o.At = &when
		impact, err := in.Gate.Impact(ctx, o, nil)
		if err != nil {
			return err
		}
		if err := a.emit(cmd, impact, func(w io.Writer) error { return impactText(w, a.style, impact) }); err != nil {
			return err
		}
		for _, c := range impact.Changes {
			if c.After == gate.Deny && c.Before != gate.Deny {
				return exit(exitRefused)
			}
		}
		if len(impact.Unanswered) > 0 {
			return exit(exitUnproven)
		}
		return nil
	}
	return cmd
}

func impactText(w io.Writer, s style, m gate.Impact) error {
	t := &decisionText{w: w, style: s}
	tally := map[string]int{}
	for _, c := range m.Changes {
		name := c.Name
		if name == "" {
			name = string(c.Question.Subject)
		}
		verdict := "stays " + string(c.After)
		if c.Before != c.After {
			verdict = fmt.Sprintf("%s -> %s", c.Before, c.After)
		}
		fmt.Fprintf(w, "%s  %s\n", s.bold(clean(name)), verdict)
		owner := c.Owner
		if owner == "" {
			owner = "nobody named"
		}
		t.wrap("    ", 6, fmt.Sprintf("%s to %s in %s, %s; owner: %s", c.Question.Action, orAny(c.Question.System), c.Question.Environment, c.Question.Subject, owner))
		for _, why := range c.Reasons {
			t.wrap("    gate: ", 10, why)
		}
		for _, r := range c.Rules {
			tally[r.Direction]++
			word := r.Direction
			switch r.Direction {
			case gate.NewlyFails:
				word = s.red(word)
			case gate.NewlyPasses:
				word = s.green(word)
			}
			was, now := string(r.Before), string(r.After)
			if was == "" {
				was = "not asked"
			}
			if now == "" {
				now = "not asked"
			}
			t.wrap("    "+word+"  ", 8, fmt.Sprintf("%s (%s, %s) %s -> %s: %s", r.Rule, r.Severity, r.Effect, was, now, r.Says))
		}
	}
	for _, u := range m.Unanswered {
		t.wrap(s.yellow("not judged")+"  ", 4, fmt.Sprintf("%s of %s: %s", u.Question.Subject, orAny(u.Question.System), u.Why))
	}
	_, err := fmt.Fprintf(w, "%s asked, %d the same, %d otherwise; findings: %d newly fail, %d newly pass, %d change\ninquiry: nothing was recorded\n",
		count(m.Asked, "live question", "live questions"), m.Same, len(m.Changes), tally[gate.NewlyFails], tally[gate.NewlyPasses], tally[gate.Otherwise])
	return err
}

func orAny(system string) string {
	if system == "" {
		return "every system"
	}
	return system
}

func (a *app) policyNew() *cobra.Command {
	cmd := &cobra.Command{
		Use: "new ID", Args: exactly("ID"),
		Short: "Begin a rule, with its tests and fixtures",
		Long: `Write a directory with a rule, its Rego tests and its fixtures, which pass policy check
and policy test as they are. Replace what they say; docs/writing-rules.md shows how.`,
		Example: "  assize policy new ACME-01 --pack acme --kind model --requires eval-result --dir rules",
	}
	f := cmd.Flags()
	pack := f.String("pack", "own", "pack the rule belongs to")
	kind := f.String("kind", "model", "what it judges: "+strings.Join(policy.Kinds, ", "))
	requires := f.String("requires", "", "evidence type it asks for (default dataset-card, model-card or system-profile, by kind)")
	dir := f.String("dir", ".", "directory of the rule set")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		files, err := policy.Scaffold{ID: strings.ToUpper(args[0]), Pack: *pack, Kind: *kind, Requires: *requires}.Files()
		if err != nil {
			return err
		}
		var written []string
		for name := range files {
			path := filepath.Join(*dir, filepath.FromSlash(name))
			if _, err := os.Stat(path); err == nil {
				return usage("%s is there already; name another rule, or another --dir", path)
			}
			written = append(written, path)
		}
		for name, text := range files {
			path := filepath.Join(*dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := writeDurable(path, text, 0o644); err != nil {
				return err
			}
		}
		slices.Sort(written)
		return a.emit(cmd, written, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s\n\nnext: assize policy check %s && assize policy test %s\n", strings.Join(written, "\n"), *dir, *dir)
			return err
		})
	}
	return cmd
}
