package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/assize-dev/assize/policies"
	"github.com/assize-dev/assize/policy"
)

// loadFrameworks reads the requirements rules refer to: the built-in ones, or those
// of a rule directory that brings its own.
func loadFrameworks(dir string) ([]policy.Framework, error) {
	var files fs.FS = policies.FS
	if dir != "" {
		files = os.DirFS(dir)
		if _, err := fs.Stat(files, "frameworks"); errors.Is(err, fs.ErrNotExist) {
			files = policies.FS
		}
	}
	sub, err := fs.Sub(files, "frameworks")
	if err != nil {
		return nil, fmt.Errorf("open frameworks: %w", err)
	}
	return policy.ReadFrameworks(sub)
}

// mapping is a framework against rules as it is written out.
type mapping struct {
	policy.Framework
	Controls []mappedControl `json:"controls"`
	// Unserved are requirements without a rule, Unmapped rules without a requirement
	// of this framework, Unknown requirements that rules name and it does not have.
	Unserved []string `json:"controls_without_rule"`
	Unmapped []string `json:"rules_without_control"`
	Unknown  []string `json:"unknown_controls"`
}

type mappedControl struct {
	policy.Control
	Rules []string `json:"rules"`
}

func mapFramework(f policy.Framework, rules []*policy.Rule) mapping {
	m := f.Map(rules)
	out := mapping{Framework: f, Controls: []mappedControl{}, Unserved: []string{}, Unmapped: ruleIDs(m.Without), Unknown: m.Unknown}
	for i, c := range f.Controls {
		if len(m.Rules[i]) == 0 {
			out.Unserved = append(out.Unserved, c.ID)
		}
		out.Controls = append(out.Controls, mappedControl{c, ruleIDs(m.Rules[i])})
	}
	return out
}

func ruleIDs(rules []*policy.Rule) []string {
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = r.ID
	}
	return out
}

// listFramework writes a framework against the chosen rules, both ways.
func (a *app) listFramework(emit func(v any, text func(io.Writer) error) error, dir, id string, chosen []*policy.Rule) error {
	all, err := loadFrameworks(dir)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(f policy.Framework) bool { return f.ID == id })
	if i < 0 {
		names := make([]string, len(all))
		for k, f := range all {
			names[k] = f.ID
		}
		return usage("--framework %s: there are %s", id, strings.Join(names, ", "))
	}
	m := mapFramework(all[i], chosen)
	return emit(m, func(w io.Writer) error {
		fmt.Fprintf(w, "%s, %s\n%s\n\n", a.style.bold(m.Title), m.Version, a.style.dim(m.Source))
		rows := [][]string{{"REQUIREMENT", "PROVISION", "RULES", "TEXT"}}
		for _, c := range m.Controls {
			text := c.Text
			if len(c.Crosswalk) > 0 {
				text += " (see " + strings.Join(c.Crosswalk, ", ") + ")"
			}
			rows = append(rows, []string{c.ID, c.Provision, list(c.Rules, "none"), text})
		}
		if err := table(w, rows); err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%s, %s\n", count(len(m.Controls), "requirement", "requirements"), count(len(chosen), "rule", "rules"))
		fmt.Fprintf(w, "requirements without a rule (%d): %s\n", len(m.Unserved), list(m.Unserved, "none"))
		fmt.Fprintf(w, "rules without a requirement here (%d): %s\n", len(m.Unmapped), list(m.Unmapped, "none"))
		if len(m.Unknown) > 0 {
			fmt.Fprintf(w, "named by rules and not in this framework (%d): %s\n", len(m.Unknown), strings.Join(m.Unknown, ", "))
		}
		return nil
	})
}
