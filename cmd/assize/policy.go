package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policy"
)

func (a *app) policy() *cobra.Command {
	return parent("rules", "policy", "List, read and check rules",
		a.policyList(), a.policyShow(), a.policyCheck(), a.policyTest(), a.policyEval(), a.policyFormat(), a.policyParameters())
}

// addRules gives a verb --rules, and returns what reads it.
func addRules(cmd *cobra.Command) func() (*policy.Set, error) {
	dir := cmd.Flags().String("rules", "", "directory with the rule set (default the built-in one)")
	return func() (*policy.Set, error) { return loadRules(*dir) }
}

func loadRules(dir string) (*policy.Set, error) {
	if dir == "" {
		return builtinRules()
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, usage("%s: want a directory with .rego files", dir)
	}
	s, err := policy.LoadSet(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return s, nil
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
		Use: "check DIR", Args: exactly("DIR"),
		Short: "Check rules as strictly as the service does, and their format and tests besides",
		Long: `Load the rules below DIR as the service would: metadata, undefined references, paths
their evidence cannot have, builtins that are not allowed, a pass that leans on deny.
Beyond that every file has to be formatted, and tests and fixtures have to compile.
Parameters (parameters.yaml in DIR, or --parameters) are held against the set. Exit
code 2 when something is refused.`,
	}
	parameters := cmd.Flags().String("parameters", "", "parameters file (default DIR/parameters.yaml when it is there)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		set, err := loadRules(args[0])
		if err != nil {
			return err
		}
		faults, err := policy.Check(os.DirFS(args[0]))
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if len(faults) > 0 {
			return fmt.Errorf("%s: %w", args[0], &policy.SetError{Faults: faults})
		}
		path := *parameters
		if path == "" {
			path = filepath.Join(args[0], "parameters.yaml")
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				path = ""
			}
		}
		v := map[string]any{"set": set.Digest(), "rules": len(set.Rules()), "packs": set.Packs()}
		if path != "" {
			text, err := readBounded(path, maxPredicate)
			if err != nil {
				return err
			}
			p, err := policy.ParseParameters(text)
			if err == nil {
				err = p.Check(set)
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
	return &cobra.Command{
		Use: "parameters", Args: cobra.NoArgs,
		Short: "Print the built-in parameters, to change and activate",
		RunE: func(*cobra.Command, []string) error {
			b, err := builtinParameters()
			if err == nil {
				_, err = a.stdout.Write(b)
			}
			return err
		},
	}
}
