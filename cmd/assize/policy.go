package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/assize-dev/assize/policy"
)

func (a *app) policy() *cobra.Command {
	return parent("rules", "policy", "List, read and check rules",
		a.policyList(), a.policyShow(), a.policyCheck(), a.policyTest(), a.policyEval(), a.policyFormat(), a.policyParameters(),
		a.policyExplain(), a.policyDiff(), a.policyImpact(), a.policyNew(), a.policySign(), a.policyPush())
}

func (a *app) policyList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		Short:   "List the rules of a set",
		Long:    "List the rules of a set with their metadata. --output json is an array of it.\nWith --framework: its requirements with their rules, requirements without a rule, rules without a requirement.",
		Example: "  assize policy list --pack ops\n  assize policy list --action deploy --output json\n  assize policy list --framework iso-42001",
	}
	rules := addRules(cmd)
	pack := cmd.Flags().String("pack", "", "only rules of this pack")
	action := cmd.Flags().String("action", "", "only rules for this action")
	framework := cmd.Flags().String("framework", "", "the requirements of this framework with their rules")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		set, err := rules()
		if err != nil {
			return err
		}
		if *pack != "" && !slices.Contains(set.Packs(), *pack) {
			return usage("--pack %s: the set has %s", *pack, strings.Join(set.Packs(), ", "))
		}
		if *action != "" && !slices.Contains(policy.Actions, *action) {
			return usage("--action %s: one of %s", *action, strings.Join(policy.Actions, ", "))
		}
		chosen := []*policy.Rule{}
		for _, r := range set.Rules() {
			if (*pack == "" || r.Pack == *pack) && (*action == "" || slices.Contains(r.Actions, *action)) {
				chosen = append(chosen, r)
			}
		}
		if *framework != "" {
			return a.listFramework(func(v any, text func(io.Writer) error) error { return a.emit(cmd, v, text) }, cmd.Flag("rules").Value.String(), *framework, chosen)
		}
		return a.emit(cmd, chosen, func(w io.Writer) error {
			rows := [][]string{{"RULE", "SEVERITY", "PACK", "ACTIONS", "TITLE"}}
			for _, r := range chosen {
				rows = append(rows, []string{r.ID, r.Severity, r.Pack, strings.Join(r.Actions, ","), r.Title})
			}
			if err := table(w, rows); err != nil {
				return err
			}
			_, err := fmt.Fprintf(w, "\n%s of set %s\n", count(len(chosen), "rule", "rules"), set.Digest())
			return err
		})
	}
	return cmd
}

func (a *app) policyShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show ID", Args: exactly("ID"),
		Short:   "Show a rule: what it asks, where that comes from, its code",
		Example: "  assize policy show FAI-02",
	}
	rules := addRules(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := rules()
		if err != nil {
			return err
		}
		r, ok := set.Rule(strings.ToUpper(args[0]))
		if !ok {
			return fmt.Errorf("%w: %s; `assize policy list` lists them", policy.ErrUnknownRule, args[0])
		}
		var files map[string]string
		if err := json.Unmarshal(set.Archive(), &files); err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		v := struct {
			*policy.Rule
			Set    string `json:"set"`
			Source string `json:"source"`
		}{r, set.Digest(), files[r.File]}
		return a.emit(cmd, v, func(w io.Writer) error { ruleText(w, a.style, r, v.Source); return nil })
	}
	return cmd
}

func ruleText(w io.Writer, s style, r *policy.Rule, source string) {
	t := &decisionText{w: w, style: s}
	fmt.Fprintf(w, "%s  %s\n\n", s.bold(r.ID), s.bold(r.Title))
	t.wrap("", 0, r.Description)
	fmt.Fprintln(w)
	var requires []string
	for _, any := range r.Requires {
		requires = append(requires, strings.Join(any, " or "))
	}
	law := r.Basis
	if r.AppliesFrom != "" {
		law += ", from " + r.AppliesFrom
	}
	if r.AppliesUntil != "" {
		law += ", until " + r.AppliesUntil
	}
	if r.LegalVersion != "" {
		law += " (" + r.LegalVersion + ")"
	}
	for _, row := range [][2]string{
		{"severity", r.Severity}, {"judges", strings.Join(r.Kinds, ", ")}, {"actions", strings.Join(r.Actions, ", ")},
		{"requires", list(requires, "nothing")}, {"reads", list(r.Reads, "nothing else")}, {"basis", law},
		{"controls", list(r.Controls, "none")}, {"params", list(r.Params, "none")}, {"remedy", r.Remediation},
		{"package", r.Package + " in " + r.File},
	} {
		t.wrap(s.dim(fmt.Sprintf("%-10s", row[0])), 10, row[1])
	}
	fmt.Fprintf(w, "\n%s", source)
}

func (a *app) policyCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check RULES", Args: exactly("RULES"),
		Short: "Check rules more strictly than the service does, with their format and tests",
		Long: `Load a rule set as the service would: metadata, evidence types that do not exist,
undefined references, paths their evidence cannot have, builtins that are not allowed, a
pass that leans on deny. Beyond that every file has to be formatted, tests and fixtures
have to compile, and what functions are handed is held against the schemas of evidence too.
Parameters (parameters.yaml beside the rules, or --parameters) are held against the set; one
that no rule names is refused. Messages name file and line. Exit code 2 when something is
refused.`,
	}
	parameters := cmd.Flags().String("parameters", "", "parameters file (default parameters.yaml beside the rules)")
	keys := addRulesKey(cmd)
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := loadRules(cmd.Context(), args[0], *keys)
		if err != nil {
			return err
		}
		fsys, err := openRules(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		faults, err := policy.Check(fsys)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if len(faults) > 0 {
			return fmt.Errorf("%s: %w", args[0], &policy.SetError{Faults: faults})
		}
		path, text := *parameters, []byte(nil)
		if path == "" {
			path = "parameters.yaml"
			if text, err = fs.ReadFile(fsys, path); err != nil {
				path = "" // the set brings none
			}
		} else if text, err = readBounded(path, maxPredicate); err != nil {
			return err
		}
		v := map[string]any{"set": set.Digest(), "rules": len(set.Rules()), "packs": set.Packs()}
		if path != "" {
			p, err := policy.ParseParameters(text)
			if err == nil {
				err = p.Check(set)
			}
			if err == nil {
				if faults := policy.UnusedParameters(filepath.Base(path), text, set); len(faults) > 0 {
					err = &policy.SetError{Faults: faults}
				}
			}
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			v["parameters"], v["environments"] = p.Digest(), p.Environments()
		}
		return a.emit(cmd, v, func(w io.Writer) error {
			fmt.Fprintf(w, "%s  %s in %s\nset  %s\n", a.style.green("ok"), count(len(set.Rules()), "rule", "rules"), strings.Join(set.Packs(), ", "), set.Digest())
			if path != "" {
				fmt.Fprintf(w, "parameters  %s, gates for %s\n", v["parameters"], strings.Join(v["environments"].([]string), ", "))
			}
			return nil
		})
	}
	return cmd
}

func (a *app) policyParameters() *cobra.Command {
	cmd := &cobra.Command{
		Use: "parameters", Args: cobra.NoArgs,
		Short: "Print the built-in parameters, to change and activate",
		Long: `Print the built-in parameters, to change and activate. With --all-packs every gate asks for
all packs of the built-in rules: the full book, for assize gate --what-if.`,
		Example: `  assize policy parameters --all-packs > full.yaml
  assize gate --subject ./model --action deploy --environment production --store sqlite:assize.db --what-if full.yaml --set builtin`,
	}
	all := cmd.Flags().Bool("all-packs", false, "let every gate ask for all packs")
	cmd.RunE = func(*cobra.Command, []string) error {
		b, err := builtinParameters()
		if err == nil && *all {
			b, err = allPacks(b)
		}
		if err == nil {
			_, err = a.stdout.Write(b)
		}
		return err
	}
	return cmd
}

// allPacks rewrites the gates of a parameters file to ask for every pack of the
// built-in rules, and leaves comments and everything else as they are.
func allPacks(text []byte) ([]byte, error) {
	set, err := builtinRules()
	if err != nil {
		return nil, err
	}
	var packs yaml.Node
	if err := packs.Encode(set.Packs()); err != nil {
		return nil, err
	}
	packs.Style = yaml.FlowStyle
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	top := doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "gates" {
			continue
		}
		for _, gate := range top.Content[i+1].Content {
			kept := []*yaml.Node{}
			for k := 0; k+1 < len(gate.Content); k += 2 {
				if name := gate.Content[k].Value; name != "packs" && name != "rules" {
					kept = append(kept, gate.Content[k], gate.Content[k+1])
				}
			}
			gate.Content = append(kept, &yaml.Node{Kind: yaml.ScalarNode, Value: "packs"}, &packs)
		}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return nil, err
	}
	return out.Bytes(), e.Close()
}
