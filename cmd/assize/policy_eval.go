package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/attest"
	"github.com/assize-dev/assize/policy"
	"github.com/assize-dev/assize/policy/gate"
)

func (a *app) policyEval() *cobra.Command {
	cmd := &cobra.Command{
		Use: "eval --policy RULES --input FILE | --subject REF", Args: cobra.NoArgs,
		Short: "Judge an input document or a live subject by rules, and record nothing",
		Long: `Judge an input document, as a rule sees it, or what the ledger of --store holds about a
subject, by the rules of a set, or by one rule file together with the built-in library.
Of a document nothing is verified: that is for writing rules. With --foreign the policies
are those of another tool (conftest, Conforma, Gatekeeper, Kosli), judged unmodified over a
document of their own. Exit code 0 when nothing fails, 2 on
a fail or missing, 3 when a rule cannot assess it.`,
		Example: `  assize policy eval --policy rules/xmp_01.rego --input input.json
  assize policy eval --policy ./rules --subject ./model --system system:credit-scoring --store sqlite:assize.db`,
	}
	f := cmd.Flags()
	rules := f.String("policy", "", "rule file, or rule set: "+rulesAre+" (required)")
	input := f.String("input", "", "input document (JSON), - for standard input")
	only := f.String("rule", "", "only the rule of this id")
	parameters := f.String("parameters", "", "parameters file for --input (default the built-in ones)")
	live := addLive(cmd, " (this or --input is required)")
	foreign := addForeign(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := foreign.alone(cmd); err != nil {
			return err
		}
		if *foreign.judge {
			return a.evalForeign(cmd, foreign, *rules, *input, *live.at)
		}
		if *rules == "" || (*input == "") == (*live.subject == "") {
			return usage("policy eval: --policy and one of --input and --subject are required")
		}
		set, ids, err := rulesToEvaluate(cmd.Context(), *rules, *only)
		if err != nil {
			return err
		}
		var findings []policy.Finding
		if *input != "" {
			findings, err = a.evalDocument(cmd, set, ids, *rules, *input, *parameters, *live.at)
		} else {
			findings, err = a.evalLive(cmd, set, ids, live)
		}
		if err != nil {
			return err
		}
		if err := a.emit(cmd, findings, func(w io.Writer) error { findingsText(w, a.style, findings); return nil }); err != nil {
			return err
		}
		return exit(exitOf(findings))
	}
	return cmd
}

// exitOf is the exit code of findings without a gate.
func exitOf(findings []policy.Finding) int {
	code := exitOK
	for _, f := range findings {
		switch f.Status {
		case policy.StatusFail, policy.StatusMissing:
			return exitRefused
		case policy.StatusUnassessable:
			code = exitUnproven
		}
	}
	return code
}

func (a *app) evalDocument(cmd *cobra.Command, set *policy.Set, ids []string, rules, input, parameters, at string) ([]policy.Finding, error) {
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
	if strings.HasSuffix(rules, ".rego") {
		rules = filepath.Dir(rules)
	}
	fsys, err := openRules(cmd.Context(), rules)
	if err != nil {
		return nil, err
	}
	p, err := parametersFor(fsys, parameters)
	if err != nil {
		return nil, err
	}
	findings := []policy.Finding{}
	for _, id := range ids {
		r, _ := set.Rule(id)
		f, err := set.Evaluate(cmd.Context(), r, in, p.Effective(nil), policy.NewClock(when))
		if err != nil {
			return nil, err
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func (a *app) evalLive(cmd *cobra.Command, set *policy.Set, ids []string, live liveFlags) ([]policy.Finding, error) {
	ctx := cmd.Context()
	cfg := a.instanceConfig(cmd)
	cfg.ReadOnly = true
	in, err := openInstance(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	when, err := in.when(ctx, a, *live.at)
	if err != nil {
		return nil, err
	}
	c, err := live.assemble(ctx, a, cmd, in, set, ids)
	if err != nil {
		return nil, err
	}
	j, err := c.Judge(ctx, when)
	if err != nil {
		return nil, err
	}
	findings := []policy.Finding{}
	for _, f := range j.Findings {
		findings = append(findings, f.Finding)
	}
	return findings, nil
}

func findingsText(w io.Writer, s style, findings []policy.Finding) {
	t := &decisionText{w: w, style: s}
	for _, f := range findings {
		t.finding(gate.Finding{Effect: gate.None, Finding: f})
	}
}

// rulesToEvaluate loads a directory, or one file with the built-in library.
func rulesToEvaluate(ctx context.Context, path, only string) (*policy.Set, []string, error) {
	var set *policy.Set
	var err error
	file := ""
	if strings.HasSuffix(path, ".rego") {
		file = filepath.Base(path)
		set, err = loadRule(path)
	} else {
		set, err = loadRules(ctx, path, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	for _, r := range set.Rules() {
		if (file == "" || r.File == file) && (only == "" || strings.EqualFold(r.ID, only)) {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil, fmt.Errorf("%w: %s has no rule %s", policy.ErrUnknownRule, path, only)
	}
	return set, ids, nil
}

func loadRule(path string) (*policy.Set, error) {
	text, err := readBounded(path, maxPredicate)
	if err != nil {
		return nil, err
	}
	builtin, err := builtinRules()
	if err != nil {
		return nil, err
	}
	files := map[string]string{filepath.Base(path): string(text)}
	for name, source := range builtin.Sources() {
		if strings.HasPrefix(name, "packs/lib/") {
			files[name] = source
		}
	}
	archive, err := attest.CanonicalJSON(files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	set, err := policy.LoadArchive(archive)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return set, nil
}

// The document a rule sees, as it is written in JSON.
type inputDocument struct {
	Action      string                    `json:"action"`
	Environment string                    `json:"environment"`
	System      systemDocument            `json:"system"`
	Subject     nodeDocument              `json:"subject"`
	Evidence    map[string][]itemDocument `json:"evidence"`
	Withheld    map[string][]itemDocument `json:"withheld"`
	Parents     []nodeDocument            `json:"parents"`
	Ancestors   []nodeDocument            `json:"ancestors"`
	Related     struct {
		Deployments []itemDocument `json:"deployments"`
		Incidents   []itemDocument `json:"incidents"`
		Waivers     []itemDocument `json:"waivers"`
		Subjects    []nodeDocument `json:"subjects"`
		Rollbacks   []struct {
			Ref      string               `json:"ref"`
			Known    bool                 `json:"known"`
			Revoked  []revocationDocument `json:"revoked"`
			Verdict  string               `json:"verdict"`
			Reasons  []string             `json:"reasons"`
			Findings []struct {
				Rule    string            `json:"rule"`
				Title   string            `json:"title"`
				Status  policy.Status     `json:"status"`
				Reason  string            `json:"reason"`
				Says    []string          `json:"says"`
				Subject policy.SubjectRef `json:"subject"`
			} `json:"findings"`
		} `json:"rollbacks"`
	} `json:"related"`
}

type systemDocument struct {
	URI string `json:"uri"`
	Ref string `json:"ref"`
}

type nodeDocument struct {
	Ref      string                    `json:"ref"`
	Refs     []string                  `json:"refs"`
	Name     string                    `json:"name"`
	Kind     string                    `json:"kind"`
	Known    bool                      `json:"known"`
	Conflict bool                      `json:"conflict"`
	Relation string                    `json:"relation"`
	Role     string                    `json:"role"`
	Path     []string                  `json:"path"`
	Revoked  []revocationDocument      `json:"revoked"`
	Evidence map[string][]itemDocument `json:"evidence"`
}

type revocationDocument struct {
	ID          string    `json:"id"`
	Reason      string    `json:"reason"`
	Principals  []string  `json:"principals"`
	Index       uint64    `json:"index"`
	EffectiveAt time.Time `json:"effective_at"`
}

type itemDocument struct {
	ID            string    `json:"id"`
	Type          string    `json:"type"`
	PredicateType string    `json:"predicate_type"`
	Predicate     any       `json:"predicate"`
	Subjects      []string  `json:"subjects"`
	Principals    []string  `json:"principals"`
	Roles         []string  `json:"roles"`
	Claimed       time.Time `json:"claimed"`
	Proven        time.Time `json:"proven"`
	Index         uint64    `json:"index"`
	Leaf          string    `json:"leaf"`
	Assurance     string    `json:"assurance"`
	State         string    `json:"state"`
	Reason        string    `json:"reason"`
}

// parseInput reads an input document strictly.
func parseInput(text []byte) (*policy.Input, error) {
	if _, err := attest.ParseJSON(text); err != nil {
		return nil, err
	}
	var doc inputDocument
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%w: %w", attest.ErrMalformed, err)
	}
	if !slices.Contains(policy.Actions, doc.Action) {
		return nil, fmt.Errorf("%w: action %q is none of %s", attest.ErrMalformed, doc.Action, strings.Join(policy.Actions, ", "))
	}
	if kinds := append([]string{"unknown"}, policy.Kinds...); doc.Subject.Kind != "" && !slices.Contains(kinds, doc.Subject.Kind) {
		return nil, fmt.Errorf("%w: subject.kind %q is none of %s", attest.ErrMalformed, doc.Subject.Kind, strings.Join(kinds, ", "))
	}
	var c inputConverter
	in := &policy.Input{
		Action: doc.Action, Environment: doc.Environment, System: policy.System{URI: doc.System.URI, Ref: doc.System.Ref},
		Subject: c.node(doc.Subject), Evidence: c.byType(doc.Evidence), Withheld: c.byType(doc.Withheld),
		Parents: c.nodes(doc.Parents), Ancestors: c.nodes(doc.Ancestors),
		Related: policy.Related{
			Deployments: c.items("deployment", doc.Related.Deployments), Incidents: c.items("incident", doc.Related.Incidents),
			Waivers: c.items("waiver", doc.Related.Waivers), Subjects: c.nodes(doc.Related.Subjects),
		},
	}
	for _, b := range doc.Related.Rollbacks {
		target := &policy.Rollback{Ref: b.Ref, Known: b.Known, Revoked: revocations(b.Revoked), Verdict: b.Verdict, Reasons: b.Reasons}
		for _, f := range b.Findings {
			finding := policy.Finding{Rule: f.Rule, Title: f.Title, Status: f.Status, Reason: f.Reason, Subject: f.Subject}
			for _, says := range f.Says {
				finding.Messages = append(finding.Messages, policy.Message{Level: policy.LevelDeny, Msg: says})
			}
			target.Findings = append(target.Findings, finding)
		}
		in.Related.Rollbacks = append(in.Related.Rollbacks, target)
	}
	return in, errors.Join(c.faults...)
}

// inputConverter keeps the faults of items on the way.
type inputConverter struct{ faults []error }

func (c *inputConverter) items(typ string, docs []itemDocument) []*policy.Item {
	var out []*policy.Item
	for _, d := range docs {
		if d.Type == "" {
			d.Type = typ
		}
		if d.PredicateType == "" {
			d.PredicateType = attest.TypeURI(d.Type)
		}
		if d.State == "" {
			d.State = policy.StateOK
		}
		if err := policy.CheckMembers(d.Type, d.Predicate); err != nil {
			c.faults = append(c.faults, fmt.Errorf("item %s of type %s: %w", d.ID, d.Type, err))
			continue
		}
		it, err := policy.NewItem(policy.Item{
			ID: d.ID, Type: d.Type, PredicateType: d.PredicateType, Predicate: d.Predicate, Subjects: d.Subjects, Principals: d.Principals, Roles: d.Roles,
			Claimed: d.Claimed, Proven: d.Proven, Index: d.Index, Leaf: d.Leaf, Assurance: d.Assurance, State: d.State, Reason: d.Reason,
		})
		if err != nil {
			c.faults = append(c.faults, fmt.Errorf("item %s of type %s: %w", d.ID, d.Type, err))
			continue
		}
		out = append(out, it)
	}
	return out
}

func (c *inputConverter) byType(docs map[string][]itemDocument) map[string][]*policy.Item {
	out := map[string][]*policy.Item{}
	for typ, list := range docs {
		out[typ] = c.items(typ, list)
	}
	return out
}

func (c *inputConverter) node(d nodeDocument) *policy.Node {
	n := &policy.Node{Ref: d.Ref, Refs: slices.Clone(d.Refs), Name: d.Name, Kind: d.Kind, Known: d.Known, Conflict: d.Conflict,
		Relation: d.Relation, Role: d.Role, Path: d.Path, Evidence: c.byType(d.Evidence)}
	if n.Kind == "" {
		n.Kind = "unknown"
	}
	if len(n.Refs) == 0 {
		n.Refs = []string{d.Ref}
	}
	n.Revoked = revocations(d.Revoked)
	return n
}

func revocations(docs []revocationDocument) []policy.Revocation {
	var out []policy.Revocation
	for _, r := range docs {
		out = append(out, policy.Revocation{ID: r.ID, Reason: r.Reason, Principals: r.Principals, Index: r.Index, EffectiveAt: r.EffectiveAt})
	}
	return out
}

func (c *inputConverter) nodes(docs []nodeDocument) []*policy.Node {
	var out []*policy.Node
	for _, d := range docs {
		out = append(out, c.node(d))
	}
	return out
}
