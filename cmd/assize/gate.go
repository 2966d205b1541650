package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/api"
	"github.com/assize-dev/assize/policy/gate"
)

func (a *app) gate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "gate --subject REF --action ACTION --environment ENV", GroupID: "decision", Args: cobra.NoArgs,
		Short: "Ask whether a subject may go somewhere",
		Long: `Ask whether a model or dataset may be trained on, released, deployed or kept running.
The decision is recorded in the ledger and enforceable. With --at, --known-at,
--what-if, --set or --dry-run, or about something the gate cannot enforce, the answer is
an inquiry: it is marked as such and recorded nowhere.

Exit code: 0 allow; 1 the question could not be answered; 2 deny; 3 indeterminate, or an
allowing inquiry without --inquiry; 4 allow with warnings, with --fail-on-warn.`,
		Example: `  assize gate --subject sha256:8d3a... --system system:credit-scoring --action deploy --environment production
  assize gate --subject ./model --action release --environment staging --output text --output markdown=summary.md
  assize gate --subject ./model --action deploy --environment production --at 2026-01-01 --inquiry
  assize gate --subject ./model --action deploy --environment production --store sqlite:assize.db --what-if stricter.yaml --set ./rules`,
	}
	f := cmd.Flags()
	subject := f.String("subject", "", "alg:HEX, or a file or model folder that is hashed (required)")
	system := f.String("system", "", "system it is for (default every system it belongs to; the worst verdict wins)")
	action := f.String("action", "", strings.Join(gate.Actions, ", ")+" (required)")
	environment := f.String("environment", "", "where it is to go, such as production (required)")
	at := f.String("at", "", "judge at this instant (an inquiry)")
	knownAt := f.Uint64("known-at", 0, "judge by what the ledger held at this size (an inquiry)")
	dryRun := f.Bool("dry-run", false, "do not record (an inquiry)")
	whatIf := f.String("what-if", "", "parameters file to judge by in place of those in force (an inquiry)")
	set := f.String("set", "", "rule set to judge by: "+rulesAre+", sha256:DIGEST of one in the ledger, or \"builtin\"; a service has to hold it (an inquiry)")
	rulesKeys := addRulesKey(cmd)
	inquiry := f.Bool("inquiry", false, "an inquiry that allows is enough: exit 0")
	failOnWarn := f.Bool("fail-on-warn", false, "exit 4 when it is allowed with warnings")
	outputs := f.StringArrayP("output", "o", nil, "text, json or markdown, to stdout or =PATH; repeatable (default text)")
	proof := f.String("proof", "", "file for the proof bundle of a recorded decision")
	addService(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		sinks, err := parseSinks(*outputs)
		if err != nil {
			return err
		}
		q, err := a.question(cmd, *subject, *system, *action, *environment, *at)
		if err != nil {
			return broken(err)
		}
		if cmd.Flag("known-at").Changed {
			q.KnownAt = knownAt
		}
		q.DryRun = *dryRun
		conn, err := a.connect(cmd, toRecord)
		if err != nil {
			return broken(err)
		}
		defer conn.Close()
		var d api.Decision
		if *whatIf == "" && *set == "" {
			d, err = conn.Decide(cmd.Context(), q)
		} else {
			d, err = conn.whatIf(cmd.Context(), q, *whatIf, *set, *rulesKeys)
		}
		if err != nil {
			return broken(err)
		}
		d.ExitCode = d.Exit(*inquiry, *failOnWarn)
		for _, s := range sinks {
			if err := s.write(a, d); err != nil {
				return broken(fmt.Errorf("--output %s: %w", s, err))
			}
		}
		switch {
		case *proof == "":
		case d.Recorded == nil:
			a.note("assize: no proof bundle in %s: only a recorded decision has one", *proof)
		default:
			if err := keepProof(cmd, conn, d, *proof); err != nil {
				return broken(err)
			}
		}
		return exit(d.ExitCode)
	}
	return cmd
}

func (a *app) question(cmd *cobra.Command, subject, system, action, environment, at string) (api.Question, error) {
	for _, f := range []struct{ name, value string }{{"subject", subject}, {"action", action}, {"environment", environment}} {
		if f.value == "" {
			return api.Question{}, usage("gate: --%s is required; see `assize gate --help`", f.name)
		}
	}
	ref, err := refOf(cmd.Context(), subject)
	if err != nil {
		return api.Question{}, err
	}
	q := api.Question{Question: gate.Question{Subject: ref, System: system, Action: action, Environment: environment}}
	if at != "" {
		t, err := a.instant("--at", at)
		if err != nil {
			return api.Question{}, err
		}
		q.At = &t
	}
	return q, q.Check()
}

// whatIf asks under other parameters, another rule set or both. The gate marks the
// answer as an inquiry. Rules are code, so a service judges only by those that its
// ledger holds, and is asked by their digest.
func (c *connection) whatIf(ctx context.Context, q api.Question, parameters, set string, keys []string) (api.Decision, error) {
	if c.in == nil {
		return c.whatIfThere(ctx, q, parameters, set, keys)
	}
	o := gate.Options{At: q.At, KnownAt: q.KnownAt, DryRun: q.DryRun}
	var err error
	if parameters != "" {
		if o.Params, err = readParameters(parameters); err != nil {
			return api.Decision{}, err
		}
	}
	if set != "" {
		if o.Set, err = c.in.set(ctx, set, keys); err != nil {
			return api.Decision{}, err
		}
	}
	a, err := c.in.Gate.Decide(ctx, q.Question, o)
	if err != nil {
		return api.Decision{}, err
	}
	return api.Decision{Answer: a, Counts: a.Decision.Counts()}, nil
}

// whatIfThere asks a service.
func (c *connection) whatIfThere(ctx context.Context, q api.Question, parameters, set string, keys []string) (api.Decision, error) {
	if parameters != "" {
		if _, err := readParameters(parameters); err != nil {
			return api.Decision{}, err
		}
		text, err := readBounded(parameters, api.MaxQuestion)
		if err != nil {
			return api.Decision{}, err
		}
		q.Parameters = string(text)
	}
	switch {
	case set == "":
	case setPattern.MatchString(set):
		q.Set = set
	default:
		if set == builtinName {
			set = ""
		}
		s, err := loadRules(ctx, set, keys)
		if err != nil {
			return api.Decision{}, err
		}
		q.Set = s.Digest()
	}
	return c.Decide(ctx, q)
}

func keepProof(cmd *cobra.Command, conn *connection, d api.Decision, path string) error {
	b, err := conn.ProofBundle(cmd.Context(), d.Recorded.ID)
	if err != nil {
		return err
	}
	return writeDurable(path, b, 0o644)
}

// sink is one --output of a decision.
type sink struct{ format, path string }

func (s sink) String() string {
	if s.path == "" {
		return s.format
	}
	return s.format + "=" + s.path
}

func parseSinks(texts []string) ([]sink, error) {
	if len(texts) == 0 {
		texts = []string{"text"}
	}
	var out []sink
	stdout := 0
	for _, t := range texts {
		format, path, named := strings.Cut(t, "=")
		switch {
		case format != "text" && format != "json" && format != "markdown":
			return nil, usage("--output %s: want text, json or markdown, with =PATH for a file", t)
		case named && path == "":
			return nil, usage("--output %s: the path after = is empty", t)
		case !named:
			stdout++
		}
		out = append(out, sink{format, path})
	}
	if stdout > 1 {
		return nil, usage("--output: %d formats go to stdout; give all but one a file with =PATH", stdout)
	}
	return out, nil
}

func (s sink) write(a *app, d api.Decision) error {
	w, st := a.stdout, a.style
	var file bytes.Buffer
	if s.path != "" {
		w, st = &file, style{}
	}
	if err := writeDecision(w, st, s.format, d); err != nil {
		return err
	}
	if s.path == "" {
		return nil
	}
	return writeDurable(s.path, file.Bytes(), 0o644)
}

func writeDecision(w io.Writer, st style, format string, d api.Decision) error {
	switch format {
	case "json":
		return writeJSON(w, d)
	case "markdown":
		decisionMarkdown(w, d.Answer)
	default:
		(&decisionText{w: w, style: st}).write(d.Answer)
	}
	return nil
}
