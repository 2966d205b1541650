package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/policy"
)

func (a *app) policyTest() *cobra.Command {
	cmd := &cobra.Command{
		Use: "test RULES", Args: exactly("RULES"),
		Short: "Run the tests of a rule set",
		Long: `Run the Rego tests (*_test.rego) and the fixtures (*_fixtures.yaml) of a rule set.
Fixtures go through the engine and so reach the statuses only it decides: missing,
waived, not yet applicable. Exit code 2 when one fails, or when there is none.`,
		Example: "  assize policy test policies/packs/ops --run ops_02",
	}
	f := cmd.Flags()
	only := f.String("run", "", "regular expression over the names of tests; no other runs, and lines count as reached by those alone")
	coverage := f.Bool("coverage", false, "list the lines no Rego test reaches; exit 2 below --coverage-min")
	least := f.Float64("coverage-min", 100, "with --coverage: the share of lines, in percent, that tests have to reach")
	verbose := f.BoolP("verbose", "v", false, "list the tests that pass, too")
	parameters := f.String("parameters", "", "parameters file (default parameters.yaml beside the rules when it is there, else the built-in ones)")
	addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		fsys, err := openRules(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		p, err := parametersFor(fsys, *parameters)
		if err != nil {
			return err
		}
		report, err := policy.RunTests(cmd.Context(), fsys, policy.TestConfig{Run: *only, Parameters: p})
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		err = a.emit(cmd, report, func(w io.Writer) error {
			if *coverage {
				a.coverageText(w, report)
			}
			a.testText(w, report, *verbose)
			return nil
		})
		if err == nil && (!report.OK() || *coverage && report.Covered < *least) {
			return exit(exitRefused)
		}
		return err
	}
	return cmd
}

func (a *app) coverageText(w io.Writer, report policy.TestReport) {
	for _, file := range slices.Sorted(maps.Keys(report.Uncovered)) {
		for _, lines := range slices.Compact(report.Uncovered[file]) {
			at := fmt.Sprintf("%s:%d", file, lines.From)
			if lines.To > lines.From {
				at += fmt.Sprintf("-%d", lines.To)
			}
			fmt.Fprintf(w, "%s  %s\n", a.style.yellow("not reached"), clean(at))
		}
	}
}

func (a *app) testText(w io.Writer, report policy.TestReport, verbose bool) {
	failed := 0
	for _, r := range report.Results {
		if len(r.Silent) > 0 {
			fmt.Fprintf(w, "%s  %s still passes without %s, which the rule reads; is that meant?\n", a.style.yellow("note"), r.Name, clean(strings.Join(r.Silent, ", ")))
		}
		if r.Outcome == policy.TestPass {
			if verbose {
				fmt.Fprintf(w, "%s  %s\n", a.style.green("pass"), r.Name)
			}
			continue
		}
		failed++
		place := r.File
		if r.Row > 0 {
			place = fmt.Sprintf("%s:%d", r.File, r.Row)
		}
		fmt.Fprintf(w, "%s  %s  %s\n", a.style.red(r.Outcome), place, r.Name)
		for _, s := range []string{r.Msg, r.Output} {
			if s != "" {
				fmt.Fprintf(w, "      %s\n", clean(s))
			}
		}
	}
	if len(report.Results) == 0 {
		fmt.Fprintf(w, "%s  no test was run: none is in the set, or --run matches the name of none\n", a.style.yellow("note"))
	}
	for _, id := range report.Untested {
		fmt.Fprintf(w, "%s  %s has no test\n", a.style.yellow("note"), id)
	}
	fmt.Fprintf(w, "%s, %d failed, %.1f %% of lines covered\n", count(len(report.Results), "test", "tests"), failed, report.Covered)
}

// parametersFor are those named, else those that come with a rule set, else the
// built-in ones.
func parametersFor(fsys fs.FS, path string) (*policy.Parameters, error) {
	if path != "" {
		return readParameters(path)
	}
	path = "parameters.yaml"
	text, err := fs.ReadFile(fsys, path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = builtinParameters()
	}
	if err != nil {
		return nil, err
	}
	p, err := policy.ParseParameters(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func readParameters(path string) (*policy.Parameters, error) {
	text, err := readBounded(path, maxPredicate)
	if err != nil {
		return nil, err
	}
	p, err := policy.ParseParameters(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func (a *app) policyFormat() *cobra.Command {
	return &cobra.Command{
		Use: "fmt FILE...", Args: atLeastOne("FILE"),
		Short: "Rewrite rules in the one format `policy check` asks for",
		RunE: func(_ *cobra.Command, args []string) error {
			for _, path := range args {
				old, err := readBounded(path, maxPredicate)
				if err != nil {
					return err
				}
				formatted, err := policy.Format(path, old)
				if err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				if string(formatted) == string(old) {
					continue
				}
				if err := writeDurable(path, formatted, 0o644); err != nil {
					return err
				}
				a.note("%s", path)
			}
			return nil
		},
	}
}
