package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

// liveFlags name a question about what a ledger on this machine holds.
type liveFlags struct {
	subject, system, action, environment, at, whatIf *string
	knownAt                                          *uint64
}

func addLive(cmd *cobra.Command, required string) liveFlags {
	f := cmd.Flags()
	l := liveFlags{
		subject:     f.String("subject", "", "alg:HEX, or a file or model folder that is hashed"+required),
		system:      f.String("system", "", "system it is for (default every system it belongs to)"),
		action:      f.String("action", "", "for this action (default the first the rule is for)"),
		environment: f.String("environment", "", "where it is to go (default production, or the only gate there is)"),
		at:          f.String("at", "", "judge at this instant (default now)"),
		whatIf:      f.String("what-if", "", "parameters file to judge by in place of those in force"),
		knownAt:     f.Uint64("known-at", 0, "judge by what the ledger held at this size"),
	}
	addStore(cmd)
	return l
}

// liveCase assembles the question for some rules of a set; set nil is the one in
// force.
func (l liveFlags) assemble(ctx context.Context, a *app, cmd *cobra.Command, in *instance, set *policy.Set, rules []string) (*gate.Case, error) {
	ref, err := refOf(ctx, *l.subject)
	if err != nil {
		return nil, err
	}
	o := gate.Options{Set: set, Rules: rules}
	if *l.whatIf != "" {
		if o.Params, err = readParameters(*l.whatIf); err != nil {
			return nil, err
		}
	}
	if cmd.Flag("known-at").Changed {
		o.KnownAt = l.knownAt
	}
	q := gate.Question{Subject: ref, System: *l.system, Action: *l.action, Environment: *l.environment}
	if q.Environment == "" {
		if q.Environment, err = in.environment(ctx, o.Params); err != nil {
			return nil, err
		}
	}
	if q.Action == "" {
		if q.Action, err = in.actionOf(ctx, set, rules, q.Environment); err != nil {
			return nil, err
		}
	}
	c, err := in.Gate.Case(ctx, q, o)
	if err != nil {
		return nil, err
	}
	for _, why := range c.Reasons() {
		a.note("assize: the gate itself says: %s", why)
	}
	return c, nil
}

// environment is the one a question means when it names none.
func (in *instance) environment(ctx context.Context, p *policy.Parameters) (string, error) {
	if p == nil {
		var err error
		if p, err = in.parameters(ctx); err != nil {
			return "", err
		}
	}
	names := p.Environments()
	if len(names) == 1 {
		return names[0], nil
	}
	if p.Gate("production") == nil {
		return "", usage("--environment: the parameters have gates for %s; name one", strings.Join(names, ", "))
	}
	return "production", nil
}

func (in *instance) actionOf(ctx context.Context, set *policy.Set, rules []string, environment string) (string, error) {
	if set == nil {
		p, err := in.parameters(ctx)
		if err != nil {
			return "", err
		}
		if set, err = in.Gate.Set(ctx, p.SetFor(environment)); err != nil {
			return "", err
		}
	}
	for _, id := range rules {
		if r, ok := set.Rule(id); ok {
			return r.Actions[0], nil
		}
	}
	return "", fmt.Errorf("%w: %s is not in set %s", policy.ErrUnknownRule, strings.Join(rules, ", "), set.Digest())
}

func (a *app) policyExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain RULE --subject REF", Args: exactly("RULE"),
		Short: "Show why a rule finds what it finds",
		Long: `Judge a live subject, or an input document, by one rule and show what the rule did: which
definitions held, and of those that did not the expression that ended them, with file,
line and the values of its parts. Nothing is recorded. Exit code as for policy eval.`,
		Example: `  assize policy explain FAI-02 --subject sha256:8d3a... --system system:credit-scoring --store sqlite:assize.db
  assize policy explain XMP-01 --set ./rules --input input.json`,
	}
	live := addLive(cmd, " (this or --input is required)")
	set := cmd.Flags().String("set", "", "rule set: "+rulesAre+", sha256:DIGEST of one in the ledger, or \"builtin\" (default the one in force)")
	keys := addRulesKey(cmd)
	input := cmd.Flags().String("input", "", "input document (JSON) in place of a live subject, - for standard input")
	parameters := cmd.Flags().String("parameters", "", "parameters file for --input (default the built-in ones)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id := strings.ToUpper(args[0])
		var all []gate.Explained
		var err error
		switch {
		case (*input == "") == (*live.subject == ""):
			return usage("policy explain: give either --subject or --input")
		case *input != "":
			all, err = a.explainDocument(cmd, id, *set, *keys, *input, *parameters, *live.at)
		default:
			all, err = a.explainLive(cmd, id, *set, *keys, live)
		}
		if err != nil {
			return err
		}
		var findings []policy.Finding
		for _, e := range all {
			findings = append(findings, e.Finding)
		}
		if err := a.emit(cmd, all, func(w io.Writer) error { explainText(w, a.style, all); return nil }); err != nil {
			return err
		}
		return exit(exitOf(findings))
	}
	return cmd
}

func (a *app) explainLive(cmd *cobra.Command, id, ref string, keys []string, live liveFlags) ([]gate.Explained, error) {
	ctx := cmd.Context()
	cfg := a.instanceConfig(cmd)
	cfg.ReadOnly = true
	in, err := openInstance(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var set *policy.Set
	if ref != "" {
		if set, err = in.set(ctx, ref, keys); err != nil {
			return nil, err
		}
	}
	when, err := in.when(ctx, a, *live.at)
	if err != nil {
		return nil, err
	}
	c, err := live.assemble(ctx, a, cmd, in, set, []string{id})
	if err != nil {
		return nil, err
	}
	return c.Explain(ctx, when)
}

func (a *app) explainDocument(cmd *cobra.Command, id, ref string, keys []string, input, parameters, at string) ([]gate.Explained, error) {
	set, err := loadRules(cmd.Context(), strings.TrimPrefix(ref, builtinName), keys)
	if err != nil {
		return nil, err
	}
	r, ok := set.Rule(id)
	if !ok {
		return nil, fmt.Errorf("%w: %s is not in set %s", policy.ErrUnknownRule, id, set.Digest())
	}
	text, err := a.read(input, maxPredicate)
	if err != nil {
		return nil, err
	}
	in, err := parseInput(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", input, err)
	}
	when, err := a.instant("--at", at)
	if err != nil {
		return nil, err
	}
	var fsys fs.FS = policies.FS
	if ref != "" && ref != builtinName {
		if fsys, err = openRules(cmd.Context(), ref); err != nil {
			return nil, err
		}
	}
	p, err := parametersFor(fsys, parameters)
	if err != nil {
		return nil, err
	}
	e, err := set.Explain(cmd.Context(), r, in, p.Effective(nil), policy.NewClock(when))
	return []gate.Explained{{System: in.System.URI, Explanation: e}}, err
}

func explainText(w io.Writer, s style, all []gate.Explained) {
	t := &decisionText{w: w, style: s}
	for i, e := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		t.finding(gate.Finding{System: e.System, Effect: gate.None, Finding: e.Finding})
		for _, x := range e.Exports {
			value := x.Value
			if value == "" {
				value = "undefined"
			}
			t.wrap(fmt.Sprintf("\n    %s = ", s.bold(x.Name)), 8, value)
			for _, d := range x.Rules {
				if d.Holds && d.Failed == nil && len(x.Rules) > 1 && x.Value != "" {
					continue // what held is of interest only where nothing did
				}
				word := s.green("holds")
				if !d.Holds {
					word = s.red("does not hold")
				}
				t.wrap(fmt.Sprintf("      %s:%d  ", d.File, d.Row), 12, word+"  "+d.Text)
				explainExpr(t, s, d.Failed)
			}
		}
	}
}

func explainExpr(t *decisionText, s style, f *policy.ExplainedExpr) {
	if f == nil {
		return
	}
	times := ""
	if f.Times > 1 {
		times = fmt.Sprintf(" (%d times)", f.Times)
	}
	t.wrap(fmt.Sprintf("        %s:%d  ", f.File, f.Row), 14, s.red("not true"+times)+"  "+f.Text)
	if f.Undefined != "" {
		t.wrap("            ", 14, f.Undefined+" is undefined")
	}
	for _, values := range f.Cases {
		for i, v := range values {
			lead := "            "
			if i == 0 && len(f.Cases) > 1 {
				lead = "          - "
			}
			t.wrap(lead, 14, v.Name+" = "+v.Value)
		}
	}
}
